"""The real engine over the simulated shop: what sells between reading and writing is not lost."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from panstore.model.ids import ConnectionId, ExternalId
from panstore.testing.proxy import FaultProxy, Injection
from panstore.testing.world import Scene
from tests.connectors.woocommerce.harness import KEY, SECRET, WooHarness
from tests.connectors.woocommerce.simulator.server import running
from tests.connectors.woocommerce.simulator.shop import SimWoo
from tests.engine.house import S1, House

SHOP = ConnectionId("shop")


class WooHouse:
    """One PanStore between a simulated ERP and a simulated WooCommerce, on one clock."""

    def __init__(self, harness: WooHarness, url: str) -> None:
        self.harness = harness
        self.scene = Scene()
        self.scene.shop_connectors = cast("Any", {SHOP: harness.connector})
        self.house = House(self.scene, url, modules=frozenset({S1}))

    async def add_goods(self, sku: str, on_hand: int) -> tuple[ExternalId, ExternalId]:
        """An article known to both; its ids in the ERP and in the shop."""
        erp = self.scene.erp.add_variant(sku, on_hand=on_hand, rate=Decimal(19))
        shop = await self.harness.add_variant(sku, price=Decimal(10))
        return erp, shop

    def order(self, id_: str, quantity: int) -> Any:
        stored = self.harness.stored(ExternalId(id_))
        line = {"product_id": stored["id"], "quantity": quantity}
        if stored["parent_id"]:
            line = {
                "product_id": stored["parent_id"],
                "variation_id": stored["id"],
                "quantity": quantity,
            }
        return self.harness.ask("POST", "orders", {"status": "processing", "line_items": [line]})

    def promised(self) -> dict[ExternalId, int]:
        """Pieces in orders of the shop, by article."""
        found: dict[ExternalId, int] = {}
        for order in self.harness.ask("GET", "orders", per_page="100"):
            for line in order["line_items"]:
                id_ = ExternalId(str(line["variation_id"] or line["product_id"]))
                found[id_] = found.get(id_, 0) + line["quantity"]
        return found

    def writes(self) -> list[str]:
        """Paths of the connector's writes so far."""
        asked = (request for request, _ in self.harness.proxy.requests)
        return [request.path for request in asked if request.method != "GET"]


@pytest.fixture
async def woo(tmp_path: Path) -> AsyncIterator[WooHouse]:
    scene_clock = Scene().clock
    shop = SimWoo(clock=scene_clock)
    shop.add_key(KEY, SECRET)
    async with running(shop) as url:
        host, port = url.removeprefix("http://").split(":")
        async with FaultProxy(host, int(port)) as proxy:
            harness = WooHarness(shop, proxy)
            harness.ask("POST", "taxes", {"country": "DE", "rate": "19", "class": "standard"})
            made = WooHouse(harness, f"sqlite:///{tmp_path}/store.sqlite")
            shop.clock = made.scene.clock
            await harness.connector.start()
            await made.house.open()
            try:
                yield made
            finally:
                await made.house.close()
                await harness.connector.close()


async def test_an_order_in_the_middle_of_a_stock_write_is_accounted_for_afterwards(
    woo: WooHouse,
) -> None:
    erp, shop = await woo.add_goods("TEA", 10)
    await woo.house.settle()
    assert await woo.harness.stored_free(shop) == 10
    bought: list[object] = []

    def buy(_: str, number: int) -> None:
        if not bought and number == int(shop):
            bought.append(woo.order(shop, 3))

    woo.harness.shop.between_items = buy
    woo.scene.erp.set_on_hand(erp, 8)
    await woo.house.settle()
    assert len(bought) == 1
    assert await woo.harness.stored_free(shop) == 5


async def test_faults_of_all_kinds_end_in_the_right_stock(woo: WooHouse) -> None:
    """Replies lost, cut, refused and late while stock moves and buyers buy; then it is quiet."""
    goods = [await woo.add_goods(f"TEA-{n}", 50) for n in range(6)]
    _, numbers = woo.harness.add_variations("SHIRT", 4)
    for n, number in enumerate(numbers):
        erp = woo.scene.erp.add_variant(f"SHIRT-{n:03}", on_hand=50, rate=Decimal(19))
        goods.append((erp, ExternalId(str(number))))
    await woo.house.settle()
    chance = random.Random(7)
    kinds: list[Injection | None] = [
        Injection("lost"),
        Injection("dropped"),
        Injection("cut"),
        Injection("garbage"),
        Injection("status", status=429, retry_after=1),
        Injection("status", status=502),
        *[None] * 12,
    ]
    woo.harness.proxy.decide(lambda _: chance.choice(kinds))
    for turn in range(40):
        erp, shop = chance.choice(goods)
        if turn % 3 == 0:
            woo.scene.erp.set_on_hand(erp, chance.randint(20, 60))
        elif turn % 3 == 1:
            woo.order(shop, chance.randint(1, 2))
        await woo.house.step()
    woo.harness.proxy.calm()
    await woo.house.settle(quiet=5)
    promised = woo.promised()
    for erp, shop in goods:
        (level,) = await woo.scene.erp_connector.stock_levels([erp], ["LJ"])
        assert await woo.harness.stored_free(shop) == level.on_hand - promised.get(shop, 0)
    assert sum(woo.harness.proxy.counts[kind] for kind in ("lost", "dropped", "status")) > 5


async def test_what_is_in_step_is_not_written_again(woo: WooHouse) -> None:
    """Every write moves the time of change and comes back as a change; it must end there."""
    goods = [await woo.add_goods(f"TEA-{n}", 10 + n) for n in range(3)]
    await woo.house.settle()
    before = len(woo.writes())
    for _ in range(20):
        await woo.house.step()
    assert len(woo.writes()) == before
    woo.scene.erp.set_on_hand(goods[0][0], 99)
    await woo.house.settle()
    assert len(woo.writes()) == before + 1
