"""One record that cannot be worked never keeps the others waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from panstore.engine.context import ORDERS
from panstore.engine.suspects import MOST_DEATHS, MOST_TRIES, SUSPICIOUS, WHOLE_RUN, give_up_run
from panstore.model.ids import RouteId
from panstore.modules.s1_stock.module import StockModule
from panstore.modules.s4_orders.module import OrderModule
from panstore.sdk.errors import UnsupportedError
from panstore.store.parked import Parked, list_parked
from panstore.store.suspects import count_death, deaths
from panstore.testing.world import Scene
from tests.engine.house import S1, House, Killed, web_sales

Make = Callable[..., House]
SHOP = RouteId("shop")


async def _ready(make_house: Make, count: int = 9) -> House:
    scene = Scene()
    scene.add_goods(count, on_hand=10)
    house = make_house(scene)
    await house.open()
    await house.settle()
    return house


async def _parked(house: House) -> list[Parked]:
    return await house.store.read(list_parked)


def _change_all(house: House, quantity: int) -> None:
    for link in house.scene.shop_links:
        house.scene.erp.set_on_hand(link.erp, quantity)


def _free(house: House) -> list[int]:
    return [int(house.scene.shop.free(link.shop)) for link in house.scene.shop_links]


def _poison_plan(monkeypatch: pytest.MonkeyPatch, sku: str, error: BaseException) -> None:
    healthy = StockModule.plan

    def plan(self: StockModule, items: Sequence[Any], settings: Any, view: Any) -> Any:
        if any(item.link.sku == sku for item in items):
            raise error
        return healthy(self, items, settings, view)

    monkeypatch.setattr(StockModule, "plan", plan)


async def test_an_item_on_which_a_module_raises_is_parked_alone(
    make_house: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await _ready(make_house)
    with monkeypatch.context() as patch:
        _poison_plan(patch, "SKU-000004", ZeroDivisionError("by nothing"))
        _change_all(house, 6)
        await house.settle()
        assert _free(house) == [6, 6, 6, 10, 6, 6, 6, 6, 6]
        [record] = await _parked(house)
        assert (record.code, record.label) == ("internal", "SKU-000004")
        assert "ZeroDivisionError: by nothing" in record.reason
    assert await house.engine.retry(record.id)
    await house.settle()
    assert _free(house) == [6] * 9
    assert await _parked(house) == []


async def test_an_item_that_breaks_a_stage_is_found_and_parked_alone(
    make_house: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever raises on the way through, wherever: the batch is worked one by one."""
    house = await _ready(make_house)
    poison = house.scene.shop_links[3].shop
    honest = type(house.scene.shop_connector).write_stock

    async def broken(self: Any, operations: Sequence[Any], watermark: str | None) -> Any:
        if any(operation.target == poison for operation in operations):
            raise RecursionError("too deep")
        return await honest(self, operations, watermark)

    monkeypatch.setattr(type(house.scene.shop_connector), "write_stock", broken)
    _change_all(house, 6)
    await house.settle()
    assert _free(house) == [6, 6, 6, 10, 6, 6, 6, 6, 6]
    [record] = await _parked(house)
    assert (record.code, record.key) == ("internal", await house.item("SKU-000004"))


async def test_a_page_of_a_full_run_that_breaks_is_worked_record_by_record(
    make_house: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await _ready(make_house)
    poison = house.scene.shop_links[3].shop
    shop = house.scene.shop_connector
    honest = type(shop).shop_stock

    async def broken(self: Any, variants: Sequence[Any]) -> Any:
        if poison in variants:
            raise RecursionError("too deep")
        return await honest(self, variants)

    for link in house.scene.shop_links:
        house.scene.shop.in_stock[link.shop] = Decimal(3)
    monkeypatch.setattr(type(shop), "shop_stock", broken)
    await house.engine.full_run(SHOP, [S1])
    await house.settle()
    assert _free(house) == [10, 10, 10, 3, 10, 10, 10, 10, 10]
    assert [record.code for record in await _parked(house)] == ["internal"]


@pytest.mark.parametrize("error", [UnsupportedError("no such warehouse"), KeyError("settings")])
async def test_a_module_that_cannot_go_on_at_all_parks_one_record_and_comes_back(
    make_house: Make, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    house = await _ready(make_house)

    def query(*_: object) -> object:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(StockModule, "query", query)
        _change_all(house, 6)
        for _ in range(30):
            await house.step(seconds=5)
        [record] = await _parked(house)
        assert (record.key, record.code) == (WHOLE_RUN, "module.stands")
        assert str(error).strip("'") in record.reason
        house.scene.shop.place_order((house.scene.shop_links[0].shop, 1))
    await house.settle(seconds=10)
    assert _free(house) == [5, 6, 6, 6, 6, 6, 6, 6, 6]
    assert await _parked(house) == []
    assert len(web_sales(house.scene)) == 1


async def test_an_order_on_which_a_module_raises_is_parked_alone(
    make_house: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await _ready(make_house)
    goods = house.scene.shop_links
    orders = [house.scene.shop.place_order((link.shop, 1)) for link in goods[:5]]
    healthy = OrderModule.due

    def due(self: OrderModule, case: Any, settings: Any) -> Any:
        if case.order.id == orders[2].id:
            raise ZeroDivisionError("by nothing")
        return healthy(self, case, settings)

    with monkeypatch.context() as patch:
        patch.setattr(OrderModule, "due", due)
        await house.settle()
    assert len(web_sales(house.scene)) == 4
    [record] = await _parked(house)
    assert (record.module, record.key, record.code) == (ORDERS, orders[2].id, "internal")
    assert await house.engine.retry(record.id)
    await house.settle()
    assert len(web_sales(house.scene)) == 5
    assert await house.judge() == []


async def _die(house: House) -> None:
    """The process ends in the middle of a run; the next one takes the run over."""
    with pytest.raises(Killed):
        await house.settle()
    await house.restart()
    await house.store.write(lambda c: count_death(c, SHOP, S1, 0))


async def test_an_item_that_ends_the_process_is_found_among_others(
    make_house: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await _ready(make_house)
    _poison_plan(monkeypatch, "SKU-000007", Killed("out of memory"))
    _change_all(house, 6)
    for _ in range(SUSPICIOUS + MOST_TRIES):
        await _die(house)
    await house.settle()
    assert _free(house) == [6, 6, 6, 6, 6, 6, 10, 6, 6]
    [record] = await _parked(house)
    assert (record.code, record.key) == ("process.ended", await house.item("SKU-000007"))
    assert await house.store.read(lambda c: deaths(c, SHOP, S1, 0)) == 0


async def test_an_item_in_a_full_run_that_ends_the_process_is_found_too(
    make_house: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await _ready(make_house)
    for link in house.scene.shop_links:
        house.scene.shop.in_stock[link.shop] = Decimal(3)
    _poison_plan(monkeypatch, "SKU-000002", Killed("out of memory"))
    await house.engine.full_run(SHOP, [S1])
    for _ in range(SUSPICIOUS + MOST_TRIES):
        await _die(house)
    await house.settle()
    assert _free(house) == [10, 3, 10, 10, 10, 10, 10, 10, 10]
    assert [record.code for record in await _parked(house)] == ["process.ended"]


@pytest.mark.parametrize("sooner", [False, True])
async def test_a_run_that_dies_whatever_is_in_hand_rests_for_an_hour_or_until_retried(
    make_house: Make, *, sooner: bool
) -> None:
    house = await _ready(make_house)
    _change_all(house, 6)
    await house.look()
    await give_up_run(house.engine.context, SHOP, S1, 0, MOST_DEATHS + 1)
    house.scene.erp.set_price(house.scene.shop_links[0].erp, Decimal("11.00"))
    for _ in range(50):
        await house.step(seconds=60)
    assert _free(house) == [10] * 9
    assert house.scene.shop.prices[house.scene.shop_links[0].shop].amount == Decimal(11)
    [record] = await _parked(house)
    assert (record.key, record.code) == (WHOLE_RUN, "module.stands")
    if sooner:
        assert await house.engine.retry(record.id)
    for _ in range(3 if sooner else 15):
        await house.step(seconds=60)
    assert _free(house) == [6] * 9
    assert await _parked(house) == []
