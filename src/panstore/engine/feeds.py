"""Feeds: changes and orders are read, marked durably, and only then acknowledged."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.engine import metrics
from panstore.engine.context import ORDERS, Context, Route
from panstore.engine.stages.detect import acknowledge, pull_changes, pull_orders
from panstore.engine.stages.mark import mark_goods, mark_order_key, mark_signals
from panstore.model.ids import ConnectionId
from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.sdk.roles import BrokenOrder, ChangeFeed, OrderPage, ReadOrders
from panstore.store.orders import ordered_variants, store_broken, store_order
from panstore.store.parked import park
from panstore.store.systems import count, get_cursor, set_cursor

__all__ = [
    "ORDER_FEED",
    "note_gap",
    "read_changes",
    "read_orders",
    "reread_orders",
    "take_order",
]

ORDER_FEED = "orders"


async def read_changes(
    context: Context, connection: ConnectionId, feed: ChangeFeed, *, cause: str
) -> int:
    """Drain a change feed.

    Returns:
        How many rows were marked. Rows whose acknowledgement is lost come again, harmlessly.
    """
    taken = 0
    while True:
        batch = await pull_changes(context, connection, feed)
        context.probe("feed.pulled")
        if not batch.receipts:
            return taken
        signals = batch.signals
        await context.store.write(
            lambda c, s=signals: mark_signals(c, context, connection, s, cause=cause)  # type: ignore[misc]
        )
        context.probe("feed.marked")
        await acknowledge(context, connection, feed, batch.receipts)
        context.probe("feed.acknowledged")
        taken += len(batch.receipts)
        if not batch.more:
            return taken


async def read_orders(context: Context, route: Route, shop: ReadOrders, *, cause: str) -> int:
    """Read on in a shop's order feed.

    Returns:
        How many orders were new or changed.
    """
    changed = 0
    while True:
        cursor = await context.store.read(lambda c: get_cursor(c, route.shop, ORDER_FEED))
        page = await pull_orders(context, route.shop, shop, cursor)
        context.probe("orders.pulled")
        stored = await context.store.write(
            lambda c, p=page, s=cursor: _store_page(  # type: ignore[misc]
                c, context, route, p, cause=cause, seen=s, cursor=p.cursor
            )
        )
        context.probe("orders.stored")
        changed += stored or 0
        if stored is not None and not page.more:
            return changed


async def reread_orders(context: Context, route: Route, shop: ReadOrders) -> int:
    """The overlapping poll: read again from an earlier cursor and count what was missed."""
    cursor = await context.store.read(lambda c: get_cursor(c, route.shop, ORDER_FEED))
    if cursor is None:
        return 0
    missed, position, more = 0, shop.rewind(cursor), True
    while more:
        page = await pull_orders(context, route.shop, shop, position)
        stored = await context.store.write(
            lambda c, p=page, s=cursor: _store_page(  # type: ignore[misc]
                c, context, route, p, cause="overlap", seen=s, cursor=s
            )
        )
        if stored is None:
            break  # What was pulled may be old by now; the next turn reads it all again.
        missed += stored
        position, more = page.cursor, page.more
    if missed:
        await note_gap(context, route.shop, missed)
    return missed


def _store_page(
    connection: sa.Connection,
    context: Context,
    route: Route,
    page: OrderPage,
    *,
    cause: str,
    seen: str | None,
    cursor: str,
) -> int | None:
    """Store a page, unless another reader went on since it was asked for.

    Such a page may show an order as it was before what the other has stored, e.g. open where it
    is cancelled by now. Moving the cursor first also lets readers store one after the other.

    Args:
        seen: cursor when the page was asked for; cursor: where it is after this page.

    Returns:
        How many orders were new or changed, None if the page was not stored.
    """
    now = context.clock.now()
    if not set_cursor(connection, route.shop, ORDER_FEED, cursor, now=now, after=seen):
        return None
    changed = 0
    for order in page.orders:
        changed += take_order(connection, context, route, order, cause=cause)
    for broken in page.broken:
        _park_broken(connection, context, route, broken, cause=cause)
    return changed


def take_order(
    connection: sa.Connection, context: Context, route: Route, order: Order, *, cause: str
) -> bool:
    """Store an order; if it is new or changed, take it forward and look at the goods it holds.

    A line that was taken out of it sets goods free, so the old lines count as well.
    """
    before = ordered_variants(connection, route.id, order.id)
    if not store_order(
        connection,
        route.id,
        order,
        payload=context.new_id(),
        now=context.clock.now(),
        imports=bool(route.flow_modules),
    ):
        return False
    if route.flow_modules:
        mark_order_key(connection, context, route.id, order.id, cause=cause)
    present = [line.product for line in order.lines if line.product is not None]
    goods = sorted({*before, *present})
    mark_goods(connection, context, route, goods, cause=cause, moved=True)
    return True


def _park_broken(
    connection: sa.Connection, context: Context, route: Route, broken: BrokenOrder, *, cause: str
) -> None:
    """What cannot be read cannot be imported, but its goods must not be offered again."""
    now = context.clock.now()
    before = ordered_variants(connection, route.id, broken.id)
    if not store_broken(connection, route.id, broken.id, broken.holds, now=now):
        return
    reason = (
        f"Order {broken.id} could not be read from the shop: {broken.what}. It was not taken over, "
        "its goods are held back; the other orders went on. Mend it in the shop, then retry."
    )
    held = Held(item=broken.id, code="order.unreadable", reason=reason, sku=broken.id)
    park(connection, route.id, ORDERS, [held], now=now)
    goods = sorted({*before, *(variant for variant, _ in broken.holds)})
    mark_goods(connection, context, route, goods, cause=cause, moved=True)


async def note_gap(context: Context, connection: ConnectionId, events: int) -> None:
    """Count changes that only polling found."""
    metrics.GAPS.labels(connection).inc(events)
    context.log.warning("gap", connection=connection, events=events)
    await context.store.write(lambda c: count(c, f"gaps:{connection}", events))
