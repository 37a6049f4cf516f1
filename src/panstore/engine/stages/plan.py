"""Stage 4, plan: the module's pure function, with a poisonous record kept from the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from panstore.engine.batch import Batch, Items
from panstore.engine.context import Context
from panstore.model.errors import sentence
from panstore.model.plan import Held, Plan
from panstore.sdk.modules import PriceItem, StockItem

__all__ = ["merge", "plan"]


def plan(context: Context, batch: Batch, items: Items) -> Plan:
    """What the module wants to do with the items; a record it chokes on is held, not the rest."""
    empty = Plan(route=batch.route.id, module=batch.code)
    if not items:
        return empty
    view = context.view(batch.route)
    try:
        return batch.module.plan(items, batch.settings, view)
    except Exception as error:
        if len(items) == 1:
            context.log.exception("module failed", module=batch.code, item=items[0].link.item)
            return Plan(route=batch.route.id, module=batch.code, held=(_poison(items[0], error),))
    return merge(empty, [plan(context, batch, _half(items, part)) for part in (0, 1)])


def _half(items: Sequence[Any], part: int) -> Sequence[Any]:
    middle = len(items) // 2
    return items[middle:] if part else items[:middle]


def merge(base: Plan, parts: Sequence[Plan]) -> Plan:
    """One plan of several for the same route and module."""
    return Plan(
        route=base.route,
        module=base.module,
        operations=tuple(o for p in parts for o in p.operations),
        unchanged=tuple(i for p in parts for i in p.unchanged),
        held=tuple(h for p in parts for h in p.held),
        due_again=tuple(d for p in parts for d in p.due_again),
    )


def _poison(item: StockItem | PriceItem, error: Exception) -> Held:
    link = item.link
    return Held(
        item=link.item,
        code="internal",
        reason=f"{link.sku or link.erp} could not be worked out: {type(error).__name__}: "
        f"{sentence(error)} It was left as it is in the shop; the rest went on. This "
        "is a fault of PanStore or of a plugin: please report it with this text, then retry.",
        sku=link.sku,
    )
