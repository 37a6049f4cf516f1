"""What is written down of a message's turn: its outcome with all that follows, at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from panstore.engine import metrics
from panstore.engine.context import Context, Route
from panstore.engine.order_case import stored_case
from panstore.engine.outbox.words import called
from panstore.engine.stages.mark import mark_order_key
from panstore.model.change import Mark
from panstore.model.errors import sentence
from panstore.model.ids import ModuleCode
from panstore.model.message import MessageState
from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.model.privacy import without_person
from panstore.sdk.messages import MessageModule, MessageSettings
from panstore.store import outbox
from panstore.store.audit import Entry, append
from panstore.store.marks import delete_worked, postpone, schedule
from panstore.store.orders import load_order
from panstore.store.outbox import OutboxRow
from panstore.store.parked import park, unpark

__all__ = ["Turn", "ends", "follow_up", "give_up", "number_of", "said", "turn_again", "wait"]


_OPEN: tuple[MessageState, ...] = ("waiting", "unknown")


@dataclass(frozen=True)
class Turn:
    """One message whose turn it is, because of one mark."""

    route: Route
    code: ModuleCode
    module: MessageModule
    settings: MessageSettings
    mark: Mark
    row: OutboxRow
    number: str


def number_of(connection: sa.Connection, row: OutboxRow) -> str:
    """What people call the order a message belongs to."""
    return outbox.order_number(connection, row)


async def said(context: Context, turn: Turn, error: Exception) -> str:
    """What an error says, without the buyer: it is kept in notes and shown for long."""

    def look(connection: sa.Connection) -> Order | None:
        try:
            stored = load_order(connection, turn.row.route, turn.row.order_id)
        except msgspec.MsgspecError:
            # It cannot be read; addresses and numbers are left out even so.
            return None
        return None if stored is None else stored[1]

    return without_person(sentence(error), await context.store.read(look))


async def wait(
    context: Context, turn: Turn, until: dt.datetime, note: str, *, fails: bool = False
) -> None:
    """Give the message another turn later.

    Args:
        fails: it should have gone on now; else it waits as it is meant to, and is no backlog.
    """

    def work(connection: sa.Connection) -> None:
        outbox.defer(connection, turn.row.id, until=until, note=note)
        turn_again(connection, turn, until, fails=fails)

    await context.store.write(work)


def turn_again(connection: sa.Connection, turn: Turn, until: dt.datetime, *, fails: bool) -> None:
    """Move the mark of a message to a later time; see `wait`."""
    if fails:
        postpone(connection, [(turn.mark, until)])
        return
    delete_worked(connection, [turn.mark])
    later = [(turn.row.id, until)]
    schedule(connection, turn.route.id, turn.code, later, cause=turn.mark.cause)


async def ends(
    context: Context,
    turn: Turn,
    state: MessageState,
    note: str,
    *,
    attempt: int | None = None,
    also: Callable[[sa.Connection], None] | None = None,
    **values: Any,
) -> None:
    """The message needs no turn any more.

    Args:
        attempt: the call it comes from, None if there was none.
        also: what belongs to it, done in the same transaction.
        values: further columns of the row.
    """
    now = context.clock.now()

    def work(connection: sa.Connection) -> Entry | None:
        if not _is_ours(connection, turn, state, attempt, now, note=note, **values):
            return None
        delete_worked(connection, [turn.mark])
        unpark(connection, turn.route.id, turn.code, [turn.row.id], now=now)
        entry = _entry(turn, now, state, note)
        append(connection, [entry])
        follow_up(connection, context, turn.route, turn.code, turn.row)
        if also is not None:
            also(connection)
        return entry

    entry = await context.store.write(work)
    if entry is not None:
        metrics.observe([entry])


async def give_up(
    context: Context,
    turn: Turn,
    held: Held,
    state: MessageState,
    *,
    attempt: int | None = None,
    also: Callable[[sa.Connection], None] | None = None,
    **values: Any,
) -> None:
    """The message waits for a person; see `ends`."""
    now = context.clock.now()

    def work(connection: sa.Connection) -> Entry | None:
        note = held.reason
        if not _is_ours(connection, turn, state, attempt, now, note=note, due_at=None, **values):
            return None
        news = park(connection, turn.route.id, turn.code, [held], now=now)
        delete_worked(connection, [turn.mark])
        entry = _entry(turn, now, "unknown" if state == "unknown" else "parked", note)
        if news:
            append(connection, [entry])
        if also is not None:
            also(connection)
        return entry

    entry = await context.store.write(work)
    context.probe("message.parked")
    if entry is not None:
        metrics.observe([entry])


def follow_up(
    connection: sa.Connection, context: Context, route: Route, code: ModuleCode, row: OutboxRow
) -> None:
    """Take the order forward again if the module has something to say of what became of it."""
    module, settings = route.message_modules[code]
    try:
        case = stored_case(connection, context, route, row.order_id)
        more = None if case is None else module.report(case, settings)
    except SQLAlchemyError:
        raise
    except Exception:
        # What became of the message must be written down, though what is kept of its order cannot
        # be read, and whatever the module thinks of it.
        context.log.exception("report failed", route=route.id, module=code, message=row.id)
        return
    if more is not None:
        mark_order_key(connection, context, route.id, row.order_id, cause="message")


def _is_ours(
    connection: sa.Connection,
    turn: Turn,
    state: MessageState,
    attempt: int | None,
    now: dt.datetime,
    **values: Any,
) -> bool:
    """Whether the outcome was written down: nobody has gone on with the message meanwhile."""
    row = turn.row.id
    if attempt is None:
        return outbox.set_state(connection, row, state, seen=_OPEN, now=now, **values)
    if outbox.conclude(connection, row, attempt, state, now=now, **values):
        return True
    _came_late(connection, turn, attempt, state, now)
    return False


def _came_late(
    connection: sa.Connection, turn: Turn, attempt: int, state: MessageState, now: dt.datetime
) -> None:
    """The call came back after it had been taken for lost, and somebody has gone on meanwhile."""
    row = outbox.find_message(connection, turn.row.id)
    if row is None or state not in {"sent", "unknown"}:
        return
    if row.message.attempts == attempt:
        # Nobody sent it again; a person left it as it was, and it is out after all.
        note = "The answer came late: it went out after all."
        if state == "sent":
            outbox.set_state(connection, row.id, "sent", seen=("skipped",), now=now, note=note)
        return
    note = f"{called(turn.row.message, turn.number)} was handed over by two workers"
    outbox.note_late(connection, row.id, f"It may be there twice: {note}.")


def _entry(turn: Turn, now: dt.datetime, outcome: str, reason: str) -> Entry:
    waited = round((now - turn.mark.marked_at).total_seconds() * 1000)
    return Entry(
        at=now,
        route=turn.route.id,
        module=turn.code,
        key=turn.row.id,
        label=turn.number,
        cause=turn.mark.cause,
        outcome=outcome,
        reason=reason or f"{called(turn.row.message, turn.number)}",
        own_ms=max(0, waited),
    )
