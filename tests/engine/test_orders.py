"""S4 through the whole engine: exactly once, to the cent, or parked."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from panstore.engine.context import ORDERS
from panstore.store.parked import list_parked
from panstore.testing.world import Fault, Scene, shipping_charge
from tests.engine.house import House, web_sales

Make = Callable[..., House]


async def _shop_with_goods(make_house: Make, scene: Scene, count: int = 5) -> House:
    scene.add_goods(count, on_hand=10, price=Decimal("33.33"))
    house = make_house(scene)
    await house.open()
    await house.settle()
    return house


async def test_an_order_becomes_one_sale_and_its_goods_are_counted_once(make_house: Make) -> None:
    scene = Scene()
    house = await _shop_with_goods(make_house, scene)
    link = scene.shop_links[0]
    order = scene.shop.place_order(
        (link.shop, 3), charges=[shipping_charge(Decimal("4.90"), Decimal(22))]
    )
    await house.settle()
    sales = web_sales(scene)
    assert [(s.shop_order, s.total) for s in sales] == [(order.id, order.total)]
    assert scene.shop.free(link.shop) == Decimal(7)
    assert await house.judge() == []


@pytest.mark.parametrize("kind", ["lost_after", "lost_before", "unavailable", "rate_limited"])
async def test_a_call_that_goes_wrong_never_loses_or_doubles_the_order(
    make_house: Make, kind: str
) -> None:
    scene = Scene()
    house = await _shop_with_goods(make_house, scene)
    scene.faults.script("erp", "create_order", Fault(kind), Fault(kind))  # type: ignore[arg-type]
    scene.shop.place_order((scene.shop_links[0].shop, 1))
    await house.settle()
    assert len(web_sales(scene)) == 1
    assert await house.judge() == []


async def test_an_erp_without_keys_is_asked_before_it_is_told_again(make_house: Make) -> None:
    scene = Scene(keyed=False)
    house = await _shop_with_goods(make_house, scene)
    scene.faults.script("erp", "create_order", "lost_after")
    scene.shop.place_order((scene.shop_links[0].shop, 1))
    await house.settle(seconds=10)
    assert len(web_sales(scene)) == 1
    assert len(scene.history.of(scene.erp_connector.id, "create_order")) == 1
    assert await house.judge() == []


async def test_an_unknown_product_parks_the_order_and_holds_its_goods(make_house: Make) -> None:
    scene = Scene()
    house = await _shop_with_goods(make_house, scene)
    stranger = scene.shop.add_variant("UNKNOWN-1", announce=False)
    link = scene.shop_links[0]
    scene.shop.edit_stock(stranger, 5)
    scene.shop.edit_price(stranger, scene.shop.prices[link.shop])
    order = scene.shop.place_order((link.shop, 2), (stranger, 1))
    await house.settle()
    assert await house.parked_orders() == {scene.shop_connector.id: [order.id]}
    # The known line of the parked order is promised all the same.
    scene.erp.set_on_hand(link.erp, 6)
    await house.settle()
    assert scene.shop.free(link.shop) == Decimal(4)
    assert await house.judge() == []


async def test_a_parked_order_goes_through_on_retry(make_house: Make) -> None:
    scene = Scene()
    house = await _shop_with_goods(make_house, scene)
    scene.faults.script("erp", "create_order", "rejected")
    order = scene.shop.place_order((scene.shop_links[0].shop, 1))
    await house.settle()
    [record] = await house.store.read(list_parked)
    assert (record.module, record.key) == (ORDERS, order.id)
    assert await house.engine.retry(record.id)
    await house.settle()
    assert len(web_sales(scene)) == 1
    assert await house.store.read(list_parked) == []


async def test_an_order_that_the_erp_refuses_is_named_by_the_number_people_know(
    make_house: Make,
) -> None:
    scene = Scene()
    house = await _shop_with_goods(make_house, scene)
    scene.faults.script("erp", "create_order", "rejected")
    order = scene.shop.place_order((scene.shop_links[0].shop, 1))
    await house.settle()
    [record] = await house.store.read(list_parked)
    assert record.label == order.number
    assert f"Order {order.number} was not taken over" in record.reason
    assert ".." not in record.reason


async def test_a_skipped_order_is_never_imported_but_still_holds_its_goods(
    make_house: Make,
) -> None:
    scene = Scene()
    house = await _shop_with_goods(make_house, scene)
    link = scene.shop_links[0]
    scene.faults.script("erp", "create_order", "rejected")
    order = scene.shop.place_order((link.shop, 4))
    await house.settle()
    [record] = await house.store.read(list_parked)
    assert await house.engine.skip(record.id)
    scene.shop.set_status(order.id, "looked at")
    await house.settle()
    assert web_sales(scene) == []
    assert scene.shop.free(link.shop) == Decimal(6)


async def test_an_unreadable_order_is_parked_and_its_goods_are_not_offered_again(
    make_house: Make,
) -> None:
    scene = Scene()
    house = await _shop_with_goods(make_house, scene)
    link = scene.shop_links[0]
    order = scene.shop.place_order((link.shop, 3))
    scene.shop.break_order(order.id, "a line without a quantity")
    await house.settle()
    scene.erp.set_on_hand(link.erp, 8)
    await house.settle()
    assert scene.shop.free(link.shop) == Decimal(5)
    assert await house.parked_orders() == {scene.shop_connector.id: [order.id]}
    assert await house.judge() == []


async def test_an_order_cancelled_before_it_was_imported_never_reaches_the_erp(
    make_house: Make,
) -> None:
    scene = Scene()
    house = await _shop_with_goods(make_house, scene)
    order = scene.shop.place_order((scene.shop_links[0].shop, 1))
    scene.shop.cancel(order.id)
    await house.settle()
    assert web_sales(scene) == []
    assert await house.judge() == []


async def test_goods_of_one_shop_fall_in_the_other_shop_too(make_house: Make) -> None:
    scene = Scene()
    scene.add_shop("second")
    scene.add_goods(3, on_hand=10)
    house = make_house(scene)
    await house.open()
    await house.settle()
    first, second = scene.links[scene.shop_connector.id][0], scene.links["second"][0]  # type: ignore[index]
    scene.shop.place_order((first.shop, 4))
    await house.settle()
    assert scene.shops["second"].free(second.shop) == Decimal(6)  # type: ignore[index]
    assert await house.judge() == []


async def test_an_order_goes_on_by_itself_when_its_article_appears(make_house: Make) -> None:
    scene = Scene()
    house = await _shop_with_goods(make_house, scene)
    stranger = scene.shop.add_variant("LATER-1", announce=True)
    scene.shop.edit_stock(stranger, 5)
    scene.shop.edit_price(stranger, scene.shop.prices[scene.shop_links[0].shop])
    order = scene.shop.place_order((stranger, 1))
    await house.settle()
    assert await house.parked_orders() == {scene.shop_connector.id: [order.id]}
    scene.erp.add_variant("LATER-1", price=Decimal("33.33"), on_hand=5, announce=True)
    await house.settle()
    assert await house.parked_orders() == {}
    assert len(web_sales(scene)) == 1
    assert await house.judge() == []


async def test_an_article_nobody_announced_is_linked_when_an_order_needs_it(
    make_house: Make,
) -> None:
    scene = Scene()
    house = await _shop_with_goods(make_house, scene)
    scene.erp.add_variant("QUIET-1", price=Decimal("33.33"), on_hand=5, announce=True)
    quiet = scene.shop.add_variant("QUIET-1", announce=False)
    scene.shop.messages.take()
    await house.settle()
    scene.shop.prices[quiet] = scene.shop.prices[scene.shop_links[0].shop]
    scene.shop.in_stock[quiet] = Decimal(5)
    scene.shop.place_order((quiet, 1))
    await house.settle()
    assert await house.parked_orders() == {}
    assert len(web_sales(scene)) == 1
    assert await house.judge() == []
