"""Orders as lists show them: with whether one of them waits for a person."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.model.ids import ModuleCode, RouteId
from panstore.store.orders import OrderRow
from panstore.store.tables import orders, parked

__all__ = ["ListedOrder", "listed_orders", "printed_numbers"]


class ListedOrder(OrderRow, frozen=True):
    """An order without personal data, in a list.

    Attributes:
        parked: number of the record that waits for a person, None if none does. An order that is
            in the ERP stays `imported` while one does.
    """

    parked: int | None = None


_COLUMNS = [*(orders.c[name] for name in OrderRow.__struct_fields__), parked.c.id]


def _open(module: ModuleCode) -> sa.ColumnElement[bool]:
    return sa.and_(
        parked.c.route == orders.c.route,
        parked.c.module == module,
        parked.c.key == orders.c.order_id,
        parked.c.state == "open",
    )


def listed_orders(
    connection: sa.Connection,
    module: ModuleCode,
    *,
    route: RouteId | None = None,
    state: str | None = None,
    limit: int = 50,
) -> list[ListedOrder]:
    """Orders, the newest first.

    Args:
        module: under which orders are parked.
        state: only orders in this state; `parked` are all that wait for a person, wherever they
            have come to.
    """
    found = orders.outerjoin(parked, _open(module))
    statement = sa.select(*_COLUMNS).select_from(found)
    if route is not None:
        statement = statement.where(orders.c.route == route)
    if state == "parked":
        statement = statement.where(sa.or_(orders.c.state == state, parked.c.id.is_not(None)))
    elif state is not None:
        statement = statement.where(orders.c.state == state)
    rows = connection.execute(statement.order_by(orders.c.placed_at.desc()).limit(limit))
    return [ListedOrder(*row) for row in rows]


def printed_numbers(
    connection: sa.Connection, module: ModuleCode
) -> dict[tuple[RouteId, str], str]:
    """What people call the orders that wait for a person, by route and id."""
    rows = connection.execute(
        sa.select(orders.c.route, orders.c.order_id, orders.c.number).join_from(
            orders, parked, _open(module)
        )
    )
    return {(RouteId(row.route), row.order_id): row.number for row in rows if row.number}
