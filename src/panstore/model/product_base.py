"""The last common state of a product, carried one pass further."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from panstore.model.ids import ExternalId
from panstore.model.product import Product, ProductFields, ProductVariant, VariantFields
from panstore.model.product_fields import fields_set
from panstore.model.product_plan import FieldKey, ProductBase, ProductChange, Side

__all__ = ["advance"]

_Fields = TypeVar("_Fields", ProductFields, VariantFields)


def advance(
    base: ProductBase | None,
    erp: Product | None,
    shop: Product | None,
    open: Set[FieldKey],  # noqa: A002 - the plan's own word
    done: Sequence[tuple[ProductChange, Product]],
    failed: Sequence[ProductChange],
    *,
    pairs: Sequence[tuple[ExternalId, ExternalId]],
) -> ProductBase | None:
    """The base after a pass.

    A field that is open, or whose write was refused or has no known outcome, keeps its old base; in
    a base it never had it is UNSET on both sides, which means: never agreed. A field that was
    written takes what its new holder stored. Every other field takes what was read *before* the
    plan, never what an answer shows: an edit made in between must be seen as a change by the next
    pass.

    Args:
        base: as the plan had it.
        erp, shop: as the plan had them, or what a creation made; None where the system has lost
            the product, which then counts as archived.
        open: the plan's, of this item.
        done: writes with the product as the system holds it since.
        failed: writes that were refused, or whose outcome is unknown.
        pairs: linked variants, those made by the writes too where they are linked already. A
            variant in no pair has no base, for nothing could have been agreed about it.

    Returns:
        None where a side is lost and there never was a base.
    """
    kept = set(open) | {(line.variant, line.field) for change in failed for line in change.lines}
    written = {change.side: (change, stored) for change, stored in done}
    sides: dict[Side, Product] = {}
    readings: tuple[tuple[Side, Product | None], ...] = (("erp", erp), ("shop", shop))
    for side, read in readings:
        old = None if base is None else getattr(base, side)
        keys = {pair[side == "shop"]: pair[0] for pair in pairs}
        if read is not None:
            sides[side] = _present(old, read, kept, written.get(side), keys)
        elif old is not None:
            sides[side] = _lost(old, kept)
        else:
            return None
    return _paired(ProductBase(erp=sides["erp"], shop=sides["shop"]), pairs)


def _lost(old: Product, kept: Set[FieldKey]) -> Product:
    """A product its system has lost: archived, and for the rest as it was."""
    if ("", "active") in kept:
        return old
    return msgspec.structs.replace(old, fields=msgspec.structs.replace(old.fields, active=False))


def _present(
    old: Product | None,
    read: Product,
    kept: Set[FieldKey],
    written: tuple[ProductChange, Product] | None,
    keys: Mapping[ExternalId, ExternalId],
) -> Product:
    stored = read if written is None else written[1]
    names = set() if written is None else set(fields_set(written[0].write.fields))
    return msgspec.structs.replace(
        read,
        id=stored.id,
        fields=_fields(
            read.fields, stored.fields, names, _kept("", kept), old.fields if old else None
        ),
        variants=tuple(_variants(old, read, kept, written, keys)),
    )


def _variants(
    old: Product | None,
    read: Product,
    kept: Set[FieldKey],
    written: tuple[ProductChange, Product] | None,
    keys: Mapping[ExternalId, ExternalId],
) -> list[ProductVariant]:
    before = {} if old is None else {variant.id: variant.fields for variant in old.variants}
    now = {variant.id: variant.fields for variant in read.variants}
    stored = {} if written is None else {one.id: one.fields for one in written[1].variants}
    names = (
        {}
        if written is None
        else {one.id: set(fields_set(one.fields)) for one in written[0].write.variants}
    )
    found: list[ProductVariant] = []
    for variant, key in keys.items():
        held = _kept(key, kept)
        had = before.get(variant)
        if variant in now:
            is_now = now[variant]
        elif variant in stored:  # made by the write itself
            is_now = stored[variant]
        elif had is not None:  # its system has lost it
            is_now = msgspec.structs.replace(had, active=False)
        else:
            continue
        fields = _fields(is_now, stored.get(variant, is_now), names.get(variant, set()), held, had)
        found.append(ProductVariant(variant, fields))
    return found


def _kept(variant: str, kept: Set[FieldKey]) -> set[str]:
    return {name for key, name in kept if key == variant}


def _fields(
    read: _Fields, stored: _Fields, written: Set[str], kept: Set[str], old: _Fields | None
) -> _Fields:
    """Each field from where its next base comes; see `advance`."""
    new: dict[str, Any] = {}
    for name in read.__struct_fields__:
        if name in kept:
            new[name] = UNSET if old is None else getattr(old, name)
        else:
            new[name] = getattr(stored if name in written else read, name)
    return msgspec.structs.replace(read, **new)


def _paired(base: ProductBase, pairs: Sequence[tuple[ExternalId, ExternalId]]) -> ProductBase:
    """Without variants that only one side has: half of an agreement is none."""
    ours = {variant.id for variant in base.erp.variants}
    theirs = {variant.id for variant in base.shop.variants}
    both = [pair for pair in pairs if pair[0] in ours and pair[1] in theirs]
    return ProductBase(
        erp=_only(base.erp, {erp for erp, _ in both}),
        shop=_only(base.shop, {shop for _, shop in both}),
    )


def _only(product: Product, ids: Set[ExternalId]) -> Product:
    left = tuple(variant for variant in product.variants if variant.id in ids)
    return msgspec.structs.replace(product, variants=left)
