"""Orders that change, break, leave the shop or lose a reply, and the goods they hold."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine.context import ORDERS
from panstore.engine.feeds import reread_orders
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.plan import Held
from panstore.model.sale import BookedOrder, ErpOrder
from panstore.store.facts import facts_of
from panstore.store.orders import list_orders
from panstore.store.parked import list_parked, park
from panstore.store.tables import payloads
from panstore.testing.world import Scene
from tests.engine.house import S1, S2, S4, House, web_sales

Make = Callable[..., House]
SECOND = ConnectionId("second")


async def _open(make_house: Make, scene: Scene, goods: int = 3, **options: object) -> House:
    scene.add_goods(goods, on_hand=10, price=Decimal("33.33"))
    house = make_house(scene, **options)
    await house.open()
    await house.settle()
    return house


async def _park(house: House, *lines: tuple[ExternalId, int]) -> tuple[ExternalId, int]:
    """An order with an article that the ERP does not know: its id and that of its record."""
    shop = house.scene.shop
    stranger = shop.add_variant("UNKNOWN-1", announce=False)
    shop.edit_stock(stranger, 5)
    shop.edit_price(stranger, shop.prices[lines[0][0]])
    order = shop.place_order(*lines, (stranger, 1))
    await house.settle()
    [record] = await house.store.read(list_parked)
    return order.id, record.id


async def test_an_order_whose_reply_was_lost_is_not_counted_twice_for_ever(
    make_house: Make,
) -> None:
    scene = Scene()
    house = await _open(make_house, scene)
    link = scene.shop_links[0]
    scene.faults.script("erp", "create_order", "lost_after")
    scene.shop.place_order((link.shop, 3))
    await house.settle()
    assert len(web_sales(scene)) == 1
    assert scene.shop.free(link.shop) == Decimal(7)


async def test_goods_that_left_the_shop_before_the_erp_knew_are_not_offered_again(
    make_house: Make,
) -> None:
    scene = Scene()
    house = await _open(make_house, scene)
    link = scene.shop_links[0]
    order, record = await _park(house, (link.shop, 4))
    scene.shop.ship(order)
    await house.settle()
    assert scene.shop.free(link.shop) == Decimal(6)
    # Whoever skips the order has entered it in the ERP by hand.
    assert await house.engine.skip(record)
    scene.erp.set_on_hand(link.erp, 6)
    await house.settle()
    assert scene.shop.free(link.shop) == Decimal(6)


async def test_without_web_orders_shipped_goods_are_the_erps_affair(make_house: Make) -> None:
    scene = Scene()
    house = await _open(make_house, scene, modules=frozenset({S1, S2}))
    link = scene.shop_links[0]
    order = scene.shop.place_order((link.shop, 4))
    await house.settle()
    scene.shop.ship(order.id)
    scene.erp.set_on_hand(link.erp, 6)
    await house.settle()
    assert scene.shop.free(link.shop) == Decimal(6)


async def test_an_unreadable_order_lowers_the_offer_of_the_other_shop(make_house: Make) -> None:
    scene = Scene()
    scene.add_shop(str(SECOND))
    house = await _open(make_house, scene)
    first, second = scene.shop_links[0], scene.links[SECOND][0]
    order = scene.shop.place_order((first.shop, 4))
    scene.shop.break_order(order.id, "a line without a quantity")
    await house.settle()
    assert scene.shops[SECOND].free(second.shop) == Decimal(6)


async def test_a_line_taken_out_of_an_order_is_offered_again_everywhere(make_house: Make) -> None:
    scene = Scene()
    scene.add_shop(str(SECOND))
    house = await _open(make_house, scene)
    kept, taken_out = scene.shop_links[:2]
    order_id, _ = await _park(house, (kept.shop, 1), (taken_out.shop, 4))
    other = scene.shops[SECOND]
    assert other.free(scene.links[SECOND][1].shop) == Decimal(6)
    entry = scene.shop.orders.get(order_id)
    assert entry is not None
    lines = tuple(line for line in entry.order.lines if line.product != taken_out.shop)
    scene.shop.stand_order(order_id, replace(entry.order, lines=lines))
    await house.settle()
    assert other.free(scene.links[SECOND][1].shop) == Decimal(10)


async def test_a_skipped_unreadable_order_stays_skipped(make_house: Make) -> None:
    scene = Scene()
    house = await _open(make_house, scene)
    order = scene.shop.place_order((scene.shop_links[0].shop, 3))
    scene.shop.break_order(order.id, "a line without a quantity")
    await house.settle()
    [record] = await house.store.read(list_parked)
    assert await house.engine.skip(record.id)
    route = next(iter(house.engine.context.routes.values()))
    await reread_orders(house.engine.context, route, scene.shop_connector)
    assert await house.store.read(list_parked) == []
    [row] = await house.store.read(list_orders)
    assert (row.state, row.holds) == ("skipped", True)


async def test_an_order_in_the_erp_that_becomes_unreadable_asks_nobody(make_house: Make) -> None:
    scene = Scene()
    house = await _open(make_house, scene)
    link = scene.shop_links[0]
    order = scene.shop.place_order((link.shop, 3))
    await house.settle()
    scene.shop.break_order(order.id, "a line without a quantity")
    await house.settle()
    assert await house.store.read(list_parked) == []
    scene.shop.break_order(order.id, "")
    await house.settle()
    assert len(web_sales(scene)) == 1
    assert scene.shop.free(link.shop) == Decimal(7)
    assert await house.judge() == []


@pytest.mark.parametrize("decision", ["retry", "skip"])
async def test_a_decision_about_an_order_that_is_in_the_erp_changes_nothing(
    make_house: Make, decision: str
) -> None:
    scene = Scene()
    house = await _open(make_house, scene)
    link = scene.shop_links[0]
    order = scene.shop.place_order((link.shop, 3))
    await house.settle()
    # It went through while a person looked at the page on which it was parked.
    route, now = house._routes()[0].id, scene.clock.now()
    old = Held(order.id, "order.refused", "the ERP refused it", order.number)
    await house.store.write(lambda c: park(c, route, ORDERS, [old], now=now))
    [record] = await house.store.read(list_parked)
    engine = house.engine
    assert await (engine.retry(record.id) if decision == "retry" else engine.skip(record.id))
    scene.shop.set_status(order.id, "looked at")
    await house.settle()
    [row] = await house.store.read(list_orders)
    assert (row.state, row.holds) == ("imported", False)
    assert len(web_sales(scene)) == 1
    assert scene.shop.free(link.shop) == Decimal(7)


async def test_an_order_that_is_gone_from_the_shop_is_told_and_not_dropped(
    make_house: Make,
) -> None:
    scene = Scene()
    house = await _open(make_house, scene)
    order = scene.shop.place_order((scene.shop_links[0].shop, 3))
    scene.shop.break_order(order.id, "a line without a quantity")
    await house.settle()
    [record] = await house.store.read(list_parked)
    scene.shop.orders._orders.pop(order.id)
    assert await house.engine.retry(record.id)
    await house.runner.drain()
    [again] = await house.store.read(list_parked)
    assert (again.module, again.key, again.code) == (ORDERS, order.id, "order.gone")


async def test_a_store_that_fails_after_the_sale_was_made_parks_nothing(make_house: Make) -> None:
    scene = Scene()
    house = await _open(make_house, scene)
    away = [sa.exc.OperationalError("the store is away", None, Exception())]

    def fail_once(step: str) -> None:
        if step == "order.done" and away:
            raise away.pop()

    house.probe = fail_once
    scene.shop.place_order((scene.shop_links[0].shop, 1))
    with pytest.raises(sa.exc.OperationalError):
        await house.settle()
    assert await house.store.read(list_parked) == []
    await house.settle()
    assert len(web_sales(scene)) == 1
    assert await house.judge() == []


async def test_an_order_cancelled_after_a_lost_reply_is_still_looked_up(make_house: Make) -> None:
    scene = Scene()
    house = await _open(make_house, scene)
    scene.faults.script("erp", "create_order", "lost_after")
    order = scene.shop.place_order((scene.shop_links[0].shop, 1))
    await house.step()
    scene.shop.cancel(order.id)
    await house.settle()
    [row] = await house.store.read(list_orders)
    assert (row.state, row.stage) == ("closed", "cancelled")
    [sale] = web_sales(scene)
    assert sale.state == "cancelled"
    facts = await house.store.read(lambda c: facts_of(c, row.route, order.id))
    assert {fact.name for fact in facts} == {"imported", "cancelled"}


async def test_an_order_in_doubt_is_not_said_to_be_missing_in_the_erp(make_house: Make) -> None:
    scene = Scene()
    house = await _open(make_house, scene)
    scene.erp_connector.create_order = _unreadable(scene)  # type: ignore[method-assign, assignment]
    scene.shop.place_order((scene.shop_links[0].shop, 1))
    await house.look()
    await house.runner.drain()
    [record] = await house.store.read(list_parked)
    assert "is not known" in record.reason
    # The ERP's own news of the sale leads back to the order: nobody has to do anything.
    await house.settle()
    assert await house.store.read(list_parked) == []
    assert len(web_sales(scene)) == 1


def _unreadable(scene: Scene) -> Callable[[ErpOrder], Coroutine[Any, Any, BookedOrder]]:
    """The sale is made, and the connector stumbles over the answer."""
    create = scene.erp_connector.create_order

    async def stumble(order: ErpOrder) -> BookedOrder:
        await create(order)
        raise KeyError("number")

    return stumble


async def test_an_erp_without_keys_is_given_time_whatever_the_shop_says_meanwhile(
    make_house: Make,
) -> None:
    scene = Scene(keyed=False)
    house = await _open(make_house, scene)
    scene.faults.script("erp", "create_order", "lost_after")
    order = scene.shop.place_order((scene.shop_links[0].shop, 1))
    await house.step()
    scene.shop.set_status(order.id, "looked at")
    asked = len(scene.history.of(scene.erp_connector.id, "booked_orders"))
    await house.step()
    await house.step()
    assert len(scene.history.of(scene.erp_connector.id, "booked_orders")) == asked
    await house.settle(seconds=10)
    assert len(web_sales(scene)) == 1


async def test_orders_that_came_while_web_orders_were_off_are_shown(make_house: Make) -> None:
    scene = Scene()
    house = await _open(make_house, scene, modules=frozenset({S1, S2}))
    link = scene.shop_links[0]
    order = scene.shop.place_order((link.shop, 3))
    await house.settle()
    assert await _count(house, payloads) == 0
    house.modules = frozenset({S1, S2, S4})
    await house.restart()
    await house.settle()
    [record] = await house.store.read(list_parked)
    assert (record.key, record.code) == (order.id, "order.while_off")
    assert web_sales(scene) == []
    assert await house.engine.retry(record.id)
    await house.settle()
    assert len(web_sales(scene)) == 1
    assert scene.shop.free(link.shop) == Decimal(7)
    # A start with nothing left over shows nothing.
    await house.restart()
    await house.settle()
    assert await house.store.read(list_parked) == []


async def _count(house: House, table: sa.Table) -> int:
    statement = sa.select(sa.func.count()).select_from(table)
    return await house.store.read(lambda c: c.execute(statement).scalar_one())
