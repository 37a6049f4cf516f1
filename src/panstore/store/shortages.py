"""Goods that orders wait for, and the line in which they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ExternalId, RouteId
from panstore.store.tables import shortages

__all__ = [
    "Waiting",
    "arrive",
    "arrived",
    "clear_arrived",
    "forget_shortages",
    "next_in_line",
    "orders_before",
    "place_of",
    "set_shortages",
    "shortages_of",
    "somebody_before",
    "try_again",
    "turn_over",
    "waited_besides",
]

_AT_ONCE = 5000


class Waiting(msgspec.Struct, frozen=True):
    """An order in the line; `priority` is the text the line is sorted by."""

    route: RouteId
    order_id: str
    priority: str


_IN_LINE = (shortages.c.priority, shortages.c.order_id, shortages.c.route)


def set_shortages(
    connection: sa.Connection,
    route: RouteId,
    order_id: str,
    missing: Mapping[ExternalId, Decimal],
    *,
    priority: str,
    arrived: bool,
) -> None:
    """Write down what an order waits for; nothing once `missing` is empty.

    Args:
        missing: stock units by the ERP's variant, > 0.
        priority: text that sorts the line.
        arrived: whether it has not been tried since there may be some.
    """
    forget_shortages(connection, route, order_id)
    rows = [
        {
            "route": route,
            "order_id": order_id,
            "variant": variant,
            "missing": str(quantity),
            "priority": priority,
            "arrived": arrived,
        }
        for variant, quantity in missing.items()
    ]
    if rows:
        connection.execute(sa.insert(shortages), rows)


def forget_shortages(
    connection: sa.Connection,
    route: RouteId,
    order_id: str,
    variants: Sequence[ExternalId] | None = None,
) -> None:
    """The order waits for these goods no more; for none at all where none are named."""
    statement = sa.delete(shortages).where(
        shortages.c.route == route, shortages.c.order_id == order_id
    )
    if variants is not None:
        statement = statement.where(shortages.c.variant.in_(variants))
    connection.execute(statement)


def place_of(connection: sa.Connection, route: RouteId, order_id: str) -> Waiting | None:
    """The order's place in the line, None if it waits for nothing."""
    row = connection.execute(
        sa
        .select(shortages.c.route, shortages.c.order_id, shortages.c.priority)
        .where(shortages.c.route == route, shortages.c.order_id == order_id)
        .limit(1)
    ).one_or_none()
    return None if row is None else Waiting(*row)


def try_again(connection: sa.Connection, route: RouteId, order_id: str) -> None:
    """A person wants this order to be tried again, whatever has arrived."""
    connection.execute(
        sa
        .update(shortages)
        .where(shortages.c.route == route, shortages.c.order_id == order_id)
        .values(arrived=True)
    )


def turn_over(connection: sa.Connection, route: RouteId, order_id: str) -> None:
    """This order has had its turn: it need not try before more arrive."""
    connection.execute(
        sa
        .update(shortages)
        .where(shortages.c.route == route, shortages.c.order_id == order_id)
        .values(arrived=False)
    )


def shortages_of(
    connection: sa.Connection, route: RouteId, order_id: str
) -> dict[ExternalId, Decimal]:
    """Stock units an order waits for, by the ERP's variant."""
    rows = connection.execute(
        sa
        .select(shortages.c.variant, shortages.c.missing)
        .where(shortages.c.route == route, shortages.c.order_id == order_id)
        .order_by(shortages.c.variant)
    )
    return {ExternalId(row.variant): Decimal(row.missing) for row in rows}


def arrived(connection: sa.Connection, route: RouteId, order_id: str) -> bool:
    """Whether there may be some of the goods the order waits for, and it has not tried since."""
    found = connection.execute(
        sa
        .select(shortages.c.variant)
        .where(
            shortages.c.route == route,
            shortages.c.order_id == order_id,
            shortages.c.arrived.is_(True),
        )
        .limit(1)
    )
    return found.first() is not None


def arrive(
    connection: sa.Connection, routes: Sequence[RouteId], variants: Sequence[ExternalId]
) -> bool:
    """Say of these goods that there may be some now; whether anybody waits for them."""
    waited = False
    for begin in range(0, len(variants), _AT_ONCE):
        changed = connection.execute(
            sa
            .update(shortages)
            .where(
                shortages.c.route.in_(routes),
                shortages.c.variant.in_(variants[begin : begin + _AT_ONCE]),
            )
            .values(arrived=True)
            .returning(shortages.c.variant)
        )
        waited = changed.first() is not None or waited
    return waited


def clear_arrived(
    connection: sa.Connection, routes: Sequence[RouteId], variants: Sequence[ExternalId]
) -> None:
    """Say of these goods that none are left: nobody need try before more arrive."""
    connection.execute(
        sa
        .update(shortages)
        .where(shortages.c.route.in_(routes), shortages.c.variant.in_(variants))
        .values(arrived=False)
    )


def waited_besides(
    connection: sa.Connection, routes: Sequence[RouteId], variants: Sequence[ExternalId]
) -> list[ExternalId]:
    """What orders that wait for one of these goods wait for besides."""
    other = shortages.alias()
    found: set[str] = set()
    for begin in range(0, len(variants), _AT_ONCE):
        rows = connection.execute(
            sa
            .select(other.c.variant)
            .join(
                shortages,
                sa.and_(
                    shortages.c.route == other.c.route,
                    shortages.c.order_id == other.c.order_id,
                ),
            )
            .where(
                shortages.c.route.in_(routes),
                shortages.c.variant.in_(variants[begin : begin + _AT_ONCE]),
            )
            .distinct()
        )
        found.update(rows.scalars())
    return sorted(map(ExternalId, found.difference(variants)))


def next_in_line(
    connection: sa.Connection, routes: Sequence[RouteId], variants: Sequence[ExternalId]
) -> list[Waiting]:
    """For each of these goods the first order whose turn it is to try; each order once."""
    found: dict[tuple[str, str], Waiting] = {}
    for variant in variants:
        row = connection.execute(
            sa
            .select(shortages.c.route, shortages.c.order_id, shortages.c.priority)
            .where(
                shortages.c.route.in_(routes),
                shortages.c.variant == variant,
                shortages.c.arrived.is_(True),
            )
            .order_by(*_IN_LINE)
            .limit(1)
        ).one_or_none()
        if row is not None:
            found[row.route, row.order_id] = Waiting(*row)
    return list(found.values())


def somebody_before(
    connection: sa.Connection,
    routes: Sequence[RouteId],
    variants: Sequence[ExternalId],
    me: Waiting,
) -> bool:
    """Whether an order that comes before `me` has yet to try for one of these goods."""
    mine = (me.priority, me.order_id, me.route)
    rows = connection.execute(
        sa
        .select(*_IN_LINE)
        .where(
            shortages.c.route.in_(routes),
            shortages.c.variant.in_(variants),
            shortages.c.arrived.is_(True),
            shortages.c.priority <= me.priority,
        )
        .order_by(*_IN_LINE)
        .limit(1)
    ).one_or_none()
    return rows is not None and tuple(rows) < mine


def orders_before(
    connection: sa.Connection, routes: Sequence[RouteId], variant: ExternalId, me: Waiting
) -> int:
    """How many orders that wait for these goods come before `me`."""
    mine = sa.tuple_(me.priority, me.order_id, me.route)
    statement = (
        sa
        .select(sa.func.count())
        .select_from(shortages)
        .where(
            shortages.c.route.in_(routes),
            shortages.c.variant == variant,
            sa.tuple_(*_IN_LINE) < mine,
        )
    )
    return connection.execute(statement).scalar_one()
