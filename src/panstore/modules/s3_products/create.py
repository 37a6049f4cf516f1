"""New products and new variants, as the other side shall have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from panstore.model.ids import RouteId
from panstore.model.plan import Held
from panstore.model.product import (
    Product,
    ProductFields,
    ProductVariant,
    ProductWrite,
    VariantFields,
    VariantWrite,
)
from panstore.model.product_fields import VARIANT_FIELDS
from panstore.model.product_plan import ProductChange, ProductLink, Side
from panstore.modules.s3_products.draft import Draft, label
from panstore.modules.s3_products.policy import SAID
from panstore.modules.s3_products.values import Ways, is_empty, other, split

__all__ = ["create", "new_variant", "sellable"]


def sellable(product: Product) -> tuple[ProductVariant, ...]:
    """Variants that are not archived; none of a product that is."""
    if product.fields.active is False:
        return ()
    return tuple(one for one in product.variants if one.fields.active is not False)


def create(link: ProductLink, source: Product, comes: Side, ways: Ways) -> ProductChange | Held:
    """The product as `other(comes)` shall have it, or why it cannot be made there.

    Pictures are not among what is written: they follow as a change once there is something to
    give them to. A price is told to the ERP only; in the shop S2 sets it.

    Args:
        source: with at least one sellable variant.
    """
    to, variants = other(comes), sellable(source)
    fields: dict[str, Any] = {}
    for name in ("name", "description", "tax", "unit", "categories"):
        value = getattr(source.fields, name)
        if ways.writable(to, name) and not is_empty(value):
            fields[name] = ways.carried(name, value, to, ())
    if to == "erp":
        _defaults(fields, ways)
    wrong = _wrong(fields, variants, to, ways)
    if wrong is not None:
        return Held(link.item, wrong[0], _held(source, to, wrong[1]), label(source))
    if ways.writable(to, "active"):
        fields["active"] = to == "erp" or ways.settings.publish_new
    reason = f"new in {SAID[comes]}"
    made = [new_variant(link.route, one, variants, fields["name"], comes, ways) for one in variants]
    write = ProductWrite(
        id=None,
        fields=ProductFields(**fields),
        variants=tuple(made),
        key=f"{link.route}/{to}/product/{source.id}",
    )
    draft = Draft(to, None)
    draft.tell("", write.fields, reason)
    for origin, variant in zip(variants, made, strict=True):
        draft.tell(_line_key(comes, origin), variant.fields, reason)
    return ProductChange(
        item=link.item,
        sku=label(source),
        side=to,
        kind="create",
        write=write,
        lines=tuple(draft.lines),
        reason=reason,
    )


def _line_key(comes: Side, variant: ProductVariant) -> str:
    return variant.id if comes == "erp" else f"shop:{variant.id}"


def new_variant(
    route: RouteId,
    variant: ProductVariant,
    sisters: Sequence[ProductVariant],
    name: str,
    comes: Side,
    ways: Ways,
) -> VariantWrite:
    """A variant as the other side shall have it; its key says where it comes from, nothing else."""
    to = other(comes)
    fields: dict[str, Any] = {}
    for field in VARIANT_FIELDS:
        value = getattr(variant.fields, field)
        if field in {"title", "active"} or is_empty(value) or not ways.writable(to, field):
            continue
        if field != "price" or to == "erp":
            fields[field] = ways.carried(field, value, to, UNSET)
    if to == "shop" and ways.writable(to, "title"):
        fields["title"] = _title(variant, sisters, name)
    return VariantWrite(None, VariantFields(**fields), f"{route}/{to}/variant/{variant.id}")


def _title(variant: ProductVariant, sisters: Sequence[ProductVariant], name: str) -> str:
    """The name and what tells it from its sisters; empty where it has none."""
    others = [_attributes(one) for one in sisters if one.id != variant.id]
    if not others:
        return ""
    own = _attributes(variant)
    told = [value for key, value in own if any((key, value) not in one for one in others)]
    return ", ".join((name, *told))


def _attributes(variant: ProductVariant) -> tuple[tuple[str, str], ...]:
    found = variant.fields.attributes
    return () if found is UNSET else found


def _defaults(fields: dict[str, Any], ways: Ways) -> None:
    settings = ways.settings
    if settings.default_unit is not None and ways.writable("erp", "unit"):
        fields.setdefault("unit", settings.default_unit)
    if settings.default_category is not None and ways.writable("erp", "categories"):
        fields.setdefault("categories", (split(settings.default_category),))


def _wrong(
    fields: dict[str, Any], variants: Sequence[ProductVariant], to: Side, ways: Ways
) -> tuple[str, str] | None:
    codes = [one.fields.sku for one in variants]
    most = ways.of(to).name_length
    if is_empty(fields.get("name")):
        return "product.no_name", "it has no name. Give it one"
    if any(is_empty(code) for code in codes):
        return "product.no_code", "a variant of it has no article code. Give each its own"
    if len(set(codes)) < len(codes):
        return "product.same_code_twice", "two of its variants have one code. Give each its own"
    if ways.writable(to, "tax") and is_empty(fields.get("tax")):
        return "product.no_tax", "its VAT rate is not known. Give it one (0 % where none is due)"
    if most is not None and len(fields["name"]) > most:
        return "product.too_long", f"its name has more than the {most} characters that fit. Cut it"
    return None


def _held(source: Product, to: Side, what: str) -> str:
    name = source.fields.name or label(source) or source.id
    where = SAID[other(to)]
    return f"{name} was not made in {SAID[to]}: {what} in {where}; it then goes on by itself."
