"""Feeds: changes and orders are read, marked durably, and only then acknowledged."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from panstore.engine import metrics
from panstore.engine.context import ORDERS, Context, Route
from panstore.engine.contracts.changes import note_missed
from panstore.engine.order_past import STATES, Era, Fate, era_of, fate, record_fates
from panstore.engine.reused_ids import as_known, record_reused
from panstore.engine.shop_word import note_word
from panstore.engine.signals import take_signals
from panstore.engine.stages.detect import acknowledge, pull_changes, pull_orders
from panstore.engine.stages.mark import mark_goods, mark_order_key
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.model.privacy import without_person
from panstore.sdk.roles import BrokenOrder, ChangeFeed, OrderPage, ReadOrders
from panstore.store.demand import ordered_variants
from panstore.store.order_past import asks, find_known, set_states
from panstore.store.orders import load_order, store_broken, store_order
from panstore.store.parked import park, unpark
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
        asked = (context.clock.timer(), context.clock.now())
        batch = await pull_changes(context, connection, feed)
        context.probe("feed.pulled")
        if batch.missed:
            await context.store.write(lambda c: note_missed(c, context, connection))
        if not batch.receipts:
            context.contracts.note_feed(connection, *asked)
            return taken
        signals = batch.signals
        await context.store.write(
            lambda c, s=signals: take_signals(c, context, connection, s, cause=cause)  # type: ignore[misc]
        )
        context.probe("feed.marked")
        await acknowledge(context, connection, feed, batch.receipts)
        context.probe("feed.acknowledged")
        taken += len(batch.receipts)
        if not batch.more:
            context.contracts.note_feed(connection, *asked)
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
                c, context, route, p, cause=cause, seen=s, moves=True
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
                c, context, route, p, cause="overlap", seen=s, moves=False
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
    moves: bool,
) -> int | None:
    """Store a page, unless another reader went on since it was asked for.

    Such a page may show an order as it was before what the other has stored, e.g. open where it
    is cancelled by now. Moving the cursor first also lets readers store one after the other.

    Args:
        seen: cursor when the page was asked for.
        moves: whether the cursor goes on with this page; else it was one of the past.

    Returns:
        How many orders were new or changed, None if the page was not stored.
    """
    now = context.clock.now()
    cursor, behind = (page.cursor, page.more) if moves else (seen or "", None)
    if not set_cursor(
        connection, route.shop, ORDER_FEED, cursor, now=now, after=seen, behind=behind
    ):
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

    A line that was taken out of it sets goods free, so the old lines count as well. One that only
    a person can decide about, or that is older than web orders, is stored and not taken forward.
    """
    shops_id, order = order.id, as_known(connection, route.id, order)
    reused = order.id != shops_id
    known = find_known(connection, route.id, order.id)
    before = ordered_variants(connection, route.id, order.id)
    # What could not be read was not known: when it was placed is learned only now.
    first_seen = bool(route.flow_modules) and (
        known is None or (known.state == "parked" and not known.read)
    )
    era = era_of(connection, context, route) if first_seen else None
    became: Fate = "take" if era is None else fate(era, order.placed_at, order.stage, came="on")
    if reused and became == "take" and first_seen:
        became = "park"
    if not store_order(
        connection,
        route.id,
        order,
        payload=context.new_id(),
        now=context.clock.now(),
        imports=bool(route.flow_modules),
        state=STATES[became],
    ):
        return False
    if route.flow_modules and became == "take":
        before_it = known.stage if known is not None and known.read else "open"
        note_word(connection, context, route, order, before=before_it, cause=cause)
    if first_seen and reused and became == "park":
        record_reused(connection, context, route, order, cause=cause)
    elif era is not None and became != "take":
        set_states(connection, route.id, [order.id], STATES[became])
        _tell_apart(connection, context, route, order.id, era, became, cause=cause)
    elif route.flow_modules and not _waits_for_a_word(connection, route, order):
        mark_order_key(connection, context, route.id, order.id, cause=cause)
    present = [line.product for line in order.lines if line.product is not None]
    goods = sorted({*before, *present})
    mark_goods(connection, context, route, goods, cause=cause, moved=True)
    return True


def _tell_apart(
    connection: sa.Connection,
    context: Context,
    route: Route,
    order_id: str,
    era: Era,
    became: Fate,
    *,
    cause: str,
) -> None:
    if became != "park":
        unpark(connection, route.id, ORDERS, [order_id], now=context.clock.now())
    stored = load_order(connection, route.id, order_id)
    if stored is not None:
        record_fates(connection, context, route, era, [(stored[0], became)], cause=cause)


def _waits_for_a_word(connection: sa.Connection, route: Route, order: Order) -> bool:
    """Whether a change of the order must not take it forward; cancelling it settles it."""
    return order.stage != "cancelled" and asks(connection, route.id, ORDERS, order.id)


def _park_broken(
    connection: sa.Connection, context: Context, route: Route, broken: BrokenOrder, *, cause: str
) -> None:
    """What cannot be read cannot be imported, but its goods must not be offered again.

    One that is older than web orders concerns nobody; what it still holds counts all the same.
    """
    now = context.clock.now()
    before = ordered_variants(connection, route.id, broken.id)
    era = None
    if route.flow_modules and find_known(connection, route.id, broken.id) is None:
        era = era_of(connection, context, route)
    earlier = era is not None and _is_earlier(era, broken)
    if not store_broken(
        connection,
        route.id,
        broken.id,
        broken.holds,
        now=now,
        placed_at=broken.placed_at,
        state="earlier" if earlier else "parked",
    ):
        if set(before) != {variant for variant, _ in broken.holds}:
            _mark_held(connection, context, route, before, broken, cause=cause)
        return
    if era is not None and earlier:
        _tell_apart(connection, context, route, broken.id, era, "earlier", cause=cause)
    elif not asks(connection, route.id, ORDERS, broken.id):
        stored = load_order(connection, route.id, broken.id)
        what = without_person(broken.what, None if stored is None else stored[1])
        reason = (
            f"Order {broken.id} could not be read from the shop: {what}. It was not taken "
            "over, its goods are held back; the other orders went on. Mend it in the shop, then "
            "retry."
        )
        held = Held(item=broken.id, code="order.unreadable", reason=reason, sku=broken.id)
        park(connection, route.id, ORDERS, [held], now=now)
    _mark_held(connection, context, route, before, broken, cause=cause)


def _mark_held(
    connection: sa.Connection,
    context: Context,
    route: Route,
    before: Iterable[ExternalId],
    broken: BrokenOrder,
    *,
    cause: str,
) -> None:
    goods = sorted({*before, *(variant for variant, _ in broken.holds)})
    mark_goods(connection, context, route, goods, cause=cause, moved=True)


def _is_earlier(era: Era, broken: BrokenOrder) -> bool:
    if broken.placed_at is None:
        return False
    stage = "open" if broken.holds else "shipped"
    return fate(era, broken.placed_at, stage, came="on") == "earlier"


async def note_gap(context: Context, connection: ConnectionId, events: int) -> None:
    """Count changes that only polling found."""
    metrics.GAPS.labels(connection).inc(events)
    context.log.warning("gap", connection=connection, events=events)
    await context.store.write(lambda c: count(c, f"gaps:{connection}", events))
