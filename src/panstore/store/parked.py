"""Records that cannot go on, set aside for a person; the rest goes on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ModuleCode, RouteId
from panstore.model.plan import Held
from panstore.store.tables import parked
from panstore.store.upsert import insert

__all__ = [
    "Parked",
    "close",
    "count_open",
    "find",
    "find_by_key",
    "list_parked",
    "note",
    "notes",
    "park",
    "unpark",
]


_AT_ONCE = 5000
"""Keys in one statement; a database takes some ten thousand values at most."""


class Parked(msgspec.Struct, frozen=True):
    """A parked record.

    Attributes:
        state: open, retried, skipped or solved.
        code: stable word for the reason; reason: for people.
    """

    id: int
    route: RouteId
    module: ModuleCode
    key: str
    label: str
    code: str
    reason: str
    state: str
    parked_at: dt.datetime
    closed_at: dt.datetime | None


_COLUMNS = [parked.c[name] for name in Parked.__struct_fields__]


def park(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    held: Sequence[Held],
    *,
    now: dt.datetime,
) -> list[Held]:
    """Set records aside; one that is parked already gets the present reason.

    Returns:
        Those that were not parked before, or for another reason.
    """
    news = []
    for record in sorted(held, key=lambda h: h.item):
        old = connection.execute(
            sa.select(parked.c.code, parked.c.state, parked.c.reason).where(
                parked.c.route == route,
                parked.c.module == module,
                parked.c.key == record.item,
            )
        ).one_or_none()
        if old is not None and (old.state, old.reason) == ("open", record.reason):
            continue
        news.append(record)
        values = {
            "label": record.sku,
            "code": record.code,
            "reason": record.reason,
            "state": "open",
            "parked_at": now,
            "closed_at": None,
            "payload": None,
        }
        connection.execute(
            insert(connection, parked)
            .values(route=route, module=module, key=record.item, **values)
            .on_conflict_do_update(index_elements=["route", "module", "key"], set_=values)
        )
    return news


def unpark(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    keys: Sequence[str],
    *,
    now: dt.datetime,
) -> None:
    """Close open records that went through after all; any number of keys."""
    for begin in range(0, len(keys), _AT_ONCE):
        connection.execute(
            sa
            .update(parked)
            .where(
                parked.c.route == route,
                parked.c.module == module,
                parked.c.key.in_(keys[begin : begin + _AT_ONCE]),
                parked.c.state == "open",
            )
            .values(state="solved", closed_at=now)
        )


def close(connection: sa.Connection, record: int, state: str, *, now: dt.datetime) -> None:
    """A person decided: retried or skipped."""
    connection.execute(
        sa.update(parked).where(parked.c.id == record).values(state=state, closed_at=now)
    )


def count_open(connection: sa.Connection) -> int:
    """How many records wait for a person."""
    statement = sa.select(sa.func.count()).select_from(parked).where(parked.c.state == "open")
    return connection.execute(statement).scalar_one()


def find(connection: sa.Connection, record: int) -> Parked | None:
    """One record by its number."""
    row = connection.execute(sa.select(*_COLUMNS).where(parked.c.id == record)).one_or_none()
    return None if row is None else Parked(*row)


def find_by_key(
    connection: sa.Connection, route: RouteId, module: ModuleCode, key: str
) -> Parked | None:
    """What is or was parked under a key; at most one record."""
    row = connection.execute(
        sa.select(*_COLUMNS).where(
            parked.c.route == route, parked.c.module == module, parked.c.key == key
        )
    ).one_or_none()
    return None if row is None else Parked(*row)


def notes(
    connection: sa.Connection, route: RouteId, module: ModuleCode, keys: Sequence[str]
) -> dict[str, str | None]:
    """What is noted with the open ones among these records, by key; None where nothing is."""
    found: dict[str, str | None] = {}
    for begin in range(0, len(keys), _AT_ONCE):
        rows = connection.execute(
            sa.select(parked.c.key, parked.c.payload).where(
                parked.c.route == route,
                parked.c.module == module,
                parked.c.key.in_(keys[begin : begin + _AT_ONCE]),
                parked.c.state == "open",
            )
        )
        found |= {row.key: row.payload for row in rows}
    return found


def note(
    connection: sa.Connection, route: RouteId, module: ModuleCode, key: str, text: str
) -> None:
    """Note something with a record, for those who parked it; people are not shown it.

    It is forgotten when the record is parked for another reason.
    """
    connection.execute(
        sa
        .update(parked)
        .where(parked.c.route == route, parked.c.module == module, parked.c.key == key)
        .values(payload=text)
    )


def list_parked(
    connection: sa.Connection, *, state: str | None = "open", limit: int = 200
) -> list[Parked]:
    """Parked records, the newest first."""
    statement = sa.select(*_COLUMNS)
    if state is not None:
        statement = statement.where(parked.c.state == state)
    rows = connection.execute(statement.order_by(parked.c.parked_at.desc()).limit(limit))
    return [Parked(*row) for row in rows]
