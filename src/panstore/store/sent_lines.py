"""Lines of plans whose write has begun and of which nothing was heard: the next good read settles.

A line is marked just before its write. If the reply is heard, the plan says what became of it.
If not, whoever reads both systems next knows by the value: what stands there was written by us;
what does not stand there was not written, as soon as no write can be under way any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from panstore.model.ids import ModuleCode, RouteId
from panstore.model.stored_plan import LineState, PlanLine
from panstore.store.product_tables import plan_lines, plans

__all__ = ["SentLine", "mark_sent", "sent_lines", "settle_sent"]

_UNDER_WAY = dt.timedelta(minutes=10)
"""So long a write of a plan that is being applied may still arrive."""

_SENT = "its write has begun; nothing was heard of it yet"
_STANDS = "It was written, though the reply was lost."
_NOT_THERE = "the reply was lost, and it does not stand there"
_LINE = [plan_lines.c[name] for name in PlanLine.__struct_fields__]


class SentLine(NamedTuple):
    """One of them.

    Attributes:
        over: its plan is closed: nothing of it is written any more.
    """

    plan: int
    over: bool
    sent_at: dt.datetime
    line: PlanLine


def mark_sent(
    connection: sa.Connection, plan: int, lines: Iterable[int], *, now: dt.datetime
) -> None:
    """Their write begins: an intent, not a fact."""
    connection.execute(
        sa
        .update(plan_lines)
        .where(plan_lines.c.plan == plan, plan_lines.c.line.in_(sorted(lines)))
        .values(state="sent", note=_SENT, sent_at=now)
    )


def sent_lines(
    connection: sa.Connection,
    route: RouteId,
    items: Sequence[str],
    *,
    module: ModuleCode | None = None,
) -> list[SentLine]:
    """Lines of these items that were sent back and not heard of, the oldest first.

    Args:
        module: only of its plans.
    """
    statement = (
        sa
        .select(plans.c.id, plans.c.state == "closed", plan_lines.c.sent_at, *_LINE)
        .join(plans, plans.c.id == plan_lines.c.plan)
        .where(
            plan_lines.c.state == "sent",
            plan_lines.c.item.in_(items),
            plans.c.route == route,
            plans.c.kind == "undo",
        )
        .order_by(plan_lines.c.plan, plan_lines.c.line)
    )
    if module is not None:
        statement = statement.where(plans.c.module == module)
    rows = connection.execute(statement)
    return [SentLine(row[0], bool(row[1]), row[2], PlanLine(*row[3:])) for row in rows]


def settle_sent(
    connection: sa.Connection,
    *,
    there: Iterable[SentLine] = (),
    missing: Iterable[SentLine] = (),
    overtaken: Iterable[SentLine] = (),
    read_at: dt.datetime,
) -> None:
    """Say what a read has shown of lines that are still as they were before it.

    What is missing may be written once more if its plan is not over.

    Args:
        there: what was sent stands there.
        missing: it does not.
        overtaken: nor does it, and something newer came on the way.
        read_at: when the read began.
    """
    told: list[tuple[SentLine, LineState, str]] = []
    told += [(one, "applied", _STANDS) for one in there]
    told += [(one, "approved", _NOT_THERE) for one in missing if _is_late(one, read_at)]
    newer = "Something newer came while it was written. It was left as it is."
    told += [(one, "refused", newer) for one in overtaken if one.sent_at <= read_at]
    for one, state, note in told:
        connection.execute(
            sa
            .update(plan_lines)
            .where(
                plan_lines.c.plan == one.plan,
                plan_lines.c.line == one.line.line,
                plan_lines.c.state == "sent",
                plan_lines.c.sent_at == one.sent_at,
            )
            .values(state=state, note=note)
        )


def _is_late(one: SentLine, read_at: dt.datetime) -> bool:
    """Whether its write would have been seen by a read that began then."""
    return one.sent_at + (dt.timedelta(0) if one.over else _UNDER_WAY) <= read_at
