"""Stored plans and their lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from panstore.model.ids import ModuleCode, RouteId
from panstore.model.stored_plan import LineState, PlanKind, PlanLine, PlanState, StoredPlan
from panstore.store.product_tables import plan_lines, plans

__all__ = [
    "WAITING",
    "add_lines",
    "begin_plan",
    "count_states",
    "find_lines",
    "find_plan",
    "finish_making",
    "forget_plans",
    "list_plans",
    "move_plan",
    "page_of_items",
    "set_states",
    "settle_lines",
    "unapplied_items",
]

WAITING: tuple[LineState, ...] = ("approved", "sent")
"""States of lines that may still be applied."""

_PLAN = [plans.c[name] for name in StoredPlan.__struct_fields__]
_LINE = [plan_lines.c[name] for name in PlanLine.__struct_fields__]


def begin_plan(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    kind: PlanKind,
    title: str,
    *,
    now: dt.datetime,
) -> int:
    """A plan that is being made, and closed until it is whole; its number."""
    row = connection.execute(
        sa
        .insert(plans)
        .values(
            route=route,
            module=module,
            kind=kind,
            state="closed",
            title=title,
            made_at=now,
            ended_at=None,
            looked_at=0,
            unchanged=0,
            calls=0,
            seconds=0,
        )
        .returning(plans.c.id)
    )
    return int(row.scalar_one())


def add_lines(connection: sa.Connection, plan: int, lines: Iterable[PlanLine]) -> None:
    """Append lines; their numbers must be new."""
    rows = [
        {"plan": plan, **{name: getattr(line, name) for name in PlanLine.__struct_fields__}}
        for line in lines
    ]
    if rows:
        connection.execute(sa.insert(plan_lines), rows)


def finish_making(
    connection: sa.Connection,
    plan: int,
    *,
    looked_at: int,
    unchanged: int,
    calls: int,
    seconds: int,
) -> None:
    """The plan is whole and may be decided about; one with nothing to decide about is over."""
    to_decide = sa.exists().where(plan_lines.c.plan == plan, plan_lines.c.kind != "held")
    is_open = connection.execute(sa.select(to_decide)).scalar_one()
    connection.execute(
        sa
        .update(plans)
        .where(plans.c.id == plan)
        .values(
            state="open" if is_open else "applied",
            ended_at=None if is_open else plans.c.made_at,
            looked_at=looked_at,
            unchanged=unchanged,
            calls=calls,
            seconds=seconds,
        )
    )


def find_plan(connection: sa.Connection, plan: int) -> StoredPlan | None:
    """One plan by its number."""
    row = connection.execute(sa.select(*_PLAN).where(plans.c.id == plan)).one_or_none()
    return None if row is None else StoredPlan(*row)


def list_plans(
    connection: sa.Connection, *, only: int | None = None, limit: int = 50
) -> list[StoredPlan]:
    """Plans, the newest first; or the one of a number."""
    statement = sa.select(*_PLAN).order_by(plans.c.id.desc()).limit(limit)
    if only is not None:
        statement = statement.where(plans.c.id == only)
    return [StoredPlan(*row) for row in connection.execute(statement)]


def move_plan(
    connection: sa.Connection,
    plan: int,
    state: PlanState,
    *,
    among: Sequence[PlanState],
    ended_at: dt.datetime | None = None,
) -> bool:
    """Bring a plan into another state; False if it is in none of `among`."""
    done = connection.execute(
        sa
        .update(plans)
        .where(plans.c.id == plan, plans.c.state.in_(among))
        .values(state=state, ended_at=ended_at)
    )
    return done.rowcount == 1


def find_lines(
    connection: sa.Connection,
    plan: int,
    *,
    after: int = 0,
    limit: int | None = None,
    states: Sequence[LineState] | None = None,
    items: Sequence[str] | None = None,
) -> list[PlanLine]:
    """Lines of a plan with a number above `after`, in order."""
    statement = sa.select(*_LINE).where(plan_lines.c.plan == plan, plan_lines.c.line > after)
    if states is not None:
        statement = statement.where(plan_lines.c.state.in_(states))
    if items is not None:
        statement = statement.where(plan_lines.c.item.in_(items))
    rows = connection.execute(statement.order_by(plan_lines.c.line).limit(limit))
    return [PlanLine(*row) for row in rows]


def forget_plans(connection: sa.Connection, *, before: dt.datetime) -> None:
    """Delete plans that ended before then, or were cut off while they were made."""
    ended = sa.func.coalesce(plans.c.ended_at, plans.c.made_at)
    old = sa.select(plans.c.id).where(plans.c.state.in_(("applied", "closed")), ended < before)
    connection.execute(sa.delete(plan_lines).where(plan_lines.c.plan.in_(old)))
    connection.execute(sa.delete(plans).where(plans.c.id.in_(old)))


def page_of_items(
    connection: sa.Connection,
    plan: int,
    *,
    after: str,
    limit: int,
    states: Sequence[LineState] = WAITING,
) -> list[str]:
    """Items that have a line in one of these states, in order, beginning after `after`."""
    rows = connection.execute(
        sa
        .select(plan_lines.c.item)
        .where(
            plan_lines.c.plan == plan,
            plan_lines.c.state.in_(states),
            plan_lines.c.item > after,
        )
        .distinct()
        .order_by(plan_lines.c.item)
        .limit(limit)
    )
    return list(rows.scalars())


def unapplied_items(connection: sa.Connection, plan: int) -> list[str]:
    """Items of a plan with a line that was not applied, in order."""
    rows = connection.execute(
        sa
        .select(plan_lines.c.item)
        .where(plan_lines.c.plan == plan, plan_lines.c.state != "applied")
        .distinct()
        .order_by(plan_lines.c.item)
    )
    return list(rows.scalars())


def count_states(connection: sa.Connection, plan: int) -> dict[tuple[str, str], int]:
    """How many lines there are, by kind and state."""
    rows = connection.execute(
        sa
        .select(plan_lines.c.kind, plan_lines.c.state, sa.func.count())
        .where(plan_lines.c.plan == plan)
        .group_by(plan_lines.c.kind, plan_lines.c.state)
    )
    return {(kind, state): count for kind, state, count in rows}


def set_states(
    connection: sa.Connection,
    plan: int,
    state: LineState,
    *,
    among: Sequence[LineState],
    ranges: Sequence[tuple[int, int]] | None = None,
    sku: str | None = None,
) -> int:
    """Decide about lines that can be applied; what cannot go on is never chosen.

    Args:
        among: lines in another state stay as they are.
        ranges: numbers of lines, first and last, both included; None for all.
        sku: only lines of this article.

    Returns:
        How many lines are in the new state by this.
    """
    statement = sa.update(plan_lines).where(
        plan_lines.c.plan == plan, plan_lines.c.kind != "held", plan_lines.c.state.in_(among)
    )
    if ranges is not None:
        statement = statement.where(
            sa.or_(sa.false(), *(plan_lines.c.line.between(low, high) for low, high in ranges))
        )
    if sku is not None:
        statement = statement.where(sa.func.lower(plan_lines.c.sku) == sku.strip().lower())
    return connection.execute(statement.values(state=state, note="")).rowcount


def settle_lines(
    connection: sa.Connection, plan: int, outcomes: Iterable[tuple[int, LineState, str]]
) -> None:
    """Write down what became of lines: number, state and note."""
    rows = [
        {"_plan": plan, "_line": line, "_state": state, "_note": note}
        for line, state, note in outcomes
    ]
    if rows:
        connection.execute(
            sa
            .update(plan_lines)
            .where(
                plan_lines.c.plan == sa.bindparam("_plan"),
                plan_lines.c.line == sa.bindparam("_line"),
            )
            .values(state=sa.bindparam("_state"), note=sa.bindparam("_note")),
            rows,
        )
