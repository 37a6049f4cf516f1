"""S3 as the engine sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from panstore.model.errors import InvariantError
from panstore.model.ids import ModuleCode
from panstore.model.product_plan import ProductPlan
from panstore.modules.s3_products.plan import plan_products
from panstore.modules.s3_products.settings import ProductSyncSettings
from panstore.sdk import Settings
from panstore.sdk.modules import RouteView
from panstore.sdk.products import ProductItem, ProductModule, ProductSettings

__all__ = ["ProductSync", "module"]


class ProductSync:
    """Keeps products in step in both directions, field by field."""

    code: ClassVar[ModuleCode] = ModuleCode("S3")
    title: ClassVar[str] = "Products"
    settings_type: ClassVar[type[ProductSettings]] = ProductSyncSettings

    def plan_products(
        self, items: Sequence[ProductItem], settings: Settings, view: RouteView
    ) -> ProductPlan:
        """What to write to either side, what to ask, what is in step."""
        if not isinstance(settings, ProductSyncSettings):
            raise InvariantError(f"S3 was given {type(settings).__name__} instead of its settings")
        return plan_products(items, settings, view)


module: ProductModule = ProductSync()
