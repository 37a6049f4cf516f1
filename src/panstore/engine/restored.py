"""Begins again with a shop that was restored from an older copy.

Its orders are read again from the first, and every value before it is compared. Orders that are
in the ERP already are known by their facts, so none is doubled; ids that the shop gives again are
told apart by the moment of placing.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from panstore.engine import full_runs
from panstore.engine.context import LINKS, Context, Route
from panstore.engine.contracts.push_marks import push_routes
from panstore.engine.contracts.restored_accounts import doubt_accounts
from panstore.engine.feeds import ORDER_FEED
from panstore.engine.limiter import Lane
from panstore.engine.remote import READ_ORDERS
from panstore.engine.stages.detect import pull_orders
from panstore.engine.stages.mark import mark_goods
from panstore.model.ids import ConnectionId, ExternalId, ModuleCode, RouteId
from panstore.sdk.errors import MappingError, WentBackError
from panstore.sdk.roles import ReadOrders
from panstore.store.demand import ordered_variants
from panstore.store.orders import OrderRow
from panstore.store.restored import doubt_all, held_by_shop, let_go
from panstore.store.systems import begin_again, get_cursor

__all__ = ["begin_with_restored", "has_gone_back"]

_ORDERS_AT_ONCE = 50


async def begin_with_restored(
    context: Context, shop: ConnectionId
) -> list[tuple[RouteId, ModuleCode]]:
    """Forget how far the shop was read and what it held; look at everything.

    Returns:
        The full runs that were asked for.

    Raises:
        RemoteError: the shop could not be asked; nothing was forgotten.
    """
    routes = [route for route in context.routes.values() if route.shop == shop]
    await doubt_accounts(context, shop, again=True)
    asked = [(r.id, code) for r in routes for code in (LINKS, *r.state_modules)]
    lost = [(route, row) for route in routes for row in await _lost(context, route)]

    def work(connection: sa.Connection) -> None:
        begin_again(connection, shop, ORDER_FEED, now=context.clock.now())
        for route in routes:
            doubt_all(connection, route.id)
        for route, code in push_routes(context):
            if route.shop == shop:
                asked.append((route.id, code))
        for route_id, code in asked:
            full_runs.begin(connection, context, route_id, code)
        for route, row in lost:
            let_go(connection, route.id, row.order_id)
            goods = ordered_variants(connection, route.id, row.order_id)
            mark_goods(connection, context, route, goods, cause="restored", moved=True)

    await context.store.write(work)
    return asked


async def has_gone_back(context: Context, connection: ConnectionId) -> WentBackError | None:
    """Ask a shop whether it still has what was read from it; None if so, or if it has no orders.

    Raises:
        RemoteError: it could not be asked.
    """
    shop = context.connectors[connection]
    cursor = await context.store.read(lambda c: get_cursor(c, connection, ORDER_FEED))
    if cursor is None or not isinstance(shop, ReadOrders):
        return None
    try:
        await pull_orders(context, connection, shop, cursor)
    except WentBackError as error:
        return error
    return None


async def _lost(context: Context, route: Route) -> list[OrderRow]:
    """Orders that hold goods only because the shop held them, and that it has no more."""
    shop = context.connectors[route.shop]
    if not isinstance(shop, ReadOrders):
        return []
    rows = await context.store.read(lambda c: held_by_shop(c, route.id))
    lost: list[OrderRow] = []
    for begin in range(0, len(rows), _ORDERS_AT_ONCE):
        some = rows[begin : begin + _ORDERS_AT_ONCE]
        there = await _there(context, route.shop, shop, [ExternalId(r.order_id) for r in some])
        if there is not None:
            lost += [row for row in some if (row.order_id, row.placed_at) not in there]
    return lost


async def _there(
    context: Context, connection: ConnectionId, shop: ReadOrders, ids: Sequence[ExternalId]
) -> set[tuple[str, object]] | None:
    """Which of them the shop has, by id and moment of placing; None if one cannot be read."""
    try:
        found = await context.remote.call(
            connection, Lane.ORDERS, READ_ORDERS, lambda: shop.orders(ids)
        )
    except MappingError:
        return None  # Then their goods stay promised.
    return {(order.id, order.placed_at) for order in found}
