"""Old values that were sent back and of which no answer was heard: known again by their value.

Before an undo writes to a product, its lines are marked as sent. If the answer never comes, nobody
knows whether the system holds the old value because we wrote it or because it was never changed.
Where it holds exactly what was sent, it was us: the last common state says so, and it is not
taken for an edit that has to be carried to the other system. Where it does not, nothing happened.
The first read that can tell settles it: what a person enters later is an edit like any other.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from panstore.engine.products.stored import fields_of
from panstore.model.ids import ExternalId
from panstore.model.product import Product, ProductFields, VariantFields
from panstore.model.product_fields import decode_field, encode_field
from panstore.model.product_plan import ProductBase, Side
from panstore.model.stored_plan import PlanLine
from panstore.store.sent_lines import SentLine

__all__ = ["SentSeen", "alike", "with_sent"]


class SentSeen(NamedTuple):
    """Which of some lines stand there, and which do not."""

    there: list[SentLine]
    missing: list[SentLine]


_TEXTS = ("name", "title", "description")
_Pairs = Sequence[tuple[ExternalId, ExternalId]]


def with_sent(
    base: ProductBase | None,
    erp: Product | None,
    shop: Product | None,
    pairs: _Pairs,
    lines: Iterable[SentLine],
) -> tuple[ProductBase | None, SentSeen]:
    """The last common state with what was sent and stands there, and what stands there.

    Args:
        lines: of this product, sent and not heard of, the oldest first.
    """
    seen = SentSeen([], [])
    for one in lines:
        line = one.line
        side: Side = "erp" if line.side == "erp" else "shop"
        product = erp if side == "erp" else shop
        if base is None or product is None:
            continue
        fields = fields_of(line.variant, side, product, pairs)
        text = "" if fields is None else encode_field(getattr(fields, line.field))
        if fields is not None and text and (text == line.after or alike(line, text)):
            base = _holding(base, side, product, fields, line.field)
            seen.there.append(one)
        else:
            seen.missing.append(one)
    return base, seen


def alike(line: PlanLine, stored: str, sent: str | None = None) -> bool:
    """Whether a side holds what was sent, be it in its own way of keeping it.

    Args:
        stored: canonical text of what it holds, not empty.
        sent: of what was sent; the line's new value if None.
    """
    one = decode_field(line.field, line.after if sent is None else sent)
    other = decode_field(line.field, stored)
    if line.field in _TEXTS:
        return _text(one) == _text(other)
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        exponent = other.as_tuple().exponent
        # As exactly as the coarser of the two can say it.
        return isinstance(exponent, int) and abs(one - other) <= Decimal(1).scaleb(exponent) / 2
    if line.field == "images":
        return {image.digest for image in one} == {image.digest for image in other}
    return isinstance(one, tuple) and isinstance(other, tuple) and sorted(one) == sorted(other)


def _text(value: object) -> str:
    return " ".join(html.unescape(str(value)).split())


def _holding(
    base: ProductBase,
    side: Side,
    product: Product,
    present: ProductFields | VariantFields,
    field: str,
) -> ProductBase:
    """The state with one field of one side as the side holds it now."""
    old: Product = getattr(base, side)
    value = {field: getattr(present, field)}
    if isinstance(present, ProductFields):
        return replace(base, **{side: replace(old, fields=replace(old.fields, **value))})
    [name] = [one.id for one in product.variants if one.fields is present]
    variants = tuple(
        replace(one, fields=replace(one.fields, **value)) if one.id == name else one
        for one in old.variants
    )
    return replace(base, **{side: replace(old, variants=variants)})
