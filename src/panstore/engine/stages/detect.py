"""Stage 1, detect: read what a source says has changed; nothing here is truth."""

from __future__ import annotations

from collections.abc import Sequence

from panstore.engine.context import Context
from panstore.engine.limiter import Lane
from panstore.engine.remote import READ_ORDERS
from panstore.model.ids import ConnectionId
from panstore.sdk.feed_roles import ChangePage, ReadChanges
from panstore.sdk.roles import ChangeFeed, FeedBatch, OrderPage, ReadOrders

__all__ = [
    "FEED_LIMIT",
    "ORDER_LIMIT",
    "acknowledge",
    "pull_changed",
    "pull_changes",
    "pull_orders",
]

FEED_LIMIT = 1000
"""Rows of a change feed read at once."""

ORDER_LIMIT = 100
"""Orders read at once."""


async def pull_changes(context: Context, connection: ConnectionId, feed: ChangeFeed) -> FeedBatch:
    """Unacknowledged rows of a change feed."""
    return await context.remote.call(
        connection, Lane.ORDERS, "read changes", lambda: feed.pull(FEED_LIMIT), reads=True
    )


async def acknowledge(
    context: Context, connection: ConnectionId, feed: ChangeFeed, receipts: Sequence[str]
) -> None:
    """Tell the feed that these rows are marked durably."""
    await context.remote.call(
        connection, Lane.ORDERS, "acknowledge changes", lambda: feed.acknowledge(receipts)
    )


async def pull_orders(
    context: Context, connection: ConnectionId, shop: ReadOrders, cursor: str | None
) -> OrderPage:
    """Orders placed or changed after the cursor."""
    return await context.remote.call(
        connection,
        Lane.ORDERS,
        READ_ORDERS,
        lambda: shop.orders_since(cursor, ORDER_LIMIT),
        reads=True,
    )


async def pull_changed(
    context: Context, connection: ConnectionId, source: ReadChanges, cursor: str | None
) -> ChangePage:
    """What a system without a change feed says was modified after the cursor."""
    return await context.remote.call(
        connection,
        Lane.PRODUCTS,
        "read changes",
        lambda: source.changes_since(cursor, FEED_LIMIT),
        reads=True,
    )
