"""One PanStore between a simulated ERP and a simulated WooCommerce, on one clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from panstore.model.ids import ConnectionId, ExternalId, ModuleCode
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.store.event_health import message_problems
from panstore.testing.proxy import FaultProxy
from panstore.testing.world import Scene
from tests.connectors.woocommerce.desk import BUYER
from tests.connectors.woocommerce.harness import KEY, SECRET, WooHarness
from tests.connectors.woocommerce.simulator.server import running
from tests.connectors.woocommerce.simulator.shop import SimWoo
from tests.engine.house import House

__all__ = ["SHOP", "Town", "founded"]

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
