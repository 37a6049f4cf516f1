"""Products of both sides as they stand, with what was agreed, linked and decided before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from msgspec import UNSET
from msgspec.structs import replace

from panstore.engine.bisect import Refusal, bisect
from panstore.engine.context import Context
from panstore.engine.products.batch import ProductBatch
from panstore.engine.products.rows import system_of
from panstore.engine.products.sent import with_sent
from panstore.model.errors import sentence
from panstore.model.ids import ExternalId, ItemId
from panstore.model.plan import Held
from panstore.model.product import Image, Product
from panstore.model.product_plan import FieldDecision, ProductLink, Side
from panstore.sdk.errors import UnsupportedError
from panstore.sdk.product_roles import ReadProducts
from panstore.sdk.products import ProductItem
from panstore.store.full_runs import list_runs
from panstore.store.product_conflicts import decisions_of
from panstore.store.products import pages_of, pairs_of
from panstore.store.sent_lines import sent_lines

__all__ = ["read_products", "read_side"]

Pairs = Sequence[tuple[ExternalId, ExternalId]]


async def read_products(context: Context, batch: ProductBatch) -> list[Held]:
    """Fill `batch.items`; returns records that could not be read, or that cannot go on as they are.

    A product whose variants are linked with several products of the other side is held: nothing
    of it is written to either, for there is no one product it could be in step with.
    """
    route = batch.route
    erp, bad_erp = await _read(context, batch, "erp")
    shop, bad_shop = await _read(context, batch, "shop")
    context.probe("products.read")
    variants = [{v.id for p in found.values() for v in p.variants} for found in (erp, shop)]

    def look(connection: sa.Connection) -> tuple[Pairs, dict[ItemId, list[FieldDecision]], bool]:
        pairs = pairs_of(connection, route.id, variants[0], variants[1])
        said = decisions_of(connection, route.id, list(batch.rows))
        known = any((r.route, r.module) == (route.id, batch.code) for r in list_runs(connection))
        return pairs, said, known

    pairs, said, known = await context.store.read(look)
    elsewhere = await context.store.read(lambda c: _listed(c, batch, pairs))
    sent = await context.store.read(lambda c: sent_lines(c, route.id, list(batch.rows)))
    by_erp = {e: (e, s) for e, s in pairs}
    by_shop = {s: (e, s) for e, s in pairs}
    held: list[Held] = []
    for item, row in batch.rows.items():
        refusal = bad_erp.get(item) or bad_shop.get(item)
        if refusal is not None:
            held.append(_unreadable(item, row.label, refusal))
            continue
        here, there = erp.get(item), shop.get(item)
        own = _own_pairs(here, there, by_erp, by_shop)
        if _is_spread(here, there, own, elsewhere):
            held.append(_structure(item, row.label))
            continue
        here, there = _half_moved(row.base.erp if row.base else None, here, there)
        there, here = _half_moved(row.base.shop if row.base else None, there, here)
        unheard = [one for one in sent if one.line.item == item]
        base, batch.unheard[item] = with_sent(row.base, here, there, own, unheard)
        batch.items[item] = ProductItem(
            link=ProductLink(item, route.id, row.erp, row.shop, row.label),
            erp=here,
            shop=there,
            base=base,
            pairs=own,
            decisions=tuple(said.get(item, ())),
            may_create=known,
        )
    return held


async def read_side(
    context: Context, batch: ProductBatch, side: Side, ids: Sequence[ExternalId]
) -> tuple[list[Product], list[tuple[ExternalId, Refusal]]]:
    """Products of one side in calls as large as it takes; those that are refused alone apart."""
    name = system_of(batch.route, side)
    connector = context.connectors[name]
    if not isinstance(connector, ReadProducts):
        raise UnsupportedError(f"connection {name} cannot read products")
    size = max(1, connector.capabilities.read_batch)
    found: list[Product] = []
    bad: list[tuple[ExternalId, Refusal]] = []

    async def call(some: Sequence[ExternalId]) -> Sequence[Product]:
        return await context.remote.call(
            name, batch.lane, "read pages", lambda: connector.products(some), reads=True
        )

    for begin in range(0, len(ids), size):
        done, refused = await bisect(ids[begin : begin + size], call)
        found += done
        bad += refused
    return found, bad


async def _read(
    context: Context, batch: ProductBatch, side: Side
) -> tuple[dict[ItemId, Product], dict[ItemId, Refusal]]:
    wanted = {
        page: item for item, row in batch.rows.items() if (page := row.page(side)) is not None
    }
    if not wanted:
        return {}, {}
    found, bad = await read_side(context, batch, side, list(wanted))
    read: dict[ItemId, Product] = {}
    for product in found:
        # A single article that became one of several is found under the id it had.
        names = [product.id, *(variant.id for variant in product.variants)]
        item = next((wanted[name] for name in names if name in wanted), None)
        if item is not None:
            read.setdefault(item, product)
    return read, {wanted[page]: refusal for page, refusal in bad}


def _own_pairs(
    erp: Product | None,
    shop: Product | None,
    by_erp: Mapping[ExternalId, tuple[ExternalId, ExternalId]],
    by_shop: Mapping[ExternalId, tuple[ExternalId, ExternalId]],
) -> tuple[tuple[ExternalId, ExternalId], ...]:
    mine = {by_erp[v.id] for v in erp.variants if v.id in by_erp} if erp else set()
    theirs = {by_shop[v.id] for v in shop.variants if v.id in by_shop} if shop else set()
    return tuple(sorted(mine | theirs))


def _listed(
    connection: sa.Connection, batch: ProductBatch, pairs: Pairs
) -> tuple[set[ExternalId], set[ExternalId]]:
    """Linked variants that their systems still list, on either side."""
    here = pages_of(connection, batch.route.erp, [erp for erp, _ in pairs])
    there = pages_of(connection, batch.route.shop, [shop for _, shop in pairs])
    return set(here), set(there)


def _is_spread(
    erp: Product | None,
    shop: Product | None,
    pairs: Pairs,
    listed: tuple[set[ExternalId], set[ExternalId]],
) -> bool:
    """Whether a variant is linked with one that exists and is no part of the other product."""
    here = {variant.id for variant in erp.variants} if erp else set()
    there = {variant.id for variant in shop.variants} if shop else set()
    return any(
        (e not in here and e in listed[0]) or (s not in there and s in listed[1]) for e, s in pairs
    )


def _half_moved(
    base: Product | None, one: Product | None, other: Product | None
) -> tuple[Product | None, Product | None]:
    """Images of ours that arrived before we were cut off are no change that anybody made there.

    They were put after those that had been there, and all come from the other side; for the plan
    they are not there yet, so that the rest follows.
    """
    if one is None or other is None:
        return one, other
    mine, theirs = _digests(one), _digests(other)
    before = () if base is None else _digests(base)
    extra = mine[len(before) :]
    if extra and mine[: len(before)] == before and mine != theirs and set(extra) <= set(theirs):
        was = _images(one)[: len(before)]
        return replace(one, fields=replace(one.fields, images=was)), other
    return one, other


def _digests(product: Product) -> tuple[str, ...]:
    """Systems name the same picture each in its own way."""
    return tuple(image.digest for image in _images(product))


def _images(product: Product) -> tuple[Image, ...]:
    images = product.fields.images
    return () if images is UNSET else images


def _unreadable(item: ItemId, label: str, error: Refusal) -> Held:
    return Held(
        item=item,
        code="read.refused",
        reason=f"{label or item} could not be read: {sentence(error)} It was left as it is in both "
        "systems; the rest went on. Mend the record, then retry.",
        sku=label,
    )


def _structure(item: ItemId, label: str) -> Held:
    return Held(
        item=item,
        code="product.structure",
        reason=f"The variants of {label or item} belong to one product here and to several there, "
        "so PanStore cannot keep its name, description and images in step: nothing of them was "
        "written. Stock and prices of its variants go on. Put the variants together in the same "
        "way in both systems, or change the links with `panstore links`.",
        sku=label,
    )
