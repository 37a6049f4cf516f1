"""What one order waits for, in plain words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Literal

import msgspec

from panstore.engine.story_past import CALLS
from panstore.engine.story_record import Missing, OrderRecord, moment
from panstore.model.errors import sentence
from panstore.model.quantity import plain
from panstore.sdk.modules import (
    Act,
    CancelOrder,
    CreateOrder,
    CreateProduct,
    CreditInvoice,
    FindCustomer,
    IssueInvoice,
    QueueMessages,
    Release,
    Reserve,
    TellShop,
)

__all__ = ["Wait", "step_words", "waits"]


class Wait(msgspec.Struct, frozen=True):
    """Something the order waits for.

    Attributes:
        what: person (it is parked), reply (a call whose answer was lost), connection (a system
            that is not called for a while), process (no PanStore runs), turn (it is to be worked),
            goods, time, or step (something is due that nobody has asked for yet).
        until: when it goes on by itself, null if that is not known.
    """

    what: Literal["person", "reply", "connection", "process", "turn", "goods", "time", "step"]
    text: str
    until: dt.datetime | None = None


def waits(record: OrderRecord) -> list[Wait]:
    """What the order waits for; nothing if it rests until something happens to it."""
    found = list(_replies(record))
    if record.open_record is not None:
        found.append(Wait("person", record.open_record.reason))
    found += _turn(record)
    found += [Wait("goods", _missing_words(one)) for one in record.missing]
    until, decision = record.row.wake_at, record.decision
    if until is not None:
        why = decision.wake_why if decision is not None else ""
        words = sentence(why or "it is looked at again then")
        found.append(Wait("time", f"{moment(until, record.zone)}: {words}", until))
    return found


def _replies(record: OrderRecord) -> Iterator[Wait]:
    for intent in record.intents:
        if intent.in_doubt:
            whom = "shop" if intent.purpose == "tell" else "ERP"
            call = CALLS.get(intent.purpose, intent.purpose)
            yield Wait(
                "reply",
                f"The {whom} was asked on {moment(intent.started_at, record.zone)} to {call}, and "
                "its answer is missing. It is found out whether that was done before anything "
                "else is.",
            )


def _turn(record: OrderRecord) -> Iterator[Wait]:
    """What it waits for while it is marked, or should be."""
    mark, step = record.mark, _next_words(record)
    if mark is None:
        if step and record.open_record is None:
            yield Wait("step", f"Next, when the order is looked at again: {step}.")
        return
    yield from _resting(record)
    if not record.running:
        yield Wait("process", "No PanStore is running; the order goes on when one is started.")
    elif mark.due_at > record.at:
        tries = {1: "once", 2: "twice"}.get(mark.attempts, f"{mark.attempts} times")
        when = moment(mark.due_at, record.zone)
        text = f"It did not get through {tries} and is tried again at {when}."
        yield Wait("turn", text, mark.due_at)
    else:
        since = moment(mark.marked_at, record.zone)
        then = f" Next: {step}." if step else ""
        yield Wait("turn", f"Its turn, since {since} (because of: {mark.cause}).{then}")


def _resting(record: OrderRecord) -> Iterator[Wait]:
    for state in record.resting:
        until = state.paused_until
        if record.route is None or until is None:
            continue
        side = "ERP" if state.connection == record.route.erp else "shop"
        why = sentence(state.trouble or "it asked for a pause")
        when = moment(until, record.zone)
        yield Wait(
            "connection",
            f"The {side} ({state.connection}) is not called before {when}: {why}",
            until,
        )


_NEXT: dict[type, str] = {
    FindCustomer: "the buyer is looked for in the ERP",
    CreateProduct: "an article is made in the ERP",
    CreateOrder: "a sale is made in the ERP",
    CancelOrder: "the sale is cancelled in the ERP",
    Reserve: "its goods are set aside",
    Release: "its goods are given back",
    IssueInvoice: "its invoice is issued",
    CreditInvoice: "its invoice is credited",
    TellShop: "the shop is told",
    QueueMessages: "messages to the buyer are put into the outbox",
}


def _next_words(record: OrderRecord) -> str:
    step = None if record.decision is None else record.decision.step
    return "" if step is None else step_words(step)


def step_words(step: Act | FindCustomer | CreateProduct | QueueMessages) -> str:
    """What a step does, and why if its module says so."""
    if isinstance(step, FindCustomer | CreateProduct):
        return _NEXT[type(step)]
    return _NEXT[type(step)] + (f" ({step.reason})" if step.reason else "")


def _missing_words(missing: Missing) -> str:
    if missing.before == 0:
        place = "it is first in line"
    else:
        others = "1 order comes" if missing.before == 1 else f"{missing.before} orders come"
        place = f"it is number {missing.before + 1} in line, {others} first"
    tried = " There may be some now; it tries when its turn comes." if missing.arrived else ""
    return f"Goods: {plain(missing.quantity)} of {missing.sku}; {place}.{tried}"
