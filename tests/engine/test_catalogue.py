"""Goods that come, change their price by date, are doubtful - and runs over all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa

from panstore.engine.context import LINKS, Options
from panstore.engine.ports import no_probe
from panstore.model.ids import ExternalId, RouteId
from panstore.modules.s2_prices.settings import PriceSettings
from panstore.store import tables
from panstore.store.full_runs import FullRun, list_runs
from panstore.store.parked import list_parked
from panstore.testing.world import DatedPrice, Scene
from tests.engine.house import S1, S2, S4, House, Killed, web_sales

Make = Callable[..., House]
SHOP = RouteId("shop")


async def _open(make_house: Make, scene: Scene, **how: object) -> House:
    house = make_house(scene, **how)
    await house.open()
    await house.settle()
    return house


@pytest.mark.parametrize("first", ["erp", "shop"])
async def test_a_product_that_appears_later_is_linked_and_filled_by_itself(
    make_house: Make, first: str
) -> None:
    scene = Scene()
    scene.add_goods(3)
    house = await _open(make_house, scene)
    made: dict[str, ExternalId] = {}
    for side in (first, "shop" if first == "erp" else "erp"):
        if side == "erp":
            made[side] = scene.erp.add_variant("NEW-1", price=Decimal("7.50"), on_hand=4)
        else:
            made[side] = scene.shop.add_variant("new-1 ")
            for message in scene.shop.messages.take():
                await house.engine.receive(scene.shop_connector.id, message.headers, message.body)
        await house.settle()
    assert scene.shop.free(made["shop"]) == Decimal(4)
    assert scene.shop.prices[made["shop"]].amount == Decimal("7.50")
    assert len(await house.links()) == 4


async def test_a_code_that_stands_twice_is_parked_until_it_is_put_right(make_house: Make) -> None:
    scene = Scene()
    scene.add_goods(2)
    twin = scene.erp.add_variant("TWIN", on_hand=3)
    other = scene.erp.add_variant("TWIN", on_hand=5)
    target = scene.shop.add_variant("TWIN")
    house = await _open(make_house, scene)
    [record] = await house.store.read(list_parked)
    assert (record.module, record.key, record.code) == (LINKS, "TWIN", "link.ambiguous")
    assert scene.shop.free(target) == 0
    assert len(await house.links()) == 2
    variant = scene.erp.shelf.get(other)
    assert variant is not None
    scene.erp.change_variant(type(variant)(other, "OTHER", "other", "", unit="u"))
    await house.settle()
    assert await house.store.read(list_parked) == []
    assert scene.shop.free(target) == Decimal(3)
    [linked] = [link for link in await house.links() if link.sku == "TWIN"]
    assert linked.erp == twin


async def test_a_dated_price_changes_at_midnight_where_the_company_is(make_house: Make) -> None:
    scene = Scene()
    [link] = scene.add_goods(1, price=Decimal("20.00"))
    day = scene.clock.now().date() + dt.timedelta(days=1)
    list_id = ExternalId("retail")
    scene.erp.set_list_price(list_id, link.erp, DatedPrice(Decimal("15.00"), day, day))
    house = await _open(make_house, scene, s2_settings=PriceSettings(price_list=list_id))

    def price() -> Decimal:
        return scene.shop.prices[link.shop].amount

    assert price() == Decimal(20)
    # Ljubljana is an hour ahead of UTC in March.
    midnight = dt.datetime.combine(day, dt.time(), dt.UTC) - dt.timedelta(hours=1)
    scene.clock.advance(midnight - scene.clock.now() - dt.timedelta(seconds=10))
    await house.step(seconds=5)
    assert price() == Decimal(20)
    scene.clock.advance(5)
    await house.settle()
    assert price() == Decimal(15)
    scene.clock.advance(dt.timedelta(days=1) - dt.timedelta(seconds=60))
    await house.step(seconds=5)
    assert price() == Decimal(15)
    scene.clock.advance(60)
    await house.settle()
    assert price() == Decimal(20)


async def _run_of(house: House, code: str) -> FullRun:
    runs = await house.store.read(list_runs)
    return next(run for run in runs if run.module == code)


@pytest.mark.crash
async def test_a_full_run_goes_on_after_a_kill_at_every_page(make_house: Make) -> None:
    scene = Scene()
    goods = scene.add_goods(85, on_hand=10)
    house = await _open(make_house, scene, options=Options(batch=10))
    for link in goods:
        scene.shop.in_stock[link.shop] = Decimal(3)
    await house.engine.full_run(SHOP, [S1])
    positions = [""]
    for _ in range(4):
        pages = 0

        def kill(step: str) -> None:
            nonlocal pages
            pages += step == "record.end"
            if pages:
                raise Killed(step)

        house.probe = kill
        with pytest.raises(Killed):
            await house.settle()
        # The page was written and not ticked off: it is done again, harmlessly.
        assert (await _run_of(house, S1)).position == positions[-1]
        house.probe = no_probe
        await house.restart()
        one = 0

        def stop_after_one(step: str) -> None:
            nonlocal one
            one += step == "read.end"
            if one == 3:  # a page is two batches side by side
                raise Killed(step)

        house.probe = stop_after_one
        try:
            await house.settle()
        except Killed:
            positions.append((await _run_of(house, S1)).position)
            house.probe = no_probe
            await house.restart()
    house.probe = no_probe
    await house.settle()
    assert positions == sorted(set(positions))
    assert len(positions) >= 4
    assert {scene.shop.free(link.shop) for link in goods} == {Decimal(10)}
    assert (await _run_of(house, S1)).finished_at is not None


async def test_orders_and_changes_do_not_wait_behind_a_full_run(make_house: Make) -> None:
    """Between any two pages of a run over everything, what is marked meanwhile is worked."""
    scene = Scene()
    goods = scene.add_goods(60, on_hand=10)
    house = await _open(make_house, scene, options=Options(batch=5))
    changed = goods[40]
    await house.engine.full_run(SHOP, [S1])
    pages: list[int] = []
    seen_after: list[int] = []

    def watch(step: str) -> None:
        if step != "record.end":
            return
        pages.append(1)
        if scene.shop.free(changed.shop) == Decimal(2):
            seen_after.append(len(pages))

    async def change_and_look() -> None:
        scene.erp.set_on_hand(changed.erp, 2)
        scene.shop.place_order((goods[50].shop, 1))
        await house.look()

    honest = type(scene.erp_connector).stock_levels
    calls = 0

    async def during(self: object, variants: object, warehouses: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 3:
            await change_and_look()
        return await honest(self, variants, warehouses)  # type: ignore[arg-type]

    house.probe = watch
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(scene.erp_connector), "stock_levels", during)
        await house.runner.drain()
    # Third page under way, then the changes, then the rest of the pages.
    assert seen_after[0] <= 5
    assert len(pages) >= 12
    await house.settle()
    assert len(web_sales(scene)) == 1
    assert await house.judge() == []


async def test_a_module_that_is_switched_off_forgets_its_marks_and_comes_back_whole(
    make_house: Make,
) -> None:
    scene = Scene()
    goods = scene.add_goods(4, on_hand=10)
    house = await _open(make_house, scene)
    scene.erp.set_on_hand(goods[0].erp, 6)
    scene.erp.set_price(goods[0].erp, Decimal(44))
    await house.look()
    house.modules = frozenset({S2, S4})
    await house.restart()
    await house.settle()
    assert scene.shop.free(goods[0].shop) == Decimal(10)
    assert scene.shop.prices[goods[0].shop].amount == Decimal(44)
    left = await house.store.read(
        lambda c: c.execute(sa.select(sa.func.count()).select_from(tables.marks)).scalar_one()
    )
    assert left == 0
    house.modules = frozenset({S1, S2, S4})
    await house.restart()
    await house.engine.full_run(SHOP, [S1])
    await house.settle()
    assert scene.shop.free(goods[0].shop) == Decimal(6)


async def test_a_key_that_two_processes_worked_is_looked_at_once_more(make_house: Make) -> None:
    """A frozen process wakes up and writes what it had read long ago: the next look heals it."""
    scene = Scene()
    goods = scene.add_goods(2, on_hand=10)
    house = await _open(make_house, scene)
    scene.erp.set_on_hand(goods[0].erp, 7)
    woke = False

    def freeze(step: str) -> None:
        nonlocal woke
        if step == "guard.end" and not woke:
            woke = True
            # Meanwhile another process has worked the mark, and the ERP has moved on.
            scene.erp.on_hand["LJ"][goods[0].erp] = Decimal(2)
            house.store.run(lambda c: c.execute(sa.delete(tables.marks)))

    house.probe = freeze
    await house.settle()
    assert woke
    assert scene.shop.free(goods[0].shop) == Decimal(2)
