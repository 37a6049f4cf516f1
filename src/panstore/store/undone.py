"""Values a person took back: they are not written again until the source has another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from panstore.model.ids import ModuleCode, RouteId
from panstore.store.product_tables import undone
from panstore.store.upsert import insert

__all__ = ["forget_undone", "note_undone", "undone_values"]


def note_undone(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    values: Mapping[str, str],
    *,
    plan: int,
    now: dt.datetime,
) -> None:
    """Remember the values that were taken back, by item, as canonical texts."""
    rows = [
        {"route": route, "module": module, "item": item, "after": after, "at": now, "plan": plan}
        for item, after in sorted(values.items())
    ]
    if rows:
        statement = insert(connection, undone)
        changed = {name: statement.excluded[name] for name in ("after", "at", "plan")}
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["route", "module", "item"], set_=changed
            ),
            rows,
        )


def undone_values(
    connection: sa.Connection, route: RouteId, module: ModuleCode, items: Sequence[str]
) -> dict[str, str]:
    """Values of these items that were taken back; items without one are left out."""
    rows = connection.execute(
        sa.select(undone.c.item, undone.c.after).where(
            undone.c.route == route, undone.c.module == module, undone.c.item.in_(items)
        )
    )
    return {row.item: row.after for row in rows}


def forget_undone(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    items: Iterable[str],
    *,
    before: dt.datetime | None = None,
) -> None:
    """These values are history.

    Args:
        before: only those taken back before then; what was read before a value was taken back
            says nothing about it.
    """
    statement = sa.delete(undone).where(
        undone.c.route == route, undone.c.module == module, undone.c.item.in_(sorted(items))
    )
    if before is not None:
        statement = statement.where(undone.c.at < before)
    connection.execute(statement)
