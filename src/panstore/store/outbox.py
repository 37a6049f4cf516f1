"""Messages for buyers: each stands here once, is claimed by one worker, and keeps its outcome.

Who a message goes to is kept as a digest, enough for "never twice" and for the stop list; the
address itself stands in the payload store, which expires.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ConnectionId, ModuleCode, RouteId
from panstore.model.message import Channel, DocumentRef, Message, MessageState, NewMessage
from panstore.store.tables import installation, marks, orders, outbox, payloads
from panstore.store.upsert import insert

__all__ = [
    "IN_DOUBT",
    "OPEN_STATES",
    "Counted",
    "OutboxRow",
    "claim",
    "conclude",
    "count_messages",
    "defer",
    "digest_of",
    "find_message",
    "find_reference",
    "id_of",
    "list_messages",
    "messages_of",
    "note_late",
    "order_number",
    "put",
    "recipient_of",
    "set_state",
    "unmarked",
]

OPEN_STATES: tuple[MessageState, ...] = ("waiting", "sending", "unknown")
"""States in which something may still happen by itself."""

IN_DOUBT = "It may be out"
"""How the note of one begins that was left alone though it may have gone out."""


class OutboxRow(msgspec.Struct, frozen=True):
    """A message with where it belongs.

    Attributes:
        module: whose message it is.
        recipient: digest; empty where there is none. payload: id of who it is.
        sending_at: when the last call began, None before the first.
    """

    route: RouteId
    order_id: str
    module: ModuleCode
    recipient: str
    payload: str
    sending_at: dt.datetime | None
    message: Message

    @property
    def id(self) -> str:
        """Of the message."""
        return self.message.id


_OWN = ("route", "order_id", "module", "recipient", "payload", "sending_at")
_COLUMNS = [outbox.c[name] for name in (*_OWN, *Message.__struct_fields__)]


def digest_of(connection: sa.Connection, channel: Channel, recipient: str) -> str:
    """What is kept of an address or number; mail addresses are compared without regard to case.

    It is made with a secret of this installation: there are not so many telephone numbers that
    they could not all be tried.
    """
    text = recipient.strip()
    if not text:
        return ""
    text = text.casefold() if channel == "mail" else text
    secret = connection.execute(
        sa.select(installation.c.value).where(installation.c.name == "recipients")
    ).scalar_one()
    made = hmac.new(secret.encode(), f"{channel}:{text}".encode(), hashlib.sha256)
    return made.hexdigest()[:32]


def id_of(connection: sa.Connection, shop: ConnectionId, order_id: str, message: NewMessage) -> str:
    """The key under which a message is sent once, whoever asks for it how often.

    Args:
        shop: the shop's connection.
    """
    to = digest_of(connection, message.channel, message.recipient) or "nobody"
    parts = (shop, order_id, message.channel, message.purpose, message.subject, to, message.again)
    return "/".join(map(str, parts))


def put(  # noqa: PLR0913 - what a row needs, all by name
    connection: sa.Connection,
    message: NewMessage,
    *,
    id_: str,
    route: RouteId,
    order_id: str,
    module: ModuleCode,
    payload: str,
    now: dt.datetime,
) -> bool:
    """Put a message into the outbox; one that cannot be sent is there to be seen.

    Args:
        payload: id under which the recipient is kept.

    Returns:
        False if it stands there already.
    """
    sendable = bool(message.recipient) and not message.note
    values: dict[str, Any] = {
        "id": id_,
        "route": route,
        "order_id": order_id,
        "module": module,
        "channel": message.channel,
        "purpose": message.purpose,
        "subject": message.subject,
        "language": message.language,
        "document": _to_text(message.document),
        "recipient": digest_of(connection, message.channel, message.recipient),
        "payload": payload if message.recipient else "",
        "copy": message.copy,
        "again": message.again,
        "state": "waiting" if sendable else "skipped",
        "attempts": 0,
        "maybe_twice": False,
        "queued_at": now,
        "due_at": message.not_before,
        "not_after": message.not_after,
        "ended_at": None if sendable else now,
        "reference": "",
        "parts": 0,
        "price": "",
        "note": message.note,
    }
    done = connection.execute(
        insert(connection, outbox).values(**values).on_conflict_do_nothing().returning(outbox.c.id)
    )
    if done.first() is None:
        return False
    if message.recipient:
        connection.execute(
            insert(connection, payloads)
            .values(id=payload, body=message.recipient.encode(), stored_at=now)
            .on_conflict_do_nothing()
        )
    return True


def find_message(connection: sa.Connection, id_: str) -> OutboxRow | None:
    """One message by its id."""
    row = connection.execute(sa.select(*_COLUMNS).where(outbox.c.id == id_)).one_or_none()
    return None if row is None else _row(row)


def find_reference(
    connection: sa.Connection, routes: Sequence[RouteId], channel: Channel, reference: str
) -> list[OutboxRow]:
    """Messages the provider calls by this reference, or that have it as their id."""
    rows = connection.execute(
        sa.select(*_COLUMNS).where(
            sa.or_(outbox.c.reference == reference, outbox.c.id == reference),
            outbox.c.route.in_(routes),
            outbox.c.channel == channel,
        )
    )
    return [_row(row) for row in rows]


def messages_of(connection: sa.Connection, route: RouteId, order_id: str) -> list[OutboxRow]:
    """All messages of an order, in order of time."""
    return list_messages(connection, route=route, order_id=order_id, limit=None, newest=False)


def order_number(connection: sa.Connection, row: OutboxRow) -> str:
    """What people call the order a message belongs to; no need to read what the shop said."""
    number = connection.execute(
        sa.select(orders.c.number).where(
            orders.c.route == row.route, orders.c.order_id == row.order_id
        )
    ).scalar_one_or_none()
    return number or row.order_id


def list_messages(
    connection: sa.Connection,
    *,
    route: RouteId | None = None,
    order_id: str | None = None,
    state: MessageState | None = None,
    channel: Channel | None = None,
    limit: int | None = 100,
    newest: bool = True,
) -> list[OutboxRow]:
    """Messages, the newest first unless asked otherwise."""
    statement = sa.select(*_COLUMNS)
    given = {"route": route, "order_id": order_id, "state": state, "channel": channel}
    for name, value in given.items():
        if value is not None:
            statement = statement.where(outbox.c[name] == value)
    order = (outbox.c.queued_at, outbox.c.id)
    statement = statement.order_by(*(column.desc() for column in order) if newest else order)
    return [_row(row) for row in connection.execute(statement.limit(limit))]


def recipient_of(connection: sa.Connection, row: OutboxRow) -> str | None:
    """Who it goes to; None once that has expired or was erased."""
    body = connection.execute(
        sa.select(payloads.c.body).where(payloads.c.id == row.payload)
    ).scalar_one_or_none()
    return None if body is None else bytes(body).decode()


def claim(
    connection: sa.Connection,
    id_: str,
    *,
    seen: MessageState,
    attempts: int,
    now: dt.datetime,
    **values: Any,
) -> int | None:
    """Make a message one's own before it is handed over; of many workers one has it.

    Args:
        seen: `waiting`, or `unknown` to send it once more; then it is known to go out twice maybe.
        attempts: as they were seen.
        values: further columns: parts, price.

    Returns:
        The number of this attempt, None if somebody else was first.
    """
    twice = outbox.c.maybe_twice if seen == "waiting" else sa.true()
    done = connection.execute(
        sa
        .update(outbox)
        .where(outbox.c.id == id_, outbox.c.state == seen, outbox.c.attempts == attempts)
        .values(
            state="sending",
            attempts=outbox.c.attempts + 1,
            sending_at=now,
            maybe_twice=twice,
            due_at=None,
            note="",
            **values,
        )
        .returning(outbox.c.attempts)
    )
    return done.scalar_one_or_none()


def conclude(
    connection: sa.Connection,
    id_: str,
    attempt: int,
    state: MessageState,
    *,
    now: dt.datetime,
    **values: Any,
) -> bool:
    """Write down what came of an attempt.

    Args:
        state: `waiting` if it certainly had no effect.
        values: further columns: reference, note, parts, price, due_at.

    Returns:
        False if a later attempt has begun, or somebody has decided about it meanwhile.
    """
    times: dict[str, Any] = {"ended_at": None if state in OPEN_STATES else now}
    if state == "sent":
        times["sent_at"] = now
    done = connection.execute(
        sa
        .update(outbox)
        .where(
            outbox.c.id == id_,
            outbox.c.attempts == attempt,
            outbox.c.state.in_(("sending", "unknown")),
        )
        .values(state=state, **times, **values)
        .returning(outbox.c.id)
    )
    return done.first() is not None


def note_late(connection: sa.Connection, id_: str, note: str) -> None:
    """An attempt that was taken for lost has come to an end after all: it may be there twice."""
    connection.execute(
        sa.update(outbox).where(outbox.c.id == id_).values(maybe_twice=True, note=note)
    )


def set_state(
    connection: sa.Connection,
    id_: str,
    state: MessageState,
    *,
    seen: Iterable[MessageState],
    now: dt.datetime,
    **values: Any,
) -> bool:
    """Move a message that is in one of the states `seen`; False if it is in none of them."""
    ended = None if state in OPEN_STATES else now
    done = connection.execute(
        sa
        .update(outbox)
        .where(outbox.c.id == id_, outbox.c.state.in_(tuple(seen)))
        .values(state=state, ended_at=ended, **values)
        .returning(outbox.c.id)
    )
    return done.first() is not None


def defer(connection: sa.Connection, id_: str, *, until: dt.datetime, note: str) -> None:
    """Say when a message that waits or is in doubt has its next turn, and why then."""
    connection.execute(
        sa
        .update(outbox)
        .where(outbox.c.id == id_, outbox.c.state.in_(("waiting", "unknown")))
        .values(due_at=until, note=note)
    )


def unmarked(
    connection: sa.Connection, route: RouteId, module: ModuleCode
) -> list[tuple[str, dt.datetime | None]]:
    """(id, when it is due) of messages that wait and that no run would look at.

    Those a person has to decide about are left out by the caller.
    """
    marked = sa.exists().where(
        marks.c.route == outbox.c.route,
        marks.c.module == outbox.c.module,
        marks.c.key == outbox.c.id,
    )
    rows = connection.execute(
        sa.select(outbox.c.id, outbox.c.due_at).where(
            outbox.c.route == route,
            outbox.c.module == module,
            outbox.c.state.in_(OPEN_STATES),
            ~marked,
        )
    )
    return [(row.id, row.due_at) for row in rows]


class Counted(msgspec.Struct, frozen=True):
    """How many messages of a route and channel are in a state."""

    route: RouteId
    channel: Channel
    state: MessageState
    count: int


def count_messages(connection: sa.Connection, *, since: dt.datetime | None = None) -> list[Counted]:
    """Messages by route, channel and state; queued since then if a time is given."""
    columns = (outbox.c.route, outbox.c.channel, outbox.c.state)
    statement = sa.select(*columns, sa.func.count()).group_by(*columns).order_by(*columns)
    if since is not None:
        statement = statement.where(outbox.c.queued_at >= since)
    return [Counted(*row) for row in connection.execute(statement)]


def _row(row: sa.Row[Any]) -> OutboxRow:
    own: dict[str, Any] = dict(zip(_OWN, row, strict=False))
    values: dict[str, Any] = dict(zip(Message.__struct_fields__, row[len(_OWN) :], strict=True))
    values["document"] = _from_text(values["document"])
    return OutboxRow(**own, message=Message(**values))


def _to_text(document: DocumentRef | None) -> str:
    return "" if document is None else msgspec.json.encode(document).decode()


def _from_text(text: str) -> DocumentRef | None:
    return msgspec.json.decode(text, type=DocumentRef) if text else None
