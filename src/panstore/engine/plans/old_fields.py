"""Old values of a product's fields: whether they may be written back, and the write itself."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast

from msgspec import UNSET

from panstore.engine.plans.judge import Judgement
from panstore.engine.products.batch import ProductResult, ProductVerdict
from panstore.engine.products.refusals import side_words
from panstore.engine.products.sent import alike
from panstore.model.ids import ExternalId
from panstore.model.product import (
    Product,
    ProductFields,
    ProductWrite,
    VariantFields,
    VariantWrite,
)
from panstore.model.product_fields import decode_field, encode_field
from panstore.model.product_plan import (
    FieldChange,
    FieldKey,
    ProductChange,
    Side,
)
from panstore.model.stored_plan import LineState, PastWrite, PlanLine, line_words
from panstore.sdk.products import ProductItem

__all__ = ["ItemNow", "Outcomes", "change_of", "judge_field", "said", "stands", "value_of"]

Outcomes = dict[int, tuple[LineState, str]]
_SHOP = "shop:"
_NAMES = ("name", "title")


class ItemNow(NamedTuple):
    """A product as it was read in both systems.

    Attributes:
        item: with its last common state.
        moving: fields on which the sides do not agree, or that would be written now.
    """

    item: ProductItem
    moving: frozenset[FieldKey]

    def key(self, variant: str) -> str:
        """What a variant is called now that may not have been in the ERP when it was written."""
        if not variant.startswith(_SHOP):
            return variant
        names = {shop: erp for erp, shop in self.item.pairs}
        return str(names.get(ExternalId(variant.removeprefix(_SHOP)), variant))

    def side(self, side: str) -> Product | None:
        """The product on one side."""
        return self.item.erp if side == "erp" else self.item.shop

    def id_of(self, side: str, variant: str) -> str:
        """The variant's id on one side, empty if it is not known there."""
        if variant.startswith(_SHOP):
            return variant.removeprefix(_SHOP) if side == "shop" else ""
        if side == "erp":
            return variant
        return str(dict(self.item.pairs).get(ExternalId(variant), ""))


def judge_field(line: PlanLine, now: ItemNow | None) -> Judgement:
    """Whether what is taken back is the newest there is, on both sides."""
    product = None if now is None else now.side(line.side)
    if now is None or product is None:
        why = "It cannot be read and compared there now. Nothing was written back."
        return Judgement("refused", why)
    present = _value(now, product, line)
    if present == line.after:
        return Judgement("done", "It stands there.")
    why = _hindrance(now, line, present)
    return Judgement("refused", why) if why else Judgement("go")


def _hindrance(now: ItemNow, line: PlanLine, present: str) -> str:
    """Why an old value may not be written back, empty if it may."""
    if not present or not line.after:
        return "The field is not there any more. Nothing was written back."
    if (line.variant, line.field) in now.moving:
        why = "another value is on its way, or the two systems do not agree on it"
        return f"Something newer came: {why}. It was left as it is."
    if not _stands(now, line, present):
        where = side_words(cast("Side", line.side))
        why = f"{where} holds {line_words(line.field, present)} now"
        return f"Something newer came: {why}. It was left as it is."
    if line.field == "images" and _lost(now, line.after):
        why = "A picture that was taken away is in neither system any more: add it again by hand."
        return f"{why} Nothing was written back."
    return ""


def _stands(now: ItemNow, line: PlanLine, present: str) -> bool:
    """Whether a side holds what was written, be it as that side stores it."""
    if present == line.before:
        return True
    base = None if now.item.base is None else getattr(now.item.base, line.side)
    known = base is not None and _value(now, base, line) == present
    return known and alike(line, present, line.before)


def _lost(now: ItemNow, images: str) -> bool:
    there = {
        image.digest
        for product in (now.item.erp, now.item.shop)
        if product is not None and product.fields.images is not UNSET
        for image in product.fields.images
    }
    return not {image.digest for image in decode_field("images", images)} <= there


def stands(now: ItemNow, line: PlanLine) -> bool:
    """Whether the line's side holds its new value, be it in its own way of keeping it."""
    product = now.side(line.side)
    present = "" if product is None else _value(now, product, line)
    return bool(present) and (present == line.after or alike(line, present))


def value_of(now: ItemNow | None, write: PastWrite) -> str:
    """Canonical text of the field that was written as it stands now, empty if it is not there."""
    product = None if now is None else now.side(write.side)
    return "" if now is None or product is None else _value(now, product, write)


def _value(now: ItemNow, product: Product, line: PlanLine | PastWrite) -> str:
    """Canonical text of the line's field, empty if it is not there."""
    if not line.variant:
        return encode_field(getattr(product.fields, line.field))
    name = now.id_of(line.side, line.variant)
    found = [one.fields for one in product.variants if one.id == name]
    return encode_field(getattr(found[0], line.field)) if found else ""


def change_of(now: ItemNow, side: str, lines: Sequence[PlanLine]) -> ProductChange:
    """The write of some old values to one side of a product.

    Args:
        lines: all of this product and side, each one judged as going.

    Raises:
        ValueError: the product is not there.
    """
    product = now.side(side)
    if product is None:
        raise ValueError(f"{lines[0].item} is not on this side")
    fields, variants = _by_record(lines)
    for record in (fields, *variants.values()):
        # Names are written as people read them: a system that escapes them does so again.
        record.update({n: html.unescape(record[n]) for n in _NAMES if record.get(n)})
    kinds = {line.kind for line in lines}
    return ProductChange(
        item=now.item.link.item,
        sku=lines[0].sku,
        side=cast("Side", side),
        kind="hide" if "hide" in kinds else "show" if "show" in kinds else "change",
        write=ProductWrite(
            product.id,
            ProductFields(**fields),
            tuple(
                VariantWrite(ExternalId(now.id_of(side, key)), VariantFields(**some))
                for key, some in variants.items()
            ),
            version=product.version,
        ),
        lines=tuple(
            FieldChange(
                one.variant,
                one.field,
                _value(now, product, one),
                one.after,
                one.reason,
                one.sku,
            )
            for one in lines
        ),
        reason=lines[0].reason,
        before=product,
    )


def _by_record(lines: Iterable[PlanLine]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    fields: dict[str, Any] = {}
    variants: dict[str, dict[str, Any]] = {}
    for line in lines:
        record = variants.setdefault(line.variant, {}) if line.variant else fields
        record[line.field] = decode_field(line.field, line.after)
    return fields, variants


def said(
    verdict: ProductVerdict, result: ProductResult
) -> Iterable[tuple[ProductChange, LineState, str]]:
    """What became of each change, for people."""
    for change, _ in result.written:
        yield change, "applied", ""
    for change, held in result.refused:
        yield change, "refused", held.reason
    for change, _, held in result.taken:
        yield change, "refused", held.reason
    for change in (*result.again, *result.untried):
        yield change, "approved", "not done: apply the plan again, it is read first"
    for change in result.unknown:
        yield change, "sent", "the reply was lost: apply the plan again, it is read first"
    for change, approval in verdict.braked:
        note = f"waits behind approval {approval}: give it, then apply the plan again"
        yield change, "approved", note
