"""The real engine, a simulated ERP and shop: orders arrive once, and a silent shop is noticed."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from panstore.model.ids import ConnectionId, ExternalId, ModuleCode
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.errors import ForgedError
from panstore.store.event_health import message_problems
from panstore.testing.proxy import FaultProxy, Injection
from panstore.testing.world import Scene
from tests.connectors.woocommerce.desk import BUYER
from tests.connectors.woocommerce.harness import KEY, SECRET, WooHarness
from tests.connectors.woocommerce.simulator.server import running
from tests.connectors.woocommerce.simulator.shop import SimWoo
from tests.engine.house import S1, S4, House

SHOP = ConnectionId("shop")
TOLD = OrderSettings(warehouse="LJ", match=("email",), tell={"imported": "on-hold"})


class Town:
    """One PanStore between a simulated ERP and a simulated WooCommerce, on one clock."""

    def __init__(self, harness: WooHarness, url: str, modules: frozenset[ModuleCode]) -> None:
        self.harness = harness
        self.scene = Scene()
        self.scene.shop_connectors = cast("Any", {SHOP: harness.connector})
        self.house = House(self.scene, url, modules=modules, s4_settings=TOLD)

    async def add_goods(self, sku: str) -> ExternalId:
        self.scene.erp.add_variant(sku, on_hand=50, rate=Decimal(19))
        return await self.harness.add_variant(sku, price=Decimal(10))

    def order(self, product: ExternalId, quantity: int = 1, **fields: Any) -> ExternalId:
        lines = [{"product_id": int(product), "quantity": quantity}]
        body = {"status": "processing", "billing": BUYER, "line_items": lines, **fields}
        return ExternalId(str(self.harness.ask("POST", "orders", body)["id"]))

    def sales(self, order: ExternalId) -> list[Any]:
        return self.scene.erp.sales.of_shop_order(order)

    def messages(self) -> list[tuple[dict[str, str], bytes]]:
        """What the shop sends now; it is told that all of it arrived."""
        sent: list[tuple[dict[str, str], bytes]] = []

        def take(_: str, headers: Mapping[str, str], body: bytes) -> int:
            sent.append((dict(headers), body))
            return 200

        self.harness.shop.courier.hand_over(take)
        return sent

    async def hear(self, messages: list[tuple[dict[str, str], bytes]]) -> None:
        for headers, body in messages:
            await self.house.engine.receive(SHOP, headers, body)

    async def look(self) -> int:
        """As the clock does: nothing has announced anything."""
        return await self.house.engine._watches[SHOP].look(woken=False)

    async def problems(self) -> tuple[str, ...]:
        found = await self.house.store.read(message_problems)
        return found.get(SHOP, ())


@asynccontextmanager
async def founded(path: Path, *modules: ModuleCode) -> AsyncIterator[Town]:
    shop = SimWoo(clock=Scene().clock)
    shop.add_key(KEY, SECRET)
    async with running(shop) as url:
        host, port = url.removeprefix("http://").split(":")
        async with FaultProxy(host, int(port)) as proxy:
            harness = WooHarness(shop, proxy)
            harness.ask("POST", "taxes", {"country": "DE", "rate": "19", "class": "standard"})
            made = Town(harness, f"sqlite:///{path}/store.sqlite", frozenset(modules))
            shop.clock = made.scene.clock
            await harness.connector.start()
            await made.house.open()
            try:
                yield made
            finally:
                await made.house.close()
                await harness.connector.close()


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with founded(tmp_path, S1, S4) as town:
        yield town


async def test_messages_in_any_number_and_order_make_one_sale(town: Town) -> None:
    tea = await town.add_goods("TEA")
    await town.house.settle()
    town.messages()
    order = town.order(tea, 3)
    sent = town.messages()
    assert len(sent) >= 2
    headers, body = sent[0]
    with pytest.raises(ForgedError):
        await town.house.engine.receive(SHOP, headers, body + b" ")
    await town.hear([*reversed(sent), *sent])
    await town.house.settle()
    (sale,) = town.sales(order)
    assert sale.order.total == Decimal("35.70")
    stored = town.harness.ask("GET", f"orders/{order}")
    assert stored["status"] == "on-hold"
    (keys,) = [one["value"] for one in stored["meta_data"] if one["key"] == "_panstore_updates"]
    assert f"shop/{order}/" in keys


async def test_every_order_arrives_once_through_all_faults(town: Town) -> None:
    tea = await town.add_goods("TEA")
    await town.house.settle()
    chance = random.Random(11)
    kinds: list[Injection | None] = [
        Injection("lost"),
        Injection("dropped"),
        Injection("cut"),
        Injection("garbage"),
        Injection("status", status=429, retry_after=1),
        Injection("status", status=502),
        *[None] * 8,
    ]
    town.harness.proxy.decide(lambda _: chance.choice(kinds))
    placed: list[ExternalId] = []
    for turn in range(20):
        placed.append(town.order(tea))
        if turn % 4 == 3:
            town.harness.ask("PUT", f"orders/{placed[-2]}", {"customer_note": f"turn {turn}"})
        await town.house.step()
    town.harness.proxy.calm()
    await town.house.settle(quiet=5)
    assert [len(town.sales(order)) for order in placed] == [1] * len(placed)
    for order in placed:
        notes = town.harness.ask("GET", f"orders/{order}/notes")
        said = [one["note"] for one in notes]
        assert all(said.count(text) == 1 for text in said if "PanStore" in text)
    assert sum(town.harness.proxy.counts[kind] for kind in ("lost", "dropped", "status")) > 5


async def test_what_was_missed_while_messages_were_off_is_read_at_once(town: Town) -> None:
    tea = await town.add_goods("TEA")
    await town.house.settle()
    for _ in range(7):
        town.order(tea)
        town.harness.shop.courier.hand_over(lambda *_: 500)
    hooks = town.harness.ask("GET", "webhooks", per_page="100")
    assert "disabled" in {one["status"] for one in hooks}
    town.scene.clock.advance(town.house.options.overlap_s)
    assert await town.look() >= 7
    hooks = town.harness.ask("GET", "webhooks", per_page="100")
    assert {one["status"] for one in hooks} == {"active"}
    assert await town.problems() == ()


async def test_a_shop_whose_cron_sleeps_is_explained(town: Town) -> None:
    tea = await town.add_goods("TEA")
    await town.house.settle()
    town.messages()
    await town.look()
    town.scene.clock.advance(5)
    order = town.order(tea)
    await town.look()
    await town.house.settle()
    assert len(town.sales(order)) == 1, "it is found by asking all the same"
    for _ in range(3):
        town.scene.clock.advance(town.house.options.overlap_s)
        await town.look()
    (problem,) = await town.problems()
    assert "wp-cron.php?doing_wp_cron" in problem
    await town.hear(town.messages())
    town.scene.clock.advance(3700)
    await town.look()
    assert await town.problems() == ()


async def test_an_order_deleted_for_good_gives_its_goods_back(tmp_path: Path) -> None:
    async with founded(tmp_path, S1) as town:
        tea = await town.add_goods("TEA")
        await town.house.settle()
        order = town.order(tea, 5)
        await town.house.settle()
        assert await town.harness.stored_free(tea) == 45
        town.harness.ask("DELETE", f"orders/{order}", force="true")
        town.scene.clock.advance(town.house.options.overlap_s)
        await town.look()
        await town.house.settle()
        assert await town.harness.stored_free(tea) == 50
