"""Orders older than web orders, orders of a time in which they were off, and the first day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Literal

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine.context import ORDERS
from panstore.engine.order_past import Era, fate
from panstore.model.ids import RouteId
from panstore.model.order import Order, OrderStage
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.store.audit import story
from panstore.store.orders import OrderRow, list_orders
from panstore.store.parked import list_parked
from panstore.store.tables import cursors
from panstore.testing.world import Scene
from tests.engine.house import S1, S2, S4, House, web_sales

Make = Callable[..., House]
ROUTE = RouteId("shop")
DAY = dt.timedelta(days=1)


def _scene() -> Scene:
    """A shop that has its prices and stock from elsewhere, as one with a past has."""
    scene = Scene()
    scene.add_goods(3, on_hand=10, price=Decimal("33.33"))
    return scene


async def _opened(make_house: Make, scene: Scene, **options: object) -> House:
    house = make_house(scene, **options)
    await house.open()
    await house.settle()
    return house


def _place(scene: Scene, quantity: int = 1, at: int = 0) -> Order:
    return scene.shop.place_order((scene.shop_links[at].shop, quantity))


def _first_day(scene: Scene, days_ago: int) -> OrderSettings:
    day = (scene.clock.now() - days_ago * DAY).date()
    return OrderSettings(warehouse="LJ", match=("email",), from_date=day)


async def _history(make_house: Make) -> tuple[House, dict[str, Order]]:
    """A shop with an open, a shipped and a cancelled order, all a month old, and nothing else."""
    scene = _scene()
    house = await _opened(make_house, scene, modules=frozenset({S2}))
    await house.close()
    for link in scene.shop_links:
        scene.shop.edit_stock(link.shop, 10)
    placed = {stage: _place(scene, at=n) for n, stage in enumerate(("open", "shipped", "gone"))}
    scene.shop.ship(placed["shipped"].id)
    scene.shop.cancel(placed["gone"].id)
    scene.clock.advance(30 * 86400)
    other = make_house(scene)
    other.url = f"{house.url}2" if house.url.startswith("sqlite") else house.url
    return other, placed


async def _states(house: House) -> dict[str, str]:
    return {row.order_id: row.state for row in await _rows(house)}


async def _rows(house: House) -> list[OrderRow]:
    return await house.store.read(list_orders)


async def test_a_first_start_takes_over_no_past(make_house: Make) -> None:
    house, placed = await _history(make_house)
    scene = house.scene
    await house.open()
    await house.settle()
    assert web_sales(scene) == []
    assert await _states(house) == {
        placed["open"].id: "parked",
        placed["shipped"].id: "earlier",
        placed["gone"].id: "earlier",
    }
    [record] = await house.store.read(list_parked)
    assert (record.key, record.code) == (placed["open"].id, "order.while_off")
    assert "first switched on" in record.reason
    told = await house.store.read(lambda c: story(c, ROUTE, ORDERS, placed["shipped"].id))
    assert [entry.outcome for entry in told] == ["earlier"]
    assert "before web orders were first switched on" in told[0].reason
    # What the shop holds stays promised, what has left it does not.
    held = {row.order_id for row in await _rows(house) if row.holds}
    assert held == {placed["open"].id}
    new = _place(scene)
    await house.settle()
    assert [sale.shop_order for sale in web_sales(scene)] == [new.id]


async def test_an_old_order_is_not_taken_over_when_it_changes(make_house: Make) -> None:
    house, placed = await _history(make_house)
    await house.open()
    await house.settle()
    for order in placed.values():
        house.scene.shop.set_status(order.id, "looked at")
    await house.settle()
    house.scene.shop.ship(placed["open"].id)
    await house.restart()
    await house.settle()
    assert web_sales(house.scene) == []
    assert (await _states(house))[placed["open"].id] == "parked"


async def test_a_person_may_have_an_old_open_order_taken_over(make_house: Make) -> None:
    house, placed = await _history(make_house)
    await house.open()
    await house.settle()
    [record] = await house.store.read(list_parked)
    assert await house.engine.retry(record.id)
    await house.settle()
    assert [sale.shop_order for sale in web_sales(house.scene)] == [placed["open"].id]
    assert (await _states(house))[placed["open"].id] == "imported"


async def test_an_old_open_order_that_is_cancelled_waits_for_nobody(make_house: Make) -> None:
    house, placed = await _history(make_house)
    await house.open()
    await house.settle()
    house.scene.shop.cancel(placed["open"].id)
    await house.settle()
    assert await house.store.read(list_parked) == []
    assert (await _states(house))[placed["open"].id] == "closed"


async def test_an_article_that_is_linked_takes_no_order_over_that_waits_for_a_word(
    make_house: Make,
) -> None:
    scene = _scene()
    house = await _opened(make_house, scene, modules=frozenset({S1, S2}))
    stranger = scene.shop.add_variant("LATE-1")
    scene.shop.edit_stock(stranger, 5)
    scene.shop.edit_price(stranger, scene.shop.prices[scene.shop_links[0].shop])
    scene.shop.place_order((stranger, 1))
    await house.settle()
    house.modules = frozenset({S1, S2, S4})
    await house.restart()
    scene.erp.add_variant("LATE-1", price=Decimal(5), on_hand=5)
    await house.settle()
    assert len(await house.links()) == 4
    assert web_sales(scene) == []


async def test_unreadable_orders_of_the_past_are_shown_to_nobody(make_house: Make) -> None:
    house, placed = await _history(make_house)
    shop = house.scene.shop
    entry = shop.orders.get(placed["shipped"].id)
    assert entry is not None
    entry.broken = "no VAT rate was recorded"
    entry.order = replace(entry.order, lines=())
    await house.open()
    await house.settle()
    assert (await _states(house))[placed["shipped"].id] == "earlier"
    assert [r.code for r in await house.store.read(list_parked)] == ["order.while_off"]


async def test_an_old_order_that_becomes_readable_is_still_old(make_house: Make) -> None:
    house, placed = await _history(make_house)
    shop = house.scene.shop
    for stage in ("open", "shipped"):
        entry = shop.orders.get(placed[stage].id)
        assert entry is not None
        entry.broken = "a status nobody has explained"
    await house.open()
    await house.settle()
    assert len(await house.store.read(list_parked)) == 2
    for stage in ("open", "shipped"):
        shop.break_order(placed[stage].id, "")
    await house.settle()
    assert web_sales(house.scene) == []
    [record] = await house.store.read(list_parked)
    assert (record.key, record.code) == (placed["open"].id, "order.while_off")
    assert (await _states(house))[placed["shipped"].id] == "earlier"


async def test_an_order_that_waits_for_a_word_and_cannot_be_read_still_waits_for_it(
    make_house: Make,
) -> None:
    house, placed = await _history(make_house)
    await house.open()
    await house.settle()
    for what in ("a status nobody has explained", ""):
        house.scene.shop.break_order(placed["open"].id, what)
        await house.settle()
        [record] = await house.store.read(list_parked)
        assert record.code == "order.while_off"
    assert web_sales(house.scene) == []


async def test_an_order_left_alone_that_is_deleted_holds_nothing(make_house: Make) -> None:
    house, placed = await _history(make_house)
    house.s4_settings = _first_day(house.scene, 10)
    await house.open()
    await house.settle()
    shop, item = house.scene.shop, house.scene.shop_links[0].shop
    assert shop.free(item) == Decimal(9)
    entry = shop.orders.get(placed["open"].id)
    assert entry is not None
    shop.cancel(entry.order.id)
    entry.order = replace(entry.order, lines=())
    shop.break_order(placed["open"].id, "it was deleted there")
    await house.settle()
    assert (await _states(house))[placed["open"].id] == "earlier"
    assert [r.holds for r in await _rows(house)] == [False] * 3
    assert shop.free(item) == Decimal(10)


async def test_orders_of_the_hour_before_the_first_start_are_new(make_house: Make) -> None:
    scene = _scene()
    house = await _opened(make_house, scene, modules=frozenset({S1, S2}))
    await house.close()
    order = _place(scene)
    scene.clock.advance(50 * 60)
    other = make_house(scene)
    other.url = f"{house.url}2" if house.url.startswith("sqlite") else house.url
    await other.open()
    await other.settle()
    assert [sale.shop_order for sale in web_sales(scene)] == [order.id]


async def test_a_long_stop_makes_no_order_old(make_house: Make) -> None:
    scene = _scene()
    house = await _opened(make_house, scene)
    scene.clock.advance(90 * 86400)
    order = _place(scene)
    scene.clock.advance(90 * 86400)
    await house.restart()
    await house.settle()
    assert [sale.shop_order for sale in web_sales(scene)] == [order.id]


async def test_a_store_that_does_not_remember_since_when_goes_by_what_it_took_over(
    make_house: Make,
) -> None:
    scene = _scene()
    house = await _opened(make_house, scene)
    first = _place(scene)
    await house.settle()
    await house.store.write(
        lambda c: c.execute(sa.delete(cursors).where(cursors.c.feed == "first on"))
    )
    scene.clock.advance(90 * 86400)
    second = _place(scene)
    scene.clock.advance(90 * 86400)
    await house.restart()
    await house.settle()
    assert [sale.shop_order for sale in web_sales(scene)] == [first.id, second.id]


async def test_the_first_day_of_the_settings_decides(make_house: Make) -> None:
    house, placed = await _history(make_house)
    house.scene.clock.advance(86400)
    late = _place(house.scene)
    house.scene.clock.advance(10 * 86400)
    house.s4_settings = _first_day(house.scene, 20)
    await house.open()
    await house.settle()
    assert [sale.shop_order for sale in web_sales(house.scene)] == [late.id]
    assert {(await _states(house))[order.id] for order in placed.values()} == {"earlier"}
    assert await house.store.read(list_parked) == []
    told = await house.store.read(lambda c: story(c, ROUTE, ORDERS, placed["open"].id))
    assert "from_date" in told[0].reason


async def test_a_first_day_named_later_settles_what_was_shown(make_house: Make) -> None:
    house, placed = await _history(make_house)
    await house.open()
    await house.settle()
    house.s4_settings = _first_day(house.scene, 10)
    await house.restart()
    await house.settle()
    assert await house.store.read(list_parked) == []
    assert (await _states(house))[placed["open"].id] == "earlier"
    # And an earlier one takes over what was left alone, the sale happened.
    house.s4_settings = _first_day(house.scene, 40)
    await house.restart()
    await house.settle()
    sold = {sale.shop_order for sale in web_sales(house.scene)}
    assert sold == {placed["open"].id, placed["shipped"].id}


async def test_orders_shipped_while_web_orders_were_off_are_left_alone(make_house: Make) -> None:
    scene = _scene()
    house = await _opened(make_house, scene)
    house.modules = frozenset({S1, S2})
    await house.restart()
    shipped, open_ = _place(scene), _place(scene, at=1)
    await house.settle()
    scene.shop.ship(shipped.id)
    await house.settle()
    house.modules = frozenset({S1, S2, S4})
    await house.restart()
    await house.settle()
    scene.shop.set_status(shipped.id, "looked at")
    scene.shop.set_status(open_.id, "looked at")
    await house.settle()
    assert web_sales(scene) == []
    assert await _states(house) == {shipped.id: "skipped", open_.id: "parked"}
    told = await house.store.read(lambda c: story(c, ROUTE, ORDERS, shipped.id))
    assert "by hand" in told[0].reason


async def test_an_order_on_its_way_when_web_orders_were_switched_off_is_shown(
    make_house: Make,
) -> None:
    scene = _scene()
    house = await _opened(make_house, scene)
    scene.faults.down("erp", scene.clock.now(), scene.clock.now() + DAY)
    order = _place(scene)
    await house.step()
    scene.faults.up("erp")
    house.modules = frozenset({S1, S2})
    await house.restart()
    scene.shop.ship(order.id)
    await house.settle()
    house.modules = frozenset({S1, S2, S4})
    await house.restart()
    await house.settle()
    [record] = await house.store.read(list_parked)
    assert (record.key, record.code) == (order.id, "order.while_off")
    [row] = await _rows(house)
    assert row.holds


NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize("came", ["on", "off"])
@pytest.mark.parametrize("stage", ["open", "shipped", "cancelled"])
@pytest.mark.parametrize("age", [-5, 5])
@pytest.mark.parametrize("first", [None, -10, 10])
def test_what_becomes_of_an_order(
    came: Literal["on", "off"], stage: OrderStage, age: int, first: int | None
) -> None:
    """Ages in days from the moment at which web orders were first on."""
    era = Era(NOW, None if first is None else NOW + first * DAY, "Europe/Ljubljana")
    became = fate(era, NOW + age * DAY, stage, came=came)
    if first is not None and age < first:
        assert became == "earlier"
    elif (first is not None and age < 0) or (age > 0 and came == "on"):
        assert became == "take"
    elif stage == "open":
        assert became == "park"
    else:
        assert became == ("earlier" if age < 0 else "skipped")
