"""S3's plan: what to write to either side of each product, and what has to be asked."""

from __future__ import annotations

from collections.abc import Sequence

from panstore.model.ids import ItemId, ModuleCode
from panstore.model.plan import Held
from panstore.model.product import Product
from panstore.model.product_fields import PRODUCT_FIELDS, VARIANT_FIELDS, fields_set
from panstore.model.product_plan import FieldConflict, FieldKey, ProductChange, ProductPlan, Side
from panstore.modules.s3_products.create import create, sellable
from panstore.modules.s3_products.merge import Merged, merge
from panstore.modules.s3_products.settings import ProductSyncSettings
from panstore.modules.s3_products.values import Ways, other
from panstore.sdk.modules import RouteView
from panstore.sdk.products import ProductItem

__all__ = ["plan_products"]

_CODE = ModuleCode("S3")


def plan_products(
    items: Sequence[ProductItem], settings: ProductSyncSettings, view: RouteView
) -> ProductPlan:
    """Compare both sides of each product with what they last agreed on.

    Returns:
        Every item in at least one of changes, unchanged and held. `open` has a row for every item
        that was compared, empty where the sides agree on everything.
    """
    ways = Ways(view.erp, view.shop, settings)
    changes: list[ProductChange] = []
    held: list[Held] = []
    conflicts: list[FieldConflict] = []
    unchanged: list[ItemId] = []
    still: dict[ItemId, frozenset[FieldKey]] = {}
    for item in items:
        found = _one(item, ways)
        if found is None:
            unchanged.append(item.link.item)
            continue
        changes += found.changes
        held += found.held
        conflicts += found.conflicts
        if found.changes or not found.held or found.conflicts or (item.link.shop and item.link.erp):
            still[item.link.item] = found.open
        if not found.changes and not found.held:
            unchanged.append(item.link.item)
    return ProductPlan(
        route=view.route,
        module=_CODE,
        changes=tuple(changes),
        unchanged=tuple(unchanged),
        held=tuple(held),
        conflicts=tuple(conflicts),
        open=still,
    )


def _one(item: ProductItem, ways: Ways) -> Merged | None:
    """What came out for the item; None where there is nothing to compare."""
    erp, shop, link = item.erp, item.shop, item.link
    leading = erp or shop
    if leading is None or (ways.settings.only_tracked and not leading.tracked):
        return None
    if link.erp is not None and link.shop is not None:
        return merge(item, ways)
    comes: Side = "shop" if erp is None else "erp"
    wanted = other(comes) in ways.settings.create_in and item.may_create
    if not wanted or not sellable(leading):
        return None
    made = create(link, leading, comes, ways)
    if isinstance(made, Held):
        return Merged((), (made,), (), frozenset())
    return Merged((made,), (), (), _not_told(made, leading, comes))


def _not_told(made: ProductChange, source: Product, comes: Side) -> frozenset[FieldKey]:
    """Fields a new product was not given, pictures among them: nothing is agreed about them yet."""
    told = fields_set(made.write.fields)
    found = {("", name) for name in PRODUCT_FIELDS if name not in told}
    for origin, write in zip(sellable(source), made.write.variants, strict=True):
        if comes == "erp":
            has = fields_set(write.fields)
            found |= {(origin.id, n) for n in VARIANT_FIELDS if n not in has and n != "active"}
    return frozenset(found)
