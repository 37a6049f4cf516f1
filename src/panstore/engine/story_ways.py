"""What a person can do about one order now: only what works in the state it is in."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Literal

import msgspec

from panstore.engine.contracts.order_check import BUYER_CHANGED, PRICE_DIFFERS
from panstore.engine.story_record import OrderRecord
from panstore.model.ids import ModuleCode
from panstore.model.sale import BookedOrder
from panstore.store.orders import LEFT_ALONE

__all__ = ["Way", "ways"]

_ORDERS, _INVOICES = ModuleCode("S4"), ModuleCode("P1")


class Way(msgspec.Struct, frozen=True):
    """Something a person can do.

    Attributes:
        what: retry, skip, accept, cancel, change, refund, pay, restock or wait.
        where: here (the command, the console's button or the API), shop or erp.
        text: what to do and what PanStore does then; command: to be typed, where there is one.
    """

    what: Literal["retry", "skip", "accept", "cancel", "change", "refund", "pay", "restock", "wait"]
    where: Literal["here", "shop", "erp"]
    text: str
    command: str = ""


def ways(record: OrderRecord) -> list[Way]:
    """All that can be done, the most likely first."""
    found = list(_here(record))
    if record.missing:
        found.append(
            Way(
                "restock",
                "erp",
                "Book the missing goods into the ERP's warehouse: the order is tried again by "
                "itself when it is its turn.",
            )
        )
    found += _payment(record)
    if record.row.state not in LEFT_ALONE and record.route is not None:
        found += _in_shop(record)
        if record.open_record is None and record.row.state != "closed":
            found.append(
                Way(
                    "retry",
                    "here",
                    "Have it looked at now, for example after a rule was changed.",
                    _command(record),
                )
            )
    if not found:
        found.append(Way("wait", "here", "Nothing has to be done."))
    return found


def _here(record: OrderRecord) -> Iterator[Way]:
    parked = record.open_record
    if parked is not None:
        yield Way(
            "retry",
            "here",
            "Mend what is named, then have it tried again.",
            f"panstore parked retry {parked.id}",
        )
        left = (
            "Leave it alone: what the ERP has of it stays, and this note is closed until the "
            "order is looked at again and the cause is still there."
            if record.row.state == "imported"
            else "Leave it alone: PanStore does nothing more for it, and its goods stay promised "
            "while the shop holds them."
        )
        yield Way("skip", "here", left, f"panstore parked skip {parked.id}")
        if parked.code in {PRICE_DIFFERS, BUYER_CHANGED}:
            yield Way(
                "accept",
                "here",
                "Book it at the prices charged, though others had been agreed.",
                f"panstore contracts accept {_quoted(record.row.route, record.row.order_id)}",
            )
    elif record.row.state in LEFT_ALONE:
        yield Way(
            "retry",
            "here",
            "Have it taken over after all, if nobody has entered it in the ERP by hand.",
            _command(record),
        )


def _quoted(*words: str) -> str:
    return " ".join(map(shlex.quote, words))


def _command(record: OrderRecord) -> str:
    order, route = shlex.quote(record.row.order_id), shlex.quote(record.row.route)
    return f"panstore orders retry {order} --route {route}"


def _payment(record: OrderRecord) -> Iterator[Way]:
    order = record.order
    if order is None or order.is_paid or order.is_void:
        return
    if record.standing and all(seen.sale.state == "cancelled" for seen in record.standing):
        return  # Nothing would follow from it.
    asked = any(one.holds is False and "order.paid" in one.why for one in record.rules)
    if asked or record.row.wake_at is not None:
        yield Way("pay", "shop", "Record the payment in the shop: the rules see it at once.")


def _in_shop(record: OrderRecord) -> Iterator[Way]:
    route, order = record.route, record.order
    if route is None or order is None or order.is_void or _ORDERS not in route.flow_modules:
        return
    if not record.living:
        yield Way(
            "cancel",
            "shop",
            "Cancel it in the shop if it is not wanted: the ERP then never gets it.",
        )
        return
    sales = [seen.sale for seen in record.standing]
    if len(sales) < len(record.living) or any(sale.state == "cancelled" for sale in sales):
        return
    credited = _INVOICES in route.flow_modules
    yield from _changes(sales, credited=credited)


def _changes(sales: list[BookedOrder], *, credited: bool) -> Iterator[Way]:
    """What the shop can still do to an order that is in the ERP."""
    invoiced = any(sale.standing_invoices for sale in sales)
    states = {parcel.state for sale in sales for parcel in sale.shipments}
    if "shipped" in states:
        yield Way(
            "refund",
            "shop",
            "Goods have left: refund what comes back in the shop, and the return is booked in the "
            "ERP.",
        )
    elif "packed" in states:
        yield Way(
            "cancel",
            "erp",
            "It is packed: unpack it in the ERP, then its cancellation in the shop is followed.",
        )
    elif not invoiced:
        yield Way("cancel", "shop", "Cancel it in the shop: its sale in the ERP is cancelled.")
    elif credited:
        yield Way(
            "cancel",
            "shop",
            "Cancel it in the shop: its invoice is credited, then its sale is cancelled.",
        )
    else:
        yield Way(
            "cancel",
            "erp",
            "It is invoiced: credit the invoice in the ERP, then its cancellation in the shop is "
            "followed.",
        )
    if not invoiced and len(sales) == 1 and not states & {"packed", "shipped"}:
        yield Way("change", "shop", "Change it in the shop: its sale is cancelled and made anew.")
    else:
        yield Way(
            "change",
            "shop",
            "Change it in the shop: the difference is booked as a return or as a supplementary "
            "sale.",
        )
