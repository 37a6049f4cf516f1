"""Between plan and guard: a value that a person took back waits for a new one of the source."""

from __future__ import annotations

import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine.batch import Batch
from panstore.engine.context import Context
from panstore.model.plan import Held, Operation, Plan, encode_value
from panstore.store.undone import forget_undone, undone_values

__all__ = ["leave_taken_back", "shown_as_held"]


async def leave_taken_back(
    context: Context, batch: Batch, plan: Plan, *, looks_only: bool = False
) -> tuple[Plan, list[Operation]]:
    """Take out of a plan what would write a value again that was taken back.

    As soon as the source wants another value, or the destination is in step again, what was taken
    back is history.

    Args:
        looks_only: a preview: nothing is forgotten.

    Returns:
        The plan with the rest, and what was taken out of it.
    """
    route, code = batch.route.id, batch.code
    rows = await context.store.read(lambda c: undone_values(c, route, code, list(batch.links)))
    if not rows:
        return plan, []
    waiting = {o.item: o for o in plan.operations if rows.get(o.item) == encode_value(o.after)}
    moved = ({o.item for o in plan.operations} & rows.keys()) - waiting.keys()
    in_step = set(plan.unchanged) & rows.keys()

    def forget(connection: sa.Connection) -> None:
        # The source wants another value: that is so whatever a plan is just writing.
        forget_undone(connection, route, code, moved, also_now=True)
        forget_undone(connection, route, code, in_step)

    if (moved or in_step) and not looks_only:
        await context.store.write(forget)
    rest = tuple(o for o in plan.operations if o.item not in waiting)
    return replace(plan, operations=rest), list(waiting.values())


def shown_as_held(operation: Operation) -> Held:
    """What a preview says of it."""
    name = operation.sku or operation.target
    return Held(
        item=operation.item,
        code="undone.waits",
        reason=f"{name}: the value of the ERP was taken back by a person, so it waits for a new "
        "value in the ERP. The shop keeps the one it has. Enter another value in the ERP; it is "
        "then taken over by itself.",
        sku=operation.sku,
    )
