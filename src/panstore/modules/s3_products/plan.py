"""S3's plan: what to write to either side of each product, and what has to be asked."""

from __future__ import annotations

from collections.abc import Sequence

from panstore.model.ids import ModuleCode
from panstore.model.product_plan import ProductPlan
from panstore.modules.s3_products.settings import ProductSyncSettings
from panstore.sdk.modules import RouteView
from panstore.sdk.products import ProductItem

__all__ = ["plan_products"]

_CODE = ModuleCode("S3")


def plan_products(
    items: Sequence[ProductItem],
    settings: ProductSyncSettings,  # noqa: ARG001 - the merge comes next
    view: RouteView,
) -> ProductPlan:
    """Nothing to write yet."""
    return ProductPlan(
        route=view.route, module=_CODE, unchanged=tuple(item.link.item for item in items)
    )
