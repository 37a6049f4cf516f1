"""What a second look at the order's life found: each was a way to lose or to promise wrongly."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from panstore.testing.world import Fault, Scene
from tests.engine.house import House
from tests.engine.life import bare_house, living


async def test_what_happens_while_a_message_to_the_shop_is_in_doubt_is_told_all_the_same(
    make_house: Callable[..., House],
) -> None:
    """Under one key the shop takes one message: the next one needs a key of its own."""
    scene = Scene()
    [goods] = scene.add_goods(1)
    house = await bare_house(make_house, scene)
    scene.faults.script("shop", "update_order", "lost_after")

    def meanwhile() -> None:
        scene.shop.desk.pay(order.id)

    scene.faults.hook("shop.update_order.after", meanwhile)
    order = scene.shop.place_order((goods.shop, 1))
    await house.settle()
    [sale] = living(scene, order.id)
    [paper] = sale.papers
    entry = scene.shop.orders.get(order.id)
    assert entry is not None
    assert entry.order.status == "invoiced"
    assert [number for told in entry.updates for number in told.invoices] == [paper.number]


async def test_an_order_whose_goods_cannot_be_set_aside_lets_the_next_one_try(
    make_house: Callable[..., House],
) -> None:
    """Nobody waits behind an order that is shown to a person."""
    scene = Scene()
    [goods] = scene.add_goods(1, on_hand=0)
    house = await bare_house(make_house, scene)
    orders = []
    for _ in range(2):
        orders.append(scene.shop.place_order((goods.shop, 2), guard=False).id)
        scene.clock.advance(60)
        await house.settle()
    scene.faults.script("erp", "reserve", *[Fault("rejected")] * 2)
    scene.erp.set_on_hand(goods.erp, 4)
    await house.settle()
    [second] = living(scene, orders[1])
    assert second.reserved == second.goods


async def test_a_half_reservation_in_doubt_is_given_back_when_nobody_wants_it(
    make_house: Callable[..., House],
) -> None:
    scene = Scene()
    [goods] = scene.add_goods(1, on_hand=1)
    house = await bare_house(make_house, scene)
    scene.faults.script("erp", "reserve", "lost_after")

    def meanwhile() -> None:
        scene.shop.desk.fail_payment(order.id)

    scene.faults.hook("erp.reserve.after", meanwhile)
    order = scene.shop.place_order((goods.shop, 2), guard=False)
    await house.settle()
    [sale] = living(scene, order.id)
    assert sum(sale.reserved.values(), Decimal(0)) == 0
