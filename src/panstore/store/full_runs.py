"""Runs over everything: where they are, so that they survive a restart."""

from __future__ import annotations

import datetime as dt

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ModuleCode, RouteId
from panstore.store.tables import full_runs
from panstore.store.upsert import insert

__all__ = [
    "FullRun",
    "current",
    "forget_run",
    "list_runs",
    "move",
    "outdated",
    "rest",
    "resumable",
    "start",
]


class FullRun(msgspec.Struct, frozen=True):
    """A run over all items of a route.

    Attributes:
        position: where to go on; its form belongs to who runs it.
        checked: items looked at so far.
        finished_at: None while it goes on.
    """

    route: RouteId
    module: ModuleCode
    position: str
    checked: int
    started_at: dt.datetime
    retry_at: dt.datetime
    finished_at: dt.datetime | None


_COLUMNS = [full_runs.c[name] for name in FullRun.__struct_fields__]


def start(
    connection: sa.Connection, route: RouteId, module: ModuleCode, *, now: dt.datetime
) -> None:
    """Begin a run over everything, from the start even if one is going on."""
    values = {
        "position": "",
        "checked": 0,
        "started_at": now,
        "retry_at": now,
        "finished_at": None,
    }
    connection.execute(
        insert(connection, full_runs)
        .values(route=route, module=module, **values)
        .on_conflict_do_update(index_elements=["route", "module"], set_=values)
    )


def current(
    connection: sa.Connection, route: RouteId, module: ModuleCode, *, now: dt.datetime
) -> FullRun | None:
    """The unfinished run, if it does not rest."""
    row = connection.execute(
        sa.select(*_COLUMNS).where(
            full_runs.c.route == route,
            full_runs.c.module == module,
            full_runs.c.finished_at.is_(None),
            full_runs.c.retry_at <= now,
        )
    ).one_or_none()
    return None if row is None else FullRun(*row)


def move(
    connection: sa.Connection,
    run: FullRun,
    position: str,
    *,
    checked: int,
    now: dt.datetime,
    finished: bool = False,
) -> bool:
    """Remember how far the run is.

    Returns:
        False, and nothing is changed, if the run was started anew meanwhile or another process
        has done the same page.
    """
    done = connection.execute(
        sa
        .update(full_runs)
        .where(
            full_runs.c.route == run.route,
            full_runs.c.module == run.module,
            full_runs.c.started_at == run.started_at,
            full_runs.c.position == run.position,
            full_runs.c.finished_at.is_(None),
        )
        .values(
            position=position,
            checked=run.checked + checked,
            finished_at=now if finished else None,
        )
    )
    return done.rowcount == 1


def rest(connection: sa.Connection, run: FullRun, *, until: dt.datetime) -> None:
    """Go on later."""
    connection.execute(
        sa
        .update(full_runs)
        .where(full_runs.c.route == run.route, full_runs.c.module == run.module)
        .values(retry_at=until)
    )


def forget_run(connection: sa.Connection, route: RouteId, module: ModuleCode) -> None:
    """As if there had never been one: it begins when the module comes back."""
    connection.execute(
        sa.delete(full_runs).where(full_runs.c.route == route, full_runs.c.module == module)
    )


def resumable(connection: sa.Connection, *, now: dt.datetime) -> list[tuple[RouteId, ModuleCode]]:
    """Unfinished runs that may go on now."""
    rows = connection.execute(
        sa.select(full_runs.c.route, full_runs.c.module).where(
            full_runs.c.finished_at.is_(None), full_runs.c.retry_at <= now
        )
    )
    return [(RouteId(r.route), ModuleCode(r.module)) for r in rows]


def outdated(connection: sa.Connection, *, before: dt.datetime) -> list[tuple[RouteId, ModuleCode]]:
    """Runs that ended and began before `before`: it is time to look at everything again."""
    rows = connection.execute(
        sa.select(full_runs.c.route, full_runs.c.module).where(
            full_runs.c.finished_at.is_not(None), full_runs.c.started_at < before
        )
    )
    return [(RouteId(r.route), ModuleCode(r.module)) for r in rows]


def list_runs(connection: sa.Connection) -> list[FullRun]:
    """The last run of every route and module."""
    return [FullRun(*row) for row in connection.execute(sa.select(*_COLUMNS))]
