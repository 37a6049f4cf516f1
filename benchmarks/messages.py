"""Invoices rendered and mailed, and orders that come meanwhile: they must not wait for them."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import resource
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from benchmarks.report import Figure, percentile, show
from panstore.app.aside import LeaveToOthers
from panstore.app.clock import SystemClock, new_id
from panstore.app.registry import find_connector
from panstore.engine.context import LINKS, ORDERS, Context, Options, Route
from panstore.engine.feeds import read_orders
from panstore.engine.full_runs import begin
from panstore.engine.outbox.queue import take_up
from panstore.engine.remote import Remote
from panstore.engine.runs import run
from panstore.model.ids import ConnectionId, ModuleCode, RouteId
from panstore.model.price import PriceTarget
from panstore.modules.p1_invoices.module import module as p1
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.modules.p2_reservations.module import module as p2
from panstore.modules.p2_reservations.settings import ReservationSettings
from panstore.modules.p3_documents.module import module as p3
from panstore.modules.p3_documents.settings import DocumentSettings
from panstore.modules.s4_orders.module import module as s4
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.roles import Connector
from panstore.sdk.rules import Rule
from panstore.store.database import Store
from panstore.store.migrate import migrate
from panstore.store.outbox import list_messages
from panstore.testing.world import Scene

__all__ = ["measure"]

_ROUTE = RouteId("shop")
_P3 = ModuleCode("P3")
_EVERY_S = 0.25
_STEP_S = 0.05


def measure(*, quick: bool, keep: Path | None) -> None:
    """Real printer, real SMTP to a mail server in a process of its own; ERP and shop simulated."""
    size = 100 if quick else 1_000
    figures = asyncio.run(_measure(size))
    show(f"{size:,} invoices rendered and mailed, orders meanwhile", figures, keep)


async def _measure(size: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        async with _mail_server(Path(folder) / "mails") as port:
            bench = await _Bench.open(Path(folder), port)
            alone = await bench.orders(for_s=10.0)
            await bench.queue(size)
            before = _memory()
            begun, cpu = time.perf_counter(), time.process_time()
            mailing = asyncio.create_task(bench.mail())
            beside = await bench.orders(until=mailing)
            took, used = time.perf_counter() - begun, time.process_time() - cpu
            meanwhile = await bench.sent()
            await bench.mail()
            rows = await bench.context.store.read(lambda c: list_messages(c, limit=None))
            sent = await bench.sent()
            await bench.close()
            pages = resource.getrusage(resource.RUSAGE_CHILDREN)
            kept = len(list((Path(folder) / "mails").glob("*.eml")))
    assert sent == kept == len(rows), f"{len(rows)} queued, {sent} sent, {kept} arrived"
    return [
        Figure("invoices mailed, each once", float(sent), "", str(len(rows))),
        Figure("rendered and mailed", meanwhile / took, "/s"),
        Figure("own CPU per invoice, orders beside it included", used / meanwhile * 1000, "ms"),
        Figure(
            "CPU per page in its process", (pages.ru_utime + pages.ru_stime) / sent * 1000, "ms"
        ),
        Figure("memory more at the peak", _memory() - before, "MB"),
        Figure("memory of the process that makes pages", pages.ru_maxrss / 1024, "MB"),
        Figure("placed -> order at rest, nothing mailed, p50", percentile(alone, 0.5), "s"),
        Figure("placed -> order at rest, nothing mailed, p95", percentile(alone, 0.95), "s"),
        Figure("placed -> order at rest, mails going out, p50", percentile(beside, 0.5), "s"),
        Figure("placed -> order at rest, mails going out, p95", percentile(beside, 0.95), "s"),
        Figure("orders placed meanwhile", float(len(beside)), ""),
    ]


@dataclass
class _Bench:
    scene: Scene
    context: Context
    route: Route

    @classmethod
    async def open(cls, folder: Path, port: int) -> _Bench:
        scene = Scene(keep=False)
        goods = scene.add_goods(100, on_hand=1_000_000, price=Decimal("19.90"))
        for link in goods:
            price = PriceTarget(Decimal("19.90"), "EUR", includes_tax=False, tax_class="standard")
            scene.shop.edit_price(link.shop, price)
        store = Store(f"sqlite:///{folder}/panstore.sqlite")
        await store.write(migrate)
        context, route = _context(store, scene, port)
        await store.write(lambda c: take_up(c, context, route))
        await store.write(lambda c: begin(c, context, _ROUTE, LINKS))
        await run(context, _ROUTE, LINKS, 0)
        return cls(scene, context, route)

    async def queue(self, size: int) -> None:
        """As many invoices wait to be mailed."""
        self._buy(size)
        await self._forward()

    async def mail(self) -> None:
        """Everything in the outbox goes out."""
        await run(self.context, _ROUTE, _P3, 0)

    async def sent(self) -> int:
        """How many have gone out."""
        rows = await self.context.store.read(lambda c: list_messages(c, state="sent", limit=None))
        return len(rows)

    async def orders(
        self, *, for_s: float = 0.0, until: asyncio.Task[None] | None = None
    ) -> list[float]:
        """Somebody buys now and then; seconds until each order had come to rest."""
        took: list[float] = []
        begun = time.perf_counter()
        while (until is None and time.perf_counter() - begun < for_s) or (
            until is not None and not until.done()
        ):
            placed = time.perf_counter()
            self._buy(1)
            await self._forward()
            took.append(time.perf_counter() - placed)
            await asyncio.sleep(max(_STEP_S, _EVERY_S - took[-1]))
        if until is not None:
            await until
        return took

    async def close(self) -> None:
        for connector in self.context.connectors.values():
            await connector.close()
        await self.context.store.close()

    def _buy(self, count: int) -> None:
        goods = self.scene.shop_links
        for number in range(count):
            self.scene.shop.place_order((goods[number % 100].shop, 1), guard=False)

    async def _forward(self) -> None:
        await read_orders(self.context, self.route, self.scene.shop_connector, cause="bench")
        shards = range(self.context.options.order_shards)
        await asyncio.gather(*(run(self.context, _ROUTE, ORDERS, shard) for shard in shards))


def _context(store: Store, scene: Scene, port: int) -> tuple[Context, Route]:
    clock, printer, mail = SystemClock(), ConnectionId("print"), ConnectionId("mail")
    typst, smtp = find_connector("typst", "benchmark"), find_connector("smtp", "benchmark")
    given = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "shop@example.com"}
    connectors: dict[ConnectionId, Connector] = {
        scene.erp_connector.id: scene.erp_connector,
        scene.shop_connector.id: scene.shop_connector,
        printer: typst.open(printer, typst.settings.model_validate({})),
        mail: smtp.open(mail, smtp.settings.model_validate(given)),
    }
    # The simulated shop's days are not those of this clock: all its orders are to be taken over,
    # and all its invoices are younger than this run.
    begins = dt.date(2020, 1, 1)
    orders = OrderSettings(warehouse="LJ", match=("email",), from_date=begins)
    route = Route(
        id=_ROUTE,
        erp=scene.erp_connector.id,
        shop=scene.shop_connector.id,
        zone="Europe/Ljubljana",
        state_modules={},
        flow_modules={
            ModuleCode("S4"): (s4, orders),
            ModuleCode("P2"): (p2, ReservationSettings()),
            ModuleCode("P1"): (p1, InvoiceSettings(rule=Rule("true"))),
            _P3: (p3, DocumentSettings(tell_shop=False)),
        },
        printer=printer,
        mail=mail,
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


@contextlib.asynccontextmanager
async def _mail_server(directory: Path) -> AsyncIterator[int]:
    """The demo's mail server in a process of its own; the port it takes mails on."""
    ports = [_free_port(), _free_port()]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "panstore.demo.mails"),
        *("--smtp-port", str(ports[0]), "--web-port", str(ports[1]), "--dir", str(directory)),
    )
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", ports[0])
                writer.close()
                break
            await asyncio.sleep(0.05)
        yield ports[0]
    finally:
        process.terminate()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _memory() -> float:
    """Largest memory of this process so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
