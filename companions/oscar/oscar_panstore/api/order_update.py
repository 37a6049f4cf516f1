"""Telling the shop how an order stands: status, parcels, invoices, a note; once per key."""

from typing import Any

from django.db import transaction
from oscar.core.loading import get_class, get_classes

from oscar_panstore import allocations, conf, journal, notices
from oscar_panstore.api import fields, order_parcels, orders
from oscar_panstore.api.errors import ApiError, refused
from oscar_panstore.api.http import Call
from oscar_panstore.models import StatusCall, ToldInvoice

EventHandler = get_class("order.processing", "EventHandler")
_SHOP_SAYS_NO = (
    *get_classes("order.exceptions", ["InvalidOrderStatus", "InvalidStatus"]),
    *get_classes("order.exceptions", ["InvalidShippingEvent", "InvalidPaymentEvent"]),
    get_class("payment.exceptions", "PaymentError"),
)
_MOST_INVOICES = 100


def change_status(call: Call, order_id: int) -> dict[str, Any]:
    """Set a status; `update_order` with nothing else."""
    body = fields.mapping(call.body)
    only = {name: body[name] for name in ("key", "status", "note") if name in body}
    return _once(
        order_id, only, {**_asked(only), "status": fields.text(body, "status", longest=100)}
    )


def update_order(call: Call, order_id: int) -> dict[str, Any]:
    """Note parcels and invoices and set a status, all of it or nothing.

    All goes by the shop's own event handler, so its own rules and mails apply: a shipping event of
    the type PANSTORE_SHIPPED_EVENT per parcel, then the notes, the status last, so that a mail sent
    by it can name them. The status the order already has is done without a change. The same key
    again gives the first answer, with the status the order has meanwhile as `present`.
    """
    body = fields.mapping(call.body)
    return _once(order_id, body, _asked(body))


def _asked(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": fields.text(body, "status", longest=100, required=False),
        "note": fields.text(body, "note", longest=2000, required=False),
        "shipments": order_parcels.asked(body.get("shipments", [])),
        "invoices": _invoices(body.get("invoices", [])),
    }


def _invoices(items: Any) -> list[str]:
    if not isinstance(items, list) or len(items) > _MOST_INVOICES:
        message = f"'invoices' must be a list of at most {_MOST_INVOICES} numbers."
        raise refused("invalid", message, "invoices")
    return [fields.text({"invoices": one}, "invoices", longest=100) for one in items]


def _once(order_id: int, body: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    key = fields.text(body, "key", longest=200)
    with notices.quietly(), transaction.atomic():
        allocations.lock(orders.found(order_id))
        known = StatusCall.objects.filter(key=key).first()
        if known is not None:
            return _first_answer(known, order_id, asked)
        answer = _done(order_id, asked)
        StatusCall.objects.create(key=key, order_id=order_id, asked=asked, answer=answer)
    notices.order_changed(order_id)
    return {**answer, "repeated": False}


def _first_answer(known: StatusCall, order_id: int, asked: dict[str, Any]) -> dict[str, Any]:
    # Calls kept by the companion 0.1 know of status and note only.
    before = {"shipments": [], "invoices": [], **known.asked}
    if known.order_id != order_id or before != asked:
        message = (
            f"The key {known.key!r} was used for order {known.order_id} and another content "
            f"(status {known.asked['status']!r}); nothing was changed. "
            "Use a new key for a new change."
        )
        raise ApiError(409, "key_reused", message, "key")
    present = orders.found(order_id).status
    return {**known.answer, "present": present, "repeated": True}


def _done(order_id: int, asked: dict[str, Any]) -> dict[str, Any]:
    order = orders.found(order_id)
    former, wanted = order.status, asked["status"] or order.status
    _check_status(order, wanted)
    handler = EventHandler()
    try:
        events = [order_parcels.note(handler, order, one) for one in asked["shipments"]]
        for number in asked["invoices"]:
            _note_invoice(handler, order, number)
        if wanted != former:
            handler.handle_order_status_change(order, wanted, note_msg=asked["note"] or None)
            # Harmless where the handler did it already.
            allocations.settle(order, former, wanted)
        elif asked["note"]:
            handler.create_note(order, asked["note"])
    except _SHOP_SAYS_NO as error:
        message = f"The shop refused it for order {order.number}: {error}. Nothing was changed."
        raise refused("refused_by_shop", message) from error
    return {
        "id": order.pk,
        "status": order.status,
        "former": former,
        "present": order.status,
        "shipments": events,
        "seq": journal.last_entry(order.pk),
    }


def _check_status(order: Any, wanted: str) -> None:
    allowed = [str(status) for status in order.available_statuses()]
    if wanted in {order.status, *allowed}:
        return
    message = (
        f"Order {order.number} is {order.status!r} and cannot become {wanted!r}; nothing was "
        f"changed. From here it can become: {', '.join(allowed) or 'nothing more'}."
    )
    raise refused("impossible_transition", message, "status", allowed=allowed, present=order.status)


def _note_invoice(handler: Any, order: Any, number: str) -> None:
    _, is_new = ToldInvoice.objects.get_or_create(order=order, number=number)
    if is_new:
        handler.create_note(order, f"{conf.invoice_word()} {number}")
