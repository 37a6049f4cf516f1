"""Risky changes inside the window, and what waits for a person's word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ModuleCode, RouteId
from panstore.store.tables import approvals, brake_events
from panstore.store.upsert import insert

__all__ = [
    "Approval",
    "count_risky",
    "decide",
    "due_approvals",
    "end_kinds",
    "end_name",
    "find_approval",
    "held_items",
    "hold_items",
    "list_approvals",
    "note_risky",
    "open_approval",
    "passes",
    "release_items",
    "waiting_items",
]


class Approval(msgspec.Struct, frozen=True):
    """A mass change behind a brake.

    Attributes:
        state: waiting, approved, stopped, applied (its time ran out) or closed (its plan is over).
        applies_at: when it goes through by itself; None: only a person lets it through.
        items: how many items wait.
    """

    id: int
    route: RouteId
    module: ModuleCode
    kind: str
    state: str
    reason: str
    opened_at: dt.datetime
    applies_at: dt.datetime | None
    decided_at: dt.datetime | None
    items: int


def _select() -> sa.Select[Any]:
    waiting = (
        sa
        .select(sa.func.count())
        .where(brake_events.c.approval == approvals.c.id)
        .scalar_subquery()
    )
    fields = Approval.__struct_fields__[:-1]
    return sa.select(*(approvals.c[name] for name in fields), waiting.label("items"))


def note_risky(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    kind: str,
    items: Iterable[str],
    *,
    now: dt.datetime,
) -> None:
    """Remember risky changes; an item counts once inside the window."""
    rows = [
        {"route": route, "module": module, "kind": kind, "item": item, "at": now, "approval": None}
        for item in sorted(set(items))
    ]
    if rows:
        statement = insert(connection, brake_events)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["route", "module", "kind", "item"],
                set_={"at": statement.excluded.at},
            ),
            rows,
        )


def count_risky(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    kind: str,
    *,
    since: dt.datetime,
    but: Sequence[str],
) -> int:
    """Other items that changed in a risky way since `since`, without those that were stopped."""
    stopped = sa.select(approvals.c.id).where(approvals.c.state == "stopped")
    statement = (
        sa
        .select(sa.func.count())
        .select_from(brake_events)
        .where(
            brake_events.c.route == route,
            brake_events.c.module == module,
            brake_events.c.kind == kind,
            brake_events.c.at >= since,
            brake_events.c.item.not_in(but),
            brake_events.c.approval.is_(None) | brake_events.c.approval.not_in(stopped),
        )
    )
    return connection.execute(statement).scalar_one()


def open_approval(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    kind: str,
    *,
    reason: str,
    now: dt.datetime,
    applies_at: dt.datetime | None,
) -> tuple[int, bool]:
    """The approval that is being waited for, opened if there is none.

    One that was stopped takes nothing more in: whoever stopped it has not seen what comes now.

    Args:
        reason: as it is by now; an approval that grows says so.

    Returns:
        Its number, and whether it is new (people have to be told).
    """
    row = connection.execute(
        sa
        .update(approvals)
        .where(
            approvals.c.route == route,
            approvals.c.module == module,
            approvals.c.kind == kind,
            approvals.c.state == "waiting",
        )
        .values(reason=reason)
        .returning(approvals.c.id)
    ).first()
    if row is not None:
        return row.id, False
    made = connection.execute(
        sa
        .insert(approvals)
        .values(
            route=route,
            module=module,
            kind=kind,
            state="waiting",
            reason=reason,
            opened_at=now,
            applies_at=applies_at,
        )
        .returning(approvals.c.id)
    ).scalar_one()
    return made, True


def hold_items(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    kind: str,
    items: Sequence[str],
    approval: int,
) -> None:
    """Let items wait behind an approval."""
    connection.execute(
        sa
        .update(brake_events)
        .where(
            brake_events.c.route == route,
            brake_events.c.module == module,
            brake_events.c.kind == kind,
            brake_events.c.item.in_(items),
        )
        .values(approval=approval)
    )


def release_items(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    items: Sequence[str],
    *,
    kind: str | None = None,
) -> None:
    """These items wait no more: they went through with an approval or are no longer risky.

    Either way they count no longer: what somebody has looked at must not brake what comes next.

    Args:
        kind: only this one.
    """
    statement = sa.delete(brake_events).where(
        brake_events.c.route == route,
        brake_events.c.module == module,
        brake_events.c.item.in_(items),
        brake_events.c.approval.is_not(None),
    )
    if kind is not None:
        statement = statement.where(brake_events.c.kind == kind)
    connection.execute(statement)


def end_kinds(connection: sa.Connection, route: RouteId, kinds: Sequence[str]) -> None:
    """What was counted as these is no more: nothing of it waits."""
    connection.execute(
        sa.delete(brake_events).where(brake_events.c.route == route, brake_events.c.kind.in_(kinds))
    )


def end_name(
    connection: sa.Connection, route: RouteId, module: ModuleCode, *, now: dt.datetime
) -> None:
    """Nothing more comes under this name, that of a plan: its approvals let nothing through."""
    connection.execute(
        sa.delete(brake_events).where(
            brake_events.c.route == route, brake_events.c.module == module
        )
    )
    connection.execute(
        sa
        .update(approvals)
        .where(
            approvals.c.route == route,
            approvals.c.module == module,
            approvals.c.state.in_(("waiting", "stopped")),
        )
        .values(state="closed", decided_at=now)
    )


def passes(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    kind: str,
    items: Sequence[str],
) -> set[str]:
    """Items that wait behind an approval which has been given."""
    rows = connection.execute(
        sa
        .select(brake_events.c.item)
        .join(approvals, approvals.c.id == brake_events.c.approval)
        .where(
            brake_events.c.route == route,
            brake_events.c.module == module,
            brake_events.c.kind == kind,
            brake_events.c.item.in_(items),
            approvals.c.state.in_(("approved", "applied")),
        )
    )
    return set(rows.scalars())


def waiting_items(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    kind: str,
    items: Sequence[str],
) -> dict[str, int]:
    """Items behind an approval that is not given, waiting or stopped, with that approval."""
    rows = connection.execute(
        sa
        .select(brake_events.c.item, brake_events.c.approval)
        .join(approvals, approvals.c.id == brake_events.c.approval)
        .where(
            brake_events.c.route == route,
            brake_events.c.module == module,
            brake_events.c.kind == kind,
            brake_events.c.item.in_(items),
            approvals.c.state.in_(("waiting", "stopped")),
        )
    )
    return {row.item: row.approval for row in rows}


def held_items(connection: sa.Connection, approval: int) -> list[str]:
    """Items that wait behind an approval."""
    rows = connection.execute(
        sa
        .select(brake_events.c.item)
        .where(brake_events.c.approval == approval)
        .order_by(brake_events.c.item)
    )
    return list(rows.scalars())


def decide(connection: sa.Connection, approval: int, state: str, *, now: dt.datetime) -> bool:
    """Approve, stop or apply; False if it was decided for good before.

    A stopped approval may still be approved; an approved or applied one is final.
    """
    done = connection.execute(
        sa
        .update(approvals)
        .where(approvals.c.id == approval, approvals.c.state.in_(("waiting", "stopped")))
        .values(state=state, decided_at=now)
    )
    return done.rowcount == 1


def due_approvals(connection: sa.Connection, *, now: dt.datetime) -> list[Approval]:
    """Waiting approvals whose time has run out."""
    rows = connection.execute(
        _select().where(approvals.c.state == "waiting", approvals.c.applies_at <= now)
    )
    return [Approval(*row) for row in rows]


def find_approval(connection: sa.Connection, approval: int) -> Approval | None:
    """One approval by its number."""
    row = connection.execute(_select().where(approvals.c.id == approval)).one_or_none()
    return None if row is None else Approval(*row)


def list_approvals(
    connection: sa.Connection, *, states: Sequence[str] = ("waiting", "stopped"), limit: int = 50
) -> list[Approval]:
    """Approvals in these states, the newest first."""
    rows = connection.execute(
        _select().where(approvals.c.state.in_(states)).order_by(approvals.c.id.desc()).limit(limit)
    )
    return [Approval(*row) for row in rows]
