"""A backlog of orders on the simulated ERP: the time per order must not grow with the number."""

from __future__ import annotations

import asyncio
import datetime as dt
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
from panstore.modules.p1_invoices.module import module as p1
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.modules.p2_reservations.module import module as p2
from panstore.modules.p2_reservations.settings import ReservationSettings
from panstore.modules.s4_orders.module import module as s4
from panstore.modules.s4_orders.settings import Event, OrderSettings
from panstore.sdk import FlowModule, Settings
from panstore.sdk.roles import Connector
from panstore.sdk.rules import Rule
from panstore.store.database import Store
from panstore.store.migrate import migrate
from panstore.testing.world import Scene

__all__ = ["drain"]

_ROUTE = RouteId("shop")


def drain(size: int, *, whole: bool = False) -> list[Figure]:
    """Place `size` orders, then take all of them forward until nothing is due.

    Args:
        size: how many.
        whole: with goods set aside, invoices, and the shop told; else they are taken over only.
    """
    return asyncio.run(_drain(size, whole=whole))


async def _drain(size: int, *, whole: bool) -> list[Figure]:
    scene = Scene(keep=False)
    goods = scene.add_goods(100, on_hand=1_000_000, price=Decimal("19.90"))
    for link in goods:
        price = PriceTarget(Decimal("19.90"), "EUR", includes_tax=False, tax_class="standard")
        scene.shop.edit_price(link.shop, price)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/panstore.sqlite")
        await store.write(migrate)
        context, route = _context(store, scene, whole=whole)
        await store.write(lambda c: begin(c, context, _ROUTE, LINKS))
        await run(context, _ROUTE, LINKS, 0)
        for number in range(size):
            scene.shop.place_order((goods[number % 100].shop, 1), guard=False)
        begun = time.perf_counter()
        await read_orders(context, route, scene.shop_connector, cause="bench")
        read = time.perf_counter() - begun
        stamps: list[float] = []
        context.probe = lambda step: (
            stamps.append(time.process_time()) if step == "order.end" else None
        )
        shards = range(context.options.order_shards)
        begun = time.perf_counter()
        await asyncio.gather(*(run(context, _ROUTE, ORDERS, shard) for shard in shards))
        took = time.perf_counter() - begun
        await store.close()
    told = _assert_done(scene, size, whole=whole)
    tenth = len(stamps) // 10
    first = (stamps[tenth] - stamps[0]) / tenth
    last = (stamps[-1] - stamps[-tenth - 1]) / tenth
    return [
        Figure("orders in the ERP" + told, float(len(stamps)), "", str(size)),
        Figure("read from the shop and stored", size / read, "/s"),
        Figure("taken into the ERP" + told, size / took, "/s"),
        Figure("own CPU per order, first tenth", first * 1000, "ms"),
        Figure("own CPU per order, last tenth", last * 1000, "ms"),
        Figure("growth (last / first)", last / first, "", "no growth"),
    ]


def _assert_done(scene: Scene, size: int, *, whole: bool) -> str:
    """Every order has come as far as it should; how far, in words."""
    entries = scene.shop.orders.all()
    sales = [scene.erp.sales.of_shop_order(entry.order.id) for entry in entries]
    assert [len(some) for some in sales] == [1] * size
    if not whole:
        return ""
    assert all(sale.reserved == sale.goods and len(sale.papers) == 1 for [sale] in sales)
    assert all(len(entry.updates) == 1 for entry in entries)
    return ", set aside, invoiced, shop told"


def _context(store: Store, scene: Scene, *, whole: bool) -> tuple[Context, Route]:
    clock = SystemClock()
    connectors: dict[ConnectionId, Connector] = {
        scene.erp_connector.id: scene.erp_connector,
        scene.shop_connector.id: scene.shop_connector,
    }
    tell: dict[Event, str] = {"reserved": "reserved"} if whole else {}
    # The simulated shop's days are not those of this clock: all its orders are to be taken over.
    begins = dt.date(2020, 1, 1)
    settings = OrderSettings(warehouse="LJ", match=("email",), tell=tell, from_date=begins)
    flow: dict[ModuleCode, tuple[FlowModule, Settings]] = {ModuleCode("S4"): (s4, settings)}
    if whole:
        flow[ModuleCode("P2")] = (p2, ReservationSettings())
        flow[ModuleCode("P1")] = (p1, InvoiceSettings(rule=Rule("true")))
    route = Route(
        id=_ROUTE,
        erp=scene.erp_connector.id,
        shop=scene.shop_connector.id,
        zone="Europe/Ljubljana",
        state_modules={},
        flow_modules=flow,
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
