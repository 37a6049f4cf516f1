"""Which products a signal is about: it may name a variant or a product, known, new or gone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from panstore.engine.context import Context, Route
from panstore.engine.limiter import Lane
from panstore.engine.products.rows import system_of
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.product import Product, Variant
from panstore.model.product_plan import Side
from panstore.sdk.product_roles import ReadProducts
from panstore.store import products as table

__all__ = ["look_at_pages"]

ReadVariants = Callable[[Context, ConnectionId, Sequence[ExternalId]], Awaitable[Sequence[Variant]]]


async def look_at_pages(
    context: Context,
    route: Route,
    side: Side,
    ids: Sequence[ExternalId],
    read_variants: ReadVariants,
) -> set[ExternalId]:
    """Read and remember what these ids of one side stand for.

    Args:
        ids: of variants or products, as signals named them.
        read_variants: reads variants and remembers them.

    Returns:
        Ids of the products concerned, those included to which a variant belonged before.
    """
    system = system_of(route, side)
    before = await context.store.read(lambda c: table.pages_of(c, system, ids))
    rows = await context.store.read(lambda c: table.rows_of_pages(c, route.id, side, ids))
    found = list(await read_variants(context, system, ids))
    missing = [one for one in ids if one not in {variant.id for variant in found}]
    pages = await _pages(context, system, missing)
    inside = {variant.id for page in pages for variant in page.variants}
    # A product that was named may have lost a variant that nobody names any more.
    listed = await context.store.read(
        lambda c: table.variants_of(c, system, [page.id for page in pages])
    )
    more = sorted({*inside, *listed} - {variant.id for variant in found})
    size = max(1, context.connectors[system].capabilities.read_batch)
    for begin in range(0, len(more), size):
        found += await read_variants(context, system, more[begin : begin + size])
    there = {variant.id for variant in found}
    gone = [one for one in {*before, *listed} if one not in there]
    if gone:
        await context.store.write(lambda c: table.forget_ids(c, system, gone))
    return (
        {page for page, _ in before.values()}
        | rows.keys()
        | {variant.parent or variant.id for variant in found}
    )


async def _pages(
    context: Context, system: ConnectionId, ids: Sequence[ExternalId]
) -> list[Product]:
    """Ids that no variant has may be those of products that hold variants."""
    connector = context.connectors[system]
    if not ids or not isinstance(connector, ReadProducts):
        return []
    size = max(1, connector.capabilities.read_batch)
    found: list[Product] = []
    for begin in range(0, len(ids), size):
        some = ids[begin : begin + size]
        found += await context.remote.call(
            system,
            Lane.PRODUCTS,
            "read pages",
            lambda part=some: connector.products(part),  # type: ignore[misc]
            reads=True,
        )
    return found
