"""How a module that keeps products in step makes itself known, what it is given, what it answers.

Pure like all modules; the same function serves real time, full run, preview, drift and undo.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol, runtime_checkable

import msgspec

from panstore.model.ids import ExternalId, ModuleCode
from panstore.model.product import Product
from panstore.model.product_plan import FieldDecision, ProductBase, ProductLink, ProductPlan
from panstore.sdk.connectors import Settings
from panstore.sdk.modules import RouteView

__all__ = ["ProductItem", "ProductModule", "ProductSettings"]


class ProductSettings(Settings):
    """What the engine itself has to know of the settings of a module for products.

    Attributes:
        first_sync: what happens before the first look at everything has been approved: `ask`
            writes nothing until somebody approves the stored plan (`panstore plan`), `apply` goes
            on at once.
    """

    first_sync: str = "ask"


class ProductItem(msgspec.Struct, frozen=True):
    """One product with everything known about it.

    Attributes:
        erp, shop: as read now; None where the link has no id, or the system has lost it.
        base: the last common state, None if they never agreed.
        pairs: the ERP's and the shop's id of each linked variant.
        decisions: what people said about conflicts of this product.
        may_create: whether both catalogues are known whole, so that what has no counterpart is new.
    """

    link: ProductLink
    erp: Product | None
    shop: Product | None
    base: ProductBase | None = None
    pairs: tuple[tuple[ExternalId, ExternalId], ...] = ()
    decisions: tuple[FieldDecision, ...] = ()
    may_create: bool = True


@runtime_checkable
class ProductModule(Protocol):
    """A module that keeps products in step in both directions."""

    code: ClassVar[ModuleCode]
    title: ClassVar[str]
    settings_type: ClassVar[type[ProductSettings]]

    def plan_products(
        self, items: Sequence[ProductItem], settings: Settings, view: RouteView
    ) -> ProductPlan:
        """What to write to either side; every item in at least one part of the plan."""
