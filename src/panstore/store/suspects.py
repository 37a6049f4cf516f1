"""How often runs died with their process, and which records were in hand when they did."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from panstore.model.ids import ModuleCode, RouteId
from panstore.store.tables import full_runs, marks, suspects, takeovers
from panstore.store.upsert import insert

__all__ = ["acquit", "count_death", "count_try", "deaths", "forgive", "rest_run", "wake_module"]


def _place(route: RouteId, module: ModuleCode, shard: int) -> str:
    return f"{route}/{module}/{shard}"


def count_death(
    connection: sa.Connection, route: RouteId, module: ModuleCode, shard: int, by: int = 1
) -> int:
    """A run was taken over from a dead process; how often that happened in a row."""
    place = _place(route, module, shard)
    times: int = connection.execute(
        insert(connection, takeovers)
        .values(workflow=place, count=by)
        .on_conflict_do_update(
            index_elements=["workflow"], set_={"count": takeovers.c["count"] + by}
        )
        .returning(takeovers.c["count"])
    ).scalar_one()
    return times


def deaths(connection: sa.Connection, route: RouteId, module: ModuleCode, shard: int) -> int:
    """How often this run died since it last came to its end."""
    place = _place(route, module, shard)
    found = connection.execute(
        sa.select(takeovers.c["count"]).where(takeovers.c.workflow == place)
    ).scalar_one_or_none()
    return found or 0


def forgive(connection: sa.Connection, route: RouteId, module: ModuleCode, shard: int) -> None:
    """The run came to its end."""
    place = _place(route, module, shard)
    connection.execute(sa.delete(takeovers).where(takeovers.c.workflow == place))


def count_try(connection: sa.Connection, route: RouteId, module: ModuleCode, key: str) -> int:
    """Commit to working a record alone; which try it is since the record last came through."""
    times: int = connection.execute(
        insert(connection, suspects)
        .values(route=route, module=module, key=key, tries=1)
        .on_conflict_do_update(
            index_elements=["route", "module", "key"], set_={"tries": suspects.c.tries + 1}
        )
        .returning(suspects.c.tries)
    ).scalar_one()
    return times


def acquit(connection: sa.Connection, route: RouteId, module: ModuleCode, key: str) -> None:
    """The record was worked and the process lives, or it is parked."""
    connection.execute(
        sa.delete(suspects).where(
            suspects.c.route == route, suspects.c.module == module, suspects.c.key == key
        )
    )


def rest_run(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    shard: int,
    *,
    now: dt.datetime,
    until: dt.datetime,
) -> None:
    """Let everything that is due in a run wait."""
    connection.execute(
        sa
        .update(marks)
        .where(
            marks.c.route == route,
            marks.c.module == module,
            marks.c.shard == shard,
            marks.c.due_at <= now,
        )
        .values(due_at=until)
    )
    connection.execute(
        sa
        .update(full_runs)
        .where(
            full_runs.c.route == route,
            full_runs.c.module == module,
            full_runs.c.finished_at.is_(None),
        )
        .values(retry_at=until)
    )


def wake_module(
    connection: sa.Connection, route: RouteId, module: ModuleCode, *, now: dt.datetime
) -> None:
    """A person says that a module shall go on: nothing of it rests any longer."""
    connection.execute(
        sa
        .update(marks)
        .where(marks.c.route == route, marks.c.module == module, marks.c.due_at > now)
        .values(due_at=now)
    )
    connection.execute(
        sa
        .update(full_runs)
        .where(
            full_runs.c.route == route,
            full_runs.c.module == module,
            full_runs.c.finished_at.is_(None),
        )
        .values(retry_at=now)
    )
