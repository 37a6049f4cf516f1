"""An order that does not want its goods any more stands in nobody's way, and may come back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from panstore.model.ids import ExternalId
from panstore.modules.p2_reservations.settings import ReservationSettings
from panstore.testing.world import Scene
from tests.engine.house import House
from tests.engine.life import bare_house, living

HOUR = 3600


async def _two_in_line(
    make_house: Callable[..., House], *, on_hand: int, hours: int | None = None
) -> tuple[House, ExternalId, ExternalId]:
    """Two orders of two pieces each, the first of which gets what is there."""
    scene = Scene()
    [goods] = scene.add_goods(1, on_hand=on_hand, price=Decimal("33.33"))
    settings = ReservationSettings(unpaid_hours=hours)
    house = await bare_house(make_house, scene, p2_settings=settings)
    orders = []
    for _ in range(2):
        orders.append(scene.shop.place_order((goods.shop, 2), guard=False).id)
        scene.clock.advance(HOUR)
        await house.settle()
    return house, orders[0], orders[1]


def _reserved(house: House, order: ExternalId) -> Decimal:
    [sale] = living(house.scene, order)
    return sum(sale.reserved.values(), Decimal(0))


async def _count(house: House, pieces: int) -> None:
    [link] = house.scene.shop_links
    house.scene.erp.set_on_hand(link.erp, pieces)
    await house.settle()


@pytest.mark.parametrize("on_hand", [0, 1])
async def test_who_does_not_pay_in_time_lets_the_next_one_try(
    make_house: Callable[..., House], on_hand: int
) -> None:
    house, first, second = await _two_in_line(make_house, on_hand=on_hand, hours=24)
    house.scene.shop.desk.pay(second)
    await house.settle()
    house.scene.clock.advance(24 * HOUR)
    await house.settle()
    assert [_reserved(house, one) for one in (first, second)] == [0, on_hand]
    await _count(house, 2)
    assert [_reserved(house, one) for one in (first, second)] == [0, 2]
    # Paid late, it stands in line again.
    house.scene.shop.desk.pay(first)
    await house.settle()
    assert _reserved(house, first) == 0
    await _count(house, 4)
    assert [_reserved(house, one) for one in (first, second)] == [2, 2]


async def test_who_pays_late_gets_what_has_come_meanwhile(
    make_house: Callable[..., House],
) -> None:
    house, first, second = await _two_in_line(make_house, on_hand=0)
    house.scene.shop.desk.fail_payment(first)
    house.scene.shop.cancel(second)
    await house.settle()
    await _count(house, 2)
    assert _reserved(house, first) == 0
    house.scene.shop.desk.pay(first)
    await house.settle()
    assert _reserved(house, first) == 2
