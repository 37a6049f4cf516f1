"""What follows a sale: goods reserved, invoice issued, invoice credited, goods taken back."""

from trytond.modules.panstore.access import GatewayError, for_panstore
from trytond.modules.panstore.gateway_order import (
    confirm_and_process,
    sale_by_key,
    sale_result,
)
from trytond.modules.panstore.retry import by_key, with_key
from trytond.pool import Pool, PoolMeta
from trytond.rpc import RPC


class Gateway(metaclass=PoolMeta):
    __name__ = "panstore.gateway"

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__rpc__.update(
            reserve=RPC(readonly=False),
            invoice=RPC(readonly=False),
            credit=RPC(readonly=False),
            return_order=RPC(readonly=False),
        )

    @classmethod
    @for_panstore
    def reserve(cls, order_key, key):
        """Try to reserve the goods of an order's waiting shipments; never forces.

        A new attempt after new goods arrived needs a new key (the next revision).

        Returns:
            {"sale", "shipments": [{"id", "number", "state", "partially_assigned"}], "repeated"};
            all customer shipments of the sale as they are after the attempt.
        """
        Shipment = Pool().get("stock.shipment.out")
        sale = sale_by_key(order_key)
        repeated = any(
            (shipment.panstore_key or "").partition("#")[0] == key for shipment in sale.shipments
        )
        if not repeated:
            open_ = [s for s in sale.shipments if s.state in {"draft", "waiting"}]
            Shipment.wait([s for s in open_ if s.state == "draft"])
            Shipment.assign_try(open_)
            _set_shipment_keys(sale.shipments, key)
        return {
            "sale": sale.id,
            "shipments": [_shipment(s) for s in Shipment.browse([s.id for s in sale.shipments])],
            "repeated": repeated,
        }

    @classmethod
    @for_panstore
    def invoice(cls, order_key, key, date=None):
        """Issue the invoice of an order: post the oldest that is not yet posted.

        An order whose method is *manual* gets its invoice made here. Where a person has posted
        the invoice already, that one takes our key and is the result.

        Args:
            order_key: key of the sale.
            key: key of the invoice.
            date: invoice date, or null for today in the company's time zone.

        Returns:
            {"invoice", "number", "date", "state", "total", "untaxed", "tax", "currency",
            "repeated"}.

        Raises:
            GatewayError: unknown_order, nothing_to_invoice, refused.
        """
        known = by_key("account.invoice", key)
        if known:
            return _invoice(known, repeated=True)
        sale = sale_by_key(order_key)
        invoice = with_key("account.invoice", key, lambda: _issue(sale, key, date))
        return _invoice(invoice, repeated=False)

    @classmethod
    @for_panstore
    def credit(cls, invoice_key, key, date=None):
        """Credit a whole invoice; a posted one is cancelled by its credit note.

        Returns:
            As `invoice`, of the credit note (negative amounts).

        Raises:
            GatewayError: unknown_invoice, illegal_state, refused.
        """
        known = by_key("account.invoice", key)
        if known:
            return _invoice(known, repeated=True)
        invoice = by_key("account.invoice", invoice_key)
        if not invoice:
            raise GatewayError(
                "unknown_invoice", f"no invoice in the ERP has the key {invoice_key}"
            )
        if invoice.state not in {"posted", "paid"}:
            raise GatewayError(
                "illegal_state",
                f"invoice {invoice.rec_name} is {invoice.state}; only a posted "
                "or paid one can be credited",
            )
        note = with_key("account.invoice", key, lambda: _credit(invoice, key, date))
        return _invoice(note, repeated=False)

    @classmethod
    @for_panstore
    def return_order(cls, order_key, key, lines=None):
        """Take goods back: a confirmed return sale with its return shipment and credit.

        Args:
            order_key: key of the sale.
            key: key of the return.
            lines: [{"product", "quantity" (> 0, sales unit)}], or null for the whole order.

        Returns:
            As `import_order`, of the return sale (negative amounts), and "shipments": [{"id",
            "number", "state"}].

        Raises:
            GatewayError: unknown_order, illegal_state, return_exceeds_order, refused.
        """
        known = by_key("sale.sale", key)
        if known:
            return _return(known, repeated=True)
        sale = sale_by_key(order_key)
        if sale.state not in {"processing", "done"}:
            raise GatewayError(
                "illegal_state",
                f"sale {sale.rec_name} is {sale.state}; only an order that is "
                "processing or done can be returned",
            )
        made = with_key("sale.sale", key, lambda: _take_back(sale, key, lines))
        return _return(made, repeated=False)


def _set_shipment_keys(shipments, key):
    """The key is unique, an order may have several shipments: the others get `key#2` and so on."""
    Shipment = Pool().get("stock.shipment.out")
    for place, shipment in enumerate(sorted(shipments, key=lambda s: s.id), start=1):
        Shipment.write([shipment], {"panstore_key": key if place == 1 else f"{key}#{place}"})


def _shipment(shipment):
    return {
        "id": shipment.id,
        "number": shipment.number,
        "state": shipment.state,
        "partially_assigned": bool(shipment.partially_assigned),
    }


def _issue(sale, key, date):
    pool = Pool()
    Invoice = pool.get("account.invoice")
    Sale = pool.get("sale.sale")
    invoices = _open_invoices(sale)
    if not invoices and sale.invoice_method == "manual":
        Sale.manual_invoice([sale])
        invoices = _open_invoices(Sale(sale.id))
    if not invoices:
        posted = [i for i in sale.invoices if i.state in {"posted", "paid"} and not i.panstore_key]
        if not posted:
            raise GatewayError(
                "nothing_to_invoice",
                f"sale {sale.rec_name} has no invoice to issue; its "
                f"invoicing method is {sale.invoice_method}",
            )
        invoice = min(posted, key=lambda i: i.id)
        Invoice.write([invoice], {"panstore_key": key})
        return invoice
    invoice = min(invoices, key=lambda i: i.id)
    values = {"panstore_key": key}
    if date:
        values["invoice_date"] = date
    Invoice.write([invoice], values)
    invoice = Invoice(invoice.id)
    Invoice.post([invoice])
    return invoice


def _open_invoices(sale):
    return [i for i in sale.invoices if i.state in {"draft", "validated"}]


def _credit(invoice, key, date):
    Invoice = Pool().get("account.invoice")
    values = {"panstore_key": key}
    if date:
        values["invoice_date"] = date
    if invoice.state == "posted":
        (note,) = Invoice.credit([invoice], refund=True, **values)
    else:
        (note,) = Invoice.credit([invoice], **values)
        Invoice.post([note])
    return note


def _invoice(invoice, *, repeated):
    invoice = Pool().get("account.invoice")(invoice.id)
    return {
        "invoice": invoice.id,
        "number": invoice.number,
        "date": invoice.invoice_date,
        "state": invoice.state,
        "total": invoice.total_amount,
        "untaxed": invoice.untaxed_amount,
        "tax": invoice.tax_amount,
        "currency": invoice.currency.code,
        "repeated": repeated,
    }


def _take_back(sale, key, lines):
    pool = Pool()
    Sale = pool.get("sale.sale")
    Line = pool.get("sale.line")
    (made,) = Sale.copy(
        [sale],
        default={
            "panstore_key": key,
            "origin": str(sale),
            "reference": sale.reference,
            "lines.quantity": lambda data: (
                -data["quantity"] if data["type"] == "line" else data["quantity"]
            ),
        },
    )
    if lines is not None:
        keep = _kept_quantities(sale, made, lines)
        Line.delete([line for line in made.lines if line.id not in keep])
        for line in Line.browse(list(keep)):
            if line.quantity != -keep[line.id]:
                Line.write([line], {"quantity": -keep[line.id]})
    made = Sale(made.id)
    Sale.quote([made])
    confirm_and_process(made)
    return made


def _kept_quantities(sale, made, lines):
    """Quantity (> 0) to return by line of the return sale."""
    keep = {}
    for wanted in lines:
        rest = float(wanted["quantity"])
        for line in made.lines:
            if line.type == "line" and line.product and line.product.id == wanted["product"]:
                taken = min(rest, -line.quantity - keep.get(line.id, 0))
                if taken > 0:
                    keep[line.id] = keep.get(line.id, 0) + taken
                    rest -= taken
        if rest > 0:
            raise GatewayError(
                "return_exceeds_order",
                f"{wanted['quantity']} of product {wanted['product']} are "
                f"more than sale {sale.rec_name} has",
            )
    return keep


def _return(sale, *, repeated):
    sale = Pool().get("sale.sale")(sale.id)
    return sale_result(sale) | {
        "shipments": [
            {"id": s.id, "number": s.number, "state": s.state} for s in sale.shipment_returns
        ],
        "repeated": repeated,
    }
