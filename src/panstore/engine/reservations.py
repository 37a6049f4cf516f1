"""Looks for goods that are set aside in the ERP for an order that does not want them any more."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.engine.context import ORDERS, Context, Route
from panstore.engine.limiter import Lane
from panstore.engine.stages.mark import mark_order_key
from panstore.model.ids import ConnectionId, OrderKey, RouteId
from panstore.model.plan import Held
from panstore.sdk.order_roles import ReservationPage, ReserveGoods
from panstore.store.facts import order_of_key
from panstore.store.order_past import find_known
from panstore.store.orders import load_order
from panstore.store.parked import park

__all__ = ["sweep_reservations"]

_PAGE = 200
_CAUSE = "reservation sweep"


async def sweep_reservations(context: Context) -> int:
    """Mark every closed order for which goods are set aside; they are given back by its flow.

    A reservation under one of our keys that no order of ours has is shown to a person.

    Returns:
        How many reservations had to be looked at.
    """
    found = 0
    for erp in sorted({route.erp for route in context.routes.values() if route.flow_modules}):
        connector = context.connectors[erp]
        if isinstance(connector, ReserveGoods):
            found += await _sweep_erp(context, erp, connector)
    return found


async def _sweep_erp(context: Context, erp: ConnectionId, goods: ReserveGoods) -> int:
    found, after, more = 0, None, True
    while more:
        page = await _page(context, erp, goods, after)
        found += await context.store.write(
            lambda c, k=page.keys: _look(c, context, erp, k)  # type: ignore[misc]
        )
        after, more = page.after, page.after is not None
    return found


async def _page(
    context: Context, erp: ConnectionId, goods: ReserveGoods, after: str | None
) -> ReservationPage:
    return await context.remote.call(
        erp, Lane.FULL, "look at reservations", lambda: goods.reservations(after, _PAGE)
    )


def _look(
    connection: sa.Connection, context: Context, erp: ConnectionId, keys: tuple[OrderKey, ...]
) -> int:
    found = 0
    for key in keys:
        owner = order_of_key(connection, key)
        if owner is None:
            found += _show_orphan(connection, context, erp, key)
            continue
        route, order_id = owner
        if route in context.routes and _is_closed(connection, route, order_id):
            context.log.warning("reservation of a closed order", route=route, order=order_id)
            mark_order_key(connection, context, route, order_id, cause=_CAUSE)
            found += 1
    return found


def _is_closed(connection: sa.Connection, route: RouteId, order_id: str) -> bool:
    """Whether nothing of it is to be delivered; only one that stands in the ERP is read for it."""
    known = find_known(connection, route, order_id)
    if known is None or known.state == "closed" or known.stage == "cancelled":
        return known is not None
    stored = load_order(connection, route, order_id) if known.state == "imported" else None
    return stored is not None and stored[1] is not None and stored[1].is_void


def _show_orphan(
    connection: sa.Connection, context: Context, erp: ConnectionId, key: OrderKey
) -> int:
    route = _route_of(context, erp, key)
    if route is None:
        return 0  # Another PanStore on the same ERP.
    held = Held(
        item=key,
        code="reservation.unknown",
        reason=f"In the ERP goods are set aside for the sale with the key {key}, but PanStore "
        "knows no such order (was its database restored from a backup?). They are left as they "
        "are. Look at the sale in the ERP, and give the goods back there if nobody wants them.",
        sku=key,
    )
    return len(park(connection, route.id, ORDERS, [held], now=context.clock.now()))


def _route_of(context: Context, erp: ConnectionId, key: OrderKey) -> Route | None:
    for route in context.routes.values():
        if route.erp == erp and key.startswith(f"{route.shop}/"):
            return route
    return None
