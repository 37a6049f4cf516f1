"""A worker that froze before a call wakes up: its call arrives when all has gone on without it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from panstore.engine.reservations import sweep_reservations
from panstore.model.ids import OrderKey, RouteId
from panstore.model.sale import BookedOrder, ErpOrder
from panstore.sdk.errors import OutcomeUnknownError, RejectedError
from panstore.store.demand import booked_of
from panstore.store.parked import list_parked
from panstore.testing.world import Scene
from tests.engine.house import P2, S1, S2, S4, House
from tests.engine.life import bare_house, living


def _set_aside(scene: Scene) -> Decimal:
    return sum(
        (sum(sale.reserved.values(), Decimal(0)) for sale in scene.erp.sales),
        Decimal(0),
    )


async def test_setting_aside_for_a_cancelled_order_comes_too_late(
    make_house: Callable[..., House],
) -> None:
    """The sale is cancelled by then, so that the ERP refuses."""
    scene = Scene()
    [goods] = scene.add_goods(1, on_hand=5)
    house = await bare_house(make_house, scene)
    scene.faults.script("erp", "reserve", "lost_before")
    order = scene.shop.place_order((goods.shop, 2))
    await house.settle()
    [sale] = living(scene, order.id)
    assert _set_aside(scene) == 2
    scene.shop.cancel(order.id)
    await house.settle()
    with pytest.raises(RejectedError, match="is cancelled"):
        scene.erp.deliveries.reserve_for(OrderKey(sale.key), whole=False)
    await sweep_reservations(house.engine.context)
    await house.settle()
    assert _set_aside(scene) == 0
    assert scene.shop.free(goods.shop) == 5
    assert await house.judge() == []


async def test_what_is_set_aside_too_late_for_an_order_that_is_void_is_given_back(
    make_house: Callable[..., House],
) -> None:
    """Its invoice keeps the sale alive, and so the ERP does as it is told."""
    scene = Scene()
    [goods] = scene.add_goods(1, on_hand=5)
    house = await bare_house(make_house, scene, modules=frozenset({S1, S2, S4, P2}))
    scene.faults.script("erp", "reserve", "lost_before")
    order = scene.shop.place_order((goods.shop, 2))
    await house.settle()
    [sale] = living(scene, order.id)
    scene.erp.billing.post_by_hand(sale.id)
    scene.shop.cancel(order.id)
    await house.settle()
    assert _set_aside(scene) == 0
    scene.erp.deliveries.reserve_for(OrderKey(sale.key), whole=False)
    assert _set_aside(scene) == 2
    await house.settle()
    assert _set_aside(scene) == 0
    [parked] = await house.store.read(list_parked)
    assert parked.code == "order.cancelled_invoiced"
    # Somebody insists: that is for a person, who is shown this order anyhow.
    scene.erp.deliveries.reserve(sale.id)
    await house.settle()
    assert _set_aside(scene) == 2


@pytest.mark.parametrize("answered", [True, False])
async def test_a_sale_that_an_earlier_call_made_from_other_goods_is_made_anew(
    make_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    """Under one key the ERP makes one sale; the order was changed meanwhile, its total was not."""
    scene = Scene()
    one, other = scene.add_goods(2, on_hand=10, price=Decimal("33.33"))
    house = await bare_house(make_house, scene)
    create = scene.erp_connector.create_order
    sent: list[ErpOrder] = []

    async def late(order: ErpOrder) -> BookedOrder:
        sent.append(order)
        if len(sent) == 1:
            scene.shop.desk.edit(order.shop_order, {one.shop: 1, other.shop: 2})
            raise OutcomeUnknownError("erp", "create_order", "it froze before the call")
        if len(sent) == 2:
            scene.erp.sales.create(sent[0])
            if not answered:
                scene.faults.script("erp", "create_order", "lost_after")
        return await create(order)

    monkeypatch.setattr(scene.erp_connector, "create_order", late)
    order = scene.shop.place_order((one.shop, 2), (other.shop, 1))
    await house.settle()
    assert sent[0].key == sent[1].key
    assert sent[0].total == sent[1].total
    [sale] = living(scene, order.id)
    assert sale.goods == {one.erp: 1, other.erp: 2}
    assert await house.judge() == []


async def test_goods_of_a_sale_whose_cancelling_failed_are_not_counted_twice(
    make_house: Callable[..., House],
) -> None:
    """The ERP cannot be reached in the middle: until it can, it still promises the goods."""
    scene = Scene()
    [goods] = scene.add_goods(1, on_hand=10)
    house = await bare_house(make_house, scene)
    order = scene.shop.place_order((goods.shop, 4))
    await house.settle()
    scene.faults.script("erp", "cancel_order", "unavailable")
    scene.shop.desk.edit(order.id, {goods.shop: 3})
    await house.step()
    booked = await house.store.read(lambda c: booked_of(c, RouteId("shop"), order.id))
    assert booked == {goods.shop: 4}
    await house.settle()
    assert scene.shop.free(goods.shop) == 7
