"""Orders that wait for several goods: each piece that is there is set aside for somebody."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from panstore.testing.world import Duties, Scene
from tests.engine.house import House
from tests.engine.life import bare_house, living

Make = Callable[..., House]


@pytest.mark.parametrize("between", range(4))
async def test_an_order_behind_another_still_gets_the_goods_only_it_waits_for(
    make_house: Make, between: int
) -> None:
    """The one before it takes its turn for the goods both want; the rest waits for nobody.

    Args:
        between: orders of something else, so that each of the two comes to be worked first.
    """
    scene = Scene()
    short, plenty, other = scene.add_goods(3, on_hand=1)
    house = await bare_house(make_house, scene)
    first = scene.shop.place_order((short.shop, 2), guard=False)
    for _ in range(between):
        scene.shop.place_order((other.shop, 1), guard=False)
    await house.settle()
    second = scene.shop.place_order((short.shop, 1), (plenty.shop, 1), guard=False)
    # Something moves, so that the first one has yet to try when the second one comes.
    scene.erp.stock_changed(short.erp)
    await house.settle()
    [waiting], [behind] = living(scene, first.id), living(scene, second.id)
    assert waiting.reserved == {short.erp: Decimal(1)}
    assert behind.reserved == {plenty.erp: Decimal(1)}
    duties = Duties(reserved=lambda _order: True)
    links = {scene.shop_connector.id: await house.links()}
    assert scene.judge(links=links, duties=duties) == []
