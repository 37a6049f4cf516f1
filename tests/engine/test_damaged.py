"""A stored order that cannot be read any more is read in the shop again."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from panstore.model.ids import RouteId
from panstore.store.orders import list_orders
from panstore.store.parked import list_parked
from panstore.store.tables import payloads
from panstore.testing.world import Scene
from tests.engine.house import House
from tests.engine.life import bare_house, living

SHOP = RouteId("shop")


async def test_a_damaged_payload_stops_neither_its_order_nor_the_others(
    make_house: Callable[..., House],
) -> None:
    scene = Scene()
    [goods] = scene.add_goods(1, on_hand=9)
    house = await bare_house(make_house, scene)
    first = scene.shop.place_order((goods.shop, 2))
    await house.settle()
    await house.store.write(lambda c: c.execute(sa.update(payloads).values(body=b"{")))
    scene.shop.desk.pay(first.id)
    second = scene.shop.place_order((goods.shop, 1))
    assert await house.engine.retry_order(SHOP, first.id)
    await house.settle()
    assert [row.state for row in await house.store.read(list_orders)] == ["imported"] * 2
    assert await house.store.read(list_parked) == []
    [sale] = living(scene, first.id)
    assert [paper.total for paper in sale.papers] == [sale.total]
    assert living(scene, second.id)


async def test_a_damaged_payload_of_an_order_nothing_happens_to_is_read_in_the_shop(
    make_house: Callable[..., House],
) -> None:
    scene = Scene()
    [goods] = scene.add_goods(1, on_hand=9)
    house = await bare_house(make_house, scene)
    order = scene.shop.place_order((goods.shop, 2))
    await house.settle()
    await house.store.write(lambda c: c.execute(sa.update(payloads).values(body=b"{")))
    assert await house.engine.retry_order(SHOP, order.id)
    await house.settle()
    assert await house.store.read(list_parked) == []
    assert len(living(scene, order.id)) == 1
