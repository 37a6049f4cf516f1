"""A shop restored from a backup counts on from there: it gives ids of lost orders to new ones."""

from __future__ import annotations

import re

import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine.context import ORDERS, Context, Route
from panstore.model.ids import ExternalId, RouteId
from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.store.audit import Entry, append
from panstore.store.order_past import Known, find_known
from panstore.store.parked import park

__all__ = ["as_known", "id_in_shop", "lost_in_shop", "record_reused"]

_OWN = re.compile(r"@\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")


def as_known(connection: sa.Connection, route: RouteId, order: Order) -> Order:
    """The order as it is, or under an id of its own if we know its id from another order.

    The moment of placing decides: a printed number may come again with the id, and a shop may
    give an order another number. The id of its own is always the same for the same order.
    """
    if not _is_another(find_known(connection, route, order.id), order):
        return order
    return replace(order, id=ExternalId(f"{order.id}@{order.placed_at:%Y-%m-%dT%H:%M:%S.%fZ}"))


def id_in_shop(order_id: str) -> ExternalId:
    """By which id the shop itself knows an order."""
    return ExternalId(_OWN.sub("", order_id))


def lost_in_shop(order: Order) -> Held:
    """Why the shop is told nothing of an order any more."""
    return Held(
        item=order.id,
        code="order.lost_in_shop",
        reason=f"Order {order.number} is in the ERP, but the shop was restored from a backup, has "
        "lost it, and has given its id to another order. The shop was not told what became of it; "
        "the buyer may have to be told by hand. Skip it when that is done.",
        sku=order.number,
    )


def _is_another(known: Known | None, order: Order) -> bool:
    return known is not None and known.read and known.placed_at != order.placed_at


def record_reused(
    connection: sa.Connection, context: Context, route: Route, order: Order, *, cause: str
) -> None:
    """Show an order under a used id to a person; it is known by an id of its own from here on."""
    now = context.clock.now()
    reason = (
        f"The shop has given the id {id_in_shop(order.id)} of an order that PanStore knows to "
        f"another one, order {order.number} placed on {order.placed_at:%Y-%m-%d %H:%M} UTC: it "
        "was restored from a backup. The new order was not taken over, its goods are held back. "
        "Look whether the ERP has it already; retry to take it over as an order of its own, else "
        "skip it."
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
