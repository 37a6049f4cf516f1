"""A shop that was restored from an older copy: what was known of it is true no more."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from panstore.model.ids import ConnectionId, ExternalId, RouteId
from panstore.store.orders import LEFT_ALONE, OrderRow
from panstore.store.tables import cursors, ledger, orders
from panstore.store.upsert import insert

__all__ = ["doubt_all", "held_by_shop", "known_orders", "let_go", "looked_at", "note_looked_at"]

_LOOKED = "accounts of {}"
"""Beside the cursors of a shop: at which place of its orders its accounts were looked through."""


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


def known_orders(
    connection: sa.Connection, route: RouteId, *, since: dt.datetime, limit: int
) -> list[tuple[ExternalId, dt.datetime]]:
    """Orders that were read, with when they were placed, the newest first; only those since then.

    Args:
        limit: at most so many, > 0.
    """
    rows = connection.execute(
        sa
        .select(orders.c.order_id, orders.c.placed_at)
        .where(orders.c.route == route, orders.c.placed_at >= since, orders.c.digest != "")
        .order_by(orders.c.placed_at.desc(), orders.c.order_id)
        .limit(limit)
    )
    return [(ExternalId(row.order_id), row.placed_at) for row in rows]


def looked_at(
    connection: sa.Connection, route: RouteId, shop: ConnectionId, place: str
) -> dt.datetime | None:
    """When a shop's accounts were looked through because it had gone back behind `place`.

    Args:
        place: cursor in its orders.

    Returns:
        None if that was not done, or at another place.
    """
    return connection.execute(
        sa.select(cursors.c.moved_at).where(
            cursors.c.connection == shop,
            cursors.c.feed == _LOOKED.format(route),
            cursors.c.value == place,
        )
    ).scalar_one_or_none()


def note_looked_at(
    connection: sa.Connection,
    route: RouteId,
    shop: ConnectionId,
    place: str,
    *,
    now: dt.datetime,
) -> None:
    """A shop's accounts were looked through; the first time at a place is the one that counts."""
    if looked_at(connection, route, shop, place) is not None:
        return
    values = {"value": place, "moved_at": now}
    connection.execute(
        insert(connection, cursors)
        .values(connection=shop, feed=_LOOKED.format(route), **values)
        .on_conflict_do_update(index_elements=["connection", "feed"], set_=values)
    )
