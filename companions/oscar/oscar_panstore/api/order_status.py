"""Changing an order's status, once per key."""

import logging
from typing import Any

from django.db import transaction
from oscar.core.loading import get_class, get_classes, get_model

from oscar_panstore import conf, journal, locks, notices
from oscar_panstore.api import fields, orders
from oscar_panstore.api.errors import ApiError, refused
from oscar_panstore.api.http import Call
from oscar_panstore.models import StatusCall

logger = logging.getLogger("oscar_panstore.api")

Order = get_model("order", "Order")
EventHandler = get_class("order.processing", "EventHandler")
(InvalidStockAdjustment,) = get_classes("partner.exceptions", ["InvalidStockAdjustment"])


def change_status(call: Call, order_id: int) -> dict[str, Any]:
    """Set a status by the shop's own event handler, so its own rules and mails apply.

    A status of PANSTORE_CANCELLED_STATUSES gives the allocated pieces back, one of
    PANSTORE_SHIPPED_STATUSES takes them out of the stock. The status the order already has is
    done without a change.
    """
    body = fields.mapping(call.body)
    key = fields.text(body, "key", longest=200)
    asked = {
        "status": fields.text(body, "status", longest=100),
        "note": fields.text(body, "note", longest=2000, required=False),
    }
    with notices.quietly(), transaction.atomic():
        _lock(order_id)
        known = StatusCall.objects.filter(key=key).first()
        if known is not None:
            return _first_answer(known, order_id, asked)
        answer = _changed(order_id, asked)
        StatusCall.objects.create(key=key, order_id=order_id, asked=asked, answer=answer)
    return {**answer, "repeated": False}


def _lock(order_id: int) -> None:
    # Stock rows before the journal's counter, as everybody does (see locks.py); the order row
    # keeps two changes of one order apart.
    order = orders.found(order_id)
    locks.locked_stockrecords([line.stockrecord_id for line in order.lines.all()])
    Order.objects.select_for_update().get(pk=order_id)


def _first_answer(known: StatusCall, order_id: int, asked: dict[str, str]) -> dict[str, Any]:
    if known.order_id != order_id or known.asked != asked:
        message = (
            f"The key {known.key!r} was used for order {known.order_id} and status "
            f"{known.asked['status']!r}; nothing was changed. Use a new key for a new change."
        )
        raise ApiError(409, "key_reused", message, "key")
    return {**known.answer, "repeated": True}


def _changed(order_id: int, asked: dict[str, str]) -> dict[str, Any]:
    order = orders.found(order_id)
    former, wanted = order.status, asked["status"]
    allowed = [str(status) for status in order.available_statuses()]
    if wanted not in (former, *allowed):
        message = (
            f"Order {order.number} is {former!r} and cannot become {wanted!r}; nothing was "
            f"changed. From here it can become: {', '.join(allowed) or 'nothing more'}."
        )
        raise refused("impossible_transition", message, "status", allowed=allowed, present=former)
    if wanted != former:
        EventHandler().handle_order_status_change(order, wanted, note_msg=asked["note"] or None)
        _settle_stock(order, wanted)
    return {
        "id": order.pk,
        "status": wanted,
        "former": former,
        "seq": journal.last_entry(order.pk),
    }


def _settle_stock(order: Any, status: str) -> None:
    """Give back or use up what the order still holds; a shop's own handler may have done it."""
    for line in order.lines.all():
        line.refresh_from_db()
        held = 0 if line.allocation_cancelled else line.num_allocated
        if not held or line.stockrecord is None:
            continue
        if status in conf.cancelled_statuses():
            line.cancel_allocation(held)
        elif status in conf.shipped_statuses():
            try:
                line.consume_allocation(held)
            except InvalidStockAdjustment:
                # The shelf holds fewer than the order did (sold with the guard off). The free
                # quantity is right either way, only the two figures behind it stay.
                logger.warning("Order %s: stock of line %s not used up", order.number, line.pk)
