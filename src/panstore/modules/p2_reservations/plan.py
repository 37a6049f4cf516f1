"""P2's plan: whether the goods of an order shall be set aside, and what is missing for that."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.model.sale import BookedOrder
from panstore.modules.p2_reservations.settings import ReservationSettings
from panstore.sdk.modules import Due, Fact, OrderCase, Release, Reserve, WaitUntil

__all__ = ["next_step"]

_GIVEN_BACK_AT_MOST = 2
"""Once as it should be, and once more for a call that was under way and came late."""


def next_step(case: OrderCase, settings: ReservationSettings) -> Due:
    """What is due for the goods of this order.

    What people did in the ERP is left as it is: a cancelled sale is not reserved, goods that
    somebody gave back by hand are not taken again, goods set aside by hand are only given back
    when the order is void, and then not for ever: who insists is shown to a person.
    """
    sales = _with_goods(case)
    if not sales:
        return None
    reason = _unwanted(case, settings)
    if isinstance(reason, Held):
        return reason
    if reason:
        return _give_back(case, sales, reason)
    return _set_aside(case, sales, settings) or _expiry(case, sales, settings)


def _with_goods(case: OrderCase) -> list[BookedOrder]:
    """Sales that deliver goods; what comes back needs none set aside."""
    return [
        sale
        for _, sale in sorted(case.sales.items())
        if sale.state == "open" and any(goods.ordered > 0 for goods in sale.goods)
    ]


def _unwanted(case: OrderCase, settings: ReservationSettings) -> str | Held:
    """Why the goods shall not be set aside, for people; empty if they shall."""
    order = case.order
    if order.is_void:
        return "nothing is left to deliver"
    if order.payment_failed:
        return "the payment failed"
    deadline = _deadline(order, settings)
    if deadline is not None and case.view.now >= deadline:
        unpaid = settings.unpaid_rule.judge(case, "unpaid_rule of P2")
        if isinstance(unpaid, Held):
            return unpaid
        if unpaid:
            return f"it was not paid within {settings.unpaid_hours} hours"
    holds = settings.rule.judge(case, "rule of P2")
    if isinstance(holds, Held):
        return holds
    return "" if holds else f"the rule does not hold: {settings.rule.explain(case).words()}"


def _deadline(order: Order, settings: ReservationSettings) -> dt.datetime | None:
    if settings.unpaid_hours is None:
        return None
    return order.placed_at + dt.timedelta(hours=settings.unpaid_hours)


def _give_back(case: OrderCase, sales: list[BookedOrder], reason: str) -> Due:
    for sale in sales:
        last = _last_try(case, sale)
        ours = last is not None and last.name == "reserved"
        if not _loose(sale):
            if ours and case.in_line_as:
                # Its place in the line is given back too: others wait behind it.
                return Release(sale.key, len(case.all("released")) + 1, reason)
            continue
        if ours or (case.order.is_void and _given_back(case, sale) < _GIVEN_BACK_AT_MOST):
            return Release(sale.key, len(case.all("released")) + 1, reason)
        if case.order.is_void:
            return _stuck(case, sale)
    return None


def _given_back(case: OrderCase, sale: BookedOrder) -> int:
    """How often the goods of this sale were given back since they were last set aside by us."""
    times = 0
    for fact in reversed(case.facts):
        if fact.detail == sale.key and fact.name == "reserved":
            break
        times += fact.detail == sale.key and fact.name == "released"
    return times


def _set_aside(case: OrderCase, sales: list[BookedOrder], settings: ReservationSettings) -> Due:
    priority = _priority(case.order, settings)
    for sale in sales:
        if sale.all_reserved:
            continue
        reason = _why_now(case, sale, priority, settings)
        if reason:
            return Reserve(
                sale=sale.key,
                revision=len(case.all("reserved")) + 1,
                whole=settings.shortage == "whole",
                priority=priority,
                reason=reason,
            )
    return None


def _why_now(
    case: OrderCase, sale: BookedOrder, priority: str, settings: ReservationSettings
) -> str:
    """Why the goods of this sale are asked for now, empty if that would be of no use."""
    last = _last_try(case, sale)
    if last is None or last.name == "released":
        return f"the rule holds: {settings.rule}"
    if _made_anew(case, sale):
        return "its parcel was made anew"
    if case.goods_arrived:
        return "goods may have come"
    if case.in_line_as not in {"", priority}:
        return "its place in the line is another one now"
    return ""


def _made_anew(case: OrderCase, sale: BookedOrder) -> bool:
    """Whether a person made another parcel, for which nothing was tried yet.

    That is so after one was cancelled, and after one was sent in part. Once for each of them, so
    that goods somebody gives back by hand afterwards are left.
    """
    tries = sum(fact.detail == sale.key for fact in case.all("reserved"))
    out = [one.state for one in sale.shipments if not one.returned]
    gone = sum(state in {"cancelled", "shipped"} for state in out)
    return "waiting" in out and not case.in_line_as and tries <= gone


def _expiry(case: OrderCase, sales: list[BookedOrder], settings: ReservationSettings) -> Due:
    """When the order has to be looked at though nothing happens to it."""
    deadline = _deadline(case.order, settings)
    # A sale that has left the house holds nothing that could be given back.
    if deadline is None or case.view.now >= deadline or all(sale.all_shipped for sale in sales):
        return None
    unpaid = settings.unpaid_rule.judge(case, "unpaid_rule of P2")
    if isinstance(unpaid, Held):
        return unpaid
    if not unpaid:
        return None
    return WaitUntil(deadline, "its goods are given back then unless it is paid")


def _priority(order: Order, settings: ReservationSettings) -> str:
    placed = order.placed_at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    later = settings.priority == "paid_first" and not order.is_paid
    return f"{int(later)}/{placed}"


def _last_try(case: OrderCase, sale: BookedOrder) -> Fact | None:
    """What we did last about the goods of this sale; such facts keep its key."""
    tries = (fact for fact in reversed(case.facts) if fact.name in {"reserved", "released"})
    return next((fact for fact in tries if fact.detail == sale.key), None)


def _loose(sale: BookedOrder) -> bool:
    """Whether goods are set aside that nobody has packed yet."""
    reserved = sum((goods.reserved for goods in sale.goods), Decimal(0))
    packed = sum(
        (
            goods.quantity
            for shipment in sale.shipments
            if shipment.state == "packed" and not shipment.returned
            for goods in shipment.goods
        ),
        Decimal(0),
    )
    return reserved > packed


def _stuck(case: OrderCase, sale: BookedOrder) -> Held:
    return Held(
        item=case.order.id,
        code="reservation.stuck",
        reason=f"Order {case.order.number} was cancelled or given back whole, but goods are set"
        f" aside for its sale {sale.number} in the ERP again after PanStore gave them back."
        " They were left as they are. Look who holds them, give them back in the ERP, then retry.",
    )
