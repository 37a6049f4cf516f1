"""The line of orders that wait for the same goods: who may try first when some arrive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.engine.stages.mark import mark_order_key
from panstore.model.change import Mark
from panstore.model.ids import ExternalId, OrderKey, RouteId
from panstore.model.sale import BookedOrder
from panstore.sdk.modules import OrderCase, Reserve
from panstore.store import shortages as table
from panstore.store.facts import FactRow, add_fact

__all__ = [
    "after_trying",
    "call_again",
    "in_line",
    "leave_line",
    "may_try",
    "missing_goods",
    "note_arrival",
    "pass_turn",
    "tidy_line",
]

ARRIVED = "goods arrived"


def missing_goods(sales: Iterable[BookedOrder]) -> dict[ExternalId, Decimal]:
    """Stock units that are neither set aside nor shipped, by the ERP's variant."""
    missing: dict[ExternalId, Decimal] = {}
    for sale in sales:
        if sale.state == "cancelled":
            continue
        for goods in sale.goods:
            open_ = goods.ordered - goods.reserved - goods.shipped - goods.lost
            if goods.ordered > 0 and open_ > 0:
                missing[goods.product] = missing.get(goods.product, Decimal(0)) + open_
    return missing


def may_try(connection: sa.Connection, context: Context, route: Route, order_id: str) -> bool:
    """Whether goods the order waits for may be there, and nobody before it has yet to try."""
    if not table.arrived(connection, route.id, order_id):
        return False
    waits = table.shortages_of(connection, route.id, order_id)
    me = table.place_of(connection, route.id, order_id)
    return me is not None and not table.somebody_before(
        connection, _line_routes(context, route), list(waits), me
    )


async def in_line(
    context: Context, route: Route, mark: Mark, case: OrderCase, wanted: Reserve
) -> bool:
    """Put an order behind those that come before it, if any of them has yet to try.

    Returns:
        False if it may try now.
    """
    sale = case.sales.get(wanted.sale)
    missing = missing_goods([] if sale is None else [sale])
    me = table.Waiting(route.id, mark.key, wanted.priority)
    routes = _line_routes(context, route)
    now = context.clock.now()

    def work(connection: sa.Connection) -> bool:
        if not table.somebody_before(connection, routes, list(missing), me):
            return False
        table.set_shortages(
            connection, route.id, mark.key, missing, priority=wanted.priority, arrived=True
        )
        fact = FactRow("reserved", wanted.revision, now, detail=wanted.sale, number="in line")
        add_fact(connection, route.id, mark.key, fact)
        _call_next(connection, context, routes, list(missing))
        return True

    return await context.store.write(work)


def after_trying(
    connection: sa.Connection,
    context: Context,
    route: Route,
    order_id: str,
    sales: Mapping[OrderKey, BookedOrder],
    *,
    priority: str,
    whole: bool,
) -> None:
    """Write down what an order still waits for, and let the next one try.

    Args:
        whole: the order takes all or nothing, so what it did not take may serve others.
    """
    routes = _line_routes(context, route)
    waited = table.shortages_of(connection, route.id, order_id)
    missing = missing_goods(sales.values())
    table.set_shortages(connection, route.id, order_id, missing, priority=priority, arrived=False)
    called = {*waited, *missing}
    if not whole:
        table.clear_arrived(connection, routes, list(missing))
        # Who stood behind this order for goods of which none are left need not wait for it any
        # more: what else it waits for may be there.
        called.update(table.waited_besides(connection, routes, list(missing)))
    _call_next(connection, context, routes, sorted(called))


def leave_line(connection: sa.Connection, context: Context, route: Route, order_id: str) -> None:
    """An order waits for nothing any more; whoever stood behind it may try."""
    waited = table.shortages_of(connection, route.id, order_id)
    if waited:
        table.forget_shortages(connection, route.id, order_id)
        _call_next(connection, context, _line_routes(context, route), sorted(waited))


def call_again(
    connection: sa.Connection,
    route: Route,
    order_id: str,
    sales: Mapping[OrderKey, BookedOrder],
) -> None:
    """Goods of an order were set aside and nobody knows how it asked: it has yet to try."""
    waits = table.place_of(connection, route.id, order_id)
    priority = "" if waits is None else waits.priority
    missing = missing_goods(sales.values())
    table.set_shortages(connection, route.id, order_id, missing, priority=priority, arrived=True)


def pass_turn(connection: sa.Connection, context: Context, route: Route, order_id: str) -> None:
    """An order rests without having tried for the goods it was called for: the next one may.

    It keeps its place, and is called again when more arrive.
    """
    if may_try(connection, context, route, order_id):
        waited = table.shortages_of(connection, route.id, order_id)
        table.turn_over(connection, route.id, order_id)
        _call_next(connection, context, _line_routes(context, route), sorted(waited))


def tidy_line(
    connection: sa.Connection,
    context: Context,
    route: Route,
    order_id: str,
    sales: Mapping[OrderKey, BookedOrder],
) -> None:
    """An order that waits for less than before leaves the line of those goods."""
    waited = table.shortages_of(connection, route.id, order_id)
    if not waited:
        return
    missing = missing_goods(sales.values())
    done = [variant for variant in waited if variant not in missing]
    if done:
        table.forget_shortages(connection, route.id, order_id, done)
        _call_next(connection, context, _line_routes(context, route), done)


def note_arrival(
    connection: sa.Connection,
    context: Context,
    routes: Sequence[RouteId],
    variants: Sequence[ExternalId],
) -> None:
    """The stock of these ERP variants has moved: there may be some for who waits."""
    if variants and table.arrive(connection, routes, variants):
        _call_next(connection, context, routes, variants)


def _call_next(
    connection: sa.Connection,
    context: Context,
    routes: Sequence[RouteId],
    variants: Sequence[ExternalId],
) -> None:
    for waiting in table.next_in_line(connection, routes, variants):
        mark_order_key(connection, context, waiting.route, waiting.order_id, cause=ARRIVED)


def _line_routes(context: Context, route: Route) -> list[RouteId]:
    return [other.id for other in context.siblings(route)]
