"""A shop restored from a backup counts on from there: it gives ids of lost orders to new ones."""

from __future__ import annotations

import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine.context import ORDERS, Context, Route
from panstore.model.ids import ExternalId
from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.store.audit import Entry, append
from panstore.store.order_past import Known
from panstore.store.parked import park

__all__ = ["is_another", "record_reused", "under_own_id"]


def is_another(known: Known | None, order: Order) -> bool:
    """Whether the order we know by this id is another one.

    The moment of placing decides: a printed number may come again with the id, and a shop may
    give an order another number.
    """
    return known is not None and known.read and known.placed_at != order.placed_at


def under_own_id(order: Order) -> Order:
    """The order under an id that nothing else has, always the same for the same order."""
    return replace(order, id=ExternalId(f"{order.id}@{order.placed_at:%Y-%m-%dT%H:%M:%S.%fZ}"))


def record_reused(
    connection: sa.Connection, context: Context, route: Route, order: Order, *, cause: str
) -> None:
    """Show an order under a used id to a person; it is known by an id of its own from here on."""
    now = context.clock.now()
    used, _, _ = order.id.rpartition("@")
    reason = (
        f"The shop has given the id {used} of an order that PanStore knows to another one, order "
        f"{order.number} placed on {order.placed_at:%Y-%m-%d %H:%M} UTC: it was restored from a "
        "backup. The new order was not taken over, its goods are held back. Look whether the ERP "
        "has it already; retry to take it over as an order of its own, else skip it."
    )
    park(
        connection,
        route.id,
        ORDERS,
        [Held(order.id, "order.id_reused", reason, order.number)],
        now=now,
    )
    entry = Entry(
        at=now,
        route=route.id,
        module=ORDERS,
        key=order.id,
        label=order.number,
        cause=cause,
        outcome="parked",
        reason=reason,
    )
    append(connection, [entry])
