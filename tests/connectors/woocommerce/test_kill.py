"""kill -9 at every step, and an hour without the shop, while WooCommerce orders are taken over."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from panstore.engine.ports import no_probe
from panstore.model.ids import ExternalId
from tests.connectors.woocommerce.town import Town, founded
from tests.engine.house import S1, S4, Killed


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


async def _day(town: Town) -> list[ExternalId]:
    """Goods in step, then two buyers and somebody in the warehouse; the orders."""
    tea = await town.add_goods("TEA")
    await town.house.settle()
    town.scene.erp.set_on_hand(town.scene.erp.pages.all()[0].variants[0].id, 40)
    return [town.order(tea, 2), town.order(tea, 1)]


async def _live_through(town: Town, probe: Callable[[str], None]) -> None:
    town.house.probe = probe
    try:
        await town.house.settle()
    except Killed:
        town.house.probe = no_probe
        await town.house.restart()
        await town.house.settle()


def _wrong(town: Town, orders: list[ExternalId]) -> list[str]:
    """What is not as it has to be in the end."""
    found = []
    for order in orders:
        sales = town.sales(order)
        if len(sales) != 1:
            found.append(f"order {order} is in the ERP {len(sales)} times")
        stored = town.harness.ask("GET", f"orders/{order}")
        if stored["status"] != "on-hold":
            found.append(f"order {order} is {stored['status']}")
        kept = [one["value"] for one in stored["meta_data"] if one["key"] == "_panstore_updates"]
        told = [key for text in kept for key in json.loads(text)]
        if len(kept) != 1 or len(told) != len(set(told)):
            found.append(f"order {order} was told {kept}")
        notes = [one["note"] for one in town.harness.ask("GET", f"orders/{order}/notes")]
        if len([note for note in notes if "PanStore" in note]) != len({
            note for note in notes if "PanStore" in note
        }):
            found.append(f"order {order} has notes twice: {notes}")
    return found


@pytest.mark.crash
async def test_kill_at_every_step_boundary(tmp_path_factory: pytest.TempPathFactory) -> None:
    steps = await _steps(tmp_path_factory.mktemp("whole"))
    assert {"order.intent", "order.done", "orders.stored", "write.begin"} <= set(steps)
    for number in range(1, len(steps) + 1):
        async with founded(tmp_path_factory.mktemp("kill"), S1, S4) as town:
            orders = await _day(town)
            cut = _Cut(number)
            await _live_through(town, cut)
            where = f"killed at {cut.where} ({number} of {len(steps)})"
            assert _wrong(town, orders) == [], where
            [tea] = town.harness.ask("GET", "products")
            assert Decimal(tea["stock_quantity"]) == 37, where


async def _steps(folder: Path) -> list[str]:
    seen: list[str] = []
    async with founded(folder, S1, S4) as town:
        orders = await _day(town)
        await _live_through(town, seen.append)
        assert _wrong(town, orders) == []
    return seen


async def test_an_hour_in_which_the_shop_sells_and_cannot_be_reached(tmp_path: Path) -> None:
    async with founded(tmp_path, S1, S4) as town:
        await town.harness.refuse_connections()
        tea = await town.add_goods("TEA")
        for _ in range(3):
            await town.house.step(seconds=600)
        await town.harness.accept_connections()
        await town.house.settle(seconds=30)
        await town.harness.refuse_connections()
        orders = [town.order(tea, 2)]
        town.scene.erp.set_on_hand(town.scene.erp.pages.all()[0].variants[0].id, 40)
        for _ in range(6):
            await town.house.step(seconds=600)
        orders.append(town.order(tea, 1))
        assert [town.sales(order) for order in orders] == [[], []]
        await town.harness.accept_connections()
        await town.house.settle(seconds=30)
        assert _wrong(town, orders) == []
        assert await town.harness.stored_free(tea) == 37
        assert await town.house.parked_orders() == {}
