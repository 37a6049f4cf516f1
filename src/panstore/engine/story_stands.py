"""Where one order stands, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from panstore.engine.story_past import Tone
from panstore.engine.story_record import OrderRecord, day, moment
from panstore.model.invoice import Invoice
from panstore.model.order import Order
from panstore.model.quantity import plain
from panstore.model.sale import BookedOrder, SoldGoods
from panstore.model.shipment import Shipment
from panstore.store.seen_sales import SeenSale

__all__ = ["Standing", "headline", "stands"]

_ZERO = Decimal(0)


class Standing(msgspec.Struct, frozen=True):
    """One side of how the order stands now.

    Attributes:
        about: shop, payment, sale, goods, parcel, invoice or told.
        text: for people; `tone` says how it is to be taken.
    """

    about: Literal["shop", "payment", "sale", "goods", "parcel", "invoice", "told"]
    text: str
    tone: Tone = "plain"


_STATES = {
    "waiting": "on its way to the ERP",
    "parked": "needs a person",
    "skipped": "left alone",
    "earlier": "older than web orders, left alone",
    "closed": "nothing of it is to be delivered",
}


def headline(record: OrderRecord) -> str:
    """Where the order is, in a few words."""
    row, sales = record.row, [seen.sale for seen in record.standing]
    if row.state != "imported":
        words = _STATES.get(row.state, row.state)
    elif sales and all(sale.state == "cancelled" for sale in sales):
        words = "its sale was cancelled in the ERP"
    elif record.missing:
        words = "in the ERP, waits for goods"
    elif _all_gone(_leaving(sales)):
        words = "in the ERP, shipped"
    else:
        words = "in the ERP"
    return f"{words}; needs a person" if record.open_record and row.state != "parked" else words


def stands(record: OrderRecord) -> list[Standing]:
    """Where the order stands: in the shop, paid, in the ERP, its goods, parcels, invoices."""
    found = [_in_shop(record)]
    if record.order is not None:
        found.append(_payment(record.agreed or record.order))
        found += _agreed(record.order, record.agreed)
    found += _sales(record)
    sales = [seen.sale for seen in record.standing]
    found += _goods(sales)
    for sale in sales:
        found += [_parcel(one, record.zone) for one in sale.shipments if _is_told(one)]
        found += [_invoice(one) for one in sale.invoices]
    told = next((fact for fact in reversed(record.facts) if fact.name == "told"), None)
    if told is not None:
        showed = f"; it then showed {told.number!r}" if told.number else ""
        found.append(
            Standing("told", f"The shop was last told on {moment(told.at, record.zone)}{showed}.")
        )
    return found


def _in_shop(record: OrderRecord) -> Standing:
    row = record.row
    if not row.status:
        return Standing("shop", "The shop's order could not be read.", "bad")
    means = "" if row.stage in {"open", row.status.casefold()} else f" ({row.stage})"
    return Standing("shop", f"The shop shows it as {row.status!r}{means}.")


def _payment(order: Order) -> Standing:
    unit, owed = order.currency, order.total - order.given_back
    given = f", {order.given_back} {unit} given back" if order.given_back else ""
    if order.is_void and not order.received:
        return Standing("payment", f"Nothing is owed{given}.")
    if order.is_paid:
        return Standing("payment", f"Paid: {order.received} {unit} received{given}.", "good")
    if order.payment_failed:
        return Standing("payment", f"The payment failed: {owed} {unit} are owed{given}.", "bad")
    return Standing("payment", f"Not paid: {order.received} of {owed} {unit} received{given}.")


def _agreed(charged: Order, agreed: Order | None) -> Iterator[Standing]:
    """Both sums of an order that is booked at the agreed prices and not at those of the shop."""
    if agreed is not None:
        unit = charged.currency
        yield Standing(
            "payment",
            f"Booked at the agreed prices: {agreed.total} {unit}; the shop charged and still shows "
            f"{charged.total} {unit}.",
        )


_KINDS = {"return": "return", "supplement": "supplementary sale"}
_NOT_THERE = frozenset({"skipped", "earlier", "closed"})
_SALES = {"open": "", "done": ", finished", "cancelled": ", cancelled there"}


def _sales(record: OrderRecord) -> Iterator[Standing]:
    for key in record.living:
        seen = record.seen.get(key)
        kind = _KINDS.get(key.rsplit("/", 2)[-2], "sale")
        if seen is not None:
            yield _sale(seen, kind, record.zone)
            continue
        number = next((fact.number for fact in record.facts if fact.key == key), "")
        yield Standing("sale", f"Made in the ERP as {kind} {number}; how it stands is not known.")
    if record.living:
        return
    gone = [fact.number for fact in record.facts if fact.name == "cancelled"]
    if any(intent.purpose == "order" and intent.in_doubt for intent in record.intents):
        yield Standing("sale", "Whether it is in the ERP is not known: the answer was lost.")
    elif gone:
        yield Standing("sale", f"In the ERP its sale {gone[-1]} is cancelled.")
    elif record.row.state in _NOT_THERE:
        yield Standing("sale", "The ERP has nothing of it from PanStore.")
    else:
        yield Standing("sale", "Not in the ERP yet.")


def _sale(seen: SeenSale, kind: str, zone: str) -> Standing:
    sale = seen.sale
    return Standing(
        "sale",
        f"In the ERP as {kind} {sale.number} over {sale.total} {sale.currency}"
        f"{_SALES[sale.state]} (seen {moment(seen.at, zone)}).",
        "bad" if sale.state == "cancelled" else "good",
    )


def _standing_goods(sales: Iterable[BookedOrder]) -> list[SoldGoods]:
    return [one for sale in sales if sale.state != "cancelled" for one in sale.goods]


def _leaving(sales: Iterable[BookedOrder]) -> list[SoldGoods]:
    """Goods that leave or have left, of sales that stand."""
    return [one for one in _standing_goods(sales) if one.ordered > 0]


def _all_gone(goods: Sequence[SoldGoods]) -> bool:
    return bool(goods) and all(one.shipped >= one.ordered for one in goods)


def _goods(sales: Sequence[BookedOrder]) -> Iterator[Standing]:
    going = _leaving(sales)
    if going:
        yield _going(going)
    back = [one for one in _standing_goods(sales) if one.ordered < 0]
    if back:
        due = sum((-one.ordered for one in back), _ZERO)
        come = sum((-one.shipped for one in back), _ZERO)
        text = f"Goods expected back: {plain(due)}; have come: {plain(come)}."
        yield Standing("goods", text, "good" if come >= due else "plain")


def _going(goods: Sequence[SoldGoods]) -> Standing:
    ordered = sum((one.ordered for one in goods), _ZERO)
    shipped = sum((one.shipped for one in goods), _ZERO)
    reserved = sum((one.reserved for one in goods), _ZERO)
    if _all_gone(goods):
        return Standing("goods", f"All goods have left: {plain(shipped)}.", "good")
    open_ = sum((max(_ZERO, one.ordered - one.reserved - one.shipped) for one in goods), _ZERO)
    parts = [f"have left: {plain(shipped)}"] if shipped else []
    parts.append(f"set aside: {plain(reserved)}")
    parts += [f"not set aside: {plain(open_)}"] if open_ else []
    tone: Tone = "plain" if open_ else "good"
    return Standing("goods", f"Goods ordered: {plain(ordered)}; {', '.join(parts)}.", tone)


def _is_told(parcel: Shipment) -> bool:
    """Goods that are in no parcel yet are told of as goods."""
    if parcel.returned:
        return parcel.state != "cancelled"
    return parcel.state in {"packed", "shipped"}


def _parcel(parcel: Shipment, zone: str) -> Standing:
    if parcel.returned:
        words = "has come back" if parcel.state == "shipped" else "is expected back"
    else:
        words = "has left" if parcel.state == "shipped" else "is packed"
    # An ERP may know the day only.
    when = f" on {day(parcel.shipped_at, zone)}" if parcel.shipped_at else ""
    by = f" with {parcel.carrier}" if parcel.carrier else ""
    number = f", number {parcel.tracking}" if parcel.tracking else ""
    tone: Tone = "good" if parcel.state == "shipped" else "plain"
    return Standing("parcel", f"Parcel {parcel.number} {words}{when}{by}{number}.", tone)


def _invoice(invoice: Invoice) -> Standing:
    kind = "Credit note" if invoice.total < 0 else "Invoice"
    over = f"over {invoice.total} {invoice.currency}"
    if not invoice.number:
        return Standing("invoice", f"{kind} {over} is a draft.")
    date = f" of {invoice.date:%d %b %Y}" if invoice.date else ""
    tone: Tone = "good" if invoice.issued else "plain"
    return Standing("invoice", f"{kind} {invoice.number}{date} {over} is {invoice.state}.", tone)
