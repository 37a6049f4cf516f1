"""What a system holds of a field after it was written, which need not be what was asked."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from panstore.model.ids import ExternalId
from panstore.model.product import Product, ProductFields, VariantFields
from panstore.model.product_fields import encode_field
from panstore.model.product_plan import FieldChange, Side

__all__ = ["fields_of", "stored_text"]

_SHOP = "shop:"


def stored_text(
    line: FieldChange,
    side: Side,
    product: Product,
    pairs: Sequence[tuple[ExternalId, ExternalId]],
) -> str:
    """Canonical text of the field as the answer to the write carries it.

    Args:
        side: which was written.
        product: as that side holds it since.
        pairs: linked variants, those made by the write too.

    Returns:
        What was asked for, where the answer does not tell.
    """
    fields = fields_of(line.variant, side, product, pairs)
    value = UNSET if fields is None else getattr(fields, line.field, UNSET)
    return line.new if value is UNSET else encode_field(value)


def fields_of(
    key: str, side: Side, product: Product, pairs: Sequence[tuple[ExternalId, ExternalId]]
) -> ProductFields | VariantFields | None:
    """What a product of a side says of itself or of one variant, None where it has no such one.

    Args:
        key: first part of a field's key.
        pairs: linked variants.
    """
    if not key:
        return product.fields
    shop = key.removeprefix(_SHOP) if key.startswith(_SHOP) else None
    names = {key if shop is None else shop}
    if (side == "shop") != (shop is not None):
        names = {p[side == "shop"] for p in pairs if p[shop is not None] in names}
    return next((one.fields for one in product.variants if one.id in names), None)
