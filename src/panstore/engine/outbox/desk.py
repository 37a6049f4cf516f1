"""What people do with messages: send once more, leave, stop a recipient, tell of a bounce."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.engine.order_case import stored_case
from panstore.engine.outbox import cap, words
from panstore.engine.outbox.queue import mark_message, put_messages
from panstore.engine.outbox.record import number_of
from panstore.model.message import Channel, MessageState, NewMessage
from panstore.sdk.errors import UnsupportedError
from panstore.store import outbox
from panstore.store import receipts as table
from panstore.store.audit import Entry, append
from panstore.store.outbox import IN_DOUBT, OutboxRow
from panstore.store.parked import close, find_by_key, park, unpark

__all__ = [
    "NotPossibleError",
    "allow",
    "bounced",
    "leave",
    "leave_message",
    "resend",
    "retry_message",
    "stop",
]


_SENT_ANEW = f"{IN_DOUBT}: the answer was lost. A person had it sent once more."


class NotPossibleError(UnsupportedError):
    """What was asked cannot be done with this message, in words."""


class _Target(msgspec.Struct, frozen=True):
    """Where a message goes when it is sent again; `note` says why it cannot be."""

    recipient: str
    note: str = ""


async def resend(context: Context, id_: str) -> str:
    """Send a message once more, to the address the shop has by now.

    Returns:
        The id of the new message.

    Raises:
        KeyError: there is no such message.
        NotPossibleError: it waits still, its module is off, or nobody is known to send it to.
    """

    def work(connection: sa.Connection) -> str:
        row, route = _known(connection, context, id_)
        if row.message.state in {"waiting", "sending"}:
            raise NotPossibleError("It has not been sent yet; it will go out by itself.")
        new = _once_more(connection, context, route, row, cause="resend")
        # Whoever sends it anew has decided about what was set aside for him.
        unpark(connection, row.route, row.module, [id_], now=context.clock.now())
        return new

    return await context.store.write(work)


def retry_message(connection: sa.Connection, context: Context, route: Route, id_: str) -> None:
    """A person says that a message that was set aside shall go on, or all that wait for money.

    Where the buyer has another address by now, it goes there as a message of its own.
    """
    if id_ == cap.KEY:
        for code in route.message_modules:
            cap.let_through(connection, context, route, code)
    row = outbox.find_message(connection, id_)
    if row is None or row.module not in route.message_modules:
        return
    message, now = row.message, context.clock.now()
    target = _target(connection, context, route, row)
    moved = outbox.digest_of(connection, message.channel, target.recipient) != row.recipient
    if message.state == "failed" or (moved and target.recipient):
        try:
            _once_more(connection, context, route, row, cause="retry")
        except NotPossibleError as error:
            number = number_of(connection, row)
            held = words.cannot_write(message, number, "message.impossible", str(error))
            park(connection, route.id, row.module, [held], now=now)
        return
    twice = message.maybe_twice or message.state == "unknown"
    seen: tuple[MessageState, ...] = ("refused", "unknown", "waiting", "stopped")
    outbox.set_state(
        connection, id_, "waiting", seen=seen, now=now, note="", due_at=None, maybe_twice=twice
    )
    mark_message(connection, context, route.id, row.module, id_, cause="retry")


async def leave(context: Context, id_: str, reason: str = "left by a person") -> None:
    """Never send a message.

    Raises:
        KeyError: there is no such message.
        NotPossibleError: it is out already, or being handed over.
    """

    def work(connection: sa.Connection) -> None:
        row, _ = _known(connection, context, id_, needs_module=False)
        if not leave_message(connection, context, row, reason):
            raise NotPossibleError(f"It is {row.message.state}, so it cannot be left any more.")
        record = find_by_key(connection, row.route, row.module, id_)
        if record is not None and record.state == "open":
            close(connection, record.id, "skipped", now=context.clock.now())

    await context.store.write(work)


def leave_message(connection: sa.Connection, context: Context, row: OutboxRow, reason: str) -> bool:
    """Never send it; False if it is out already. Of one that may be out the note says so."""
    now = context.clock.now()
    seen: tuple[MessageState, ...] = ("waiting", "unknown", "refused", "stopped")
    state = row.message.state
    if state == "failed":
        return True
    # Its state must still be the one that the note is about.
    if state not in seen:
        return False
    # One that may be there twice has had an answer lost before it came to where it is.
    if state == "unknown" or row.message.maybe_twice:
        reason = f"{IN_DOUBT}: the answer was lost. It is left as it is: {reason}"
    if not outbox.set_state(connection, row.id, "skipped", seen=(state,), now=now, note=reason):
        return False
    _note(connection, context, row, "skipped", "skip", reason)
    return True


async def stop(context: Context, channel: Channel, recipient: str, reason: str) -> bool:
    """Send nothing to an address or number any more; False if that was so before."""
    now = context.clock.now()

    def work(connection: sa.Connection) -> bool:
        digest = outbox.digest_of(connection, channel, recipient)
        return table.stop(connection, channel, digest, reason, now=now)

    return await context.store.write(work)


async def allow(context: Context, channel: Channel, recipient: str) -> bool:
    """Take an address or number off the stop list; False if it was not on it."""

    def work(connection: sa.Connection) -> bool:
        digest = outbox.digest_of(connection, channel, recipient)
        return table.allow_again(connection, channel, digest)

    return await context.store.write(work)


async def bounced(context: Context, id_: str, what: str) -> None:
    """Somebody says that a message came back.

    Raises:
        KeyError: there is no such message.
        NotPossibleError: it was not sent.
    """
    now = context.clock.now()

    def work(connection: sa.Connection) -> None:
        row, _ = _known(connection, context, id_, needs_module=False)
        seen: tuple[MessageState, ...] = ("sent", "delivered", "unknown")
        if not outbox.set_state(connection, id_, "failed", seen=seen, now=now, note=what):
            raise NotPossibleError(f"It is {row.message.state}, so it cannot have come back.")
        held = words.failed(row.message, number_of(connection, row), what)
        park(connection, row.route, row.module, [held], now=now)
        _note(connection, context, row, "failed", "bounce", held.reason)

    await context.store.write(work)


def _known(
    connection: sa.Connection, context: Context, id_: str, *, needs_module: bool = True
) -> tuple[OutboxRow, Route]:
    row = outbox.find_message(connection, id_)
    if row is None:
        raise KeyError(id_)
    route = context.routes.get(row.route)
    if route is None or (needs_module and row.module not in route.message_modules):
        raise NotPossibleError(f"{row.module} is not on for route {row.route} any more.")
    return row, route


def _once_more(
    connection: sa.Connection, context: Context, route: Route, row: OutboxRow, *, cause: str
) -> str:
    message = row.message
    target = _target(connection, context, route, row)
    if target.note:
        raise NotPossibleError(target.note)
    same = [
        one.message.again
        for one in outbox.messages_of(connection, row.route, row.order_id)
        if (one.message.channel, one.message.purpose, one.message.subject, one.message.copy)
        == (message.channel, message.purpose, message.subject, message.copy)
    ]
    again = NewMessage(
        channel=message.channel,
        purpose=message.purpose,
        recipient=target.recipient,
        language=message.language,
        subject=message.subject,
        document=message.document,
        copy=message.copy,
        again=max(same) + 1,
    )
    order = (row.order_id, number_of(connection, row))
    reason = "a person asked for it once more"
    fresh = put_messages(
        connection, context, route, row.module, order, [again], cause=cause, reason=reason
    )
    if not fresh:
        # As where the company's own copy went, once more, to what is the buyer's address by now.
        same_id = outbox.id_of(connection, route.shop, row.order_id, again)
        raise NotPossibleError(f"It is in the outbox already, for the same recipient: {same_id}.")
    [id_] = fresh
    # One that is in doubt would go out by itself as well, or ask a person who has decided.
    outbox.set_state(
        connection,
        row.id,
        "skipped",
        seen=("unknown",),
        now=context.clock.now(),
        note=_SENT_ANEW,
        due_at=None,
        maybe_twice=True,
    )
    return id_


def _target(connection: sa.Connection, context: Context, route: Route, row: OutboxRow) -> _Target:
    """The buyer's address by now; a copy goes where the first one went."""
    if not row.message.copy:
        case = stored_case(connection, context, route, row.order_id)
        if case is not None:
            module, settings = route.message_modules[row.module]
            present = module.recipient(case, settings)
            if present:
                return _Target(present)
    kept = outbox.recipient_of(connection, row)
    return _Target("", "Nobody is known to send it to.") if not kept else _Target(kept)


def _note(
    connection: sa.Connection,
    context: Context,
    row: OutboxRow,
    outcome: str,
    cause: str,
    reason: str,
) -> None:
    entry = Entry(
        at=context.clock.now(),
        route=row.route,
        module=row.module,
        key=row.id,
        label=number_of(connection, row),
        cause=cause,
        outcome=outcome,
        reason=reason,
    )
    append(connection, [entry])
