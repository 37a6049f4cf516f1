"""A web order becomes a confirmed sale in one transaction, whole and to the cent, or not at all."""

from decimal import Decimal

from trytond.modules.panstore.access import GatewayError, for_panstore
from trytond.modules.panstore.batches import batches
from trytond.modules.panstore.folders import folder, folders
from trytond.modules.panstore.gateway_party import address_of, party_of
from trytond.modules.panstore.gateway_price import active_currency
from trytond.modules.panstore.retry import by_key, with_key
from trytond.pool import Pool, PoolMeta
from trytond.rpc import RPC
from trytond.transaction import Transaction


class Gateway(metaclass=PoolMeta):
    __name__ = "panstore.gateway"

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__rpc__.update(import_order=RPC(readonly=False), booked_orders=RPC())

    @classmethod
    @for_panstore
    def import_order(cls, order):
        """Create, quote, confirm and process a sale in one transaction.

        Args:
            order: a dictionary with
                key: our key; the call gives back the first result when it repeats;
                number: the shop's printed number, becomes the sale's reference;
                web_shop, web_id: optional, the ERP's own identity of web orders (web_shop module);
                date: date of the sale in the company's zone;
                currency: ISO code; warehouse: id or code;
                party: {"id"} or {"key", "name", "email", "phone", "vat"}: found by id, or by key
                    and made with its contacts when the key is new;
                invoice_address, shipment_address: {"name", "street", "postcode", "city",
                    "country"}, matched on the party by text or made; the second defaults to the
                    first;
                lines: [{"product" (id or null), "description", "quantity" (in the product's
                    default unit; below zero for goods that come back), "unit_price" (net, of one
                    default unit, four decimals), "taxes" (ids)}]; a line without product takes its
                    account from the accounting configuration;
                carrier: id or null; payment_method: text; comment: text;
                corrects: key of the sale this one supplements or takes back, or null; becomes the
                    origin. The web shop's id stays with the first sale;
                expected_total: what the buyer owes, with tax; null to accept any;
                confirm: false leaves a quotation; true (default) confirms and processes.

        With quantities below zero it is a return: a return shipment waits for the goods, and the
        invoice is a credit note.

        Returns:
            The sale as it stands, see `folders`.

        Raises:
            GatewayError: nothing of the order remains in the ERP. Codes: illegal_order,
                unknown_order (the one it corrects), unknown_product, unknown_tax,
                unknown_warehouse, unknown_party, unknown_country, unknown_carrier,
                currency_inactive, total_differs, refused.
        """
        key = order.get("key")
        if not key:
            raise GatewayError("illegal_order", "the order has no key")
        known = by_key("sale.sale", key)
        if known:
            return folder(known, repeated=True)
        sale = with_key("sale.sale", key, lambda: _create(order))
        return folder(sale, repeated=False)

    @classmethod
    @for_panstore
    def booked_orders(cls, keys):
        """Those of the sales that exist, as they stand; see `folders`. Unknown keys are absent."""
        Sale = Pool().get("sale.sale")
        found = []
        for part in batches(keys):
            found.extend(Sale.search([("panstore_key", "in", part)], order=[("id", "ASC")]))
        return folders(found)


def sale_by_key(key):
    """The sale with our key.

    Raises:
        GatewayError: unknown_order.
    """
    sale = by_key("sale.sale", key)
    if not sale:
        raise GatewayError("unknown_order", f"no sale in the ERP has the key {key}")
    return sale


def locked_sale(key):
    """The sale with our key, while nobody else changes it: two calls for one come one by one.

    Raises:
        GatewayError: unknown_order.
    """
    sale = sale_by_key(key)
    type(sale).lock([sale])
    return sale


def confirm_and_process(sale):
    """Confirm a quotation and process it in this transaction.

    Confirming queues the processing as a task of its own. It is done here instead, so that the
    shipment and the draft invoice commit together with the sale; unless the ERP is set to process
    sales later.
    """
    pool = Pool()
    Sale = pool.get("sale.sale")
    tasks = Transaction().tasks
    before = len(tasks)
    Sale.confirm([sale])
    if not sale.process_after:
        Sale.process([sale])
        pool.get("ir.queue").delete(pool.get("ir.queue").browse(tasks[before:]))
        del tasks[before:]


def _create(order):
    Sale = Pool().get("sale.sale")
    sale = _draft(order)
    sale.save()
    Sale.quote([sale])
    sale = Sale(sale.id)
    _check_total(sale, order.get("expected_total"))
    if order.get("confirm", True):
        confirm_and_process(sale)
    return sale


def _draft(order):
    pool = Pool()
    Sale = pool.get("sale.sale")
    sale = Sale(**Sale.default_get(list(Sale._fields), with_rec_name=False))
    sale.company = Transaction().context["company"]
    sale.warehouse = _warehouse(order.get("warehouse"))
    sale.party = party_of(order.get("party") or {})
    sale.on_change_party()
    sale.currency = active_currency(order.get("currency") or sale.company.currency.code)
    invoice = order.get("invoice_address") or order.get("shipment_address")
    if invoice:
        sale.invoice_address = address_of(sale.party, invoice, usage="invoice")
        sale.shipment_address = address_of(
            sale.party, order.get("shipment_address") or invoice, usage="delivery"
        )
    sale.panstore_key = order["key"]
    if order.get("corrects"):
        sale.origin = sale_by_key(order["corrects"])
    sale.reference = order.get("number")
    sale.sale_date = order.get("date")
    sale.description = order.get("payment_method") or None
    sale.comment = order.get("comment") or None
    if order.get("web_shop") and "web_shop" in Sale._fields and not order.get("corrects"):
        sale.web_shop, sale.web_id = order["web_shop"], order.get("web_id")
    if "carrier" in Sale._fields:
        # The order brings its shipping as a line; the ERP must not add another one.
        sale.carrier = _carrier(order.get("carrier"))
        sale.shipment_cost_method = None
    lines = order.get("lines") or []
    if not lines:
        raise GatewayError("illegal_order", f"the order {order.get('number')} has no lines")
    sale.lines = _lines(lines)
    return sale


def _lines(lines):
    pool = Pool()
    Product = pool.get("product.product")
    Line = pool.get("sale.line")
    wanted = {line["product"] for line in lines if line.get("product")}
    with Transaction().set_context(active_test=False):
        products = {p.id: p for p in Product.search([("id", "in", list(wanted))])}
    _check_taxes({tax for line in lines for tax in line.get("taxes") or ()})
    made = []
    for line in lines:
        product = None
        if line.get("product"):
            product = products.get(line["product"])
            # What is no longer sold can still come back.
            if not product or not (product.salable or Decimal(line["quantity"]) < 0):
                raise GatewayError(
                    "unknown_product",
                    f"product {line['product']} ({line.get('description')}) is "
                    "not in the ERP or not salable there",
                )
        made.append(
            Line(
                type="line",
                product=product,
                unit=product.default_uom if product else None,
                quantity=float(line["quantity"]),
                unit_price=Decimal(line["unit_price"]),
                taxes=line.get("taxes") or [],
                description=line.get("description") or None,
            )
        )
    return made


def _check_taxes(ids):
    Tax = Pool().get("account.tax")
    found = {
        tax.id
        for tax in Tax.search([
            ("id", "in", list(ids)),
            ("company", "=", Transaction().context["company"]),
        ])
    }
    if ids - found:
        raise GatewayError(
            "unknown_tax", f"the taxes {sorted(ids - found)} are not in the ERP or not active"
        )


def _check_total(sale, expected):
    if expected is not None and sale.total_amount != Decimal(expected):
        raise GatewayError(
            "total_differs",
            f"the order {sale.reference} comes to {sale.total_amount} "
            f"{sale.currency.code} in the ERP, the buyer owes {expected}; nothing was kept",
        )


def _warehouse(value):
    Location = Pool().get("stock.location")
    field = "id" if isinstance(value, int) else "code"
    found = Location.search([("type", "=", "warehouse"), (field, "=", value)]) if value else []
    if not found:
        raise GatewayError("unknown_warehouse", f"there is no warehouse {value!r} in the ERP")
    return found[0]


def _carrier(id_):
    if not id_:
        return None
    found = Pool().get("carrier").search([("id", "=", id_)])
    if not found:
        raise GatewayError("unknown_carrier", f"there is no carrier {id_} in the ERP")
    return found[0]
