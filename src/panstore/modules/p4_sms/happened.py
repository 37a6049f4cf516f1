"""What has happened to an order that a buyer may want to hear of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from panstore.model.ids import ExternalId, ModuleCode
from panstore.model.issued import issued_of
from panstore.model.sale import BookedOrder
from panstore.model.shipment import Shipment
from panstore.modules.p4_sms.texts import Event
from panstore.sdk.modules import OrderCase

__all__ = ["Happened", "happened", "invoices_of", "own_event", "parcels_of"]

_CODE = ModuleCode("P4")
_DAY = dt.timedelta(days=1)


class Happened(msgspec.Struct, frozen=True):
    """Something that happened once.

    Attributes:
        subject: what it is about, empty if it happens once in an order's life.
        at: when, None if that is not known; then it is told as of now.
    """

    subject: str = ""
    at: dt.datetime | None = None


def happened(event: Event, case: OrderCase) -> tuple[Happened, ...]:
    """Every time it has happened since P4 is on; what had been before is told to nobody."""
    if case.order.stage == "cancelled" and event != "cancelled":
        return ()
    return tuple(one for one in _SEEN[event](case) if _is_new(case, one.at))


def own_event(case: OrderCase) -> tuple[Happened, ...]:
    """A rule of the company's own may hold from any moment on, so it counts for new orders only."""
    return (Happened(),) if _is_new(case, None) else ()


def parcels_of(case: OrderCase) -> tuple[Shipment, ...]:
    """Parcels to the buyer that are packed or have left, in the ERP's order."""
    return tuple(
        one
        for sale in _living(case)
        for one in sale.shipments
        if not one.returned and one.state in {"packed", "shipped"}
    )


def invoices_of(case: OrderCase) -> tuple[tuple[ExternalId, str, Any], ...]:
    """(id, number, gross amount) of the invoices that were issued, the oldest first."""
    return tuple(
        (one.id, one.number, one.total)
        for one in issued_of(case.sales.values(), case.view.zone)
        if one.kind == "invoice"
    )


def _received(case: OrderCase) -> Iterator[Happened]:
    fact = next(iter(case.all("imported")), None)
    if fact is not None:
        yield Happened(at=fact.at)


def _paid(case: OrderCase) -> Iterator[Happened]:
    if case.order.is_paid and case.order.received > 0 and case.last("imported"):
        yield Happened()


def _reserved(case: OrderCase) -> Iterator[Happened]:
    sales = _living(case)
    fact = case.last("reserved")
    if fact is not None and sales and all(one.all_reserved for one in sales):
        yield Happened(at=fact.at)


def _partly_reserved(case: OrderCase) -> Iterator[Happened]:
    sales = _living(case)
    fact = case.last("reserved")
    some = any(one.reserved for one in sales)
    if fact is not None and some and not all(one.all_reserved for one in sales):
        yield Happened(at=fact.at)


def _dispatched(case: OrderCase) -> Iterator[Happened]:
    """One per parcel; what is fetched in the shop is with its buyer when it has left."""
    if case.order.pickup is not None:
        return
    for one in parcels_of(case):
        if one.state == "shipped":
            # The ERP may say the day only.
            last = None if one.shipped_at is None else min(one.shipped_at + _DAY, case.view.now)
            yield Happened(one.id, last)


def _ready(case: OrderCase) -> Iterator[Happened]:
    if case.order.pickup is not None:
        yield from (Happened(one.id) for one in parcels_of(case) if one.state == "packed")


def _invoiced(case: OrderCase) -> Iterator[Happened]:
    ours = {fact.reference: fact.at for fact in case.all("invoiced")}
    yield from (Happened(id_, ours.get(id_)) for id_, _, _ in invoices_of(case))


def _cancelled(case: OrderCase) -> Iterator[Happened]:
    if case.order.stage == "cancelled" and case.last("imported"):
        fact = case.last("cancelled")
        yield Happened(at=None if fact is None else fact.at)


_SEEN: dict[Event, Callable[[OrderCase], Iterator[Happened]]] = {
    "order_received": _received,
    "paid": _paid,
    "reserved": _reserved,
    "partly_reserved": _partly_reserved,
    "dispatched": _dispatched,
    "ready_for_pickup": _ready,
    "invoice": _invoiced,
    "cancelled": _cancelled,
}


def _living(case: OrderCase) -> tuple[BookedOrder, ...]:
    return tuple(
        sale for sale in case.sales.values() if sale.state != "cancelled" and sale.total >= 0
    )


def _is_new(case: OrderCase, at: dt.datetime | None) -> bool:
    """Whether it is of the time since P4 was first switched on; where that is open, it is not."""
    since = case.since.get(_CODE)
    if since is None:
        return False
    return case.order.placed_at >= since or (at is not None and at >= since)
