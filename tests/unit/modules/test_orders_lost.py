"""A parcel that somebody cancelled in the ERP while the sale and the shop's order live."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from panstore.model.ids import OrderKey
from tests.unit.modules.order_desk import Desk
from tests.unit.modules.order_scene import parked
from tests.unit.modules.test_orders_life import CANCELLED, FOUR, desk

KEY = OrderKey("shop/77/order/1")


def _lose(ours: Desk, pieces: int) -> None:
    sale = ours.sales[KEY]
    goods = tuple(replace(one, lost=Decimal(pieces)) for one in sale.goods)
    ours.sales[KEY] = replace(sale, goods=goods)


def test_goods_that_the_erp_promises_to_nobody_are_for_a_person() -> None:
    ours = desk()
    _lose(ours, 2)
    reason = parked(ours.run(), "order.parcel_lost")
    assert "a parcel of sale S-1 was cancelled in the ERP" in reason
    assert "2 x " in reason
    _lose(ours, 0)
    assert ours.run() is None


def test_a_change_of_the_order_takes_a_lost_parcel_with_it() -> None:
    ours = desk()
    _lose(ours, 3)
    assert ours.edit(FOUR) is None
    assert ours.done[1:] == ["cancel 77/order/1", "create 77/order/2"]


def test_a_cancelled_order_asks_nobody_about_a_lost_parcel() -> None:
    ours = desk()
    _lose(ours, 3)
    assert ours.edit(CANCELLED) is None
    assert ours.done[-1] == "cancel 77/order/1"
