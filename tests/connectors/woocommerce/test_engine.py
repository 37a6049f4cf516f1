"""The real engine over the simulated shop: what sells between reading and writing is not lost."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from panstore.engine.messages_kept import ask_for_changes
from panstore.model.ids import ConnectionId, ExternalId
from panstore.sdk.errors import RemoteError
from panstore.sdk.feed_roles import ReadChanges
from panstore.testing.proxy import FaultProxy, Injection
from panstore.testing.world import Scene
from tests.connectors.woocommerce.harness import KEY, SECRET, WooHarness
from tests.connectors.woocommerce.simulator.server import running
from tests.connectors.woocommerce.simulator.shop import SimWoo
from tests.engine.house import S1, House

SHOP = ConnectionId("shop")


class AskingHouse(House):
    """One without messages: what was changed is asked for at every turn."""

    async def look(self) -> None:
        await super().look()
        shop = self.engine.context.connectors[SHOP]
        assert isinstance(shop, ReadChanges)
        with contextlib.suppress(RemoteError):
            await ask_for_changes(self.engine.context, SHOP, shop, cause="poll")


class WooHouse:
    """One PanStore between a simulated ERP and a simulated WooCommerce, on one clock."""

    def __init__(self, harness: WooHarness, url: str) -> None:
        self.harness = harness
        self.scene = Scene()
        self.scene.shop_connectors = cast("Any", {SHOP: harness.connector})
        self.house = AskingHouse(self.scene, url, modules=frozenset({S1}))

    async def add_goods(self, sku: str, on_hand: int) -> tuple[ExternalId, ExternalId]:
        """An article known to both; its ids in the ERP and in the shop."""
        erp = self.scene.erp.add_variant(sku, on_hand=on_hand, rate=Decimal(19))
        shop = await self.harness.add_variant(sku, price=Decimal(10))
        return erp, shop

    def add_variations(
        self, sku: str, count: int, on_hand: int
    ) -> list[tuple[ExternalId, ExternalId]]:
        """Variations of one product, known to both."""
        _, numbers = self.harness.add_variations(sku, count)
        return [
            (
                self.scene.erp.add_variant(f"{sku}-{n:03}", on_hand=on_hand, rate=Decimal(19)),
                ExternalId(str(number)),
            )
            for n, number in enumerate(numbers)
        ]

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
    shop = SimWoo(clock=scene_clock, shuffles_ties=True)
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
    goods += woo.add_variations("SHIRT", 4, 50)
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
    goods += woo.add_variations("SHIRT", 2, 8)
    await woo.house.settle()
    before = len(woo.writes())
    for _ in range(20):
        await woo.house.step()
    assert len(woo.writes()) == before
    for erp, shop in (goods[0], goods[-1]):
        before = len(woo.writes())
        woo.scene.erp.set_on_hand(erp, 99)
        await woo.house.settle(quiet=10)
        assert await woo.harness.stored_free(shop) == 99
        assert len(woo.writes()) == before + 1


async def test_orders_are_read_right_after_each_stock_write(woo: WooHouse) -> None:
    """That closes the window: nothing else is asked of the shop before it."""
    erp, _ = await woo.add_goods("TEA", 10)
    await woo.house.settle()
    before = len(woo.harness.proxy.requests)
    woo.scene.erp.set_on_hand(erp, 8)
    await woo.house.settle()
    asked = [request for request, _ in woo.harness.proxy.requests[before:]]
    (written,) = [at for at, request in enumerate(asked) if request.path.count("/batch")]
    assert "/orders?" in asked[written + 1].path
    assert "modified_after" in asked[written + 1].path


async def test_what_the_shop_takes_off_by_itself_is_counted_once(woo: WooHouse) -> None:
    """An unpaid order holds its goods here, but not in the shop, which takes them off when paid."""
    _, shop = await woo.add_goods("TEA", 10)
    await woo.house.settle()
    line = {"product_id": int(shop), "quantity": 3}
    order = woo.harness.ask("POST", "orders", {"status": "pending", "line_items": [line]})
    assert await woo.harness.stored_free(shop) == 10
    await woo.house.settle()
    assert await woo.harness.stored_free(shop) == 7
    woo.harness.ask("PUT", f"orders/{order['id']}", {"status": "processing"})
    assert await woo.harness.stored_free(shop) == 4
    await woo.house.settle()
    assert await woo.harness.stored_free(shop) == 7
    woo.harness.ask("PUT", f"orders/{order['id']}", {"status": "cancelled"})
    await woo.house.settle()
    assert await woo.harness.stored_free(shop) == 10


async def test_what_people_set_by_hand_in_the_shop_is_set_right(woo: WooHouse) -> None:
    _, shop = await woo.add_goods("TEA", 10)
    await woo.house.settle()
    woo.harness.ask("PUT", f"products/{shop}", {"stock_quantity": 99})
    await woo.house.settle()
    assert await woo.harness.stored_free(shop) == 10
    woo.harness.ask("PUT", f"products/{shop}", {"manage_stock": False})
    await woo.house.settle()
    assert await woo.harness.stored_free(shop) == 10
