"""What was issued for a sale, with everything that stands on the paper, as it was booked."""

from decimal import Decimal

from trytond.modules.panstore.access import GatewayError, for_panstore
from trytond.modules.panstore.folder_invoices import ISSUED
from trytond.modules.panstore.folder_moves import OUT
from trytond.modules.panstore.folders import folder
from trytond.modules.panstore.gateway_order import sale_by_key
from trytond.modules.panstore.paper_parties import party_at, seller_of
from trytond.modules.panstore.paper_taxes import category_of_line, rate_of_line, vat_rows
from trytond.modules.panstore.quantities import exact
from trytond.pool import Pool, PoolMeta
from trytond.rpc import RPC
from trytond.transaction import Transaction

_KINDS = ("invoice", "credit_note", "delivery_note")


class Gateway(metaclass=PoolMeta):
    __name__ = "panstore.gateway"

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__rpc__.update(document=RPC())

    @classmethod
    @for_panstore
    def document(cls, order_key, kind, record):
        """An invoice, a credit note or a delivery note of a sale, as it would be printed.

        Args:
            order_key: key of the sale.
            kind: "invoice", "credit_note" or "delivery_note".
            record: id of the invoice or of the customer shipment.

        Returns:
            A dictionary with number, date, currency; seller, buyer and receiver (null if it is the
            buyer), see `paper_parties`; lines: [{"code", "description", "quantity", "unit"
            (symbol), "unit_name", "unit_code" (UN/ECE), "unit_net", "net", "rate", "category"
            (UNCL 5305)}], below zero on a credit note; vat: [{"rate", "base", "tax", "category",
            "reason"}], what is not charged too, so that the bases come to the net; net, tax,
            total; paid; due (day or null); delivered (last day on which goods of the invoice left,
            or null); order_number, order_date; payment_method, delivery_method; reference (to pay
            with); credits (number of the invoice that a note is for); taken_back_by (number of the
            note that takes all of the invoice back); carrier, tracking; note. Rates are shares
            (0.22), null where a tax is no percentage. Codes of units and categories are those of
            the module `edocument_unece`, null without it. A delivery note has no amounts: null in
            its lines, no rows of VAT, zeros.

        Raises:
            GatewayError: unknown_order; unknown_document, the sale has none of that kind and id;
                not_issued, it is a draft, was given up as one, or is a parcel not yet packed.
        """
        sale, found, paper = _find(order_key, kind, record)
        if kind == "delivery_note":
            return _common(sale) | _delivery_note(paper, found)
        return _common(sale) | _invoice(paper, found["invoices"])


def issued(order_key, kind, record):
    """The record of an invoice or a shipment; refusals as those of `document`."""
    return _find(order_key, kind, record)[2]


def _find(order_key, kind, record):
    """The sale, its folder and the record that is asked for."""
    sale = sale_by_key(order_key)
    if kind not in _KINDS:
        raise GatewayError("unknown_document", f"there are no documents {kind!r}")
    found = folder(sale, repeated=True)
    look = _parcel if kind == "delivery_note" else _paper
    return sale, found, look(sale, found, kind, record)


def _common(sale):
    return {
        "order_number": sale.reference,
        "order_date": sale.sale_date,
        "payment_method": sale.description,
        "delivery_method": _carrier_name(sale),
    }


def _paper(sale, found, kind, id_):
    invoice = None
    if any(one["id"] == id_ for one in found["invoices"]):
        invoice = Pool().get("account.invoice")(id_)
    if not invoice or kind != _kind_of(invoice, found["invoices"]):
        raise _unknown(sale, kind, id_)
    if invoice.state not in ISSUED and not (invoice.state == "cancelled" and invoice.number):
        raise GatewayError(
            "not_issued",
            f"the invoice {id_} of sale {sale.rec_name} is {invoice.state}; it can be printed once "
            "it is posted",
        )
    return invoice


def _kind_of(invoice, invoices):
    """A note is what takes an invoice back, and what comes to less than nothing."""
    back = any(one["id"] == invoice.id and one["credits"] is not None for one in invoices)
    return "credit_note" if back or invoice.total_amount < 0 else "invoice"


def _invoice(invoice, invoices):
    lines = [line for line in invoice.lines if line.type == "line"]
    sale = next(iter(invoice.sales), None)
    return {
        "number": invoice.number,
        "date": invoice.invoice_date,
        "currency": invoice.currency.code,
        "seller": seller_of(invoice.company, invoice=invoice),
        "buyer": party_at(
            invoice.party, invoice.invoice_address, identifier=invoice.party_tax_identifier
        ),
        "receiver": _receiver(sale, invoice.invoice_address),
        "lines": [_invoice_line(line) for line in lines],
        "vat": vat_rows(invoice, lines),
        "net": invoice.untaxed_amount,
        "tax": invoice.tax_amount,
        "total": invoice.total_amount,
        "paid": _paid(invoice),
        "due": max((i.maturity_date for i in invoice.lines_to_pay if i.maturity_date), default=None)
        if invoice.total_amount > 0
        else None,
        "delivered": _delivered(lines),
        "reference": invoice.customer_payment_reference if invoice.total_amount > 0 else None,
        "credits": ", ".join(filter(None, (i.number for i in invoice.origin_invoices))) or None,
        "taken_back_by": next(
            (
                one["number"]
                for one in invoices
                if one["credits"] == invoice.id and one["state"] in ISSUED
            ),
            None,
        ),
        "carrier": None,
        "tracking": None,
        "note": invoice.comment,
    }


def _invoice_line(line):
    quantity = exact(line.quantity, line.unit.digits) if line.unit else _plain(line.quantity)
    return _goods(line.product, line.unit) | {
        "description": line.description or (line.product.name if line.product else None),
        "quantity": quantity,
        "unit_net": line.unit_price,
        "net": line.amount,
        "rate": rate_of_line(line),
        "category": category_of_line(line),
    }


def _paid(invoice):
    """What has been received; what a note has taken back was not."""
    if invoice.state == "posted":
        return invoice.total_amount - invoice.amount_to_pay
    return invoice.total_amount if invoice.state == "paid" else invoice.currency.round(Decimal(0))


def _delivered(lines):
    """The last day on which goods of these lines have left."""
    origins = {line.origin for line in lines if getattr(line.origin, "__name__", "") == "sale.line"}
    return max(
        (
            move.effective_date
            for origin in origins
            for move in origin.moves
            if move.state == "done" and move.effective_date
        ),
        default=None,
    )


def _parcel(sale, found, kind, id_):
    parcel = _parcel_row(found, id_)
    if not parcel:
        raise _unknown(sale, kind, id_)
    if parcel["state"] not in {"packed", "shipped"}:
        raise GatewayError(
            "not_issued",
            f"the shipment {parcel['number']} of sale {sale.rec_name} is {parcel['state']}; it "
            "has a delivery note once it is packed",
        )
    return Pool().get(OUT)(id_)


def _parcel_row(found, id_):
    return next(
        (one for one in found["shipments"] if one["id"] == id_ and not one["returned"]), None
    )


def _delivery_note(shipment, found):
    pool = Pool()
    parcel = _parcel_row(found, shipment.id)
    # Made in the order of the sale's lines.
    moves = sorted(
        (move for move in shipment.outgoing_moves if move.state != "cancelled"), key=lambda m: m.id
    )
    sale = next((m.origin.sale for m in moves if _of_sale(m)), None)
    address = sale.invoice_address if sale else None
    buyer = (sale.invoice_party or sale.party) if sale else shipment.customer
    with Transaction().set_context(company=shipment.company.id):
        today = pool.get("ir.date").today()
    zero = shipment.company.currency.round(Decimal(0))
    return {
        "number": shipment.number,
        "date": shipment.effective_date or shipment.planned_date or today,
        "currency": sale.currency.code if sale else shipment.company.currency.code,
        "seller": seller_of(shipment.company),
        "buyer": party_at(buyer, address),
        "receiver": party_at(shipment.customer, shipment.delivery_address)
        if shipment.delivery_address != address
        else None,
        "lines": [_move(move) for move in moves],
        "vat": [],
        "net": zero,
        "tax": zero,
        "total": zero,
        "paid": zero,
        "due": None,
        "delivered": shipment.effective_date,
        "reference": None,
        "credits": None,
        "taken_back_by": None,
        "carrier": parcel["carrier"],
        "tracking": parcel["tracking"],
        "note": None,
    }


def _move(move):
    description = move.origin.description if _of_sale(move) else None
    return _goods(move.product, move.unit) | {
        "description": description or move.product.name,
        "quantity": exact(move.quantity, move.unit.digits),
        "unit_net": None,
        "net": None,
        "rate": None,
        "category": None,
    }


def _of_sale(move):
    return getattr(move.origin, "__name__", "") == "sale.line"


def _goods(product, unit):
    return {
        "code": product.code if product else None,
        "unit": unit.symbol if unit else None,
        "unit_name": unit.name if unit else None,
        "unit_code": getattr(unit, "unece_code", None) if unit else None,
    }


def _receiver(sale, invoice_address):
    if not sale or not sale.shipment_address or sale.shipment_address == invoice_address:
        return None
    return party_at(sale.shipment_party or sale.party, sale.shipment_address)


def _carrier_name(sale):
    carrier = getattr(sale, "carrier", None)
    return carrier.party.name if carrier else None


def _plain(quantity):
    return Decimal(str(quantity or 0)) + Decimal(0)


def _unknown(sale, kind, id_):
    return GatewayError(
        "unknown_document", f"sale {sale.rec_name} has no {kind.replace('_', ' ')} {id_}"
    )
