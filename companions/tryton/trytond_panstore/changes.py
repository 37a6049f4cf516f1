"""What one transaction changed, kept until it commits and then written as outbox rows.

Rows are inserted by the transaction itself just before its commit, so they exist exactly when
the change does, and at most once per kind and record however often the record was touched.
Deferring them also makes them cheap: a confirmed sale writes its moves many times over.
"""

import datetime as dt
from collections import defaultdict

from sql import Column
from trytond.modules.panstore import wakeup
from trytond.modules.panstore.batches import batches
from trytond.pool import Pool
from trytond.transaction import Transaction

# Kind of an outbox row -> model and field that hold what a person calls the record.
CODES = {
    "stock": ("product.product", "code"),
    "product": ("product.product", "code"),
    "price": ("product.product", "code"),
    "price_list": ("product.price_list", "name"),
    "sale": ("sale.sale", "number"),
    "shipment": ("stock.shipment.out", "number"),
    "return": ("stock.shipment.out.return", "number"),
    "invoice": ("account.invoice", "number"),
    "party": ("party.party", "code"),
}
# States in which a sale promises goods that may have no stock move yet.
PROMISING_STATES = ("confirmed", "processing")
_INSERTED_AT_ONCE = 100
_SHIPMENT_KINDS = {
    "stock.shipment.out": "shipment",
    "stock.shipment.out.return": "return",
}


class Changes:
    """Data manager of a Tryton transaction; see `trytond.transaction.Transaction.join`."""

    def __init__(self):
        self._noted = defaultdict(set)
        self._found = defaultdict(set)
        self._deleted = {}
        self._database = None

    # Equal to its likes, so that joining twice gives back the one already there.
    def __eq__(self, other):
        return isinstance(other, Changes)

    __hash__ = None

    @classmethod
    def of_transaction(cls):
        """The changes of the running transaction."""
        return Transaction().join(cls())

    def note(self, source, ids):
        """Remember records to be turned into rows by `source` when the transaction commits."""
        self._noted[source].update(ids)

    def note_now(self, source, ids):
        """Turn records into rows at once, while what they point at can still be read."""
        for kind, id_ in _resolve(source, set(ids)):
            self._found[kind].add(id_)

    def note_deleted(self, kind, codes):
        """Remember deleted records of `kind`, given as id -> code."""
        for id_, code in codes.items():
            self._deleted[kind, id_] = code

    def tpc_begin(self, transaction):
        """Insert the rows; called before the commit, in its transaction."""
        for source, ids in self._noted.items():
            self.note_now(source, ids)
        self._noted.clear()
        rows = [(kind, id_, code, True) for (kind, id_), code in self._deleted.items()]
        for kind, ids in self._found.items():
            wanted = {i for i in ids if (kind, i) not in self._deleted}
            codes = _codes(kind, wanted)
            # A record that is no longer there was deleted in this transaction or never committed;
            # its own deletion row, if it has one, is enough.
            rows.extend((kind, i, codes[i], False) for i in sorted(wanted) if i in codes)
        self._found.clear()
        self._deleted.clear()
        if rows:
            _insert(rows)
            self._database = transaction.database.name

    def commit(self, transaction):
        """Nothing left to do: the rows are part of the transaction."""

    def tpc_vote(self, transaction):
        """Nothing to object to."""

    def tpc_finish(self, transaction):
        """Wake the consumers; called after the commit."""
        database, self._database = self._database, None
        if database:
            wakeup.wake(database)

    def tpc_abort(self, transaction):
        """Forget everything; called on rollback."""
        self.__init__()


def _insert(rows):
    cursor = Transaction().connection.cursor()
    outbox = Pool().get("panstore.outbox").__table__()
    columns = [outbox.kind, outbox.record_id, outbox.code, outbox.deleted, outbox.create_date]
    now = dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)
    for start in range(0, len(rows), _INSERTED_AT_ONCE):
        part = rows[start : start + _INSERTED_AT_ONCE]
        cursor.execute(*outbox.insert(columns, [[*row, now] for row in part]))


def _select(model, columns, ids, key="id"):
    """Rows of `model`'s table whose `key` is one of `ids`."""
    cursor = Transaction().connection.cursor()
    table = Pool().get(model).__table__()
    for part in batches(ids):
        cursor.execute(
            *table.select(
                *(Column(table, name) for name in columns), where=Column(table, key).in_(part)
            )
        )
        yield from cursor.fetchall()


def _codes(kind, ids):
    """Code by id of those of `ids` that exist; services have no stock and are left out of it."""
    model, column = CODES[kind]
    codes = dict(_select(model, ["id", column], ids))
    if kind == "stock":
        templates = dict(_select("product.product", ["id", "template"], codes))
        types = dict(_select("product.template", ["id", "type"], set(templates.values())))
        goods = set(Pool().get("stock.move").get_product_types())
        codes = {id_: code for id_, code in codes.items() if types[templates[id_]] in goods}
    return codes


def _resolve(source, ids):
    """Yield (kind, record id) for records of `source`.

    A source is a kind (the records are the rows), a tuple (kind, model, field) of a child model
    whose field points at the row, or one of the names in `_SOURCES`.
    """
    if isinstance(source, tuple):
        kind, model, field = source
        for (parent,) in _select(model, [field], ids):
            if parent is not None:
                yield kind, parent
    elif source in CODES:
        for id_ in ids:
            yield source, id_
    else:
        yield from _SOURCES[source](ids)


def _of_moves(ids):
    for product, shipment in _select("stock.move", ["product", "shipment"], ids):
        yield "stock", product
        model, _, id_ = (shipment or "").partition(",")
        if model in _SHIPMENT_KINDS and id_:
            yield _SHIPMENT_KINDS[model], int(id_)


def _of_sale_stock(ids):
    for (product,) in _select("sale.line", ["product"], ids, key="sale"):
        if product is not None:
            yield "stock", product


def _of_sale_lines(ids):
    lines = list(_select("sale.line", ["sale", "product"], ids))
    states = dict(_select("sale.sale", ["id", "state"], {sale for sale, _ in lines}))
    for sale, product in lines:
        yield "sale", sale
        if product is not None and states.get(sale) in PROMISING_STATES:
            yield "stock", product


def _of_templates(kind):
    def resolve(ids):
        for (product,) in _select("product.product", ["id"], ids, key="template"):
            yield kind, product

    return resolve


def _of_list_prices(ids):
    """A price row belongs to a variant or, without one, to all variants of its template."""
    templates = set()
    for template, product in _select("product.list_price", ["template", "product"], ids):
        if product is not None:
            yield "price", product
        else:
            templates.add(template)
    yield from _of_templates("price")(templates)


def _of_template_categories(ids):
    """Categories choose lines of price lists."""
    templates = {
        template for (template,) in _select("product.template-product.category", ["template"], ids)
    }
    for kind in ("product", "price"):
        yield from _of_templates(kind)(templates)


def _of_categories(ids):
    """Products in categories or in those below: the path of all of them has changed."""
    Category = Pool().get("product.category")
    with Transaction().set_context(active_test=False, _check_access=False):
        below = Category.search([("parent", "child_of", list(ids), "parent")])
    relations = _select(
        "product.template-product.category",
        ["template"],
        {category.id for category in below},
        key="category",
    )
    yield from _of_templates("product")({template for (template,) in relations})


def _of_images(ids):
    templates = {template for (template,) in _select("product.image", ["template"], ids)}
    yield from _of_templates("product")(templates)


def _of_attributes(ids):
    """Products that may have one of the attributes, as their sets allow it."""
    sets = {
        allowed
        for (allowed,) in _select(
            "product.attribute-product.attribute-set", ["attribute_set"], ids, key="attribute"
        )
    }
    templates = _select("product.template", ["id"], sets, key="attribute_set")
    yield from _of_templates("product")({template for (template,) in templates})


def _of_account_categories(ids):
    """Categories may take taxes and accounts from their parents, hence the descendants."""
    Category = Pool().get("product.category")
    with Transaction().set_context(active_test=False, _check_access=False):
        categories = Category.search([("parent", "child_of", list(ids), "parent")])
    templates = {
        template
        for (template,) in _select(
            "product.template", ["id"], {c.id for c in categories}, key="account_category"
        )
    }
    yield from _of_templates("price")(templates)


def _of_category_taxes(ids):
    categories = {
        category
        for (category,) in _select("product.category-customer-account.tax", ["category"], ids)
    }
    yield from _of_account_categories(categories)


def _of_taxes(ids):
    categories = {
        category
        for (category,) in _select(
            "product.category-customer-account.tax", ["category"], ids, key="tax"
        )
    }
    yield from _of_account_categories(categories)


def _of_rates(ids):
    """All price lists; a rate of a currency nobody may sell in concerns none."""
    currencies = {currency for (currency,) in _select("currency.currency.rate", ["currency"], ids)}
    if any(active for (active,) in _select("currency.currency", ["active"], currencies)):
        table = Pool().get("product.price_list").__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(table.id))
        for (id_,) in cursor.fetchall():
            yield "price_list", id_


_SOURCES = {
    "moves": _of_moves,
    "stock of sales": _of_sale_stock,
    "sale lines": _of_sale_lines,
    "products of templates": _of_templates("product"),
    "prices of templates": _of_templates("price"),
    "list prices": _of_list_prices,
    "products of categories": _of_categories,
    "products of images": _of_images,
    "products of attributes": _of_attributes,
    "categories of templates": _of_template_categories,
    "prices of category taxes": _of_category_taxes,
    "prices of account categories": _of_account_categories,
    "prices of taxes": _of_taxes,
    "price lists of rates": _of_rates,
}
