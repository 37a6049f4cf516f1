"""What people see of an order is true, and whole."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from panstore.model.ids import ExternalId
from panstore.store.parked import list_parked
from panstore.testing.world import Fault, Scene
from tests.engine.house import P2, S1, S2, S4, House
from tests.engine.life import bare_house, living

Make = Callable[..., House]


async def _one_order(
    make_house: Make, modules: frozenset[str] | None = None
) -> tuple[House, Scene, ExternalId]:
    scene = Scene()
    [goods] = scene.add_goods(1, on_hand=10, price=Decimal("33.33"))
    given = {} if modules is None else {"modules": modules}
    house = await bare_house(make_house, scene, **given)
    order = scene.shop.place_order((goods.shop, 2)).id
    await house.settle()
    return house, scene, order


async def test_a_refused_telling_does_not_hide_what_else_a_person_has_to_mend(
    make_house: Make,
) -> None:
    house, scene, order = await _one_order(make_house, frozenset({S1, S2, S4, P2}))
    [sale] = living(scene, order)
    scene.erp.billing.post_by_hand(sale.id)
    scene.shop.cancel(order)
    scene.faults.script("shop", "update_order", *[Fault("rejected")] * 20)
    await house.settle()
    [parked] = await house.store.read(list_parked)
    assert "the shop could not be told of it" in parked.reason
    assert "stands in the books" in parked.reason
