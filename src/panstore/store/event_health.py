"""What keeps the messages of a connection from coming, or from coming in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ConnectionId
from panstore.store.event_tables import event_health
from panstore.store.upsert import insert

__all__ = ["message_problems", "note_message_health"]

_PROBLEMS = msgspec.json.Decoder(tuple[str, ...])


def note_message_health(
    connection: sa.Connection,
    system: ConnectionId,
    problems: Sequence[str],
    *,
    now: dt.datetime,
) -> None:
    """Remember what was found at this look, instead of what was found before.

    Args:
        problems: for people, each with the remedy; empty if the messages come in time.
    """
    values = {"problems": msgspec.json.encode(list(problems)).decode(), "looked_at": now}
    connection.execute(
        insert(connection, event_health)
        .values(connection=system, **values)
        .on_conflict_do_update(index_elements=["connection"], set_=values)
    )


def message_problems(connection: sa.Connection) -> dict[str, tuple[str, ...]]:
    """What is known of each connection that was ever looked at."""
    columns = (event_health.c.connection, event_health.c.problems)
    return {name: _PROBLEMS.decode(text) for name, text in connection.execute(sa.select(*columns))}
