"""What networks said of messages, and whom nothing is sent to any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ConnectionId
from panstore.model.message import Channel, Receipt
from panstore.store.tables import receipts, stop_list
from panstore.store.turns import take_turn
from panstore.store.upsert import insert

__all__ = [
    "Stopped",
    "allow_again",
    "forget_receipts",
    "heard_at",
    "keep_receipt",
    "list_stopped",
    "receipts_for",
    "receipts_turn",
    "stop",
    "stopped_because",
]


def receipts_turn(connection: sa.Connection, system: ConnectionId) -> None:
    """Whoever keeps a receipt or looks for one waits for others who do.

    Else a message and its receipt, written down in the same moment, would not see each other.
    """
    take_turn(connection, f"receipts {system}")


def keep_receipt(
    connection: sa.Connection, system: ConnectionId, receipt: Receipt, *, now: dt.datetime
) -> bool:
    """Keep a receipt with when it was heard last; False if the same was heard before."""
    fresh = heard_at(connection, system, receipt) is None
    new = insert(connection, receipts).values(
        connection=system,
        reference=receipt.reference,
        state=receipt.state,
        at=now,
        note=receipt.note,
    )
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["connection", "reference", "state"],
            set_={"at": new.excluded.at, "note": new.excluded.note},
            where=receipts.c.at < new.excluded.at,
        )
    )
    return fresh


def heard_at(
    connection: sa.Connection, system: ConnectionId, receipt: Receipt
) -> dt.datetime | None:
    """When the same was heard last, None if it never was."""
    return connection.execute(
        sa.select(receipts.c.at).where(
            receipts.c.connection == system,
            receipts.c.reference == receipt.reference,
            receipts.c.state == receipt.state,
        )
    ).scalar_one_or_none()


def receipts_for(
    connection: sa.Connection,
    system: ConnectionId,
    references: Sequence[str],
    *,
    since: dt.datetime | None = None,
) -> list[Receipt]:
    """What was heard under these references, the oldest first.

    Args:
        since: leave out what was heard last before then: networks use their ids again.
    """
    statement = sa.select(receipts.c.reference, receipts.c.state, receipts.c.note).where(
        receipts.c.connection == system,
        receipts.c.reference.in_([one for one in references if one]),
    )
    if since is not None:
        statement = statement.where(receipts.c.at >= since)
    return [Receipt(*row) for row in connection.execute(statement.order_by(receipts.c.at))]


def forget_receipts(connection: sa.Connection, *, before: dt.datetime) -> int:
    """Delete what was heard before then: messages keep their state."""
    return connection.execute(sa.delete(receipts).where(receipts.c.at < before)).rowcount


class Stopped(msgspec.Struct, frozen=True):
    """An address or number nothing is sent to; `recipient` is its digest."""

    channel: Channel
    recipient: str
    since: dt.datetime
    reason: str


def stop(
    connection: sa.Connection, channel: Channel, recipient: str, reason: str, *, now: dt.datetime
) -> bool:
    """Send nothing to this digest any more; False if that was so before."""
    done = connection.execute(
        insert(connection, stop_list)
        .values(channel=channel, recipient=recipient, since=now, reason=reason)
        .on_conflict_do_nothing()
        .returning(stop_list.c.recipient)
    )
    return done.first() is not None


def allow_again(connection: sa.Connection, channel: Channel, recipient: str) -> bool:
    """Take a digest off the stop list; False if it was not on it."""
    done = connection.execute(
        sa
        .delete(stop_list)
        .where(stop_list.c.channel == channel, stop_list.c.recipient == recipient)
        .returning(stop_list.c.recipient)
    )
    return done.first() is not None


def stopped_because(connection: sa.Connection, channel: Channel, recipient: str) -> str | None:
    """Why nothing is sent to this digest, None if it may be sent to."""
    found = connection.execute(
        sa.select(stop_list.c.reason).where(
            stop_list.c.channel == channel, stop_list.c.recipient == recipient
        )
    )
    return found.scalar_one_or_none()


def list_stopped(connection: sa.Connection, *, limit: int = 1000) -> list[Stopped]:
    """The stop list, the newest first."""
    columns = [stop_list.c[name] for name in Stopped.__struct_fields__]
    rows = connection.execute(sa.select(*columns).order_by(stop_list.c.since.desc()).limit(limit))
    return [Stopped(*row) for row in rows]
