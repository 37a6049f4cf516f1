"""A shop without a list of changes is asked what was modified; its messages are looked after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from panstore.engine.status import ConnectionStatus, look
from panstore.model.ids import ConnectionId
from panstore.sdk.errors import UnavailableError
from panstore.sdk.feed_roles import ChangePage, MessageHealth
from panstore.store.orders import list_orders
from panstore.store.systems import get_cursor
from panstore.testing.world import Scene, SimAskedShopConnector
from tests.engine.house import House, Killed

Make = Callable[..., House]
SHOP = ConnectionId("shop")


class AskedShop(SimAskedShopConnector):
    """Its messages are looked after.

    Attributes:
        health: what the next looks find; an error where it cannot be asked.
        looks: when they were looked after.
        asked: the cursors with which it was asked for changes.
    """

    health: MessageHealth | UnavailableError
    looks: list[dt.datetime]
    asked: list[str | None]

    async def changes_since(self, cursor: str | None, limit: int) -> ChangePage:
        self.asked.append(cursor)
        return await super().changes_since(cursor, min(limit, 2))

    async def keep_webhooks(self, now: dt.datetime) -> MessageHealth:
        self.looks.append(now)
        if isinstance(self.health, UnavailableError):
            raise self.health
        return self.health


async def _ready(make_house: Make, scene: Scene) -> tuple[House, AskedShop]:
    scene.add_goods(5, on_hand=10)
    shop = AskedShop(SHOP, scene.shop, scene.faults)
    shop.looks, shop.asked = [], []
    shop.health = MessageHealth()
    await shop.start()
    scene.shop_connectors[SHOP] = scene.shop_connector = shop
    house = make_house(scene)
    await house.open()
    await house.settle()
    return house, shop


def _edit(scene: Scene, *places: int) -> None:
    for place in places:
        scene.shop.edit_stock(scene.shop_links[place].shop, 3)


async def _look(house: House, *, woken: bool = False) -> int:
    return await house.engine._watches[SHOP].look(woken=woken)


async def test_what_was_edited_in_the_shop_is_found_by_the_clock_and_mended(
    make_house: Make,
) -> None:
    scene = Scene()
    house, shop = await _ready(make_house, scene)
    await _look(house)
    shop.asked.clear()
    _edit(scene, 0, 1, 2, 3, 4)
    assert await _look(house) == 5
    assert len(shop.asked) == 3, "in pages of two"
    await house.settle()
    assert {scene.shop.free(link.shop) for link in scene.shop_links} == {Decimal(10)}
    assert await _look(house) == 0


async def test_an_event_does_not_make_it_ask(make_house: Make) -> None:
    scene = Scene()
    house, shop = await _ready(make_house, scene)
    await _look(house)
    shop.asked.clear()
    await _look(house, woken=True)
    assert shop.asked == []


async def test_events_that_never_cease_do_not_keep_it_from_being_asked(make_house: Make) -> None:
    scene = Scene()
    house, shop = await _ready(make_house, scene)
    await _look(house)
    shop.asked.clear()
    for _ in range(10):
        scene.clock.advance(house.engine.context.options.poll_s / 2)
        await _look(house, woken=True)
    assert len(shop.asked) == 5


async def test_orders_are_read_from_a_shop_whose_goods_cannot_be_asked_for(
    make_house: Make,
) -> None:
    scene = Scene()
    house, shop = await _ready(make_house, scene)
    await _look(house)
    order = scene.shop.place_order((scene.shop_links[1].shop, 2))

    async def broken(cursor: str | None, limit: int) -> ChangePage:
        raise UnavailableError("shop", "read changes", f"a plugin is broken ({cursor}, {limit})")

    shop.changes_since = broken  # type: ignore[method-assign]
    with pytest.raises(UnavailableError):
        await _look(house)
    await house.runner.drain()
    assert order.id in {row.order_id for row in await house.store.read(list_orders)}


@pytest.mark.parametrize("place", ["changes.pulled", "changes.marked"])
async def test_a_crash_beside_the_cursor_loses_no_change(make_house: Make, place: str) -> None:
    scene = Scene()
    house, _ = await _ready(make_house, scene)
    await _look(house)
    _edit(scene, 0)

    def probe(name: str) -> None:
        if name == place:
            raise Killed(place)

    context = house.engine.context
    context.probe, quiet = probe, context.probe
    with pytest.raises(Killed):
        await _look(house)
    context.probe = quiet
    await _look(house)
    await house.settle()
    assert scene.shop.free(scene.shop_links[0].shop) == Decimal(10)


async def test_of_two_that_ask_at_once_one_marks(make_house: Make) -> None:
    scene = Scene()
    house, shop = await _ready(make_house, scene)
    await _look(house)
    _edit(scene, 0, 1)
    watch, honest = house.engine._watches[SHOP], shop.changes_since
    turns = 0

    async def overtaken(cursor: str | None, limit: int) -> ChangePage:
        nonlocal turns
        turns += 1
        page = await honest(cursor, limit)
        if turns == 1:
            assert await watch.look(woken=False) == 2
        return page

    shop.changes_since = overtaken  # type: ignore[method-assign]
    assert await watch.look(woken=False) == 0
    told = len(scene.shop.messages.told)
    assert await house.store.read(lambda c: get_cursor(c, SHOP, "changes")) == str(told)


async def _told(house: House) -> ConnectionStatus:
    context = house.engine.context
    seen = await house.store.read(lambda c: look(c, context))
    [found] = [one for one in seen.connections if one.id == SHOP]
    return found


async def test_what_keeps_messages_from_coming_is_told_until_it_is_mended(
    make_house: Make,
) -> None:
    scene = Scene()
    house, shop = await _ready(make_house, scene)
    sleeps = "Its cron sleeps. Let a real one call it every minute."
    shop.health = MessageHealth(problems=(sleeps,))
    scene.clock.advance(house.engine.context.options.overlap_s)
    await _look(house)
    assert (await _told(house)).event_problems == (sleeps,)
    shop.health, looks = MessageHealth(), len(shop.looks)
    await _look(house)
    assert len(shop.looks) == looks, "not before its time"
    scene.clock.advance(house.engine.context.options.overlap_s)
    await _look(house)
    assert (await _told(house)).event_problems == ()


async def test_after_messages_were_switched_off_everything_is_read_at_once(
    make_house: Make,
) -> None:
    scene = Scene()
    house, shop = await _ready(make_house, scene)
    await _look(house)
    scene.clock.advance(house.engine.context.options.overlap_s)
    watch = house.engine._watches[SHOP]
    watch._reread_at = scene.clock.now().timestamp()
    shop.health = MessageHealth(missed=True)
    _edit(scene, 0)
    order = scene.shop.place_order((scene.shop_links[1].shop, 2))
    honest, positions = shop.orders_since, []

    async def noted(cursor: str | None, limit: int) -> object:
        positions.append(cursor)
        return await honest(cursor, limit)

    shop.orders_since = noted  # type: ignore[assignment,method-assign]
    # Even a look that an event asked for asks for all that was missed.
    await _look(house, woken=True)
    assert len(positions) >= 2, "read again from an earlier cursor"
    await house.settle()
    assert scene.shop.free(scene.shop_links[0].shop) == Decimal(10)
    assert order.id in {one.order.id for one in scene.shop.orders.all()}


async def test_a_shop_that_cannot_be_asked_for_its_messages_is_read_all_the_same(
    make_house: Make,
) -> None:
    scene = Scene()
    house, shop = await _ready(make_house, scene)
    await _look(house)
    scene.clock.advance(house.engine.context.options.overlap_s)
    shop.health = UnavailableError("shop", "look after messages", "asleep")
    _edit(scene, 0)
    assert await _look(house) == 1
