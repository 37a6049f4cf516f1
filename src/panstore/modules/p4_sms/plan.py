"""P4's plan: which SMS the buyer of one order is still to get."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from panstore.model.message import NewMessage
from panstore.model.plan import Held
from panstore.modules.p4_sms.happened import (
    Happened,
    happened,
    invoices_of,
    own_event,
    parcels_of,
)
from panstore.modules.p4_sms.numbers import number_of
from panstore.modules.p4_sms.quiet import QuietHours
from panstore.modules.p4_sms.settings import SmsSettings, SmsText
from panstore.modules.p4_sms.texts import EVENTS
from panstore.sdk.messages import language_of
from panstore.sdk.modules import Due, OrderCase, QueueMessages

__all__ = ["asked_for", "next_step", "quiet_until"]


def next_step(case: OrderCase, settings: SmsSettings) -> Due:
    """The SMS that are not in the outbox yet, or None.

    Each is sent once; that the number is another one later changes nothing about what is there.
    """
    known = {(one.purpose, one.subject) for one in case.messages if one.channel == "sms"}
    due = [
        (name, one)
        for name in settings.events
        for one in _seen(name, case)
        if (name, one.subject) not in known and not _is_late(name, one, case, settings)
    ]
    if not due:
        return None
    agreed = settings.consent.judge(case, "consent of P4")
    if isinstance(agreed, Held):
        return agreed
    wanted = []
    for name, one in due if agreed else ():
        holds = _when(name, case, settings)
        if isinstance(holds, Held):
            return holds
        if holds:
            wanted.append(_message(name, one, case, settings))
    if not wanted:
        return None
    names = ", ".join(dict.fromkeys(one.purpose for one in wanted))
    return QueueMessages(tuple(wanted), f"the buyer is to be told: {names}")


def asked_for(template: str, case: OrderCase, settings: SmsSettings) -> NewMessage:
    """The SMS a person asks for; its note says why it cannot be sent."""
    agreed = settings.consent.judge(case, "consent of P4")
    message = _message(template, _latest(template, case), case, settings, late=False)
    if agreed is True:
        return message
    why = (
        agreed.reason
        if isinstance(agreed, Held)
        else "The buyer has not agreed to SMS (rule `consent` of P4)."
    )
    return NewMessage(
        channel="sms",
        purpose=template,
        recipient="",
        language=message.language,
        subject=message.subject,
        note=why,
    )


def quiet_until(case: OrderCase, settings: SmsSettings) -> dt.datetime | None:
    """When the quiet hours are over, None if there are none now."""
    if settings.quiet is None:
        return None
    return QuietHours.read(settings.quiet).over(case.view.now, case.view.zone)


def _seen(name: str, case: OrderCase) -> Iterable[Happened]:
    return happened(name, case) if name in EVENTS else own_event(case)


def _when(name: str, case: OrderCase, settings: SmsSettings) -> bool | Held:
    rule = settings.texts.get(name, SmsText()).when
    return True if rule is None else rule.judge(case, f"texts.{name}.when of P4")


def _end(name: str, one: Happened, case: OrderCase, settings: SmsSettings) -> dt.datetime:
    hours = settings.texts.get(name, SmsText()).within_hours
    return (one.at or case.view.now) + dt.timedelta(hours=hours)


def _is_late(name: str, one: Happened, case: OrderCase, settings: SmsSettings) -> bool:
    return _end(name, one, case, settings) <= case.view.now


def _message(
    name: str, one: Happened, case: OrderCase, settings: SmsSettings, *, late: bool = True
) -> NewMessage:
    number, why = number_of(case, settings.country)
    return NewMessage(
        channel="sms",
        purpose=name,
        recipient=number,
        language=language_of(case, settings.language),
        subject=one.subject,
        not_before=quiet_until(case, settings),
        not_after=_end(name, one, case, settings) if late else None,
        note=why,
    )


def _latest(template: str, case: OrderCase) -> Happened:
    """What a template is about when a person asks for it: the last parcel, the last invoice."""
    found: tuple[str, ...] = ()
    if template in {"dispatched", "ready_for_pickup"}:
        found = tuple(one.id for one in parcels_of(case))
    elif template == "invoice":
        found = tuple(id_ for id_, _, _ in invoices_of(case))
    return Happened(found[-1] if found else "")
