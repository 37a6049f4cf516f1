"""Goods set aside for an order that does not want them any more are found without being told."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from panstore.engine.reservations import sweep_reservations
from panstore.testing.world import Scene
from tests.engine.house import House
from tests.engine.life import bare_house, living


@pytest.mark.parametrize(("deed", "found"), [("", 0), ("a part", 0), ("refund", 1), ("cancel", 1)])
async def test_only_what_nobody_wants_any_more_is_looked_at(
    make_house: Callable[..., House], deed: str, found: int
) -> None:
    scene = Scene()
    [goods] = scene.add_goods(1, on_hand=5, price=Decimal("33.33"))
    house = await bare_house(make_house, scene)
    order = scene.shop.place_order((goods.shop, 2))
    await house.settle()
    [sale] = living(scene, order.id)
    assert sale.reserved
    if deed == "cancel":
        scene.shop.cancel(order.id)
    elif deed:
        pieces = 2 if deed == "refund" else 1
        assert scene.shop.desk.refund(order.id, lines=[(order.lines[0].id, pieces)])
    await house.look()  # It is known here, and nothing has been done about it yet.
    assert await sweep_reservations(house.engine.context) == found
    await house.settle()
    assert bool(living(scene, order.id)) == (not found)
    assert await sweep_reservations(house.engine.context) == 0
