"""Begins again with a shop that was restored from an older copy.

Its orders are read again from the first, and every value before it is compared. Orders that are
in the ERP already are known by their facts, so none is doubled; ids that the shop gives again are
told apart by the moment of placing.
"""

from __future__ import annotations

import sqlalchemy as sa

from panstore.engine import full_runs
from panstore.engine.context import LINKS, Context
from panstore.engine.feeds import ORDER_FEED
from panstore.engine.stages.detect import pull_orders
from panstore.model.ids import ConnectionId, ModuleCode, RouteId
from panstore.sdk.errors import WentBackError
from panstore.sdk.roles import ReadOrders
from panstore.store.restored import doubt_all
from panstore.store.systems import begin_again, get_cursor

__all__ = ["begin_with_restored", "has_gone_back"]


async def begin_with_restored(
    context: Context, shop: ConnectionId
) -> list[tuple[RouteId, ModuleCode]]:
    """Forget how far the shop was read and what it held; look at everything.

    Returns:
        The full runs that were asked for.
    """
    routes = [route for route in context.routes.values() if route.shop == shop]
    asked = [(r.id, code) for r in routes for code in (LINKS, *r.state_modules)]

    def work(connection: sa.Connection) -> None:
        begin_again(connection, shop, ORDER_FEED, now=context.clock.now())
        for route in routes:
            doubt_all(connection, route.id)
        for route_id, code in asked:
            full_runs.begin(connection, context, route_id, code)

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
