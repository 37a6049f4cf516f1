"""S4's plan: the next step for one web order, from what is wanted and what stands in the ERP."""

from __future__ import annotations

from panstore.model.plan import Held
from panstore.model.sale import BookedOrder, lost_goods
from panstore.modules.s4_orders.content import address_digest, content_digest, same
from panstore.modules.s4_orders.difference import difference
from panstore.modules.s4_orders.documents import Document, Documents, documents
from panstore.modules.s4_orders.refunds import after_refunds
from panstore.modules.s4_orders.sale import whole_sale
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.modules.s4_orders.stops import (
    cancelled_after_shipping,
    cancelled_but_invoiced,
    cancelled_but_packed,
    changed_in_the_erp,
    parcel_is_lost,
    sale_is_gone,
    undone_in_the_erp,
)
from panstore.sdk.modules import CancelOrder, CreateOrder, Due, OrderCase

__all__ = ["next_step"]


def next_step(case: OrderCase, settings: OrderSettings) -> Due:
    """What is due for this order.

    Everything that can park the order is looked at before anything is created or cancelled for
    it. A shipped order that is not in the ERP yet is still imported: the sale happened. One that
    is void is not: there is nothing to deliver.
    """
    known = documents(case)
    main, void = known.main, case.order.is_void
    if main is not None and not main.ended:
        return _standing(case, settings, known, main)
    if void:
        return None
    if main is None:
        return whole_sale(case, settings, 1, "")
    return whole_sale(
        case, settings, main.fact.revision + 1, f"in place of sale {main.fact.number}"
    )


def _standing(case: OrderCase, settings: OrderSettings, known: Documents, main: Document) -> Due:
    """A sale was made and not cancelled by us."""
    void = case.order.is_void
    if main.sale is None or main.undone:
        if void:
            return None
        return sale_is_gone(case, main) if main.sale is None else _undone(case, settings, main)
    for correction in known.corrections:
        if correction.sale is None:
            return sale_is_gone(case, correction)
        if correction.undone and settings.erp_cancelled == "park":
            return undone_in_the_erp(case, correction)
    if void:
        return _void(case, settings, known, main.sale)
    return _kept(case, settings, known, main, main.sale)


def _undone(case: OrderCase, settings: OrderSettings, main: Document) -> Held | None:
    """A person's decision stands; what is left to do is to say so, here or in the shop.

    A shop that says shipped cannot be told: the two contradict each other.
    """
    told = settings.erp_cancelled == "tell" and case.order.stage != "shipped"
    return None if told else undone_in_the_erp(case, main)


def _void(case: OrderCase, settings: OrderSettings, known: Documents, sale: BookedOrder) -> Due:
    """Nothing is to be delivered any more, and the sale still stands."""
    order, living = case.order, known.living
    if any(one.left for one in living):
        if order.refunds and order.given_back >= order.total:
            return difference(case, settings, known, sale)
        return cancelled_after_shipping(case, living)
    if any(one.packed for one in living):
        return cancelled_but_packed(case, living)
    if any(one.invoiced for one in living):
        return cancelled_but_invoiced(case, living)
    # The sale itself goes last: what corrects it must not stand alone.
    return _cancel(case, living[-1], reason=_why_void(case))


def _kept(
    case: OrderCase,
    settings: OrderSettings,
    known: Documents,
    main: Document,
    sale: BookedOrder,
) -> Due:
    """The order lives and so does its sale: is it still the right one?"""
    last = known.corrections[-1] if known.corrections else main
    if last.booked is None:
        return _promised(case, known)  # by an earlier version, which did not write down from what
    order = after_refunds(case.order)
    if last.booked.unlike or not same(last.booked.content, content_digest(order)):
        if any(one.changed for one in known.living):
            return changed_in_the_erp(case, known.living)
        if known.fixed:
            return difference(case, settings, known, sale)
    elif known.fixed or same(_address(main), address_digest(order)):
        return _promised(case, known)
    step = whole_sale(case, settings, main.fact.revision + 1, "")
    if not isinstance(step, CreateOrder):
        return step  # the old sale stands until the new one can be made
    return _cancel(case, main, reason="the order was changed in the shop")


def _promised(case: OrderCase, known: Documents) -> Held | None:
    """Nothing is left to do unless somebody has cancelled a parcel and left it at that."""
    lost = lost_goods(one.sale for one in known.living if one.sale is not None)
    return parcel_is_lost(case, known.living, lost) if lost else None


def _address(main: Document) -> str:
    return "" if main.booked is None else main.booked.address


def _cancel(case: OrderCase, document: Document, *, reason: str) -> CancelOrder:
    return CancelOrder(
        sale=document.key,
        revision=len(case.all("cancelled")) + 1,
        reason=reason,
    )


def _why_void(case: OrderCase) -> str:
    cancelled = case.order.stage == "cancelled"
    return "the order was cancelled in the shop" if cancelled else "all of it was given back"
