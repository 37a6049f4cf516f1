"""Calls and feeds that overtake each other."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable

import pytest

from panstore.engine.feeds import read_orders
from panstore.engine.limiter import Lane
from panstore.engine.remote import Remote
from panstore.model.ids import ConnectionId
from panstore.sdk.errors import RateLimitedError
from panstore.store.orders import list_orders
from panstore.store.systems import get_cursor
from panstore.testing.world import Scene
from tests.engine.house import House, SleepingClock, web_sales

Make = Callable[..., House]


async def _open(make_house: Make, scene: Scene, goods: int = 3, **options: object) -> House:
    scene.add_goods(goods, on_hand=10)
    house = make_house(scene, **options)
    await house.open()
    await house.settle()
    return house


async def test_a_late_success_does_not_cut_short_the_pause_the_shop_asked_for(
    make_house: Make,
) -> None:
    house = await _open(make_house, Scene())
    shop = house.scene.shop_connector.id
    clock = SleepingClock(house.scene.clock)
    remote = Remote(house.store, clock, house.engine.context.connectors, {shop: 2})
    begun, refused = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        begun.set()
        await refused.wait()

    async def limited() -> None:
        raise RateLimitedError(str(shop), "write", 60.0)

    sent_before = asyncio.ensure_future(remote.call(shop, Lane.STOCK, "read", slow))
    await begun.wait()
    with pytest.raises(RateLimitedError):
        await remote.call(shop, Lane.STOCK, "write", limited)
    refused.set()
    await sent_before
    assert remote.rests_until(shop) == clock.now() + dt.timedelta(seconds=60)


async def test_the_order_cursor_never_goes_back_when_two_read_at_once(make_house: Make) -> None:
    scene = Scene()
    house = await _open(make_house, scene)
    context, shop = house.engine.context, scene.shop_connector
    route = next(iter(context.routes.values()))
    link = scene.shop_links[0]
    scene.shop.place_order((link.shop, 1))
    overtaken: list[object] = []
    original = shop.orders_since

    async def slow(cursor: str | None, limit: int) -> object:
        page = await original(cursor, limit)
        if not overtaken:
            overtaken.append(page.cursor)
            scene.shop.place_order((link.shop, 1))
            await read_orders(context, route, shop, cause="event")
        return page

    shop.orders_since = slow  # type: ignore[method-assign, assignment]
    await read_orders(context, route, shop, cause="poll")
    kept = await house.store.read(lambda c: get_cursor(c, ConnectionId("shop"), "orders"))
    assert overtaken == ["1"]
    assert kept == "2"


async def test_a_page_read_before_another_reader_went_on_changes_no_order_back(
    make_house: Make,
) -> None:
    scene = Scene()
    house = await _open(make_house, scene)
    context, shop = house.engine.context, scene.shop_connector
    route = next(iter(context.routes.values()))
    order = scene.shop.place_order((scene.shop_links[0].shop, 1))
    overtaken: list[object] = []
    original = shop.orders_since

    async def slow(cursor: str | None, limit: int) -> object:
        page = await original(cursor, limit)
        if not overtaken:
            overtaken.append(page)
            scene.shop.cancel(order.id)
            await read_orders(context, route, shop, cause="event")
        return page

    shop.orders_since = slow  # type: ignore[method-assign, assignment]
    await read_orders(context, route, shop, cause="poll")
    [row] = await house.store.read(list_orders)
    assert row.stage == "cancelled"
    await house.settle()
    assert web_sales(scene) == []
