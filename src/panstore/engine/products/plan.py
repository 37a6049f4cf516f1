"""The module's pure function over a batch, with a poisonous product kept from the others."""

from __future__ import annotations

from collections.abc import Sequence

from panstore.engine.context import Context
from panstore.engine.products.batch import ProductBatch
from panstore.model.errors import sentence
from panstore.model.plan import Held
from panstore.model.product_plan import ProductPlan
from panstore.sdk.products import ProductItem

__all__ = ["merge", "plan_batch"]


def plan_batch(context: Context, batch: ProductBatch, items: Sequence[ProductItem]) -> ProductPlan:
    """What the module wants to do; a product it chokes on is held, not the rest."""
    if not items:
        return ProductPlan(batch.route.id, batch.code)
    view = context.view(batch.route)
    try:
        return batch.module.plan_products(items, batch.settings, view)
    except Exception as error:
        if len(items) == 1:
            item = items[0].link.item
            context.log.exception("module failed", module=batch.code, item=item)
            return ProductPlan(batch.route.id, batch.code, held=(_poison(items[0], error),))
    middle = len(items) // 2
    return merge(
        batch, [plan_batch(context, batch, part) for part in (items[:middle], items[middle:])]
    )


def merge(batch: ProductBatch, parts: Sequence[ProductPlan]) -> ProductPlan:
    """One plan of several for the same route and module."""
    return ProductPlan(
        route=batch.route.id,
        module=batch.code,
        changes=tuple(change for part in parts for change in part.changes),
        unchanged=tuple(item for part in parts for item in part.unchanged),
        held=tuple(held for part in parts for held in part.held),
        conflicts=tuple(conflict for part in parts for conflict in part.conflicts),
        open={item: fields for part in parts for item, fields in part.open.items()},
    )


def _poison(item: ProductItem, error: Exception) -> Held:
    label = item.link.label or str(item.link.item)
    return Held(
        item=item.link.item,
        code="internal",
        reason=f"{label} could not be worked out: {type(error).__name__}: {sentence(error)} It was "
        "left as it is in both systems; the rest went on. This is a fault of PanStore or of a "
        "plugin: please report it with this text, then retry.",
        sku=label,
    )
