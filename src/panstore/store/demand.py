"""The goods web orders hold: what the ERP knows of, what it does not, what waits for it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from panstore.model.ids import ExternalId, ModuleCode, RouteId
from panstore.store.former import LINKED_LINES, is_former
from panstore.store.tables import booked_goods, links, marks, order_lines, orders

__all__ = [
    "booked_of",
    "open_demand",
    "ordered_variants",
    "orders_waiting_for",
    "refresh_holds",
    "set_booked",
    "unlinked_variants",
    "unsettled_variants",
]

_ZERO = Decimal(0)
_AT_ONCE = 5000
"""Ids in one statement; a database takes some ten thousand values at most."""


def ordered_variants(connection: sa.Connection, route: RouteId, order_id: str) -> list[ExternalId]:
    """The shop's variants in an order, as it was last stored."""
    rows = connection.execute(
        sa
        .select(order_lines.c.variant)
        .where(order_lines.c.route == route, order_lines.c.order_id == order_id)
        .distinct()
        .order_by(order_lines.c.variant)
    )
    return list(rows.scalars())


def open_demand(
    connection: sa.Connection, routes: Sequence[RouteId], erp_variants: Sequence[ExternalId]
) -> dict[ExternalId, Decimal]:
    """Stock units that orders of these routes hold and the ERP does not know, by ERP variant.

    A line of an unlinked variant holds nothing we could count; a link without a factor counts
    one to one, which errs on the side of promising.
    """
    rows: list[Any] = []
    for lines in LINKED_LINES:
        rows += connection.execute(
            sa
            .select(
                links.c.erp,
                links.c.factor,
                order_lines.c.route,
                order_lines.c.order_id,
                order_lines.c.variant,
                order_lines.c.quantity,
                booked_goods.c.quantity.label("booked"),
            )
            .select_from(lines)
            .join(
                orders,
                sa.and_(
                    orders.c.route == order_lines.c.route,
                    orders.c.order_id == order_lines.c.order_id,
                ),
            )
            .outerjoin(
                booked_goods,
                sa.and_(
                    booked_goods.c.route == order_lines.c.route,
                    booked_goods.c.order_id == order_lines.c.order_id,
                    booked_goods.c.variant == order_lines.c.variant,
                ),
            )
            .where(
                links.c.route.in_(routes), links.c.erp.in_(erp_variants), orders.c.holds.is_(True)
            )
        ).all()
    # Several lines of an order may be of one article; the ERP knows them as one quantity.
    open_: dict[tuple[str, str, str], Decimal] = {}
    article: dict[tuple[str, str, str], tuple[ExternalId, Decimal]] = {}
    for row in rows:
        place = (row.route, row.order_id, row.variant)
        open_.setdefault(place, -Decimal(row.booked or 0))
        open_[place] += Decimal(row.quantity)
        article[place] = (row.erp, Decimal(row.factor or 1))
    total: dict[ExternalId, Decimal] = {}
    for place, quantity in open_.items():
        erp, factor = article[place]
        total[erp] = total.get(erp, _ZERO) + max(_ZERO, quantity) * factor
    return total


def booked_of(
    connection: sa.Connection, route: RouteId, order_id: str
) -> dict[ExternalId, Decimal]:
    """What the ERP knows of an order's goods, by the shop's variant, in its sales units."""
    rows = connection.execute(
        sa.select(booked_goods.c.variant, booked_goods.c.quantity).where(
            booked_goods.c.route == route, booked_goods.c.order_id == order_id
        )
    )
    return {ExternalId(row.variant): Decimal(row.quantity) for row in rows}


def unsettled_variants(
    connection: sa.Connection,
    routes: Sequence[RouteId],
    erp_variants: Sequence[ExternalId],
    module: ModuleCode,
) -> set[ExternalId]:
    """Of these variants of the ERP those in orders that are there and have to be looked at again.

    What the ERP promises of such an order may be less by now than was counted.

    Args:
        module: under which orders are marked.
    """
    found: set[ExternalId] = set()
    for begin, lines in itertools.product(range(0, len(erp_variants), _AT_ONCE), LINKED_LINES):
        rows = connection.execute(
            sa
            .select(links.c.erp)
            .select_from(lines)
            .join(
                orders,
                sa.and_(
                    orders.c.route == order_lines.c.route,
                    orders.c.order_id == order_lines.c.order_id,
                ),
            )
            .join(
                marks,
                sa.and_(marks.c.route == orders.c.route, marks.c.key == orders.c.order_id),
            )
            .where(
                marks.c.module == module,
                marks.c.route.in_(routes),
                orders.c.state.in_(("imported", "parked")),
                links.c.erp.in_(erp_variants[begin : begin + _AT_ONCE]),
            )
            .distinct()
        )
        found.update(ExternalId(erp) for erp in rows.scalars())
    return found


def set_booked(
    connection: sa.Connection,
    route: RouteId,
    order_id: str,
    goods: Mapping[ExternalId, Decimal],
    *,
    imports: bool = True,
) -> None:
    """Write down how much of an order's goods the ERP knows of; the rest stays promised here.

    Args:
        goods: by the shop's variant, in its sales units; what is missing or not above zero
            counts as not known.
    """
    connection.execute(
        sa.delete(booked_goods).where(
            booked_goods.c.route == route, booked_goods.c.order_id == order_id
        )
    )
    rows = [
        {"route": route, "order_id": order_id, "variant": variant, "quantity": str(quantity)}
        for variant, quantity in goods.items()
        if quantity > 0
    ]
    if rows:
        connection.execute(sa.insert(booked_goods), rows)
    refresh_holds(connection, route, order_id, imports=imports)


def refresh_holds(
    connection: sa.Connection, route: RouteId, order_id: str, *, imports: bool
) -> None:
    """Say anew whether an order holds goods the ERP does not know of.

    Args:
        imports: whether web orders of this route are taken over; then goods that have left the
            shop stay promised until the ERP knows of them, also while one sale is cancelled there
            to make room for another.
    """
    where = sa.and_(orders.c.route == route, orders.c.order_id == order_id)
    row = connection.execute(sa.select(orders.c.stage, orders.c.state).where(where)).one_or_none()
    if row is None:
        return
    may_hold = row.stage == "open" or (
        row.stage == "shipped" and imports and row.state in {"waiting", "parked", "imported"}
    )
    holds = may_hold and _has_open_goods(connection, route, order_id)
    connection.execute(sa.update(orders).where(where).values(holds=holds))


def _has_open_goods(connection: sa.Connection, route: RouteId, order_id: str) -> bool:
    open_: dict[str, Decimal] = {}
    for table, sign in ((order_lines, 1), (booked_goods, -1)):
        rows = connection.execute(
            sa.select(table.c.variant, table.c.quantity).where(
                table.c.route == route, table.c.order_id == order_id
            )
        )
        for row in rows:
            open_[row.variant] = open_.get(row.variant, _ZERO) + sign * Decimal(row.quantity)
    return any(quantity > 0 for quantity in open_.values())


def orders_waiting_for(
    connection: sa.Connection, route: RouteId, shop_variants: Sequence[ExternalId]
) -> list[str]:
    """Orders with one of these variants of the shop that are not in the ERP.

    Not only parked ones: an order that is being worked at this moment may have looked for the
    article just before it was linked, and would be parked for ever just after.
    """
    found: set[str] = set()
    for begin in range(0, len(shop_variants), _AT_ONCE):
        some = shop_variants[begin : begin + _AT_ONCE]
        rows = connection.execute(
            sa
            .select(orders.c.order_id)
            .join(
                order_lines,
                sa.and_(
                    order_lines.c.route == orders.c.route,
                    order_lines.c.order_id == orders.c.order_id,
                ),
            )
            .where(
                orders.c.route == route,
                orders.c.state.in_(("waiting", "parked")),
                order_lines.c.variant.in_(some),
            )
        )
        found.update(rows.scalars())
    return sorted(found)


def unlinked_variants(connection: sa.Connection, route: RouteId, order_id: str) -> list[ExternalId]:
    """Variants of an order that no link of the route knows."""
    linked = sa.exists().where(links.c.route == route, links.c.shop == order_lines.c.variant)
    rows = connection.execute(
        sa
        .select(order_lines.c.variant)
        .where(
            order_lines.c.route == route,
            order_lines.c.order_id == order_id,
            ~linked,
            ~is_former(route, order_lines.c.variant),
        )
        .distinct()
        .order_by(order_lines.c.variant)
    )
    return [ExternalId(variant) for variant in rows.scalars()]
