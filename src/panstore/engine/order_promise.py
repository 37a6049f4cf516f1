"""Who promises the goods of an order: the ERP, by its sales as last seen, or nobody but us."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.engine.order_case import own_sales
from panstore.engine.stages.mark import mark_goods
from panstore.model.ids import ExternalId
from panstore.model.sale import Booked, BookedOrder, lost_goods
from panstore.store import facts as facts_table
from panstore.store import orders as table
from panstore.store.demand import booked_of, set_booked
from panstore.store.facts import FactRow
from panstore.store.items import links_by_shop
from panstore.store.seen_sales import sales_seen

__all__ = ["count_anew", "count_promises"]


def count_promises(
    connection: sa.Connection, route: Route, order_id: str, *, without: str = ""
) -> None:
    """Count what the ERP promises of the order, by its sales as they were last seen there.

    A sale that somebody has cancelled promises nothing, and neither does a parcel: what the shop's
    order still holds of it is promised here.
    """
    facts = facts_table.facts_of(connection, route.id, order_id)
    seen = sales_seen(connection, route.id, order_id)
    goods: dict[ExternalId, Decimal] = {}
    standing: list[BookedOrder] = []
    for key, fact in own_sales(route, order_id, facts):
        if key == without or key not in seen or seen[key].sale.state == "cancelled":
            continue
        for variant, quantity in _goods_of(connection, route, order_id, fact):
            goods[variant] = goods.get(variant, Decimal(0)) + quantity
        standing.append(seen[key].sale)
    lost = lost_goods(standing)
    if lost:
        for variant, link in links_by_shop(connection, route.id, sorted(goods)).items():
            goods[variant] -= lost.get(link.erp, Decimal(0)) / (link.factor or Decimal(1))
    set_booked(connection, route.id, order_id, goods, imports=bool(route.flow_modules))


def count_anew(connection: sa.Connection, context: Context, route: Route, order_id: str) -> None:
    """Count again, and look at the goods of which the ERP promises more or less than before."""
    before = booked_of(connection, route.id, order_id)
    count_promises(connection, route, order_id)
    after = booked_of(connection, route.id, order_id)
    moved = sorted(v for v in before.keys() | after.keys() if before.get(v) != after.get(v))
    if moved:
        mark_goods(connection, context, route, moved, cause="promised anew", moved=False)


def _goods_of(
    connection: sa.Connection, route: Route, order_id: str, fact: FactRow
) -> Sequence[tuple[ExternalId, Decimal]]:
    if fact.detail:
        return msgspec.json.decode(fact.detail, type=Booked).goods
    # Recorded before details were: all of the order.
    stored = table.load_order(connection, route.id, order_id)
    order = None if stored is None else stored[1]
    if order is None:
        return ()
    return [(line.product, line.quantity) for line in order.lines if line.product is not None]
