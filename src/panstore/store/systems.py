"""What is known of the outside systems: cursors, state, counters, messages, live processes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ConnectionId
from panstore.store.tables import (
    connection_state,
    counters,
    cursors,
    executors,
    messages,
)
from panstore.store.upsert import insert

__all__ = [
    "ConnectionState",
    "beat",
    "begin_again",
    "claim_takeover",
    "connection_states",
    "count",
    "counter_values",
    "drop_executor",
    "forget_messages",
    "get_cursor",
    "is_behind",
    "live_executors",
    "note_failed",
    "note_ok",
    "release_takeover",
    "server_time",
    "set_cursor",
    "take_message",
]


class ConnectionState(msgspec.Struct, frozen=True):
    """When a connection last worked and what its last trouble was (empty while it works)."""

    connection: str
    ok_at: dt.datetime | None
    failed_at: dt.datetime | None
    trouble: str
    paused_until: dt.datetime | None


def get_cursor(connection: sa.Connection, system: ConnectionId, feed: str) -> str | None:
    """Where to go on reading, or None at the very beginning."""
    found = connection.execute(
        sa.select(cursors.c.value).where(cursors.c.connection == system, cursors.c.feed == feed)
    ).scalar_one_or_none()
    return found or None


def set_cursor(
    connection: sa.Connection,
    system: ConnectionId,
    feed: str,
    value: str,
    *,
    now: dt.datetime,
    after: str | None,
    behind: bool | None = None,
) -> bool:
    """Remember where to go on; call it in the transaction that stores what was read.

    Args:
        after: the cursor that was read from, None at the very beginning.
        behind: whether more is waiting there, None if that is not known.

    Returns:
        False, and nothing is changed, if another reader moved the cursor meanwhile: it may be
        further on, and a cursor that goes back makes stock writes take off orders twice.
    """
    values = {"value": value, "moved_at": now}
    done = connection.execute(
        insert(connection, cursors)
        .values(connection=system, feed=feed, **values)
        .on_conflict_do_update(
            index_elements=["connection", "feed"],
            set_=values,
            where=cursors.c.value == (after or ""),
        )
        .returning(cursors.c.feed)
    )
    if done.first() is None:
        return False
    if behind is not None:
        _note_behind(connection, system, feed, behind=behind, now=now)
    return True


def begin_again(
    connection: sa.Connection, system: ConnectionId, feed: str, *, now: dt.datetime
) -> None:
    """The feed is read from its very beginning next.

    The row stays, so that a reader that is on its way notices and does not put its place back.
    """
    values = {"value": "", "moved_at": now}
    connection.execute(
        insert(connection, cursors)
        .values(connection=system, feed=feed, **values)
        .on_conflict_do_update(index_elements=["connection", "feed"], set_=values)
    )
    _note_behind(connection, system, feed, behind=True, now=now)


_BEHIND = "{} behind"
"""Name of the row that stands while more is waiting in a feed."""


def is_behind(connection: sa.Connection, system: ConnectionId, feed: str) -> bool:
    """Whether the feed was never read to its end, or had more to give when it was last read."""
    if get_cursor(connection, system, feed) is None:
        return True
    return get_cursor(connection, system, _BEHIND.format(feed)) is not None


def _note_behind(
    connection: sa.Connection, system: ConnectionId, feed: str, *, behind: bool, now: dt.datetime
) -> None:
    name = _BEHIND.format(feed)
    if behind:
        statement = insert(connection, cursors).values(
            connection=system, feed=name, value="more", moved_at=now
        )
        connection.execute(statement.on_conflict_do_nothing())
    else:
        connection.execute(
            sa.delete(cursors).where(cursors.c.connection == system, cursors.c.feed == name)
        )


def note_ok(connection: sa.Connection, system: ConnectionId, *, now: dt.datetime) -> None:
    """The connection answered."""
    _note(connection, system, {"ok_at": now, "trouble": "", "paused_until": None})


def note_failed(
    connection: sa.Connection,
    system: ConnectionId,
    trouble: str,
    *,
    now: dt.datetime,
    paused_until: dt.datetime | None,
) -> None:
    """The connection failed and rests until `paused_until`."""
    _note(connection, system, {"failed_at": now, "trouble": trouble, "paused_until": paused_until})


def _note(connection: sa.Connection, system: ConnectionId, values: dict[str, object]) -> None:
    connection.execute(
        insert(connection, connection_state)
        .values(connection=system, **({"trouble": ""} | values))
        .on_conflict_do_update(index_elements=["connection"], set_=values)
    )


def connection_states(connection: sa.Connection) -> dict[str, ConnectionState]:
    """State by connection; connections that were never used are left out."""
    columns = [connection_state.c[name] for name in ConnectionState.__struct_fields__]
    return {row[0]: ConnectionState(*row) for row in connection.execute(sa.select(*columns))}


def count(connection: sa.Connection, name: str, by: int = 1) -> int:
    """Add to a durable counter and return its value."""
    statement = insert(connection, counters).values(name=name, value=by)
    value: int = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"value": counters.c.value + by}
        ).returning(counters.c.value)
    ).scalar_one()
    return value


def counter_values(connection: sa.Connection) -> dict[str, int]:
    """All durable counters."""
    return {row.name: row.value for row in connection.execute(sa.select(counters))}


def take_message(
    connection: sa.Connection, system: ConnectionId, message: str, *, now: dt.datetime
) -> bool:
    """Remember a webhook message; False if it was taken before (a replay)."""
    done = connection.execute(
        insert(connection, messages)
        .values(connection=system, message=message, at=now)
        .on_conflict_do_nothing()
        .returning(messages.c.message)
    )
    return done.first() is not None


def forget_messages(connection: sa.Connection, *, before: dt.datetime) -> int:
    """Forget messages too old to be accepted again anyway."""
    return connection.execute(sa.delete(messages).where(messages.c.at < before)).rowcount


def server_time(connection: sa.Connection, now: dt.datetime) -> dt.datetime:
    """The clock that all processes share: the server's; on SQLite there is one machine.

    Leases are compared between machines, and a clock that is off by seconds must not make a live
    process look dead.
    """
    if connection.dialect.name == "sqlite":
        return now
    kind = sa.DateTime(timezone=True)
    found: dt.datetime = connection.execute(
        sa.select(sa.func.clock_timestamp(type_=kind))
    ).scalar_one()
    return found.astimezone(dt.UTC)


def beat(
    connection: sa.Connection, executor: str, *, now: dt.datetime, expires: dt.datetime
) -> None:
    """Renew the lease of a live process."""
    connection.execute(
        insert(connection, executors)
        .values(executor=executor, started_at=now, expires_at=expires)
        .on_conflict_do_update(index_elements=["executor"], set_={"expires_at": expires})
    )


def live_executors(connection: sa.Connection, *, now: dt.datetime) -> set[str]:
    """Processes whose lease has not run out."""
    rows = connection.execute(
        sa.select(executors.c.executor).where(
            executors.c.expires_at > now, executors.c.executor != _TAKEOVER
        )
    )
    return set(rows.scalars())


def drop_executor(connection: sa.Connection, names: Sequence[str]) -> None:
    """Forget processes that ended or died."""
    connection.execute(sa.delete(executors).where(executors.c.executor.in_(names)))


_TAKEOVER = "takeover"
"""Held like a lease by the one survivor that takes dead processes' runs over."""


def claim_takeover(connection: sa.Connection, *, now: dt.datetime, until: dt.datetime) -> bool:
    """Be the one survivor that takes runs over; False if another one is."""
    done = connection.execute(
        insert(connection, executors)
        .values(executor=_TAKEOVER, started_at=now, expires_at=until)
        .on_conflict_do_update(
            index_elements=["executor"],
            set_={"started_at": now, "expires_at": until},
            where=executors.c.expires_at <= now,
        )
        .returning(executors.c.executor)
    )
    return done.first() is not None


def release_takeover(connection: sa.Connection) -> None:
    """Let others take over."""
    drop_executor(connection, [_TAKEOVER])
