"""What a system's signals lead to: marks of values, of orders, and of who waits for goods."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from panstore.engine.context import Context
from panstore.engine.contracts.changes import note_signals
from panstore.engine.contracts.push_marks import mark_push_signals
from panstore.engine.goods_line import note_arrival
from panstore.engine.stages.mark import mark_order_key, mark_signals
from panstore.model.change import Signal
from panstore.model.ids import ConnectionId
from panstore.store.facts import order_of_key

__all__ = ["take_signals"]


def take_signals(
    connection: sa.Connection,
    context: Context,
    system: ConnectionId,
    signals: Sequence[Signal],
    *,
    cause: str,
) -> int:
    """Mark everything these signals of one system may concern; how much."""
    note_signals(connection, context, system, signals)
    marked = mark_signals(connection, context, system, signals, cause=cause)
    marked += mark_push_signals(connection, context, system, signals, cause=cause)
    for key in sorted({s.id for s in signals if s.kind == "sale"}):
        found = order_of_key(connection, key)
        if found is None or found[0] not in context.routes:
            continue  # A sale of another PanStore, or of a route that is no more.
        mark_order_key(connection, context, *found, cause=cause)
        marked += 1
    routes = [route.id for route in context.routes.values() if route.erp == system]
    moved = sorted({s.id for s in signals if s.kind == "stock"})
    if routes:
        note_arrival(connection, context, routes, moved)
    return marked
