"""What waits behind a brake does not trickle through."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from panstore.engine.context import BrakeLimits
from panstore.store.brakes import held_items, list_approvals
from panstore.testing.world import Scene
from tests.engine.house import House

Make = Callable[..., House]


async def test_a_price_behind_a_brake_waits_for_a_person_however_often_it_is_touched(
    make_house: Make,
) -> None:
    scene = Scene()
    goods = scene.add_goods(40, on_hand=10, price=Decimal("20.00"))
    house = make_house(scene, brakes=BrakeLimits())
    await house.open()
    await house.settle()
    for link in goods[:25]:
        scene.erp.set_price(link.erp, Decimal("2.00"))
    await house.settle()
    # Later than the window, when what came together then counts together no more.
    scene.clock.advance(7200)
    scene.erp.set_price(goods[0].erp, Decimal("2.10"))
    await house.settle()
    assert scene.shop.prices[goods[0].shop].amount == Decimal("20.00")
    [approval] = await house.store.read(list_approvals)
    assert len(await house.store.read(lambda c: held_items(c, approval.id))) == 25
    # What is no longer risky goes through without being asked for.
    scene.erp.set_price(goods[0].erp, Decimal("20.50"))
    await house.settle()
    assert scene.shop.prices[goods[0].shop].amount == Decimal("20.50")
    assert await house.engine.decide(approval.id, "approved")
    await house.settle()
    assert scene.shop.prices[goods[1].shop].amount == Decimal("2.00")
