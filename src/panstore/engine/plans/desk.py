"""What a person decides about a stored plan."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from panstore.engine.context import Context
from panstore.engine.plans.ending import settle_ended, settle_left
from panstore.engine.plans.refusals import PlanRefusedError
from panstore.model.stored_plan import StoredPlan
from panstore.store import plans as table

__all__ = ["close", "decide", "parse_lines"]

_MOST_DIGITS = 9


def parse_lines(text: str) -> list[tuple[int, int]]:
    """Numbers of lines as people write them, e.g. `1,4-9`.

    Raises:
        ValueError: it is not of that form.
    """
    ranges = []
    for part in text.split(","):
        low, dash, high = (piece.strip() for piece in part.partition("-"))
        numbers = (low, high if dash else low)
        if not all(n.isascii() and n.isdecimal() and len(n) <= _MOST_DIGITS for n in numbers):
            raise ValueError(f"{part.strip()!r} is no line and no range of lines, e.g. 1,4-9")
        ranges.append((int(numbers[0]), int(numbers[1])))
    return ranges


async def decide(
    context: Context,
    number: int,
    *,
    approve: bool,
    ranges: Sequence[tuple[int, int]] | None = None,
    sku: str | None = None,
) -> int:
    """Approve lines of a plan, or leave them; how many there are.

    Args:
        ranges, sku: which lines; if both are None all that can be applied, without those that
            were left when it is to approve.

    Raises:
        PlanRefusedError: there is no such plan, or it is over.
    """
    now = context.clock.now()

    def work(connection: sa.Connection) -> int:
        plan = _open_plan(connection, number)
        if approve:
            # Who says "all" means all that is undecided, not what somebody has left out.
            named = ranges is not None or sku is not None
            return table.set_states(
                connection,
                number,
                "approved",
                among=("open", "left", "refused") if named else ("open", "refused"),
                ranges=ranges,
                sku=sku,
            )
        left = table.set_states(
            connection, number, "left", among=("open", "approved"), ranges=ranges, sku=sku
        )
        settle_left(connection, plan, now=now)
        return left

    return await context.store.write(work)


async def close(context: Context, number: int) -> None:
    """Nothing of a plan is applied any more; an application that runs stops at its next batch.

    Raises:
        PlanRefusedError: there is no such plan, or it is over.
    """
    now = context.clock.now()

    def work(connection: sa.Connection) -> None:
        _open_plan(connection, number)
        among = ("open", "applying")
        table.move_plan(connection, number, "closed", among=among, ended_at=now)  # type: ignore[arg-type]
        settle_ended(connection, number, now=now)

    await context.store.write(work)


def _open_plan(connection: sa.Connection, number: int) -> StoredPlan:
    plan = table.find_plan(connection, number)
    if plan is None:
        raise PlanRefusedError(f"there is no plan {number}.", "`panstore plans list` shows them.")
    if plan.state not in {"open", "applying"}:
        raise PlanRefusedError(
            f"plan {number} is {plan.state} and cannot be changed any more.",
            f"Make a new one: `panstore plan {plan.module} --store`.",
        )
    return plan
