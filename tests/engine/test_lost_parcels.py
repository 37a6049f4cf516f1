"""What people of the ERP take back is promised to the buyer by nobody else, so PanStore does."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from panstore.model.ids import ExternalId
from panstore.store.parked import Parked, list_parked
from panstore.testing.world import Fault, Scene
from tests.engine.house import House
from tests.engine.life import bare_house, living


async def _parked(house: House) -> list[Parked]:
    return await house.store.read(list_parked)


async def _bought(
    make_house: Callable[..., House], *, pieces: int = 2
) -> tuple[Scene, House, ExternalId, ExternalId]:
    """Five lie there, an order over some of them lives and is invoiced."""
    scene = Scene()
    [goods] = scene.add_goods(1, on_hand=5)
    house = await bare_house(make_house, scene)
    order = scene.shop.place_order((goods.shop, pieces))
    await house.settle()
    scene.shop.desk.pay(order.id)
    await house.settle()
    assert scene.shop.free(goods.shop) == 5 - pieces
    return scene, house, order.id, goods.shop


def _watch(scene: Scene, article: ExternalId) -> list[Decimal]:
    """What the shop offers after each stock write from now on."""
    offered: list[Decimal] = []
    scene.faults.hook("shop.write_stock.after", lambda: offered.append(scene.shop.free(article)))
    return offered


async def test_goods_of_a_cancelled_parcel_stay_off_sale_and_a_person_is_told(
    make_house: Callable[..., House],
) -> None:
    """Also in the moment in which the ERP has let them go and the order was not looked at yet."""
    scene, house, order, article = await _bought(make_house)
    [sale] = living(scene, order)
    assert sale.papers
    offered = _watch(scene, article)
    scene.erp.deliveries.drop_parcel(sale.id)
    await house.settle()
    assert max(offered, default=Decimal(0)) <= 3
    assert scene.shop.free(article) == 3
    assert await house.judge() == []
    [parked] = await _parked(house)
    assert parked.code == "order.parcel_lost"
    assert sale.number in parked.reason
    assert "2 x " in parked.reason


async def test_a_parcel_made_anew_takes_the_promise_back_and_the_order_goes_on(
    make_house: Callable[..., House],
) -> None:
    scene, house, order, article = await _bought(make_house)
    [sale] = living(scene, order)
    scene.erp.deliveries.drop_parcel(sale.id)
    await house.settle()
    scene.erp.deliveries.make_parcel_anew(sale.id)
    await house.settle()
    assert await _parked(house) == []
    assert await house.judge() == []
    assert scene.shop.free(article) == 3
    assert sale.reserved == sale.goods
    scene.erp.deliveries.ship(sale.id)
    await house.settle()
    assert scene.shop.free(article) == 3
    assert scene.erp.on_hand["LJ"][next(iter(sale.goods))] == 3


async def test_goods_of_a_sale_that_was_cancelled_by_hand_stay_off_sale_while_the_order_lives(
    make_house: Callable[..., House],
) -> None:
    scene = Scene()
    [goods] = scene.add_goods(1, on_hand=5)
    house = await bare_house(make_house, scene)
    order = scene.shop.place_order((goods.shop, 2))
    await house.settle()
    [sale] = living(scene, order.id)
    assert not sale.standing
    offered = _watch(scene, goods.shop)
    scene.erp.deliveries.cancel(sale.id)
    await house.settle()
    assert max(offered, default=Decimal(0)) <= 3
    assert scene.shop.free(goods.shop) == 3
    scene.shop.cancel(order.id)
    await house.settle()
    assert scene.shop.free(goods.shop) == 5


async def test_goods_on_their_way_from_one_sale_to_the_next_stay_off_sale_though_the_shop_says_sent(
    make_house: Callable[..., House],
) -> None:
    """An edit and "shipped" in the shop come together; between the two sales nobody promises."""
    scene = Scene()
    [goods] = scene.add_goods(1, on_hand=5)
    house = await bare_house(make_house, scene)
    order = scene.shop.place_order((goods.shop, 2))
    await house.settle()
    offered: list[Decimal] = []
    scene.shop.desk.edit(order.id, {goods.shop: 3})
    scene.shop.ship(order.id)
    scene.faults.hook("erp.cancel_order.after", lambda: offered.append(scene.shop.free(goods.shop)))
    await house.settle()
    assert offered
    assert max(offered) <= 3


async def test_an_article_that_is_always_in_some_order_not_looked_at_is_offered_again_in_the_end(
    make_house: Callable[..., House],
) -> None:
    """The order's own run fails for long: what has arrived meanwhile is not held back for ever."""
    scene, house, order, article = await _bought(make_house)
    [sale] = living(scene, order)
    scene.faults.script("erp", "booked_orders", *[Fault("unavailable")] * 200)
    scene.erp.deliveries.release(sale.id)
    scene.erp.set_on_hand(next(iter(sale.goods)), 9)
    for _ in range(40):
        await house.step(1.0)
    assert scene.shop.free(article) == 7
