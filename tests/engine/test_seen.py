"""What people see of an order is true, and whole."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from panstore.model.ids import ExternalId, RouteId
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.store.facts import facts_of
from panstore.store.parked import list_parked
from panstore.testing.world import Fault, Scene
from tests.engine.house import P2, S1, S2, S4, House
from tests.engine.life import TOLD, bare_house, living

Make = Callable[..., House]


async def _one_order(make_house: Make, **options: Any) -> tuple[House, Scene, ExternalId]:
    scene = Scene()
    [goods] = scene.add_goods(1, on_hand=10, price=Decimal("33.33"))
    house = await bare_house(make_house, scene, **options)
    order = scene.shop.place_order((goods.shop, 2)).id
    await house.settle()
    return house, scene, order


async def test_a_refused_telling_does_not_hide_what_else_a_person_has_to_mend(
    make_house: Make,
) -> None:
    house, scene, order = await _one_order(make_house, modules=frozenset({S1, S2, S4, P2}))
    [sale] = living(scene, order)
    scene.erp.billing.post_by_hand(sale.id)
    scene.shop.cancel(order)
    scene.faults.script("shop", "update_order", *[Fault("rejected")] * 20)
    await house.settle()
    [parked] = await house.store.read(list_parked)
    assert "the shop could not be told of it" in parked.reason
    assert "stands in the books" in parked.reason


def _status(scene: Scene, order: ExternalId) -> str:
    entry = scene.shop.orders.get(order)
    assert entry is not None
    return entry.order.status


async def test_an_order_taken_up_again_in_the_shop_shows_there_how_far_it_is(
    make_house: Make,
) -> None:
    house, scene, order = await _one_order(make_house)
    assert _status(scene, order) == "reserved"
    scene.shop.cancel(order)
    await house.settle()
    assert _status(scene, order) == "cancelled"
    for _ in range(2):
        scene.shop.desk.uncancel(order)
        await house.settle()
        assert _status(scene, order) == "reserved"
        scene.shop.cancel(order)
        await house.settle()
    assert await house.judge() == []


async def test_each_turn_of_the_shop_is_written_down_though_nothing_is_told_between(
    make_house: Make,
) -> None:
    house, scene, order = await _one_order(make_house)
    scene.shop.desk.pay(order)
    await house.settle()
    scene.shop.cancel(order)
    await house.settle()
    scene.faults.script("erp", "create_order", *[Fault("rejected")] * 20)
    for _ in range(2):
        scene.shop.desk.uncancel(order)
        await house.settle()
        scene.shop.cancel(order)
        await house.settle()
    facts = await house.store.read(lambda c: facts_of(c, RouteId("shop"), order))
    turns = [fact.name for fact in facts if fact.name in {"withdrawn", "revived"}]
    assert turns == ["withdrawn", "revived"] * 2 + ["withdrawn"]


async def test_a_packed_order_taken_up_again_shows_how_far_it_is_though_its_sale_stood(
    make_house: Make,
) -> None:
    house, scene, order = await _one_order(make_house)
    [sale] = living(scene, order)
    scene.erp.deliveries.pack(sale.id)
    scene.shop.cancel(order)
    await house.settle()
    assert await house.store.read(list_parked)
    scene.shop.desk.uncancel(order)
    await house.settle()
    assert _status(scene, order) == "reserved"
    assert await house.store.read(list_parked) == []
    scene.shop.set_status(order, "on hold")
    await house.settle()
    assert _status(scene, order) == "on hold"


async def test_a_shop_that_was_told_of_a_cancelled_sale_is_not_told_against_a_person(
    make_house: Make,
) -> None:
    house, scene, order = await _one_order(
        make_house,
        s4_settings=OrderSettings(
            warehouse="LJ", match=("email",), tell=TOLD, erp_cancelled="tell"
        ),
    )
    [sale] = living(scene, order)
    scene.erp.deliveries.cancel(sale.id)
    await house.settle()
    assert _status(scene, order) == "cancelled"
    scene.shop.desk.uncancel(order)
    await house.settle()
    assert _status(scene, order) == "new"
