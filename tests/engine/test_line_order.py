"""Who gets goods that arrive: by the time of the order, or the paid ones first."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from panstore.model.ids import ExternalId
from panstore.modules.p2_reservations.settings import ReservationSettings
from panstore.testing.world import Scene
from tests.engine.house import House
from tests.engine.life import bare_house, living

FIRST_COME = ReservationSettings(priority="first_come")
PAID_FIRST = ReservationSettings(priority="paid_first")


def _has(scene: Scene, order: ExternalId) -> bool:
    [sale] = living(scene, order)
    return bool(sale.reserved == sale.goods)


@pytest.mark.parametrize(
    ("settings", "winner"), [(FIRST_COME, 1), (PAID_FIRST, 2)], ids=["first come", "paid first"]
)
async def test_an_order_paid_while_it_waits_moves_up_by_setting(
    make_house: Callable[..., House], settings: ReservationSettings, winner: int
) -> None:
    scene = Scene()
    [goods] = scene.add_goods(1, on_hand=1, price=Decimal("33.33"))
    house = await bare_house(make_house, scene, p2_settings=settings)
    orders = []
    for _ in range(3):
        orders.append(scene.shop.place_order((goods.shop, 1), guard=False).id)
        scene.clock.advance(60)
        await house.settle()
    assert [_has(scene, order) for order in orders] == [True, False, False]
    assert scene.shop.desk.pay(orders[2])
    await house.settle()
    scene.erp.set_on_hand(goods.erp, 2)
    await house.settle()
    assert [_has(scene, order) for order in orders] == [n in {0, winner} for n in range(3)]
