"""What the shop hears of an order: how far it has come, parcels, numbers of documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from panstore.model.ids import ExternalId
from panstore.model.quantity import to_sales_units
from panstore.model.shipment import Shipment, ShippedGoods
from panstore.modules.s4_orders.documents import Document, Documents, documents
from panstore.modules.s4_orders.settings import Event, OrderSettings
from panstore.sdk.modules import Due, OrderCase, TellShop
from panstore.sdk.order_roles import OrderUpdate

__all__ = ["Told", "news"]

_ZERO = Decimal(0)


class Told(msgspec.Struct, frozen=True):
    """What the shop has been told of an order so far; kept with the fact.

    Attributes:
        events: stages of which its status was told, or which it showed by itself.
        shipments: the ERP's ids of parcels; invoices: numbers of documents.
    """

    events: tuple[str, ...] = ()
    shipments: tuple[str, ...] = ()
    invoices: tuple[str, ...] = ()


def news(case: OrderCase, settings: OrderSettings) -> Due:
    """What the shop has not been told yet, or None.

    Each event, each parcel and each number is told once: what a person sets in the shop
    afterwards stands. An order that was cancelled in the shop and taken up again stands there
    where orders begin, so its status is told anew. Without `tell` in the settings the shop is told
    nothing.
    """
    if not settings.tell:
        return None
    known, told = documents(case), _told(case)
    event = _event(case, settings, known)
    fresh = [event] if event is not None and _may_tell(case, told, event) else []
    # A shop that has cancelled the order has no place for a parcel; it is told if it lives again.
    sent = [] if case.order.stage == "cancelled" else _parcels(known)
    parcels = [parcel for parcel in sent if parcel.id not in told.shipments]
    numbers = [number for number in _numbers(case, known) if number not in told.invoices]
    if not fresh and not parcels and not numbers:
        return None
    detail = Told(
        events=(*told.events, *fresh),
        shipments=(*told.shipments, *(parcel.id for parcel in parcels)),
        invoices=(*told.invoices, *numbers),
    )
    revision = max((fact.revision for fact in case.all("told")), default=0) + 1
    return TellShop(
        update=OrderUpdate(
            key=case.key("tell", revision),
            order=case.order.id,
            status=_status(case, settings, fresh),
            shipments=tuple(_for_shop(parcel, case) for parcel in parcels),
            invoices=tuple(numbers),
        ),
        revision=revision,
        detail=msgspec.json.encode(detail).decode(),
        reason=_reason(fresh, parcels, numbers),
    )


def _told(case: OrderCase) -> Told:
    """What the shop was told and still shows, unless a person has set something else."""
    latest = max(case.all("told"), key=lambda fact: fact.revision, default=None)
    if latest is None:
        return Told()
    try:
        told = msgspec.json.decode(latest.detail, type=Told)
    except msgspec.DecodeError:
        return Told()
    withdrawn = case.last("withdrawn")
    if withdrawn is not None and withdrawn.detail == str(latest.revision):
        return msgspec.structs.replace(told, events=())
    return told


def _event(case: OrderCase, settings: OrderSettings, known: Documents) -> Event | None:
    """The furthest event the order has come to for which there is a word."""
    reached = [event for event in _reached(case, settings, known) if event in settings.tell]
    return reached[-1] if reached else None


def _may_tell(case: OrderCase, told: Told, event: Event) -> bool:
    """Whether the event is news that does not set the shop's order back.

    The shop has the last word on an order it has closed. That it says shipped may come from our
    own word for a part of it.
    """
    if event in told.events or case.order.stage == "cancelled":
        return False
    if case.order.stage == "shipped" and event != "refunded":
        return event == "shipped" and "partly_shipped" in told.events
    return True


def _reached(case: OrderCase, settings: OrderSettings, known: Documents) -> list[Event]:
    """All that is true of the order now, in the order of an order's life."""
    order, main = case.order, known.main
    if main is None:
        return []
    if main.ended:
        return (["refunded"] if _refunded(case) else ["cancelled"]) if order.is_void else []
    if main.undone:
        # Where a person shall decide, the shop's order is left as it is until he has.
        return ["cancelled"] if settings.erp_cancelled == "tell" else []
    if not main.living:
        return []
    living = known.living
    reached: list[Event] = ["imported"]
    if _waits(case, main):
        reached.append("waiting")
    if main.sale is not None and main.sale.reserved and main.sale.all_reserved:
        reached.append("reserved")
    if any(one.invoiced for one in living):
        reached.append("invoiced")
    gone, missing = _under_way(living)
    if gone:
        reached.append("partly_shipped" if missing else "shipped")
    if _refunded(case) and _booked_total(known) == order.total - order.given_back:
        reached.append("refunded")
    return reached


def _refunded(case: OrderCase) -> bool:
    return bool(case.order.refunds) and case.order.given_back >= case.order.total


def _booked_total(known: Documents) -> Decimal:
    return sum((one.booked.total for one in known.settled if one.booked is not None), _ZERO)


def _waits(case: OrderCase, main: Document) -> bool:
    """Whether its goods were to be set aside and some were not there.

    What a person gives back by hand, to pick a parcel anew, is not short: only who stands in the
    line for goods waits.
    """
    sale = main.sale
    return bool(case.in_line_as) and sale is not None and not main.packed and not sale.all_reserved


def _under_way(living: Iterable[Document]) -> tuple[bool, bool]:
    """(whether goods have left, whether goods are still to leave), all sales together."""
    gone = False
    open_: dict[ExternalId, Decimal] = {}
    for goods in (goods for one in living if one.sale for goods in one.sale.goods):
        shipped = goods.shipped if goods.ordered > 0 else _ZERO
        gone = gone or shipped > 0
        open_[goods.product] = open_.get(goods.product, _ZERO) + goods.ordered - shipped
    return gone, any(quantity > 0 for quantity in open_.values())


def _parcels(known: Documents) -> list[Shipment]:
    """Parcels that have left, each once."""
    return [
        parcel
        for one in known.living
        if one.sale is not None
        for parcel in one.sale.shipments
        if parcel.state == "shipped" and not parcel.returned
    ]


def _numbers(case: OrderCase, known: Documents) -> list[str]:
    """Numbers of invoices and credit notes, ours by the facts, people's by what stands."""
    ours = [*case.all("invoiced"), *case.all("credited")]
    standing = [
        invoice.number
        for one in known.living
        if one.sale is not None
        for invoice in one.sale.invoices
        if invoice.issued
    ]
    numbers = [*(fact.number for fact in ours), *standing]
    return [number for number in dict.fromkeys(numbers) if number]


def _status(case: OrderCase, settings: OrderSettings, fresh: Sequence[Event]) -> str | None:
    """The word for the event, None where the shop says it already."""
    words = [settings.tell[event] for event in fresh]
    return next((word for word in words if word != case.order.status), None)


def _for_shop(parcel: Shipment, case: OrderCase) -> Shipment:
    """The parcel in the shop's articles and sales units; what the order has not is left out."""
    known = {link.erp: (link.shop, link.factor) for link in case.links.values() if link.factor}
    goods = tuple(
        ShippedGoods(
            product=known[one.product][0],
            quantity=to_sales_units(one.quantity, known[one.product][1]),
            reserved=to_sales_units(one.reserved, known[one.product][1]),
        )
        for one in parcel.goods
        if one.product in known
    )
    return msgspec.structs.replace(parcel, goods=goods)


def _reason(fresh: Sequence[Event], parcels: Sequence[Shipment], numbers: Sequence[str]) -> str:
    parts = [f"the order is {event.replace('_', ' ')}" for event in fresh]
    parts += [f"parcel {parcel.number} has left" for parcel in parcels]
    parts += [f"{number} was issued" for number in numbers]
    return ", ".join(parts)
