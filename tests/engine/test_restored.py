"""A shop that is restored from an older copy: noticed, left in peace, begun with again."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from panstore.engine.feeds import ORDER_FEED
from panstore.engine.restored import begin_with_restored, has_gone_back
from panstore.engine.status import ConnectionStatus, look
from panstore.engine.sweep import sweep
from panstore.model.ids import ConnectionId
from panstore.model.order import Order
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.store.orders import list_orders
from panstore.store.parked import Parked, list_parked
from panstore.store.systems import get_cursor, set_cursor
from panstore.testing.world import Scene
from panstore.testing.world.history import StockWrite
from tests.engine.house import S1, S2, House, Killed, web_sales

Make = Callable[..., House]
SHOP = ConnectionId("shop")


async def _restored(
    make_house: Make, *, lost: int = 2, **options: object
) -> tuple[House, list[Order]]:
    """Three orders, all in the ERP; then the shop goes back to where it had only the first."""
    scene = Scene()
    scene.add_goods(3, on_hand=20, price=Decimal("33.33"))
    house = make_house(scene, **options)
    await house.open()
    await house.settle()
    placed = [_place(scene)]
    await house.settle()
    backup = scene.shop.back_up()
    for _ in range(lost):
        scene.clock.advance(1)
        placed.append(_place(scene))
    await house.settle()
    scene.shop.restore(backup)
    scene.clock.advance(60)
    return house, placed


def _place(scene: Scene, quantity: int = 1) -> Order:
    return scene.shop.place_order((scene.shop_links[0].shop, quantity))


async def _steps(house: House, count: int = 30, seconds: float = 1.0) -> None:
    for _ in range(count):
        await house.step(seconds)


async def _shop_state(house: House) -> ConnectionStatus:
    context = house.engine.context
    status = await house.store.read(lambda c: look(c, context))
    return next(one for one in status.connections if one.id == SHOP)


async def _parked(house: House) -> list[Parked]:
    return await house.store.read(list_parked)


async def test_it_is_noticed_and_left_in_peace(make_house: Make) -> None:
    house, _ = await _restored(make_house)
    scene = house.scene
    scene.erp.set_price(scene.shop_links[1].erp, Decimal(50))
    scene.erp.set_on_hand(scene.shop_links[1].erp, 3)
    written = len(scene.history.of(SHOP, "write_prices")) + len(
        scene.history.of(SHOP, "write_stock")
    )
    await _steps(house)
    state = await _shop_state(house)
    assert state.state in {"resting", "trouble"}
    assert "restored from an older copy" in state.trouble
    assert "panstore sync --restored shop" in state.trouble
    assert await _parked(house) == []
    assert written == len(scene.history.of(SHOP, "write_prices")) + len(
        scene.history.of(SHOP, "write_stock")
    )
    # Another process, as `panstore check` is one, sees it too.
    await house.restart()
    gone_back = await has_gone_back(house.engine.context, SHOP)
    assert "its journal ends at 1" in str(gone_back)


async def test_begun_again_nothing_is_lost_doubled_or_taken_for_another(make_house: Make) -> None:
    house, placed = await _restored(make_house)
    scene = house.scene
    reused = _place(scene, 2)
    await _steps(house)
    await begin_with_restored(house.engine.context, SHOP)
    await house.settle()
    assert (await _shop_state(house)).state == "works"
    assert await has_gone_back(house.engine.context, SHOP) is None
    # The three old ones once each, the new one under a used id not at all.
    assert sorted(s.shop_order for s in scene.erp.sales) == sorted(o.id for o in placed)
    [record] = await _parked(house)
    assert (record.code, record.label) == ("order.id_reused", reused.number)
    assert reused.id == placed[1].id
    assert record.key != reused.id
    # Its goods are promised: 20 on hand, three sold by the ERP, two held here.
    assert scene.shop.free(scene.shop_links[0].shop) == Decimal(15)
    # It changes in the shop and still waits for a person.
    scene.shop.set_status(reused.id, "looked at")
    await house.settle()
    assert len(list(scene.erp.sales)) == 3
    assert await house.engine.retry(record.id)
    await house.settle()
    [own] = [s for s in scene.erp.sales if s.shop_order == record.key]
    assert own.total == reused.total
    assert await _parked(house) == []
    # Ids beyond the old ones need nobody.
    scene.shop.cancel(_place(scene).id)
    new = _place(scene)
    await house.settle()
    assert [s.total for s in scene.erp.sales if s.shop_order == new.id] == [new.total]


async def test_what_the_shop_has_forgotten_is_written_again(make_house: Make) -> None:
    house, _ = await _restored(make_house)
    scene = house.scene
    link = scene.shop_links[2]
    scene.shop.edit_stock(link.shop, 99)
    scene.shop.prices.pop(link.shop)
    scene.shop.messages.take()
    await begin_with_restored(house.engine.context, SHOP)
    await house.settle()
    assert scene.shop.free(link.shop) == Decimal(20)
    assert scene.shop.prices[link.shop].amount == Decimal("33.33")
    # One sale of the lost orders is still the ERP's promise.
    assert scene.shop.free(scene.shop_links[0].shop) == Decimal(17)


async def test_goods_of_a_lost_order_that_was_never_taken_over_are_free_again(
    make_house: Make,
) -> None:
    scene = Scene()
    scene.add_goods(1, on_hand=20, price=Decimal(5))
    house = make_house(scene, modules=frozenset({S1, S2}))
    await house.open()
    await house.settle()
    kept = _place(scene)
    older = scene.shop.back_up()
    for _ in range(2):
        scene.clock.advance(1)
        _place(scene)
    await house.settle()
    newer = scene.shop.back_up()
    scene.shop.restore(older)
    shop_item = scene.shop_links[0].shop
    await begin_with_restored(house.engine.context, SHOP)
    await house.settle()
    held = {row.order_id for row in await house.store.read(list_orders) if row.holds}
    assert held == {kept.id}
    assert scene.shop.free(shop_item) == Decimal(19)
    # A newer copy turns up: what was lost is there again and holds its goods.
    scene.shop.restore(newer)
    await begin_with_restored(house.engine.context, SHOP)
    await house.settle()
    assert scene.shop.free(shop_item) == Decimal(17)


async def test_a_shop_that_has_caught_up_is_noticed_by_the_second_look(make_house: Make) -> None:
    house, placed = await _restored(make_house)
    scene = house.scene
    again = [_place(scene) for _ in range(4)]
    assert scene.shop.orders.watermark > 3
    await _steps(house, 20, seconds=20)
    await house.settle()
    codes = {record.label: record.code for record in await _parked(house)}
    assert codes == {o.number: "order.id_reused" for o in again[:2]}
    sold = [s.shop_order for s in scene.erp.sales]
    assert sorted(sold) == sorted([*(o.id for o in placed), *(o.id for o in again[2:])])


async def test_a_reader_on_its_way_does_not_put_its_place_back(make_house: Make) -> None:
    scene = Scene()
    scene.add_goods(1, on_hand=20, price=Decimal(5))
    house = make_house(scene)
    await house.open()
    await house.settle()
    order = _place(scene)
    await house.settle()
    page = await scene.shop_connector.orders_since("1", 10)
    await begin_with_restored(house.engine.context, SHOP)
    now = scene.clock.now()
    moved = await house.store.write(
        lambda c: set_cursor(c, SHOP, ORDER_FEED, page.cursor, now=now, after="1")
    )
    assert not moved
    assert await house.store.read(lambda c: get_cursor(c, SHOP, ORDER_FEED)) is None
    await house.settle()
    assert [s.shop_order for s in web_sales(scene)] == [order.id]
    assert [r.state for r in await house.store.read(list_orders)] == ["imported"]


async def test_the_orders_are_read_to_their_end_before_stock_is_written(make_house: Make) -> None:
    scene = Scene()
    scene.add_goods(1, on_hand=500, price=Decimal(5))
    house = make_house(scene)
    await house.open()
    await house.settle()
    for _ in range(150):
        scene.shop.ship(_place(scene).id)
    scene.erp.set_on_hand(scene.shop_links[0].erp, 350)

    def die(step: str) -> None:
        if step == "orders.stored":
            raise Killed

    house.probe = die
    with pytest.raises(Killed):
        await house.look()
    house.probe = lambda _step: None
    await house.restart()
    # Stock is worked before anybody looks at the feed again.
    scene.erp.set_on_hand(scene.shop_links[0].erp, 340)
    await house.deliver()
    await sweep(house.engine.context)
    await house.runner.drain()
    assert len(web_sales(scene)) == 150
    writes = [one.detail for one in scene.history.of(SHOP, "write_stock")]
    assert {write.watermark for write in writes if isinstance(write, StockWrite)} <= {300, 0}
    await house.settle()
    assert await house.judge() == []


async def test_the_shop_is_told_of_no_order_that_it_has_lost(make_house: Make) -> None:
    told = OrderSettings(
        warehouse="LJ", match=("email",), tell={"imported": "taken", "shipped": "sent"}
    )
    house, placed = await _restored(make_house, s4_settings=told)
    scene = house.scene
    reused = _place(scene, 2)
    await begin_with_restored(house.engine.context, SHOP)
    await house.settle()
    [record] = await _parked(house)
    [sale] = [s for s in scene.erp.sales if s.shop_order == placed[1].id]
    scene.erp.deliveries.ship(sale.id)
    await house.settle()
    assert _status(scene, reused) == "new"
    [lost] = [r for r in await _parked(house) if r.id != record.id]
    assert (lost.key, lost.code) == (placed[1].id, "order.lost_in_shop")
    # The new order is told of by the id that the shop gave it.
    assert await house.engine.retry(record.id)
    await house.settle()
    assert _status(scene, reused) == "taken"


def _status(scene: Scene, order: Order) -> str:
    entry = scene.shop.orders.get(order.id)
    assert entry is not None
    return entry.order.status
