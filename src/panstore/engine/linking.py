"""Links: variants of both sides with the same code become one item of the route."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa

from panstore.engine.context import LINKS, ORDERS, Context, Route
from panstore.engine.contracts.push_marks import mark_priced
from panstore.engine.limiter import Lane
from panstore.engine.products.rows import join_linked, see_pages, system_of
from panstore.engine.products.seen import look_at_pages
from panstore.engine.remade import follow_remade
from panstore.engine.stages.mark import mark_items, mark_order_key
from panstore.model.change import Mark
from panstore.model.ids import ConnectionId, ExternalId, ItemId
from panstore.model.link import Link
from panstore.model.plan import Held
from panstore.model.product import Variant
from panstore.model.product_plan import Side
from panstore.sdk.errors import UnsupportedError
from panstore.sdk.roles import ReadCatalogue
from panstore.store.demand import orders_waiting_for
from panstore.store.items import SkuPair, add_links, remember_variants, sku_pairs
from panstore.store.links import kept_apart
from panstore.store.marks import delete_worked
from panstore.store.order_past import asks
from panstore.store.parked import park, unpark
from panstore.store.products import forget_ids

__all__ = ["go_on", "link_now", "plain_factor", "read_catalogue_page", "work_products"]

_PAGE = 500


async def work_products(context: Context, route: Route, marks: Sequence[Mark]) -> None:
    """Look at products that are new or changed on either side, then link what can be linked."""
    seen: dict[Side, set[ExternalId]] = {"erp": set(), "shop": set()}
    sides: tuple[tuple[Side, ConnectionId], ...] = (("erp", route.erp), ("shop", route.shop))
    for side, connection in sides:
        prefix = f"{side}:"
        ids = [ExternalId(m.key[len(prefix) :]) for m in marks if m.key.startswith(prefix)]
        for begin in range(0, len(ids), _PAGE):
            some = ids[begin : begin + _PAGE]
            if route.product_modules:
                seen[side] |= await look_at_pages(context, route, side, some, _read_variants)
            else:
                found = {one.id for one in await _read_variants(context, connection, some)}
                gone = [one for one in some if one not in found]
                await context.store.write(lambda c, s=connection, g=gone: forget_ids(c, s, g))  # type: ignore[misc]
    await link_now(context, route)
    cause = marks[0].cause if marks else ""

    def work(connection: sa.Connection) -> None:
        if route.product_modules:
            see_pages(connection, context, route, seen, cause=cause)
        delete_worked(connection, marks)

    await context.store.write(work)


async def _read_variants(
    context: Context, connection: ConnectionId, ids: Sequence[ExternalId]
) -> Sequence[Variant]:
    """Read and remember these variants; those that are no more are left out."""
    system = _catalogue(context, connection)
    found = await context.remote.call(
        connection, Lane.PRODUCTS, "read products", lambda: system.variants(ids), reads=True
    )
    await remember(context, connection, found)
    return found


async def read_catalogue_page(
    context: Context, route: Route, side: Side, after: str | None
) -> str | None:
    """Read and remember one page of the catalogue of one side.

    Returns:
        Where the next page begins, or None after the last one.
    """
    connection = system_of(route, side)
    system = _catalogue(context, connection)
    page = await context.remote.call(
        connection, Lane.FULL, "read catalogue", lambda: system.catalogue(after, _PAGE), reads=True
    )
    await remember(context, connection, page.variants)
    if route.product_modules:
        pages = {variant.parent or variant.id for variant in page.variants}
        await context.store.write(lambda c: see_pages(c, context, route, {side: pages}, cause=None))
    return page.after


async def remember(context: Context, connection: ConnectionId, variants: Sequence[Variant]) -> None:
    """Keep what a system said of its variants."""
    now = context.clock.now()
    await context.store.write(lambda c: remember_variants(c, connection, variants, now=now))


async def link_now(context: Context, route: Route) -> int:
    """Link every code that stands exactly once on both sides; park the doubtful ones.

    Returns:
        How many links are new; their values are marked to be brought in step.
    """
    return await context.store.write(lambda c: _link(c, context, route))


def _link(connection: sa.Connection, context: Context, route: Route) -> int:
    if not route.links_by_code:
        return 0  # `panstore link` shows a person what belongs together, doubtful codes included.
    now = context.clock.now()
    moved = follow_remade(connection, context, route)
    go_on(connection, context, route, moved, cause="made again")
    fresh: list[Link] = []
    doubtful: list[Held] = []
    for pair in sku_pairs(connection, route.id, route.erp, route.shop):
        if pair.erp_count == 1 and pair.shop_count == 1:
            fresh.append(
                Link(
                    item=ItemId(context.new_id()),
                    route=route.id,
                    erp=pair.erp,
                    shop=pair.shop,
                    factor=plain_factor(pair.erp_unit, pair.shop_unit),
                    sku=pair.sku,
                    tracked=pair.tracked,
                )
            )
        else:
            doubtful.append(_ambiguous(pair))
    unwanted = kept_apart(connection, LINKS, fresh)
    added = add_links(connection, (link for link in fresh if link not in unwanted), now=now)
    if added:
        unpark(connection, route.id, LINKS, [link.sku for link in added], now=now)
        go_on(connection, context, route, added, cause="linked")
    park(connection, route.id, LINKS, doubtful, now=now)
    return len(added)


def go_on(
    connection: sa.Connection, context: Context, route: Route, some: Sequence[Link], *, cause: str
) -> None:
    """Bring these links' values in step, and let orders go on that waited for one of them."""
    for code in route.state_modules:
        mark_items(connection, context, route.id, code, [link.item for link in some], cause=cause)
    mark_priced(connection, context, route, [link.item for link in some], cause=cause)
    join_linked(connection, context, route, some, cause=cause)
    for order_id in orders_waiting_for(connection, route.id, [link.shop for link in some]):
        if asks(connection, route.id, ORDERS, order_id):
            continue  # Whether it is taken over at all is for a person to say.
        mark_order_key(connection, context, route.id, order_id, cause=cause)


def plain_factor(erp_unit: str | None, shop_unit: str | None) -> Decimal | None:
    """One to one unless both sides name a unit and the names differ; then a person must say."""
    return Decimal(1) if shop_unit is None or shop_unit == erp_unit else None


def _ambiguous(pair: SkuPair) -> Held:
    return Held(
        item=pair.sku,
        code="link.ambiguous",
        reason=f"The code {pair.sku} stands {pair.erp_count} times in the ERP and "
        f"{pair.shop_count} times in the shop, so PanStore cannot tell which belongs to which. "
        "None of them was linked and none is kept in step. Give each product its own code, or say "
        "with `panstore links set` which belong together.",
        sku=pair.sku,
    )


def _catalogue(context: Context, connection: ConnectionId) -> ReadCatalogue:
    system = context.connectors[connection]
    if not isinstance(system, ReadCatalogue):
        raise UnsupportedError(f"connection {connection} cannot list its products")
    return system
