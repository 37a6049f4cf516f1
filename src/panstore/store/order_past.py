"""Orders and the time before web orders were on: since when they are, and who is on which side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ConnectionId, ModuleCode, RouteId
from panstore.store.orders import LEFT_ALONE, OrderRow
from panstore.store.tables import cursors, intents, orders, parked
from panstore.store.upsert import insert

__all__ = [
    "ASKS",
    "Known",
    "asking",
    "asks",
    "earlier_since",
    "find_known",
    "first_on",
    "is_given_away",
    "not_yet",
    "set_states",
]

ASKS = ("order.while_off", "order.id_reused")
"""Reasons for which only a person's word takes an order forward, never a change of the order."""


_AT_ONCE = 5000
"""Ids in one statement; a database takes some ten thousand values at most."""

_FIRST_ON = "first on"
"""Beside the cursors of a shop: since when its orders are taken over."""


class Known(msgspec.Struct, frozen=True):
    """What tells a known order from another one with the same id.

    Attributes:
        read: whether it was ever readable; if not, its time is only that of its discovery.
    """

    state: str
    placed_at: dt.datetime
    read: bool
    stage: str


def first_on(
    connection: sa.Connection, route: RouteId, shop: ConnectionId, *, now: dt.datetime
) -> dt.datetime:
    """When web orders of a route were first on; now, and remembered, if they never were.

    A store from before this was remembered has had them on at the latest since the first order
    that it kept with its buyer.
    """
    place = (cursors.c.connection == shop, cursors.c.feed == _FIRST_ON)
    kept = sa.select(cursors.c.moved_at).where(*place)
    at: dt.datetime | None = connection.execute(kept).scalar_one_or_none()
    if at is not None:
        return at
    oldest: dt.datetime | None = connection.execute(
        sa.select(sa.func.min(orders.c.placed_at)).where(
            orders.c.route == route, orders.c.payload != ""
        )
    ).scalar_one()
    statement = insert(connection, cursors).values(
        connection=shop, feed=_FIRST_ON, value="", moved_at=min(oldest or now, now)
    )
    connection.execute(statement.on_conflict_do_nothing())
    first: dt.datetime = connection.execute(kept).scalar_one()
    return first


def find_known(connection: sa.Connection, route: RouteId, order_id: str) -> Known | None:
    """The order with that id, None if there never was one."""
    row = connection.execute(
        sa.select(orders.c.state, orders.c.placed_at, orders.c.currency, orders.c.stage).where(
            orders.c.route == route, orders.c.order_id == order_id
        )
    ).one_or_none()
    return None if row is None else Known(row.state, row.placed_at, row.currency != "", row.stage)


def is_given_away(connection: sa.Connection, route: RouteId, order_id: str) -> bool:
    """Whether a restored shop has given the id of this order to another one."""
    found = connection.execute(
        sa.select(orders.c.order_id).where(
            orders.c.route == route, orders.c.order_id.startswith(f"{order_id}@", autoescape=True)
        )
    )
    return found.first() is not None


def asks(connection: sa.Connection, route: RouteId, module: ModuleCode, order_id: str) -> bool:
    """Whether an order waits for a person's word."""
    found = connection.execute(
        sa.select(parked.c.id).where(
            parked.c.route == route,
            parked.c.module == module,
            parked.c.key == order_id,
            parked.c.state == "open",
            parked.c.code.in_(ASKS),
        )
    )
    return found.first() is not None


def asking(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    *,
    since: dt.datetime,
    before: dt.datetime,
) -> list[OrderRow]:
    """Orders placed in `[since, before)` that wait for a person's word, oldest first."""
    waits = sa.exists().where(
        parked.c.route == route,
        parked.c.module == module,
        parked.c.key == orders.c.order_id,
        parked.c.state == "open",
        parked.c.code == "order.while_off",
    )
    return _rows(
        connection,
        route,
        orders.c.state == "parked",
        orders.c.placed_at >= since,
        orders.c.placed_at < before,
        waits,
    )


def earlier_since(connection: sa.Connection, route: RouteId, since: dt.datetime) -> list[OrderRow]:
    """Orders that count as earlier and were placed since then, oldest first."""
    return _rows(connection, route, orders.c.state == "earlier", orders.c.placed_at >= since)


def not_yet(connection: sa.Connection, route: RouteId, before: dt.datetime) -> list[OrderRow]:
    """Orders placed before then that are on their way to the ERP or parked, oldest first.

    Those of which nobody knows whether the ERP has them are left out: they are not settled.
    """
    doubtful = sa.exists().where(
        intents.c.route == route,
        intents.c.order_id == orders.c.order_id,
        intents.c.state.in_(("started", "unknown")),
    )
    return _rows(
        connection,
        route,
        orders.c.state.in_(("waiting", "parked")),
        orders.c.placed_at < before,
        ~doubtful,
    )


def set_states(
    connection: sa.Connection, route: RouteId, order_ids: Sequence[str], state: str
) -> None:
    """Move any number of orders that are not in the ERP; see `orders.set_state`."""
    values: dict[str, Any] = {"state": state}
    if state in LEFT_ALONE:
        values["holds"] = sa.and_(orders.c.holds, orders.c.stage == "open")
    for begin in range(0, len(order_ids), _AT_ONCE):
        some = order_ids[begin : begin + _AT_ONCE]
        connection.execute(
            sa
            .update(orders)
            .where(
                orders.c.route == route, orders.c.order_id.in_(some), orders.c.state != "imported"
            )
            .values(**values)
        )


def _rows(
    connection: sa.Connection, route: RouteId, *conditions: sa.ColumnElement[bool]
) -> list[OrderRow]:
    columns = [orders.c[name] for name in OrderRow.__struct_fields__]
    rows = connection.execute(
        sa.select(*columns).where(orders.c.route == route, *conditions).order_by(orders.c.placed_at)
    )
    return [OrderRow(*row) for row in rows]
