"""Dirty keys and the flag that says a run is wanted."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterable, Sequence

import msgspec
import sqlalchemy as sa

from panstore.model.change import Mark
from panstore.model.ids import ExternalId, ModuleCode, RouteId
from panstore.store.tables import links, marks, wanted
from panstore.store.upsert import insert

__all__ = [
    "DATE",
    "Backlog",
    "WaitingMark",
    "backlog",
    "clear_wanted",
    "delete_worked",
    "due_marks",
    "find_mark",
    "forget_module",
    "mark",
    "mark_all_linked",
    "mark_linked",
    "postpone",
    "refresh_wanted",
    "remark",
    "schedule",
    "shard_of",
    "stranded",
    "waiting_runs",
    "want",
]

DATE = "date"
"""Cause of a mark that waits for its day; any other that lies ahead waits for minutes at most."""


def shard_of(key: str, shards: int) -> int:
    """Stable shard of a key, 0 <= shard < `shards`; the same in every process."""
    return zlib.crc32(key.encode()) % shards


def mark(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    keys: Iterable[str],
    *,
    now: dt.datetime,
    cause: str,
    shards: int = 1,
) -> int:
    """Mark keys as changed; a key that is marked already gets a new version.

    Keys are written in order, so that two markers on PostgreSQL never wait for each other in a
    circle.

    Returns:
        How many keys were marked.
    """
    rows = [
        {
            "route": route,
            "module": module,
            "key": key,
            "shard": shard_of(key, shards),
            "version": 1,
            "marked_at": now,
            "due_at": now,
            "attempts": 0,
            "cause": cause,
        }
        for key in sorted(set(keys))
    ]
    if rows:
        connection.execute(remark(connection, insert(connection, marks)), rows)
    return len(rows)


def remark(connection: sa.Connection, statement: sa.Insert) -> sa.Insert:
    """An insert of marks that gives those that stand already a new version."""
    new = insert(connection, marks).excluded
    # A mark that only waited for its hour was no backlog: the new change begins to age now.
    scheduled = sa.and_(marks.c.due_at > new.due_at, marks.c.attempts == 0)
    return statement.on_conflict_do_update(  # type: ignore[attr-defined, no-any-return]
        index_elements=["route", "module", "key"],
        set_={
            "version": marks.c.version + 1,
            "marked_at": sa.case((scheduled, new.marked_at), else_=marks.c.marked_at),
            "due_at": new.due_at,
            "attempts": 0,
            "cause": new.cause,
        },
    )


def mark_linked(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    ids: Sequence[ExternalId],
    *,
    side: str,
    now: dt.datetime,
    cause: str,
) -> int:
    """Mark the items linked to these variants of the ERP (`side="erp"`) or the shop."""
    column = links.c.erp if side == "erp" else links.c.shop
    found = connection.execute(
        sa.select(links.c.item).where(links.c.route == route, column.in_(ids))
    ).scalars()
    return mark(connection, route, module, found.all(), now=now, cause=cause)


def mark_all_linked(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    *,
    now: dt.datetime,
    cause: str,
) -> int:
    """Mark every linked item of a route, for a full run."""
    literal = sa.select(
        links.c.route,
        sa.literal(str(module)),
        links.c.item,
        sa.literal(0),
        sa.literal(1),
        sa.literal(now, marks.c.marked_at.type),
        sa.literal(now, marks.c.due_at.type),
        sa.literal(0),
        sa.literal(cause),
    ).where(links.c.route == route)
    columns = [c.name for c in marks.columns]
    statement = insert(connection, marks).from_select(columns, literal.order_by(links.c.item))
    counted = {"preserve_rowcount": True}
    return connection.execute(remark(connection, statement), execution_options=counted).rowcount


def schedule(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    due: Iterable[tuple[str, dt.datetime]],
    *,
    cause: str,
) -> None:
    """Mark keys for a later hour, unless they are marked anyway."""
    rows = [
        {
            "route": route,
            "module": module,
            "key": key,
            "shard": 0,
            "version": 1,
            "marked_at": at,
            "due_at": at,
            "attempts": 0,
            "cause": cause,
        }
        for key, at in sorted(due)
    ]
    if rows:
        connection.execute(insert(connection, marks).on_conflict_do_nothing(), rows)


def due_marks(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    *,
    shard: int,
    now: dt.datetime,
    limit: int,
) -> list[Mark]:
    """Marks that may be worked now, the longest waiting first."""
    rows = connection.execute(
        sa
        .select(marks)
        .where(
            marks.c.route == route,
            marks.c.module == module,
            marks.c.shard == shard,
            marks.c.due_at <= now,
        )
        .order_by(marks.c.due_at, marks.c.key)
        .limit(limit)
    )
    return [
        Mark(
            route=row.route,
            module=row.module,
            key=row.key,
            version=row.version,
            marked_at=row.marked_at,
            attempts=row.attempts,
            cause=row.cause,
        )
        for row in rows
    ]


class WaitingMark(msgspec.Struct, frozen=True):
    """A mark as people see it; see `panstore.model.change.Mark`."""

    marked_at: dt.datetime
    due_at: dt.datetime
    attempts: int
    cause: str


def find_mark(
    connection: sa.Connection, route: RouteId, module: ModuleCode, key: str
) -> WaitingMark | None:
    """The mark of one key, None if nothing waits to be worked for it."""
    columns = [marks.c[name] for name in WaitingMark.__struct_fields__]
    row = connection.execute(
        sa.select(*columns).where(
            marks.c.route == route, marks.c.module == module, marks.c.key == key
        )
    ).one_or_none()
    return None if row is None else WaitingMark(*row)


def delete_worked(connection: sa.Connection, worked: Iterable[Mark]) -> list[Mark]:
    """Delete marks as they were worked; a newer one survives and is worked again.

    Returns:
        Marks that somebody else had worked and deleted meanwhile: two processes had the same run,
        and nobody knows which of them wrote last.
    """
    done = sorted(worked, key=lambda m: m.key)
    if not done:
        return []
    present = _present(connection, done)
    rows = [_exactly(m) for m in done]
    connection.execute(sa.delete(marks).where(*_SAME), rows)
    return [m for m in done if (m.route, m.module, m.key) not in present]


def _present(connection: sa.Connection, some: Sequence[Mark]) -> set[tuple[str, str, str]]:
    found: set[tuple[str, str, str]] = set()
    for route, module in {(m.route, m.module) for m in some}:
        keys = [m.key for m in some if (m.route, m.module) == (route, module)]
        rows = connection.execute(
            sa.select(marks.c.key).where(
                marks.c.route == route, marks.c.module == module, marks.c.key.in_(keys)
            )
        )
        found.update((route, module, key) for key in rows.scalars())
    return found


# A key that is deleted and marked again begins at version 1 again; its time tells the two apart.
_SAME = (
    marks.c.route == sa.bindparam("r"),
    marks.c.module == sa.bindparam("m"),
    marks.c.key == sa.bindparam("k"),
    marks.c.version == sa.bindparam("v"),
    marks.c.marked_at == sa.bindparam("t"),
)


def _exactly(mark: Mark) -> dict[str, object]:
    return {
        "r": mark.route,
        "m": mark.module,
        "k": mark.key,
        "v": mark.version,
        "t": mark.marked_at,
    }


def postpone(connection: sa.Connection, failed: Iterable[tuple[Mark, dt.datetime]]) -> None:
    """Count a failed attempt and wait until the given time; a newer mark is left alone."""
    rows = [_exactly(m) | {"at": at} for m, at in sorted(failed, key=lambda pair: pair[0].key)]
    if rows:
        connection.execute(
            sa
            .update(marks)
            .where(*_SAME)
            .values(due_at=sa.bindparam("at"), attempts=marks.c.attempts + 1),
            rows,
        )


def want(
    connection: sa.Connection, route: RouteId, module: ModuleCode, shard: int, *, now: dt.datetime
) -> bool:
    """Say that a run is wanted.

    Returns:
        True if nobody had said so yet: the caller then enqueues the run in this transaction.
    """
    statement = (
        insert(connection, wanted)
        .values(route=route, module=module, shard=shard, wanted=True, since=now)
        .on_conflict_do_update(
            index_elements=["route", "module", "shard"],
            set_={"wanted": True, "since": now},
            where=wanted.c.wanted.is_(False),
        )
        # An INSERT's row count is not to be had from every driver; what it returns is.
        .returning(wanted.c.shard)
    )
    return connection.execute(statement).first() is not None


def clear_wanted(connection: sa.Connection, route: RouteId, module: ModuleCode, shard: int) -> None:
    """Called by a run before it reads, so that a mark made later asks for another run."""
    connection.execute(
        sa
        .update(wanted)
        .where(wanted.c.route == route, wanted.c.module == module, wanted.c.shard == shard)
        .values(wanted=False)
    )


def refresh_wanted(
    connection: sa.Connection, route: RouteId, module: ModuleCode, shard: int, *, now: dt.datetime
) -> None:
    """Say again that a run is wanted, as of now."""
    connection.execute(
        sa
        .update(wanted)
        .where(wanted.c.route == route, wanted.c.module == module, wanted.c.shard == shard)
        .values(wanted=True, since=now)
    )


def forget_module(connection: sa.Connection, route: RouteId, module: ModuleCode) -> None:
    """Drop the marks of a module that is switched off; a full run follows when it comes back."""
    connection.execute(sa.delete(marks).where(marks.c.route == route, marks.c.module == module))


def waiting_runs(
    connection: sa.Connection, *, now: dt.datetime
) -> list[tuple[RouteId, ModuleCode, int]]:
    """Runs that have due marks and that nobody has asked for (a pause ended, an hour came)."""
    asked = sa.exists().where(
        wanted.c.route == marks.c.route,
        wanted.c.module == marks.c.module,
        wanted.c.shard == marks.c.shard,
        wanted.c.wanted.is_(True),
    )
    rows = connection.execute(
        sa
        .select(marks.c.route, marks.c.module, marks.c.shard)
        .where(marks.c.due_at <= now, ~asked)
        .distinct()
    )
    return [(RouteId(r.route), ModuleCode(r.module), r.shard) for r in rows]


def stranded(
    connection: sa.Connection, *, before: dt.datetime
) -> list[tuple[RouteId, ModuleCode, int]]:
    """Runs asked for before `before` that did not begin: the runner may have lost them."""
    rows = connection.execute(
        sa.select(wanted.c.route, wanted.c.module, wanted.c.shard).where(
            wanted.c.wanted.is_(True), wanted.c.since < before
        )
    )
    return [(RouteId(r.route), ModuleCode(r.module), r.shard) for r in rows]


class Backlog(msgspec.Struct, frozen=True):
    """How far behind a module is: waiting keys, and since when the oldest waits."""

    route: RouteId
    module: ModuleCode
    waiting: int
    oldest: dt.datetime | None


def backlog(connection: sa.Connection, *, now: dt.datetime) -> list[Backlog]:
    """Marks not yet worked, keys scheduled for a later hour left out."""
    rows = connection.execute(
        sa
        .select(
            marks.c.route,
            marks.c.module,
            sa.func.count().label("waiting"),
            sa.func.min(marks.c.marked_at, type_=marks.c.marked_at.type).label("oldest"),
        )
        .where(marks.c.marked_at <= now)
        .group_by(marks.c.route, marks.c.module)
    )
    return [Backlog(r.route, r.module, r.waiting, r.oldest) for r in rows]
