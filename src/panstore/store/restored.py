"""A shop that was restored from an older copy: what was known of it is true no more."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.model.ids import RouteId
from panstore.store.orders import LEFT_ALONE, OrderRow
from panstore.store.tables import ledger, orders

__all__ = ["doubt_all", "held_by_shop", "let_go"]


def doubt_all(connection: sa.Connection, route: RouteId) -> None:
    """Every value is read in the shop before anything is planned for it."""
    connection.execute(sa.update(ledger).where(ledger.c.route == route).values(stale=True))


def held_by_shop(connection: sa.Connection, route: RouteId) -> list[OrderRow]:
    """Orders whose goods count as promised only because the shop holds them.

    Those that are left alone, and those of a route whose web orders are off. Unreadable ones are
    not among them: nobody knows what they are.
    """
    columns = [orders.c[name] for name in OrderRow.__struct_fields__]
    rows = connection.execute(
        sa
        .select(*columns)
        .where(
            orders.c.route == route,
            orders.c.holds.is_(True),
            orders.c.stage == "open",
            orders.c.digest != "",
            sa.or_(orders.c.state.in_(LEFT_ALONE), orders.c.payload == ""),
        )
        .order_by(orders.c.order_id)
    )
    return [OrderRow(*row) for row in rows]


def let_go(connection: sa.Connection, route: RouteId, order_id: str) -> None:
    """The shop has the order no more, so its goods are free; should it come again it is new."""
    connection.execute(
        sa
        .update(orders)
        .where(orders.c.route == route, orders.c.order_id == order_id)
        .values(holds=False, digest="")
    )
