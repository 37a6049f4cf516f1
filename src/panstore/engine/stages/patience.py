"""Between plan and guard: more is offered only once the orders that hold it were looked at.

Somebody in the ERP may have cancelled a parcel: its goods are free there at once, while they are
still owed to a buyer. The word of it comes with the change of stock, but the order's own run may
end later than ours. Falls never wait.
"""

from __future__ import annotations

import datetime as dt

from msgspec.structs import replace

from panstore.engine.batch import Batch
from panstore.engine.context import ORDERS, Context
from panstore.model.ids import ExternalId
from panstore.model.plan import Operation, Plan
from panstore.model.stock import StockTarget
from panstore.sdk.modules import StockQuery
from panstore.store.demand import unsettled_variants

__all__ = ["let_orders_go_first", "unsettled"]

_LONGEST = dt.timedelta(seconds=10)
"""An article that is in some unfinished order at any time is not held back for ever."""


async def unsettled(context: Context, batch: Batch) -> set[ExternalId]:
    """Variants of the ERP in this batch of which the ERP may promise less than was counted."""
    if not isinstance(batch.query, StockQuery):
        return set()
    routes = [route.id for route in context.siblings(batch.route)]
    variants = [link.erp for link in batch.links.values()]
    return await context.store.read(lambda c: unsettled_variants(c, routes, variants, ORDERS))


async def let_orders_go_first(
    context: Context, batch: Batch, plan: Plan, before: set[ExternalId]
) -> tuple[Plan, list[Operation]]:
    """Take rises of stock out of a plan for as long as they rest on an order not looked at.

    Args:
        before: what was unsettled before anything was read: it may have been settled since, with
            other promises than were read.
    """
    rises = [operation for operation in plan.operations if _rises(operation)]
    if not rises:
        return plan, []
    doubtful = before | await unsettled(context, batch)
    now = context.clock.now()
    waiting = {
        operation.item
        for operation in rises
        if batch.links[operation.item].erp in doubtful and _is_young(batch, operation.item, now)
    }
    if not waiting:
        return plan, []
    going = tuple(o for o in plan.operations if o.item not in waiting)
    return replace(plan, operations=going), [o for o in rises if o.item in waiting]


def _rises(operation: Operation) -> bool:
    if not isinstance(operation.after, StockTarget):
        return False
    before = operation.before
    known = before.free if isinstance(before, StockTarget) else 0
    return operation.after.free > known


def _is_young(batch: Batch, item: str, now: dt.datetime) -> bool:
    mark = batch.marks.get(item)
    return mark is None or now - mark.marked_at < _LONGEST
