"""A backlog of orders on the simulated ERP: the time per order must not grow with the number."""

from __future__ import annotations

import asyncio
import tempfile
import time
from decimal import Decimal

from benchmarks.report import Figure
from panstore.app.aside import LeaveToOthers
from panstore.app.clock import SystemClock, new_id
from panstore.engine.context import LINKS, ORDERS, Context, Options, Route
from panstore.engine.feeds import read_orders
from panstore.engine.full_runs import begin
from panstore.engine.remote import Remote
from panstore.engine.runs import run
from panstore.model.ids import ConnectionId, ModuleCode, RouteId
from panstore.model.price import PriceTarget
from panstore.modules.s4_orders.module import module as s4
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.roles import Connector
from panstore.store.database import Store
from panstore.store.migrate import migrate
from panstore.testing.world import Scene

__all__ = ["drain"]

_ROUTE = RouteId("shop")


def drain(size: int) -> list[Figure]:
    """Place `size` orders, then take all of them into the ERP."""
    return asyncio.run(_drain(size))


async def _drain(size: int) -> list[Figure]:
    scene = Scene(keep=False)
    goods = scene.add_goods(100, on_hand=1_000_000, price=Decimal("19.90"))
    for link in goods:
        price = PriceTarget(Decimal("19.90"), "EUR", includes_tax=False, tax_class="standard")
        scene.shop.edit_price(link.shop, price)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/panstore.sqlite")
        await store.write(migrate)
        context, route = _context(store, scene)
        await store.write(lambda c: begin(c, context, _ROUTE, LINKS))
        await run(context, _ROUTE, LINKS, 0)
        for number in range(size):
            scene.shop.place_order((goods[number % 100].shop, 1), guard=False)
        begun = time.perf_counter()
        await read_orders(context, route, scene.shop_connector, cause="bench")
        read = time.perf_counter() - begun
        stamps: list[float] = []
        context.probe = lambda step: (
            stamps.append(time.process_time()) if step == "order.recorded" else None
        )
        shards = range(context.options.order_shards)
        begun = time.perf_counter()
        await asyncio.gather(*(run(context, _ROUTE, ORDERS, shard) for shard in shards))
        took = time.perf_counter() - begun
        await store.close()
    tenth = len(stamps) // 10
    first = (stamps[tenth] - stamps[0]) / tenth
    last = (stamps[-1] - stamps[-tenth - 1]) / tenth
    return [
        Figure("orders in the ERP", float(len(stamps)), "", str(size)),
        Figure("read from the shop and stored", size / read, "/s"),
        Figure("taken into the ERP", size / took, "/s"),
        Figure("own CPU per order, first tenth", first * 1000, "ms"),
        Figure("own CPU per order, last tenth", last * 1000, "ms"),
        Figure("growth (last / first)", last / first, "", "no growth"),
    ]


def _context(store: Store, scene: Scene) -> tuple[Context, Route]:
    clock = SystemClock()
    connectors: dict[ConnectionId, Connector] = {
        scene.erp_connector.id: scene.erp_connector,
        scene.shop_connector.id: scene.shop_connector,
    }
    settings = OrderSettings(warehouse="LJ", match=("email",))
    route = Route(
        id=_ROUTE,
        erp=scene.erp_connector.id,
        shop=scene.shop_connector.id,
        zone="Europe/Ljubljana",
        state_modules={},
        flow_modules={ModuleCode("S4"): (s4, settings)},
    )
    context = Context(
        store=store,
        clock=clock,
        new_id=new_id,
        runner=LeaveToOthers(),
        remote=Remote(store, clock, connectors, {}),
        connectors=connectors,
        routes={_ROUTE: route},
        options=Options(),
    )
    return context, route
