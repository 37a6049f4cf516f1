"""Stage 3, read: present values of the source, last known values of the destination."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

from panstore.engine.batch import Batch, Items
from panstore.engine.bisect import bisect
from panstore.engine.context import Context, Route
from panstore.model.errors import sentence
from panstore.model.ids import ConnectionId, ExternalId, ItemId, RouteId
from panstore.model.link import Link
from panstore.model.plan import Held, Value
from panstore.model.price import PriceTarget, SalesPrice
from panstore.model.stock import StockLevel, StockTarget
from panstore.sdk.errors import UnsupportedError
from panstore.sdk.modules import PriceItem, StockItem, StockQuery
from panstore.sdk.roles import ReadPrices, ReadStock, WritePrices, WriteStock
from panstore.store.demand import open_demand
from panstore.store.items import ledger_entries
from panstore.store.systems import get_cursor

__all__ = ["read", "sharing_routes"]

T = TypeVar("T")


async def read(context: Context, batch: Batch) -> tuple[Items, list[Held]]:
    """Items with everything the module needs, and records that could not even be read.

    Shop orders are looked up before the ERP's stock: an order in passage may count twice for a
    moment, never zero times.
    """
    if isinstance(batch.query, StockQuery):
        return await _read_stock(context, batch, batch.query)
    return await _read_prices(context, batch)


def sharing_routes(context: Context, route: Route, warehouses: Sequence[str]) -> list[RouteId]:
    """Routes whose shop orders hold goods of these warehouses.

    A route of the same ERP that does not say from which warehouses it sells counts too: to count
    a promise too many is safe.
    """
    sharing = []
    for other in context.siblings(route):
        chosen: set[str] = set()
        for module, settings in other.state_modules.values():
            query = module.query(settings, context.view(other))
            if isinstance(query, StockQuery):
                chosen.update(query.warehouses)
        if not chosen or chosen & set(warehouses):
            sharing.append(other.id)
    return sharing


async def _read_stock(
    context: Context, batch: Batch, query: StockQuery
) -> tuple[Items, list[Held]]:
    route = batch.route
    ids = [link.erp for link in batch.links.values()]
    sharing = sharing_routes(context, route, query.warehouses)
    batch.watermark, held_by_orders = await context.store.read(
        lambda c: (get_cursor(c, route.shop, "orders"), open_demand(c, sharing, ids))
    )
    context.probe("read.orders")
    erp = context.connectors[route.erp]
    if not isinstance(erp, ReadStock):
        raise UnsupportedError(f"connection {route.erp} cannot read stock")
    levels, bad = await _in_pages(
        context,
        batch,
        route.erp,
        "read stock",
        ids,
        lambda some: erp.stock_levels(some, query.warehouses),
    )
    context.probe("read.source")
    by_variant: dict[ExternalId, list[StockLevel]] = {}
    for level in levels:
        by_variant.setdefault(level.variant, []).append(level)
    present, bad_shop = await _present(context, batch, _shop_stock(context, route.shop))
    held = _held(batch, bad, bad_shop)
    unreadable = {record.item for record in held}
    return [
        StockItem(
            link=link,
            levels=tuple(by_variant.get(link.erp, ())),
            open_demand=held_by_orders.get(link.erp, Decimal(0)),
            present=_as(StockTarget, present.get(link.item)),
        )
        for link in batch.links.values()
        if link.item not in unreadable
    ], held


async def _read_prices(context: Context, batch: Batch) -> tuple[Items, list[Held]]:
    route, query = batch.route, batch.query
    erp = context.connectors[route.erp]
    if not isinstance(erp, ReadPrices) or isinstance(query, StockQuery):
        raise UnsupportedError(f"connection {route.erp} cannot read prices")
    prices, bad = await _in_pages(
        context,
        batch,
        route.erp,
        "read prices",
        [link.erp for link in batch.links.values()],
        lambda some: erp.prices(some, query),
    )
    context.probe("read.source")
    by_variant: dict[ExternalId, SalesPrice] = {price.variant: price for price in prices}
    present, bad_shop = await _present(context, batch, _shop_prices(context, route.shop))
    held = _held(batch, bad, bad_shop)
    unreadable = {record.item for record in held}
    return [
        PriceItem(
            link=link,
            price=by_variant.get(link.erp),
            present=_as(PriceTarget, present.get(link.item)),
        )
        for link in batch.links.values()
        if link.item not in unreadable
    ], held


Lookup = Callable[[Sequence[ExternalId]], Awaitable[Sequence[tuple[ExternalId, Value | None]]]]
Bad = list[tuple[ExternalId, Exception]]


def _shop_stock(context: Context, connection: ConnectionId) -> Lookup:
    shop = context.connectors[connection]
    if not isinstance(shop, WriteStock):
        raise UnsupportedError(f"connection {connection} cannot write stock")

    async def look(ids: Sequence[ExternalId]) -> Sequence[tuple[ExternalId, Value | None]]:
        return [(stock.variant, StockTarget(stock.free)) for stock in await shop.shop_stock(ids)]

    return look


def _shop_prices(context: Context, connection: ConnectionId) -> Lookup:
    shop = context.connectors[connection]
    if not isinstance(shop, WritePrices):
        raise UnsupportedError(f"connection {connection} cannot write prices")

    async def look(ids: Sequence[ExternalId]) -> Sequence[tuple[ExternalId, Value | None]]:
        return list((await shop.shop_prices(ids)).items())

    return look


async def _present(
    context: Context, batch: Batch, look: Lookup
) -> tuple[dict[str, Value | None], Bad]:
    """What the shop holds: from the ledger, or read again where the ledger is stale or empty.

    A full run reads everything again: it is there to find what all events have missed, a change
    made by hand in the shop included.
    """
    entries = await context.store.read(
        lambda c: ledger_entries(c, batch.route.id, batch.code, list(batch.links))
    )
    known: dict[str, Value | None] = {}
    unsure: list[Link] = []
    for item, link in batch.links.items():
        entry = entries.get(item)
        if entry is None or entry.stale or not batch.marks:
            unsure.append(link)
        else:
            known[item] = entry.value
    if not unsure:
        return known, []
    found, bad = await _in_pages(
        context,
        batch,
        batch.route.shop,
        "read back",
        [link.shop for link in unsure],
        look,
    )
    context.probe("read.destination")
    by_shop = {link.shop: link.item for link in unsure}
    for variant, value in found:
        item = by_shop[variant]
        known[item] = value
        entry = entries.get(item)
        if entry is None or entry.stale or entry.value != value:
            batch.seen[item] = value
    return known, bad


async def _in_pages(
    context: Context,
    batch: Batch,
    connection: ConnectionId,
    operation: str,
    ids: Sequence[ExternalId],
    do: Callable[[Sequence[ExternalId]], Awaitable[Sequence[T]]],
) -> tuple[list[T], Bad]:
    size = max(1, context.connectors[connection].capabilities.read_batch)
    results: list[T] = []
    bad: Bad = []
    queue = iter(ids)
    while page := list(islice(queue, size)):

        async def call(some: Sequence[ExternalId]) -> Sequence[T]:
            return await context.remote.call(
                connection, batch.lane, operation, lambda: do(some), reads=True
            )

        done, refused = await bisect(page, call)
        results.extend(done)
        bad.extend(refused)
    return results, bad


def _held(batch: Batch, bad_erp: Bad, bad_shop: Bad) -> list[Held]:
    """Both systems may use the same numbers for different articles: each list has its own."""
    links = batch.links.values()
    by_erp = {link.erp: link for link in links}
    by_shop = {link.shop: link for link in links}
    refused = [(by_erp[variant], variant, error) for variant, error in bad_erp]
    refused += [(by_shop[variant], variant, error) for variant, error in bad_shop]
    held: dict[ItemId, Held] = {}
    for link, variant, error in refused:
        held.setdefault(
            link.item,
            Held(
                item=link.item,
                code="read.refused",
                reason=f"{link.sku or variant} could not be read: {sentence(error)} It was left as "
                "it is in the shop; the rest went on. Mend the record, then retry.",
                sku=link.sku,
            ),
        )
    return list(held.values())


def _as(kind: type[Any], value: Value | None) -> Any:
    return value if isinstance(value, kind) else None
