"""Stage 2, mark: remember durably where to look, and ask for a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from panstore.engine.context import LINKS, ORDERS, Context, Route
from panstore.model.change import Signal
from panstore.model.ids import ConnectionId, ExternalId, ItemId, ModuleCode, RouteId
from panstore.sdk.connectors import Settings
from panstore.sdk.modules import RouteView, StateModule
from panstore.sdk.roles import PriceQuery
from panstore.store import items as item_store
from panstore.store.marks import mark, mark_all_linked, mark_linked, shard_of, want

__all__ = [
    "ask",
    "mark_goods",
    "mark_items",
    "mark_order_key",
    "mark_products",
    "mark_signals",
]


def ask(
    connection: sa.Connection, context: Context, route: RouteId, code: ModuleCode, shard: int = 0
) -> None:
    """Ask for a run, once until it begins; the wake-up commits with the marks."""
    if want(connection, route, code, shard, now=context.clock.now()):
        context.runner.enqueue(connection, route, code, shard)


def mark_signals(
    connection: sa.Connection,
    context: Context,
    system: ConnectionId,
    signals: Sequence[Signal],
    *,
    cause: str,
) -> int:
    """Mark everything these signals of one system may concern.

    A change seen in a shop makes the ledger stale: the value is read there before planning.
    """
    marked = 0
    for route in context.routes_of(system):
        side = "erp" if route.erp == system else "shop"
        marked += _mark_route(connection, context, route, side, signals, cause=cause)
    return marked


def _mark_route(
    connection: sa.Connection,
    context: Context,
    route: Route,
    side: str,
    signals: Sequence[Signal],
    *,
    cause: str,
) -> int:
    now = context.clock.now()
    products = [s.id for s in signals if s.kind == "product"]
    marked = mark_products(connection, context, route.id, side, products, cause=cause)
    for code, (module, settings) in route.state_modules.items():
        if not {s.kind for s in signals} & module.interests:
            continue
        if _touches_all(module, settings, context.view(route), signals):
            count = mark_all_linked(connection, route.id, code, now=now, cause=cause)
        else:
            wanted = module.interests - {"price_list"}
            ids = [s.id for s in signals if s.kind in wanted]
            count = mark_linked(connection, route.id, code, ids, side=side, now=now, cause=cause)
            if side == "shop":
                _stale(connection, route.id, code, ids)
        if count:
            ask(connection, context, route.id, code)
        marked += count
    return marked


def _touches_all(
    module: StateModule[Any], settings: Settings, view: RouteView, signals: Sequence[Signal]
) -> bool:
    """Whether one of the changed price lists is one this route's prices are made from."""
    lists = {s.id for s in signals if s.kind == "price_list"}
    if not lists or "price_list" not in module.interests:
        return False
    query = module.query(settings, view)
    return isinstance(query, PriceQuery) and bool(lists & {query.price_list, query.promotion_list})


def mark_products(
    connection: sa.Connection,
    context: Context,
    route: RouteId,
    side: str,
    variants: Sequence[ExternalId],
    *,
    cause: str,
) -> int:
    """Mark variants of one side (`erp` or `shop`) to be looked at and linked; how many."""
    if not variants:
        return 0
    keys = [f"{side}:{variant}" for variant in variants]
    marked = mark(connection, route, LINKS, keys, now=context.clock.now(), cause=cause)
    ask(connection, context, route, LINKS)
    return marked


def mark_items(
    connection: sa.Connection,
    context: Context,
    route: RouteId,
    code: ModuleCode,
    items: Sequence[ItemId] | Sequence[str],
    *,
    cause: str,
) -> None:
    """Mark items of a route and ask for a run."""
    if mark(connection, route, code, items, now=context.clock.now(), cause=cause):
        ask(connection, context, route, code)


def mark_goods(
    connection: sa.Connection,
    context: Context,
    route: Route,
    variants: Sequence[ExternalId],
    *,
    cause: str,
    moved: bool,
) -> None:
    """What an order holds has changed: look at the stock of its goods in every shop of the ERP.

    Args:
        variants: ids of this route's shop.
        moved: whether this shop's own stock has changed by itself with the order, so that it has
            to be read there before planning.
    """
    now = context.clock.now()
    goods = item_store.links_by_shop(connection, route.id, variants)
    erp_ids = [link.erp for link in goods.values()]
    if not erp_ids:
        return
    for other in context.siblings(route):
        for code, (module, _) in other.state_modules.items():
            if "stock" not in module.interests:
                continue
            if mark_linked(connection, other.id, code, erp_ids, side="erp", now=now, cause=cause):
                ask(connection, context, other.id, code)
            if moved and other.id == route.id:
                _stale(connection, route.id, code, variants)


def mark_order_key(
    connection: sa.Connection, context: Context, route: RouteId, order_id: str, *, cause: str
) -> None:
    """Mark one order so that it is taken forward."""
    shards = context.options.order_shards
    now = context.clock.now()
    mark(connection, route, ORDERS, [order_id], now=now, cause=cause, shards=shards)
    ask(connection, context, route, ORDERS, shard_of(order_id, shards))


def _stale(
    connection: sa.Connection, route: RouteId, code: ModuleCode, shop_ids: Sequence[ExternalId]
) -> None:
    found = item_store.links_by_shop(connection, route, shop_ids)
    item_store.make_stale(connection, route, code, [link.item for link in found.values()])
