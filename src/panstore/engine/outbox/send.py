"""One message after the other: made ready, claimed, handed over, its outcome recorded.

A message can neither be looked up nor given a key the provider would know, so the claim is what
keeps it from going out twice: a committed change of the row from `waiting` to `sending`, which of
many workers one can make. A row that is `sending` and has no worker any more is unknown.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from panstore.engine.context import Context, Route
from panstore.engine.limiter import Lane
from panstore.engine.outbox import words
from panstore.engine.outbox.cap import SPENT, next_day_if_over
from panstore.engine.outbox.receipts import apply_early
from panstore.engine.outbox.record import (
    Turn,
    ends,
    give_up,
    number_of,
    said,
    turn_again,
    wait,
)
from panstore.engine.outbox.writing import Erased, write_message
from panstore.engine.recovery import Action, action_for, backoff
from panstore.model.change import Mark
from panstore.model.ids import ConnectionId, ModuleCode
from panstore.model.message import Letter, MessageState, Sent, Text
from panstore.model.plan import Held
from panstore.sdk.document_roles import ReadDocuments
from panstore.sdk.errors import (
    MappingError,
    NotFoundError,
    OutcomeUnknownError,
    PanstoreError,
    RejectedError,
    RemoteError,
    UnavailableError,
    UnsupportedError,
)
from panstore.sdk.message_roles import SendMail, SendTexts
from panstore.sdk.messages import Needless
from panstore.store import outbox
from panstore.store.marks import delete_worked, postpone
from panstore.store.outbox import OPEN_STATES, OutboxRow
from panstore.store.receipts import stopped_because

__all__ = ["TURN_S", "work_message", "work_messages"]

TURN_S = 30.0
"""A call that has not begun so long after its claim is not made: the claim may be lost by then."""

_MARGIN_S = 30.0
_OPEN: tuple[MessageState, ...] = ("waiting", "unknown")

_CERTAINLY_NOT = (RejectedError, NotFoundError, MappingError, UnsupportedError)
"""What ends a call without effect, and would end the next one in the same way."""


async def work_messages(
    context: Context, route: Route, code: ModuleCode, marks: Sequence[Mark]
) -> bool:
    """Send marked messages, some at a time.

    Returns:
        False if a system outside did not let us, or the process is to end; the rest waits.
    """
    rests = _rests(context, route, code)
    if rests is not None:
        await context.store.write(lambda c: postpone(c, [(mark, rests) for mark in marks]))
        return False
    size = context.options.messages_at_once
    for begin in range(0, len(marks), size):
        if context.stopping:
            return False
        some = [work_message(context, route, code, mark) for mark in marks[begin : begin + size]]
        # Each comes to its end before the first fault is told: what was handed over is recorded.
        done = await asyncio.gather(*some, return_exceptions=True)
        for result in done:
            if isinstance(result, BaseException):
                raise result
        if not all(done):
            return False
    return True


def _rests(context: Context, route: Route, code: ModuleCode) -> dt.datetime | None:
    """When all that its messages need may be called again; None if that is now."""
    module = route.message_modules[code][0]
    names = {route.line_for(module.channel)}
    if ReadDocuments in module.erp_roles:
        names |= {route.erp, route.printer}
    over = [context.remote.rests_until(name) for name in names if name is not None]
    return max((end for end in over if end is not None), default=None)


async def work_message(context: Context, route: Route, code: ModuleCode, mark: Mark) -> bool:
    """Give one message its turn; False if it makes no sense to go on with others now."""

    def look(connection: sa.Connection) -> tuple[OutboxRow, str] | None:
        row = outbox.find_message(connection, mark.key)
        return None if row is None else (row, number_of(connection, row))

    await context.give_way()
    found = await context.store.read(look)
    context.probe("message.loaded")
    if found is None or found[0].message.state not in OPEN_STATES:
        await context.store.write(lambda c: delete_worked(c, [mark]))
        return True
    module, settings = route.message_modules[code]
    turn = Turn(route, code, module, settings, mark, *found)
    try:
        return await _take(context, turn)
    except SQLAlchemyError:
        raise
    except RemoteError as error:
        if action_for(error) is not Action.PARK:
            note = f"It waits: {await said(context, turn, error)}"
            await wait(context, turn, _next_try(context, turn), note, fails=True)
            return False
        error_code = error.code if isinstance(error, RejectedError) else ""
        what = await said(context, turn, error)
        await _set_aside(context, turn, error_code or "message.no_document", what)
    except PanstoreError as error:
        await _set_aside(context, turn, "message.impossible", await said(context, turn, error))
    except Exception as error:
        context.log.exception("message failed", route=route.id, module=code, message=mark.key)
        what = f"{type(error).__name__}: {await said(context, turn, error)}"
        fault = "This is a fault of PanStore or of a plugin: please report it."
        await _set_aside(context, turn, "internal", f"{what} {fault}")
    return True


async def _take(context: Context, turn: Turn) -> bool:
    """What its state asks for; errors until the claim mean that nothing was handed over."""
    row, now = turn.row, context.clock.now()
    message = row.message
    match message.state:
        case "sending":
            return await _orphan(context, turn)
        case "unknown":
            until = (row.sending_at or now) + _pause(turn)
            if turn.settings.unknown == "ask" or message.maybe_twice or _is_late(turn, now):
                held = words.unknown(message, turn.number, row.sending_at)
                await give_up(context, turn, held, "unknown")
                return True
            if now < until:
                await wait(context, turn, until, "The answer was lost; it is sent once more then.")
                return True
        case _:
            if message.due_at is not None and now < message.due_at:
                await wait(context, turn, message.due_at, message.note)
                return True
            if _is_late(turn, now):
                await ends(context, turn, "skipped", words.late(message))
                return True
    return await _send(context, turn)


async def _orphan(context: Context, turn: Turn) -> bool:
    """Somebody has it in hand, or had when he ended: nobody calls for longer than that."""
    row, now = turn.row, context.clock.now()
    most = TURN_S + context.remote.longest_s + _MARGIN_S
    until = (row.sending_at or now) + dt.timedelta(seconds=most)
    if now < until:
        await wait(context, turn, until, "")
        return True
    note = "The process that handed it over ended before the answer came."
    line = turn.route.line_for(turn.module.channel)

    def work(connection: sa.Connection) -> None:
        outbox.set_state(connection, row.id, "unknown", seen=("sending",), now=now, note=note)
        if line is not None:
            apply_early(connection, context, turn.route, line, row.id)

    await context.store.write(work)
    # Its mark is due still, so the next look at it decides what becomes of an unknown one.
    return True


async def _send(context: Context, turn: Turn) -> bool:
    line = _line(context, turn)
    written, remark = await write_message(context, turn)
    context.probe("message.written")
    match written:
        case Erased():
            note = "Who it was for has expired or was erased here, so it was not sent."
            await ends(context, turn, "stopped", note)
        case Held():
            await give_up(context, turn, written, "refused")
        case Needless(reason=reason):
            await ends(context, turn, "skipped", reason)
        case Letter() | Text():
            return await _hand_over(context, turn, line, written, remark)
        case later:
            await wait(context, turn, later.at, later.reason)
    return True


@dataclass(frozen=True)
class _Line:
    """Who hands a message over, and how he is called."""

    name: ConnectionId
    hand_over: Callable[[Letter | Text], Awaitable[Sent]]


def _line(context: Context, turn: Turn) -> _Line:
    channel = turn.module.channel
    name = turn.route.line_for(channel)
    if name is None:
        raise UnsupportedError(f"route {turn.route.id} has no connection for {channel}")
    connector = context.connectors[name]

    async def hand_over(written: Letter | Text) -> Sent:
        if isinstance(written, Letter) and isinstance(connector, SendMail):
            return await connector.send_mail(written)
        if isinstance(written, Text) and isinstance(connector, SendTexts):
            return await connector.send_text(written)
        raise UnsupportedError(f"connection {name} hands over no {type(written).__name__.lower()}")

    return _Line(name, hand_over)


async def _hand_over(
    context: Context, turn: Turn, line: _Line, written: Letter | Text, remark: str
) -> bool:
    await context.give_way()
    attempt = await _claim(context, turn, written)
    if attempt is None:
        return True
    context.probe("message.claimed")
    claimed = context.clock.timer()

    async def call() -> Sent:
        if context.clock.timer() - claimed > TURN_S:
            what = "its turn came too late after the claim, so it was not handed over"
            raise UnavailableError(line.name, "send", what)
        return await line.hand_over(written)

    try:
        sent = await context.remote.call(line.name, Lane.ORDERS, "send message", call)
    except SQLAlchemyError:
        raise
    except PanstoreError as error:
        return await _not_sent(context, turn, line.name, attempt, error)
    except Exception as error:
        # A fault of a connector, at whatever point of the hand-over.
        context.log.exception("hand-over failed", route=turn.route.id, message=turn.row.id)
        return await _not_sent(context, turn, line.name, attempt, error)
    context.probe("message.sent")
    note = " ".join(filter(None, (remark, sent.note)))
    heard = _heard(context, turn, line.name)
    await ends(context, turn, "sent", note, attempt=attempt, also=heard, reference=sent.reference)
    context.probe("message.recorded")
    return True


async def _claim(context: Context, turn: Turn, written: Letter | Text) -> int | None:
    """Make it ours; None if somebody else has it, or it may not be sent (today)."""
    now = context.clock.now()
    row = turn.row
    costs = {"parts": written.parts, "price": written.price} if isinstance(written, Text) else {}

    def work(connection: sa.Connection) -> int | None:
        why = stopped_because(connection, turn.module.channel, row.recipient)
        if why is not None and not row.message.copy:
            note = f"Nothing is sent to this recipient any more: {why or 'on the stop list'}."
            outbox.set_state(connection, row.id, "stopped", seen=_OPEN, now=now, note=note)
            delete_worked(connection, [turn.mark])
            return None
        parts = written.parts if isinstance(written, Text) else 0
        kind = (turn.module, turn.settings)
        until = next_day_if_over(connection, turn.route, turn.code, kind, parts, now=now)
        if until is not None:
            outbox.defer(connection, row.id, until=until, note=SPENT)
            turn_again(connection, turn, until, fails=False)
            return None
        seen_state, attempts = row.message.state, row.message.attempts
        return outbox.claim(
            connection, row.id, seen=seen_state, attempts=attempts, now=now, **costs
        )

    return await context.store.write(work)


async def _not_sent(
    context: Context, turn: Turn, line: ConnectionId, attempt: int, error: Exception
) -> bool:
    message, number, now = turn.row.message, turn.number, context.clock.now()
    what = await said(context, turn, error)
    if isinstance(error, _CERTAINLY_NOT):
        code = error.code if isinstance(error, RejectedError) else ""
        held = words.refused(message, number, _refusal(code), what)
        await give_up(context, turn, held, "refused", attempt=attempt)
        return True
    if isinstance(error, RemoteError) and not isinstance(error, OutcomeUnknownError):
        # It has no copy: the same message waits for its next turn.
        until = max(now + backoff(turn.mark.attempts), context.remote.rests_until(line) or now)
        await _later(context, turn, attempt, "waiting", until, f"It waits: {what}")
        return False
    if turn.settings.unknown == "ask" or message.maybe_twice or message.state == "unknown":
        held = words.unknown(message, number, now)
        heard = _heard(context, turn, line)
        await give_up(context, turn, held, "unknown", attempt=attempt, also=heard)
        return True
    note = f"The answer was lost ({what}) It is sent once more after a pause."
    heard, until = _heard(context, turn, line), now + _pause(turn)
    await _later(context, turn, attempt, "unknown", until, note, also=heard)
    return True


def _heard(context: Context, turn: Turn, line: ConnectionId) -> Callable[[sa.Connection], None]:
    """What is done where an outcome is written down: receipts may have come before it."""
    return lambda c: apply_early(c, context, turn.route, line, turn.row.id)


async def _later(
    context: Context,
    turn: Turn,
    attempt: int,
    state: Literal["waiting", "unknown"],
    until: dt.datetime,
    note: str,
    *,
    also: Callable[[sa.Connection], None] | None = None,
) -> None:
    now = context.clock.now()

    def work(connection: sa.Connection) -> None:
        outbox.conclude(connection, turn.row.id, attempt, state, now=now, note=note, due_at=until)
        turn_again(connection, turn, until, fails=state == "waiting")
        if also is not None:
            also(connection)

    await context.store.write(work)
    context.probe("message.later")


async def _set_aside(context: Context, turn: Turn, code: str, what: str) -> None:
    held = words.cannot_write(turn.row.message, turn.number, code, what)
    await give_up(context, turn, held, "refused")


def _refusal(code: str) -> str:
    """Providers have codes without end; people find them in the words."""
    return code if "." in code else "message.refused"


def _pause(turn: Turn) -> dt.timedelta:
    return dt.timedelta(minutes=turn.settings.unknown_after_minutes)


def _is_late(turn: Turn, now: dt.datetime) -> bool:
    end = turn.row.message.not_after
    return end is not None and now > end


def _next_try(context: Context, turn: Turn) -> dt.datetime:
    soon = context.clock.now() + backoff(turn.mark.attempts)
    return max(soon, _rests(context, turn.route, turn.code) or soon)
