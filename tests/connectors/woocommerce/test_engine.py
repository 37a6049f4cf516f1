"""The real engine over the simulated shop: what sells between reading and writing is not lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from panstore.model.ids import ConnectionId, ExternalId
from panstore.testing.proxy import FaultProxy
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
        line = {"product_id": int(id_), "quantity": quantity}
        return self.harness.ask("POST", "orders", {"status": "processing", "line_items": [line]})


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
