"""An unchanged catalogue: a full check of S1 and S2 writes nothing; CPU and memory of ours."""

from __future__ import annotations

import asyncio
import datetime as dt
import resource
import tempfile
import threading
import time
from pathlib import Path

import sqlalchemy as sa

from benchmarks.formula import FormulaErp, FormulaShop
from benchmarks.report import Figure, show
from panstore.app.aside import LeaveToOthers
from panstore.app.clock import SystemClock, new_id
from panstore.engine.context import Context, Options, Route
from panstore.engine.full_runs import begin
from panstore.engine.remote import Remote
from panstore.engine.runs import run
from panstore.model.ids import ConnectionId, ModuleCode, RouteId
from panstore.modules.s1_stock.module import module as s1
from panstore.modules.s1_stock.settings import StockSettings
from panstore.modules.s2_prices.module import module as s2
from panstore.modules.s2_prices.settings import PriceSettings
from panstore.sdk.roles import Connector
from panstore.store.database import Store
from panstore.store.migrate import migrate
from panstore.store.tables import links

__all__ = ["measure", "resident"]

_CHUNK = 10_000
_ROUTE = RouteId("shop")
_S1, _S2 = ModuleCode("S1"), ModuleCode("S2")


def measure(*, quick: bool, keep: Path | None) -> None:
    """10,000 (quick) or 100,000 and 1,000,000 items."""
    for items in (10_000,) if quick else (100_000, 1_000_000):
        show(f"unchanged catalogue, {items:,} items", asyncio.run(_one(items)), keep)


async def _one(items: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/panstore.sqlite")
        await store.write(migrate)
        await _link(store, items)
        shop = FormulaShop()
        context = _context(store, shop)
        # The first run reads the shop once and fills the ledger; the second is the one measured.
        await _full(context)
        written = shop.written
        with _PeakMemory() as memory:
            cpu, wall = _cpu(), time.perf_counter()
            await _full(context)
            cpu, wall = _cpu() - cpu, time.perf_counter() - wall
        await store.close()
    small = items <= 100_000
    return [
        Figure("own CPU, S1 and S2 together", cpu, "s", "<= 20" if small else ""),
        Figure("wall time", wall, "s"),
        Figure("items checked per CPU second", 2 * items / cpu, "/s"),
        Figure("most memory (RSS) during the run", memory.most / 1e6, "MB", "<= 300"),
        Figure("growth of memory during the run", (memory.most - memory.before) / 1e6, "MB"),
        Figure("values written", float(shop.written - written), "", "0"),
    ]


async def _link(store: Store, items: int) -> None:
    now = dt.datetime.now(dt.UTC)
    for begin_at in range(0, items, _CHUNK):
        rows = [
            {
                "route": _ROUTE,
                "item": f"i{n:09}",
                "erp": str(n),
                "shop": str(n),
                "factor": "1",
                "tracked": True,
                "sku": f"S{n}",
                "linked_at": now,
            }
            for n in range(begin_at, min(items, begin_at + _CHUNK))
        ]
        await store.write(lambda c, r=rows: c.execute(sa.insert(links), r))  # type: ignore[misc]


def _context(store: Store, shop: FormulaShop) -> Context:
    clock = SystemClock()
    connectors: dict[ConnectionId, Connector] = {ConnectionId("erp"): FormulaErp(), shop.id: shop}
    route = Route(
        id=_ROUTE,
        erp=ConnectionId("erp"),
        shop=shop.id,
        zone="Europe/Ljubljana",
        state_modules={_S1: (s1, StockSettings(warehouses=("LJ",))), _S2: (s2, PriceSettings())},
        flow_modules={},
    )
    return Context(
        store=store,
        clock=clock,
        new_id=new_id,
        runner=LeaveToOthers(),
        remote=Remote(store, clock, connectors, {}),
        connectors=connectors,
        routes={_ROUTE: route},
        options=Options(),
    )


async def _full(context: Context) -> None:
    for code in (_S1, _S2):
        await context.store.write(lambda c, m=code: begin(c, context, _ROUTE, m))  # type: ignore[misc]
        await run(context, _ROUTE, code, 0)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class _PeakMemory:
    """Most resident memory while the block runs, sampled ten times a second."""

    def __enter__(self) -> _PeakMemory:
        self.before = self.most = resident()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(0.1):
            self.most = max(self.most, resident())


def resident() -> int:
    """Memory of this process, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()
