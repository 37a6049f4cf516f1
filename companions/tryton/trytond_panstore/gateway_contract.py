"""What parties have agreed, and what they pay for it: computed as a line of a sale would be."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Context, Decimal

from trytond.exceptions import UserError
from trytond.modules.panstore.access import GatewayError, for_panstore
from trytond.modules.panstore.gateway import taxes_by_category
from trytond.modules.panstore.gateway_price import checked_list, price_currency, turns_of
from trytond.modules.panstore.quantities import plain
from trytond.pool import Pool, PoolMeta
from trytond.rpc import RPC
from trytond.transaction import Transaction

_NO_SALES_UNIT = "the article has no sales unit, so the ERP cannot sell it; make it salable"
_DIGITS = Context(prec=12, rounding=ROUND_HALF_UP)
"""More digits than anybody sells by, and fewer than a float keeps."""


class Gateway(metaclass=PoolMeta):
    __name__ = "panstore.gateway"

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__rpc__.update(agreements=RPC(), contract_prices=RPC(), price_breaks=RPC())

    @classmethod
    @for_panstore
    def agreements(cls, party_ids):
        """The price list at which each party buys, as a new sale for it takes it.

        Args:
            party_ids: ids of parties, inactive ones too; those that no longer exist are absent
                from the answer.

        Returns:
            A list of {"party", "name", "active", "price_list" (id, or null for the list price of
            each article), "price_list_name" (or null)}: the party's own list, else the company's
            default one (trytond sale_price_list, `Sale.on_change_party`).
        """
        pool = Pool()
        Party = pool.get("party.party")
        company = Transaction().context["company"]
        default = pool.get("sale.configuration")(1).get_multivalue(
            "sale_price_list", company=company
        )
        with Transaction().set_context(active_test=False):
            parties = Party.search([("id", "in", list(party_ids))], order=[("id", "ASC")])
        return [
            _agreement(party, party.get_multivalue("sale_price_list", company=company) or default)
            for party in parties
        ]

    @classmethod
    @for_panstore
    def contract_prices(cls, price_list, lines, currency=None, date=None):
        """Net price of one stock unit (default unit) under a list when so many are bought.

        Computed by `Product.get_sale_price`, as the line of a sale does it; the first line of the
        list that matches article, category, quantity and day decides.

        Args:
            price_list: id of a price list of the company.
            lines: a list of {"product", "quantity" (in the default unit)}; products that no
                longer exist are absent from the answer.
            currency: ISO code, or null for the company's.
            date: the day the prices are for, or null for today in the company's time zone.

        Returns:
            A list of {"product", "quantity", "price" (net Decimal; null where the list has no
            line for it), "list_price" (net Decimal or null, without the list), "cost" (net
            Decimal, null where none is known), "unit", "currency", "taxes": [{"id", "name",
            "rate"}], "valid_until" (as `prices` gives it), "error" (null, or why it could not be
            computed: a formula of the list that fails for this article, or no sales unit)}.
        """
        pool = Pool()
        Product = pool.get("product.product")
        company = pool.get("company.company")(Transaction().context["company"])
        date = date or pool.get("ir.date").today()
        chosen = price_currency(currency, company, date)
        with Transaction().set_context(active_test=False):
            # A sale goes on taking a party's list after somebody has archived it.
            found = checked_list(price_list)
            products = Product.search([("id", "in", list({line["product"] for line in lines}))])
        known = {product.id: product for product in products}
        wishes = [
            (known[line["product"]], _quantity(line)) for line in lines if line["product"] in known
        ]
        context = {"currency": chosen.id, "date": date, "sale_date": date}
        usual = _computed([(product, 0) for product in products], None, context)
        agreed = _computed(wishes, found, context)
        turns = turns_of(found.id, date)
        taxes = taxes_by_category()
        return [
            {
                "product": product.id,
                "quantity": quantity,
                "price": agreed[product, quantity][0],
                "list_price": usual[product, 0][0],
                "cost": _cost(product, company, chosen, date),
                "unit": product.default_uom.id,
                "currency": chosen.code,
                "taxes": taxes(product),
                "valid_until": min(
                    [*turns.get(product.id, ()), *turns.get(None, ())], default=None
                ),
                "error": agreed[product, quantity][1],
            }
            for product, quantity in wishes
        ]

    @classmethod
    @for_panstore
    def price_breaks(cls, price_list, product_ids, date=None):
        """Quantities from which another line of a list may decide the price of each product.

        Args:
            price_list: id of a price list of the company.
            product_ids: ids of products; those that no longer exist are absent from the answer.
            date: the day from which on it is asked, or null for today in the company's time zone.

        Returns:
            A list of {"product", "quantities" (Decimals in the default unit, > 0, ascending)}: of
            every line with a quantity for the product, one of its categories, one above these, or
            for everything, that has not ended by that day. A line before it may make that it
            changes nothing.
        """
        Product = Pool().get("product.product")
        date = date or Pool().get("ir.date").today()
        with Transaction().set_context(active_test=False):
            found = checked_list(price_list)
            products = Product.search([("id", "in", list(product_ids))], order=[("id", "ASC")])
        least = _least_of(found, products, date)
        return [
            {
                "product": product.id,
                "quantities": sorted({
                    _first_counting(quantity, found.get_uom(product), product.default_uom)
                    for concerned in _concerned(product)
                    for quantity in least.get(concerned, ())
                }),
            }
            for product in products
        ]


def _least_of(price_list, products, date):
    """Quantities of the list's lines, in its own units, by what they are for."""
    Line = Pool().get("product.price_list.line")
    domain = [
        ("price_list", "=", price_list.id),
        ("quantity", ">", 0),
        ["OR", ("product", "=", None), ("product", "in", [product.id for product in products])],
    ]
    if "end_date" in Line._fields:
        domain.append(["OR", ("end_date", "=", None), ("end_date", ">=", date)])
    least = defaultdict(set)
    for line in Line.search(domain):
        if line.product:
            least["product", line.product.id].add(line.quantity)
        else:
            least["category", line.category.id if line.category else None].add(line.quantity)
    return least


def _concerned(product):
    """What a line is for that may match the product, as `PriceList.compute` looks for it."""
    yield "product", product.id
    yield "category", None
    waiting, known = list(product.categories_all), set()
    while waiting:
        category = waiting.pop()
        if category.id not in known:
            known.add(category.id)
            yield "category", category.id
            waiting += [category.parent] if category.parent else []


def _first_counting(quantity, unit, stocked):
    """The fewest default units that count as so many units of the list."""
    if unit == stocked:
        return Decimal(plain(str(quantity)))
    Uom = Pool().get("product.uom")
    near = Uom.compute_qty(unit, quantity, stocked, round=False)
    fewest = _DIGITS.create_decimal_from_float(near)
    # On the way back it may be a hair less, and the line would not match.
    while Uom.compute_qty(stocked, float(fewest), unit, round=False) < quantity:
        fewest = fewest.next_plus(_DIGITS)
    return Decimal(plain(fewest))


def _agreement(party, price_list):
    return {
        "party": party.id,
        "name": party.name,
        "active": bool(party.active),
        "price_list": price_list.id if price_list else None,
        "price_list_name": price_list.name if price_list else None,
    }


def _quantity(line):
    quantity = float(line["quantity"])
    if not quantity > 0:
        raise GatewayError(
            "illegal_quantity",
            f"a price of {line['quantity']} of product {line['product']} was asked for; "
            "it must be more than nothing",
        )
    return quantity


def _computed(wishes, price_list, context):
    """Price and error by (product, quantity), in groups that one computation can take.

    Quantities are in the default unit, which is told as the line's unit. The list may be gross,
    so products taxed otherwise go apart.
    """
    groups = defaultdict(list)
    results = {}
    for product, quantity in wishes:
        if price_list and not product.sale_uom:
            # The ERP's own computation by a list stumbles over it, and takes the others along.
            results[product, quantity] = (None, _NO_SALES_UNIT)
            continue
        key = quantity, product.default_uom, product.template.account_category
        groups[key].append(product)
    for (quantity, unit, _), members in groups.items():
        taxes = [tax.id for tax in members[0].customer_taxes_used or []]
        with Transaction().set_context(
            context,
            uom=unit.id,
            taxes=taxes,
            price_list=price_list.id if price_list else None,
        ):
            for product, result in _one_by_one(members, quantity):
                results[product, quantity] = result
    return results


def _one_by_one(products, quantity):
    """All at once, and each alone only where the ERP refuses the group because of one of them."""
    Product = Pool().get("product.product")
    try:
        prices = Product.get_sale_price(products, quantity)
    except UserError as error:
        if len(products) == 1:
            return [(products[0], (None, error.message))]
        return [pair for product in products for pair in _one_by_one([product], quantity)]
    return [(product, (prices[product.id], None)) for product in products]


def _cost(product, company, currency, date):
    """What one default unit costs the company; an article that cost nothing has no known cost."""
    cost = product.get_multivalue("cost_price", company=company.id)
    if not cost:
        return None
    if currency == company.currency:
        return cost
    Currency = Pool().get("currency.currency")
    with Transaction().set_context(date=date):
        return Currency.compute(company.currency, cost, currency, round=False)
