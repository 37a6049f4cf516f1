"""Writes an SMS: the text, its letters, its parts and what they cost."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

from panstore.model.document import Language
from panstore.model.message import Message, Text
from panstore.model.money import minor_digits
from panstore.model.plan import Held
from panstore.model.quantity import plain
from panstore.modules.p4_sms.happened import invoices_of, parcels_of
from panstore.modules.p4_sms.plan import quiet_until
from panstore.modules.p4_sms.settings import SmsSettings
from panstore.modules.p4_sms.texts import EVENTS, EXAMPLE, STANDARD
from panstore.sdk.gsm7 import encoding_of, parts_of, plain_letters, tidy
from panstore.sdk.messages import Needless, Written
from panstore.sdk.modules import OrderCase, WaitUntil
from panstore.sdk.templates import Template, TemplateTextError

__all__ = ["compose", "fields_of", "write"]

_SOON = dt.timedelta(seconds=3)
_PATIENCE = dt.timedelta(minutes=1)
_BY_PARCEL = frozenset({"dispatched", "ready_for_pickup"})


def compose(message: Message, recipient: str, case: OrderCase, settings: SmsSettings) -> Written:
    """The SMS as it is to be handed over, when, or why it cannot be."""
    if _is_overtaken(message, case):
        return Needless(f"Order {case.order.number} was cancelled before it was sent.")
    until = quiet_until(case, settings)
    if until is not None:
        return WaitUntil(until, f"It waits for the end of the quiet hours ({settings.quiet}).")
    if _comes_soon(message, case):
        return WaitUntil(case.view.now + _SOON, "It waits for what the ERP says of the parcel.")
    return write(message, recipient, case, settings)


def write(message: Message, recipient: str, case: OrderCase, settings: SmsSettings) -> Text | Held:
    """The SMS without regard to the time of day."""
    template = settings.template(message.purpose, message.language)
    if template is None:
        what = f"P4 has no template {message.purpose!r} any more."
        return _held(message, case, "sms.no_template", what)
    try:
        made = _template(template).render(fields_of(case, message, settings))
    except TemplateTextError as error:
        what = f"the text of P4's template {message.purpose} ({message.language}) {error}."
        return _held(message, case, "message.text", what)
    text = tidy(made)
    if template in STANDARD.values():
        text = text[:1].upper() + text[1:]
    if settings.letters == "plain":
        text = plain_letters(text)
    if not text:
        what = f"template {message.purpose!r} of P4 says nothing for this order."
        return _held(message, case, "sms.empty", what)
    encoding = encoding_of(text)
    parts = len(parts_of(text, encoding))
    if parts > settings.most_parts:
        alphabet = "letters with š, č, ž or other signs" if encoding == "ucs2" else "plain letters"
        what = (
            f"its text has {len(text)} {alphabet}, which takes {parts} parts; most_parts of P4"
            f" allows {settings.most_parts}. Shorten template {message.purpose!r}, or allow more."
        )
        return _held(message, case, "sms.too_long", what)
    day = settings.most_parts_per_day
    if day is not None and parts > day:
        what = (
            f"its text takes {parts} parts, and most_per_day of P4 is enough for {day} in a whole"
            f" day. Shorten template {message.purpose!r}, or allow more money."
        )
        return _held(message, case, "sms.too_long", what)
    price = "" if settings.price_per_part is None else _price(parts, settings)
    return Text(message.id, recipient, text, encoding, parts, price)


def fields_of(case: OrderCase, message: Message, settings: SmsSettings) -> dict[str, Any]:
    """What the texts may use, ready to be read; the names are those of `texts.EXAMPLE`."""
    order, language = case.order, message.language
    parcels = parcels_of(case)
    parcel = next((one for one in parcels if one.id == message.subject), None)
    invoices = invoices_of(case)
    wanted = [one for one in invoices if one[0] == message.subject] or list(invoices)
    _, number, total = wanted[-1] if wanted else ("", "", None)
    day = order.placed_at.astimezone(ZoneInfo(case.view.zone)).date()
    return {
        "shop": settings.name,
        "order": {
            "number": order.number,
            "date": format_date(day, "d. M. y" if language == "sl" else "d MMM y", locale=language),
            "total": _money(order.total, order.currency, language),
            "pieces": plain(sum((line.quantity for line in order.lines), Decimal(0))),
            "pickup": order.pickup.name if order.pickup else "",
        },
        "parcel": {
            "number": parcel.number if parcel else "",
            "carrier": parcel.carrier if parcel else "",
            "tracking": parcel.tracking if parcel else "",
        },
        "invoice": {
            "number": number,
            "total": "" if total is None else _money(total, order.currency, language),
        },
    }


def _is_overtaken(message: Message, case: OrderCase) -> bool:
    """Nobody is glad to hear at eight that goods are set aside for an order he left at three."""
    tells = message.purpose in EVENTS and message.purpose != "cancelled"
    return case.order.stage == "cancelled" and tells and not message.again


def _comes_soon(message: Message, case: OrderCase) -> bool:
    """Whether the parcel it is about will be known in a moment: the order's run is about to end."""
    if message.purpose not in _BY_PARCEL or not message.subject:
        return False
    if any(one.id == message.subject for one in parcels_of(case)):
        return False
    return case.view.now - message.queued_at < _PATIENCE


@cache
def _template(text: str) -> Template:
    return Template(text, EXAMPLE)


def _money(amount: Decimal, currency: str, language: Language) -> str:
    pattern = "#,##0." + "0" * minor_digits(currency)
    return f"{format_decimal(amount, pattern.rstrip('.'), locale=language)} {currency}"


def _price(parts: int, settings: SmsSettings) -> str:
    return f"{plain(parts * (settings.price_per_part or Decimal(0)))} {settings.currency}"


def _held(message: Message, case: OrderCase, code: str, reason: str) -> Held:
    return Held(item=message.id, code=code, reason=reason, sku=case.order.number)
