"""Events doubled, reordered, replayed, forged and lost: truth is read, never delivered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

from panstore.model.ids import ConnectionId
from panstore.sdk.errors import ForgedError
from panstore.store.systems import counter_values
from panstore.testing.world import Fault, Scene
from panstore.testing.world.messages import Message
from tests.engine.house import House, web_sales

Make = Callable[..., House]
ERP, SHOP = ConnectionId("erp"), ConnectionId("shop")


async def _ready(make_house: Make, scene: Scene, count: int = 4) -> House:
    scene.add_goods(count, on_hand=10)
    house = make_house(scene)
    await house.open()
    await house.settle()
    scene.shop.messages.take()
    scene.erp.messages.take()
    return house


async def _deliver(house: House, message: Message, to: ConnectionId = SHOP) -> bool:
    return await house.engine.receive(to, message.headers, message.body)


async def test_a_message_that_comes_twice_is_taken_once(make_house: Make) -> None:
    scene = Scene()
    house = await _ready(make_house, scene)
    scene.shop.edit_stock(scene.shop_links[0].shop, 3)
    [message] = scene.shop.messages.take()
    assert [await _deliver(house, message) for _ in range(3)] == [True, False, False]
    await house.settle()
    assert scene.shop.free(scene.shop_links[0].shop) == Decimal(10)


async def test_the_order_in_which_messages_arrive_does_not_matter(make_house: Make) -> None:
    scene = Scene()
    house = await _ready(make_house, scene)
    first, second = scene.shop_links[:2]
    for free in (1, 2, 3):
        scene.shop.edit_stock(first.shop, free)
    order = scene.shop.place_order((second.shop, 2))
    scene.shop.cancel(order.id)
    for message in reversed(scene.shop.messages.take()):
        assert await _deliver(house, message)
        await house.runner.drain()
    await house.settle()
    assert scene.shop.free(first.shop) == Decimal(10)
    assert scene.shop.free(second.shop) == Decimal(10)
    assert web_sales(scene) == []
    assert await house.judge() == []


async def test_a_forged_message_does_nothing(make_house: Make) -> None:
    scene = Scene()
    house = await _ready(make_house, scene)
    scene.shop.edit_stock(scene.shop_links[0].shop, 3)
    [message] = scene.shop.messages.take()
    other = message.body.replace(scene.shop_links[0].shop.encode(), b"V999")
    with pytest.raises(ForgedError, match="signature"):
        await _deliver(house, Message(message.headers, other))
    with pytest.raises(ForgedError):
        await _deliver(house, Message({}, message.body))
    assert not await house._waiting()
    # The genuine one is still good: the forgery has not used its number up.
    assert await _deliver(house, message)


async def test_an_old_message_is_refused_when_it_is_replayed(make_house: Make) -> None:
    scene = Scene()
    house = await _ready(make_house, scene)
    scene.shop.edit_stock(scene.shop_links[0].shop, 3)
    [message] = scene.shop.messages.take()
    scene.clock.advance(dt.timedelta(minutes=6))
    with pytest.raises(ForgedError, match="dated"):
        await _deliver(house, message)


async def test_a_message_for_a_system_that_sends_none_is_refused(make_house: Make) -> None:
    scene = Scene()
    house = await _ready(make_house, scene)
    message = scene.shop.messages.sign("x", b"{}")
    with pytest.raises(KeyError):
        await _deliver(house, message, ConnectionId("unknown"))
    with pytest.raises(ForgedError):
        await _deliver(house, message, ERP)


async def _gaps(house: House) -> dict[str, int]:
    return await house.store.read(counter_values)


async def test_exactly_the_lost_events_are_counted(make_house: Make) -> None:
    scene = Scene()
    house = await _ready(make_house, scene)
    watch = house.engine._watches[ERP]
    # Announced: the wake-up comes before anybody looks.
    scene.erp.set_on_hand(scene.shop_links[0].erp, 7)
    watch.wake()
    assert await watch.look(woken=True) == 1
    # Late: polling is quicker than the wake-up, by a second.
    scene.erp.set_on_hand(scene.shop_links[1].erp, 7)
    assert await watch.look(woken=False) == 1
    scene.clock.advance(1)
    watch.wake()
    await watch.look(woken=True)
    # Lost: nobody ever says so.
    for link in scene.shop_links[:3]:
        scene.erp.set_on_hand(link.erp, 5)
    assert await watch.look(woken=False) == 3
    scene.clock.advance(5)
    assert await watch.look(woken=False) == 0
    for _ in range(3):
        scene.clock.advance(5)
        await watch.look(woken=False)
    assert await _gaps(house) == {"gaps:erp": 3}
    await house.settle()
    assert {scene.shop.free(link.shop) for link in scene.shop_links[:3]} == {Decimal(5)}


async def test_an_order_that_the_feed_passed_over_is_found_by_reading_again(
    make_house: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene()
    house = await _ready(make_house, scene)
    connector = scene.shop_connector
    honest = type(connector).orders_since

    async def forgetful(_self: object, cursor: str | None, limit: int) -> object:
        page = await honest(connector, cursor, limit)
        return msgspec.structs.replace(page, orders=())

    with monkeypatch.context() as patch:
        patch.setattr(type(connector), "orders_since", forgetful)
        scene.shop.place_order((scene.shop_links[0].shop, 1))
        await house.look()
    await house.settle()
    assert web_sales(scene) == []
    scene.clock.advance(house.options.overlap_s)
    await house.settle()
    assert len(web_sales(scene)) == 1
    assert await _gaps(house) == {"gaps:shop": 1}


async def test_a_shop_that_asks_to_slow_down_is_left_alone_as_long_as_it_says(
    make_house: Make,
) -> None:
    scene = Scene()
    house = await _ready(make_house, scene)
    scene.faults.script(SHOP, "write_stock", Fault("rate_limited", after=120.0))
    for link in scene.shop_links:
        scene.erp.set_on_hand(link.erp, 6)
    await house.step()
    [refused] = [c for c in scene.history.of(SHOP, "write_stock") if c.outcome == "rate limited"]
    for _ in range(60):
        await house.step(seconds=5)
    after = [c for c in scene.history.calls if c.connection == SHOP and c.tick > refused.tick]
    assert (after[0].at - refused.at).total_seconds() >= 120
    assert {scene.shop.free(link.shop) for link in scene.shop_links} == {Decimal(6)}
    assert await house.judge() == []


async def test_an_order_between_reading_and_writing_is_accounted_for_afterwards(
    make_house: Make,
) -> None:
    """A shop without a guarded write has a window; it is closed by reading its orders again."""
    scene = Scene(guarded_stock=False)
    house = await _ready(make_house, scene)
    link = scene.shop_links[0]
    bought: list[object] = []

    def buy() -> None:
        if not bought:
            bought.append(scene.shop.place_order((link.shop, 3)))

    scene.faults.hook("shop.write_stock.before", buy)
    scene.erp.set_on_hand(link.erp, 8)
    await house.settle()
    assert len(bought) == 1
    assert scene.shop.free(link.shop) == Decimal(5)
    assert len(web_sales(scene)) == 1
