"""A service has no stock, so S1 has nothing to say about it."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given

from panstore.model.ids import ExternalId, ItemId, RouteId
from panstore.model.link import Link
from panstore.model.stock import StockTarget
from panstore.modules.s1_stock.module import module
from panstore.modules.s1_stock.settings import StockSettings
from panstore.sdk.modules import RouteView, StockItem
from panstore.testing.strategies import route_views


@given(view=route_views())
def test_a_service_is_left_as_it_is(view: RouteView) -> None:
    link = Link(
        ItemId("i"), RouteId("r"), ExternalId("e"), ExternalId("s"), Decimal(1), "SERVICE", False
    )
    item = StockItem(link, (), Decimal(0), StockTarget(Decimal(5)))
    plan = module.plan([item], StockSettings(warehouses=("LJ",)), view)
    assert (plan.unchanged, plan.operations, plan.held) == (("i",), (), ())
