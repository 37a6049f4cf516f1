"""S1 and S2 through the whole engine in the simulated world."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from panstore.testing.world import Scene
from tests.engine.house import S1, House

Make = Callable[..., House]


async def test_first_run_links_and_fills_the_shop(make_house: Make) -> None:
    scene = Scene()
    goods = scene.add_goods(120, on_hand=7, price=Decimal("12.50"))
    house = make_house(scene)
    await house.open()
    await house.settle()
    assert len(await house.links()) == 120
    assert {scene.shop.free(link.shop) for link in goods} == {Decimal(7)}
    assert {scene.shop.prices[link.shop].amount for link in goods} == {Decimal("12.50")}
    assert await house.judge() == []


async def test_an_unchanged_catalogue_writes_nothing(make_house: Make) -> None:
    scene = Scene()
    scene.add_goods(60)
    house = make_house(scene)
    await house.open()
    await house.settle()
    writes = len(scene.history.of(scene.shop_connector.id, "write_stock"))
    await house.engine.full_run(house._routes()[0].id, [S1])
    await house.settle()
    assert len(scene.history.of(scene.shop_connector.id, "write_stock")) == writes


async def test_one_change_is_one_write(make_house: Make) -> None:
    scene = Scene()
    goods = scene.add_goods(60)
    house = make_house(scene)
    await house.open()
    await house.settle()
    writes = len(scene.history.of(scene.shop_connector.id, "write_stock"))
    for quantity in range(20, 30):
        scene.erp.set_on_hand(goods[0].erp, quantity)
    await house.settle()
    assert scene.shop.free(goods[0].shop) == Decimal(29)
    assert len(scene.history.of(scene.shop_connector.id, "write_stock")) == writes + 1


async def test_everything_is_looked_at_again_after_a_day(make_house: Make) -> None:
    scene = Scene()
    [link] = scene.add_goods(1, on_hand=5)
    house = make_house(scene)
    await house.open()
    await house.settle()
    # Somebody changes the shop by hand and its message is lost.
    scene.shop.edit_stock(link.shop, 50)
    scene.shop.messages.take()
    await house.settle()
    assert scene.shop.free(link.shop) == Decimal(50)
    scene.clock.advance(dt.timedelta(hours=25))
    await house.settle()
    assert scene.shop.free(link.shop) == Decimal(5)


async def test_a_change_made_by_hand_in_the_shop_is_put_right(make_house: Make) -> None:
    scene = Scene()
    [link] = scene.add_goods(1, on_hand=5)
    house = make_house(scene)
    await house.open()
    await house.settle()
    scene.shop.edit_stock(link.shop, 50)
    await house.settle()
    assert scene.shop.free(link.shop) == Decimal(5)
