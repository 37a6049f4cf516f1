"""When each flow module was first switched on: nobody is told of what had been before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa

from panstore.model.ids import ModuleCode, RouteId
from panstore.store.tables import module_starts
from panstore.store.upsert import insert

__all__ = ["note_starts", "starts_of"]


def note_starts(
    connection: sa.Connection, route: RouteId, modules: Iterable[ModuleCode], *, now: dt.datetime
) -> None:
    """Note that these modules are on; the first time counts."""
    rows = [{"route": route, "module": module, "at": now} for module in sorted(modules)]
    if rows:
        connection.execute(insert(connection, module_starts).on_conflict_do_nothing(), rows)


def starts_of(connection: sa.Connection, route: RouteId) -> dict[ModuleCode, dt.datetime]:
    """When each module of a route was first on."""
    rows = connection.execute(
        sa.select(module_starts.c.module, module_starts.c.at).where(module_starts.c.route == route)
    )
    return {ModuleCode(row.module): row.at for row in rows}
