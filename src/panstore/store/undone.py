"""Values a person took back: they are not written again until the source has another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from panstore.model.ids import ModuleCode, RouteId
from panstore.store.product_tables import plan_lines, plans, undone
from panstore.store.upsert import insert

__all__ = ["forget_undone", "forget_unwritten", "note_undone", "undone_values"]


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
    also_now: bool = False,
) -> None:
    """These values are history; those that a plan is just writing stay.

    Such a plan notes a value before it is written: until it is, the destination still holds what
    is taken back, and looks as if it were in step.

    Args:
        also_now: forget them all the same.
    """
    statement = sa.delete(undone).where(
        undone.c.route == route, undone.c.module == module, undone.c.item.in_(sorted(items))
    )
    if not also_now:
        writing = sa.exists().where(
            plans.c.id == undone.c.plan,
            plans.c.state == "applying",
            plan_lines.c.plan == undone.c.plan,
            plan_lines.c.item == undone.c.item,
            plan_lines.c.state == "approved",
        )
        statement = statement.where(~writing)
    connection.execute(statement)


def forget_unwritten(
    connection: sa.Connection, plan: int, items: Iterable[str] | None = None
) -> None:
    """What a plan noted and did not write was not taken back.

    Args:
        items: only these; without it all of the plan's whose line is not applied.
    """
    statement = sa.delete(undone).where(undone.c.plan == plan)
    if items is None:
        written = sa.select(plan_lines.c.item).where(
            plan_lines.c.plan == plan, plan_lines.c.state == "applied"
        )
        statement = statement.where(undone.c.item.not_in(written))
    else:
        statement = statement.where(undone.c.item.in_(sorted(items)))
    connection.execute(statement)
