"""How pages put things: times, amounts, states. Filters of the templates."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from panstore.engine.outbox.shown import MessageTold
from panstore.model.plan import Value
from panstore.model.price import PriceTarget
from panstore.model.product_fields import FieldValue, field_words
from panstore.model.product_fields import decode_value as decode_field_value
from panstore.model.stock import StockTarget
from panstore.store.items import decode_value

__all__ = [
    "FILTERS",
    "ago",
    "clock",
    "number",
    "order_state",
    "stored_field",
    "stored_value",
    "value_words",
]

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def ago(at: dt.datetime | None, now: dt.datetime) -> str:
    """How long ago, in the largest unit that fits."""
    if at is None:
        return "never"
    seconds = max(0, int((now - at).total_seconds()))
    if seconds < _MINUTE:
        return f"{seconds} s ago"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min ago"
    if seconds < _DAY:
        return f"{seconds // _HOUR} h ago"
    return f"{seconds // _DAY} d ago"


def clock(at: dt.datetime | None, zone: str) -> str:
    """A time of day in the company's zone."""
    return "never" if at is None else at.astimezone(ZoneInfo(zone)).strftime("%H:%M:%S")


def date_clock(at: dt.datetime | None, zone: str) -> str:
    """Day and time in the company's zone."""
    return "never" if at is None else at.astimezone(ZoneInfo(zone)).strftime("%d %b %Y, %H:%M")


def number(value: Decimal) -> str:
    """A decimal without trailing zeros or exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def value_words(value: Value) -> str:
    """A stock or a price in words."""
    match value:
        case StockTarget():
            return f"{number(value.free)} pcs"
        case PriceTarget():
            kind = "gross" if value.includes_tax else "net"
            offer = "" if value.promotion is None else f", on offer {value.promotion.amount:f}"
            return f"{value.amount:f} {value.currency} {kind}{offer}"


def stored_value(text: str | None) -> str:
    """A value from the audit in words; empty if it holds none."""
    if text is None:
        return ""
    field = _field_value(text)
    if field is not None:
        return field_words(field.field, field.value)
    try:
        return value_words(decode_value(text))
    except msgspec.MsgspecError:
        # Rows about orders hold the sale's id here, which the reason names already.
        return ""


def stored_field(text: str | None) -> str:
    """Which field of a product a value from the audit is of, and where; empty for other values."""
    field = None if text is None else _field_value(text)
    if field is None:
        return ""
    return f"{field.field} in the {'ERP' if field.side == 'erp' else 'shop'}:"


def _field_value(text: str) -> FieldValue | None:
    try:
        return decode_field_value(text)
    except msgspec.MsgspecError:
        return None


_ORDER_STATES = {
    "waiting": ("On its way to the ERP", "azure"),
    "imported": ("In the ERP", "green"),
    "parked": ("Needs a person", "red"),
    "skipped": ("Left alone", "secondary"),
    "earlier": ("Older than web orders, left alone", "secondary"),
    "closed": ("Nothing is left to deliver", "secondary"),
}


def order_state(state: str, parked: int | None = None) -> tuple[str, str]:
    """What an order's state means, and its colour.

    Args:
        parked: number of the record of it that waits for a person, None if none does.
    """
    words, colour = _ORDER_STATES.get(state, (state, "secondary"))
    if parked is None or state == "parked":
        return words, colour
    needs, red = _ORDER_STATES["parked"]
    return f"{words}, {needs[:1].lower()}{needs[1:]}", red


_DOCUMENTS = {
    "invoice": "Invoice",
    "credit_note": "Credit note",
    "delivery_note": "Delivery note",
}


def document_kind(kind: str) -> str:
    """What a kind of document is called."""
    return _DOCUMENTS.get(kind, kind)


def day(date: dt.date) -> str:
    """A day as people write it."""
    return date.strftime("%d %b %Y")


_MESSAGE_STATES = {
    "waiting": "To be sent",
    "sending": "Being handed over",
    "unknown": "In doubt",
    "sent": "Sent",
    "delivered": "Delivered",
    "failed": "Not arrived",
    "refused": "Refused",
    "stopped": "Stopped",
    "skipped": "Not sent",
}


def message_state(state: str) -> str:
    """What a state of messages is called."""
    return _MESSAGE_STATES.get(state, state)


def message_colour(told: MessageTold) -> str:
    """Colour of a message's state."""
    if told.state in {"waiting", "sending"}:
        return "azure"
    return {"good": "green", "bad": "red", "plain": "secondary"}[told.tone]


_OUTCOMES = {
    "written": "green",
    "imported": "green",
    "sent": "green",
    "delivered": "green",
    "failed": "red",
    "refused": "red",
    "parked": "red",
    "unknown": "orange",
    "braked": "yellow",
}


def outcome_colour(outcome: str) -> str:
    """Colour of an outcome in the feed."""
    return _OUTCOMES.get(outcome, "secondary")


FILTERS = {
    "ago": ago,
    "clock": clock,
    "date_clock": date_clock,
    "day": day,
    "document_kind": document_kind,
    "message_colour": message_colour,
    "message_state": message_state,
    "number": number,
    "order_state": order_state,
    "outcome_colour": outcome_colour,
    "stored_field": stored_field,
    "stored_value": stored_value,
}
