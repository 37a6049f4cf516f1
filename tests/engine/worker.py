"""A PanStore process over a simulated world of its own, to be killed, frozen and poisoned.

    python -m tests.engine.worker STORE_URL FOLDER NAME

The world is built anew in each process, always the same; the store is what remains. Files in
FOLDER steer it: `hold-NAME` keeps the ERP from answering, `poison-item` and `poison-order` name
the record that ends the process. What happens is appended to `log`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from panstore.app.clock import SystemClock, new_id
from panstore.app.serve import _running
from panstore.engine.context import BrakeLimits, Context, Options, Route
from panstore.engine.engine import Engine
from panstore.engine.remote import Remote
from panstore.engine.runner import DbosRunner
from panstore.model.ids import ConnectionId, ExternalId, ModuleCode, RouteId
from panstore.model.plan import Plan
from panstore.model.price import PriceTarget
from panstore.model.stock import StockLevel
from panstore.modules.s1_stock.module import StockModule
from panstore.modules.s1_stock.settings import StockSettings
from panstore.modules.s4_orders.module import OrderModule
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.connectors import Settings
from panstore.sdk.modules import Due, OrderCase, RouteView, StockItem
from panstore.sdk.roles import Connector
from panstore.store.database import Store
from panstore.store.migrate import migrate
from panstore.testing.world import Scene, SimErpConnector

GOODS = 8
ORDERS_PLACED = 3


class Steered:
    """What the files in the folder say, and the log."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name

    def log(self, what: str) -> None:
        with (self.folder / "log").open("a") as file:
            file.write(f"{self.name} {what}\n")

    def is_poison(self, kind: str, record: str) -> bool:
        file = self.folder / f"poison-{kind}"
        return file.exists() and file.read_text() == record

    def die(self, kind: str) -> None:
        self.log(f"dies of {kind}")
        os.kill(os.getpid(), signal.SIGKILL)

    async def hold(self) -> None:
        file = self.folder / f"hold-{self.name}"
        while file.exists():  # noqa: ASYNC110 - another process takes the file away
            await asyncio.sleep(0.05)


class SlowErp(SimErpConnector):
    steered: Steered

    async def stock_levels(
        self, variants: Sequence[ExternalId], warehouses: Sequence[str]
    ) -> Sequence[StockLevel]:
        self.steered.log("reads")
        await self.steered.hold()
        levels = await super().stock_levels(variants, warehouses)
        self.steered.log("has read")
        return levels


class DeadlyStock(StockModule):
    steered: Steered

    def plan(self, items: Sequence[StockItem], settings: Settings, view: RouteView) -> Plan:
        if any(self.steered.is_poison("item", item.link.sku) for item in items):
            self.steered.die("item")
        return super().plan(items, settings, view)


class DeadlyOrders(OrderModule):
    steered: Steered

    def due(self, case: OrderCase, settings: Settings) -> Due:
        if self.steered.is_poison("order", case.order.id):
            self.steered.die("order")
        return super().due(case, settings)


def world() -> Scene:
    scene = Scene()
    for link in scene.add_goods(GOODS, on_hand=10):
        scene.shop.edit_stock(link.shop, 9)
        scene.shop.edit_price(
            link.shop, PriceTarget(Decimal(10), "EUR", includes_tax=False, tax_class="standard")
        )
    for link in scene.shop_links[:ORDERS_PLACED]:
        scene.shop.place_order((link.shop, 1))
    return scene


def engine(store: Store, runner: DbosRunner, steered: Steered) -> Engine:
    scene = world()
    erp = SlowErp(ConnectionId("erp"), scene.erp, scene.faults)
    stock, orders = DeadlyStock(), DeadlyOrders()
    erp.steered = stock.steered = orders.steered = steered
    shop = scene.shop_connector
    connectors: dict[ConnectionId, Connector] = {erp.id: erp, shop.id: shop}
    stock_on: dict[ModuleCode, tuple[Any, Settings]] = {
        ModuleCode("S1"): (stock, StockSettings(warehouses=("LJ",)))
    }
    orders_on: dict[ModuleCode, tuple[Any, Settings]] = {
        ModuleCode("S4"): (
            orders,
            # The world's clock stands still, and the process has the real one.
            OrderSettings(warehouse="LJ", match=("email",), from_date=dt.date(2000, 1, 1)),
        )
    }
    route = Route(
        id=RouteId("shop"),
        erp=erp.id,
        shop=shop.id,
        zone="Europe/Ljubljana",
        state_modules=stock_on,
        flow_modules=orders_on,
        brakes=BrakeLimits(from_items=1_000_000),
    )
    clock = SystemClock()
    return Engine(
        Context(
            store=store,
            clock=clock,
            new_id=new_id,
            runner=runner,
            remote=Remote(store, clock, connectors, {}),
            connectors=connectors,
            routes={route.id: route},
            options=Options(poll_s=0.5),
        )
    )


async def main(url: str, folder: Path, name: str) -> None:
    steered = Steered(folder, name)
    store = Store(url)
    await store.write(migrate)
    runner = DbosRunner(store, executor=f"{name}-{new_id()}")
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with _running(engine(store, runner, steered), runner, alone=store.is_sqlite):
        steered.log("is up")
        await ended.wait()
    await store.close()
    steered.log("has ended")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
