"""kill -9 at every step boundary, lost replies, outages: nothing lost, doubled or oversold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa

from panstore.engine.ports import no_probe
from panstore.model.sale import BookedOrder
from panstore.store import tables
from panstore.testing.world import Scene, SimErpConnector
from tests.engine.house import House, Killed, web_sales

Make = Callable[..., House]


class _Cut:
    """Kills at the n-th step boundary."""

    def __init__(self, at: int) -> None:
        self.left = at
        self.where = ""

    def __call__(self, step: str) -> None:
        self.left -= 1
        if self.left == 0:
            self.where = step
            raise Killed(step)


def _day(scene: Scene) -> None:
    """What happens outside while PanStore is being killed."""
    goods = scene.shop_links
    scene.erp.set_on_hand(goods[0].erp, 4)
    scene.shop.place_order((goods[0].shop, 2), (goods[1].shop, 1))
    scene.erp.set_price(goods[2].erp, Decimal("7.77"))
    scene.erp.sell(goods[1].erp, 3)
    scene.shop.place_order((goods[3].shop, 1))


async def _ready(make_house: Make) -> House:
    scene = Scene()
    scene.add_goods(6, on_hand=10)
    house = make_house(scene)
    await house.open()
    await house.settle()
    return house


async def _steps_of_a_day(make_house: Make) -> list[str]:
    house = await _ready(make_house)
    seen: list[str] = []
    house.probe = seen.append
    _day(house.scene)
    await house.settle()
    assert await house.judge() == []
    return seen


async def _live_through(house: House, probe: Callable[[str], None]) -> None:
    house.probe = probe
    try:
        await house.settle()
    except Killed:
        house.probe = no_probe
        await house.restart()
        await house.settle()


@pytest.mark.crash
async def test_kill_at_every_step_boundary(
    make_house: Make, tmp_path_factory: pytest.TempPathFactory
) -> None:
    steps = await _steps_of_a_day(make_house)
    assert {"write.begin", "order.intent", "order.done", "feed.marked"} <= set(steps)
    for number in range(1, len(steps) + 1):
        folder = tmp_path_factory.mktemp("kill")
        scene = Scene()
        scene.add_goods(6, on_hand=10)
        house = House(scene, f"sqlite:///{folder}/panstore.sqlite")
        await house.open()
        await house.settle()
        cut = _Cut(number)
        _day(scene)
        await _live_through(house, cut)
        violations = await house.judge()
        await house.close()
        assert violations == [], f"killed at {cut.where} ({number} of {len(steps)})"
        assert len(web_sales(scene)) == 2, f"killed at {cut.where}"


@pytest.mark.crash
@pytest.mark.parametrize("seed", range(12))
async def test_random_faults_and_kills(make_house: Make, seed: int) -> None:
    house = await _ready(make_house)
    scene = house.scene
    scene.faults.at_random(0.25)
    for turn in range(6):
        _day(scene)
        cut = _Cut(5 + (seed * 7 + turn * 11) % 60)
        house.probe = cut
        try:
            for _ in range(5):
                await house.step()
        except Killed:
            house.probe = no_probe
            await house.restart()
        house.probe = no_probe
        scene.erp.set_on_hand(scene.shop_links[0].erp, 40 + turn)
        scene.erp.set_on_hand(scene.shop_links[1].erp, 40 + turn)
        scene.erp.set_on_hand(scene.shop_links[3].erp, 40 + turn)
        scene.faults.calm()
        await house.settle()
        scene.faults.at_random(0.25)
    scene.faults.calm()
    await house.settle()
    assert await house.judge() == []
    orders = len(scene.shop.orders.all())
    web = web_sales(scene)
    assert orders >= 6
    assert len(web) == orders


async def test_an_hour_without_the_erp(make_house: Make) -> None:
    house = await _ready(make_house)
    scene = house.scene
    now = scene.clock.now()
    scene.faults.down("erp", now, now + dt.timedelta(hours=1))
    _day(scene)
    for _ in range(30):
        await house.step(seconds=20)
    assert web_sales(scene) == []
    assert await house.parked_orders() == {}
    await house.settle(seconds=60)
    assert len(web_sales(scene)) == 2
    assert await house.judge() == []


async def test_an_hour_without_the_shop(make_house: Make) -> None:
    house = await _ready(make_house)
    scene = house.scene
    now = scene.clock.now()
    _day(scene)
    scene.faults.down("shop", now, now + dt.timedelta(hours=1))
    await house.settle(seconds=60)
    assert await house.judge() == []


async def test_the_runner_loses_all_its_tables(make_house: Make) -> None:
    """The wanted flags stand for whatever a runner keeps: without them, marks still suffice."""
    house = await _ready(make_house)
    _day(house.scene)
    await house.look()
    await house.store.write(lambda c: c.execute(sa.delete(tables.wanted)))
    await house.restart()
    await house.settle()
    assert await house.judge() == []
    assert len(web_sales(house.scene)) == 2


async def test_wrong_credentials_rest_the_connection_and_lose_nothing(make_house: Make) -> None:
    house = await _ready(make_house)
    scene = house.scene
    scene.faults.lock_out("shop")
    _day(scene)
    await house.settle(seconds=20)
    assert await house.judge() == []


async def test_without_idempotency_keys_and_look_ups_orders_double(
    make_house: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test of the tests: with the protection gone, they must see the damage."""

    async def never_found(_self: object, _keys: object) -> list[BookedOrder]:
        return []

    scene = Scene(keyed=False)
    scene.add_goods(3)
    house = make_house(scene)
    await house.open()
    await house.settle()
    monkeypatch.setattr(SimErpConnector, "booked_orders", never_found)
    scene.faults.script("erp", "create_order", "lost_after")
    scene.shop.place_order((scene.shop_links[0].shop, 1))
    await house.settle(seconds=10)
    assert any("twice" in v or "2" in v for v in await house.judge())
