"""A large WooCommerce: first link, full runs and drift, against a bare client that only sends.

The shop is the simulator in a process of its own; the ERP costs nothing. What is measured with the
simulator at its own speed is the hardest comparison: a batch of 100 takes it some 20 ms, a real
shop 2.7 s, and ours is to be small beside it all the same.
"""

from __future__ import annotations

import asyncio
import base64
import json
import resource
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import aiohttp

from benchmarks.formula import FormulaErp
from benchmarks.report import Figure, show
from benchmarks.woo_shop import KEY, SECRET, WooShop, woo_shop
from panstore.app.clock import SystemClock, new_id
from panstore.connectors.woocommerce.config import WooSettings
from panstore.connectors.woocommerce.connector import WooConnector
from panstore.connectors.woocommerce.wire import GOODS_FIELDS
from panstore.engine.context import BrakeLimits, Context, Options, Route
from panstore.engine.drift.report import lanes, look
from panstore.engine.engine import Engine
from panstore.engine.remote import Remote
from panstore.model.ids import ConnectionId, ExternalId, ModuleCode, RouteId
from panstore.model.price import SalesPrice
from panstore.model.product import Variant
from panstore.model.stock import StockLevel
from panstore.modules.s1_stock.module import module as s1
from panstore.modules.s1_stock.settings import StockSettings
from panstore.modules.s2_prices.module import module as s2
from panstore.modules.s2_prices.settings import PriceSettings
from panstore.sdk.roles import Connector, PriceQuery, VariantPage
from panstore.store.database import Store
from panstore.store.migrate import migrate
from tests.engine.house import InlineRunner

__all__ = ["measure", "sizes", "slow"]

_ERP, _SHOP, _ROUTE = ConnectionId("erp"), ConnectionId("shop"), RouteId("shop")
_S1, _S2 = ModuleCode("S1"), ModuleCode("S2")
_BATCH = 100
_SIDE_BY_SIDE = 4
"""Calls at the same time: the connector's default bound."""


def measure(*, quick: bool, keep: Path | None) -> None:
    """2,000 products and 200 orders (quick), or 50,000 and 10,000; and fewer in a slow shop."""
    products, orders = (2_000, 200) if quick else (50_000, 10_000)
    figures = sizes(products, orders, pairs=1 if quick else 5)
    show(f"WooCommerce, {products:,} products and {orders:,} orders", figures, keep)
    some, pairs = (200, 1) if quick else (2_000, 3)
    show(f"WooCommerce as slow as a real one, {some:,} products", slow(some, pairs=pairs), keep)


def sizes(products: int, orders: int, *, pairs: int) -> list[Figure]:
    """Everything once, and price runs and bare runs in turn, so many of each."""
    with _measured(products, orders) as made:
        return asyncio.run(made.all(pairs))


def slow(products: int, *, pairs: int) -> list[Figure]:
    """Price runs and bare runs in turn, in a shop that takes as long as a real one."""
    with _measured(products, 100) as made:
        return asyncio.run(made.at_real_pace(pairs))


@contextmanager
def _measured(products: int, orders: int) -> Iterator[_Measured]:
    with tempfile.TemporaryDirectory() as folder, woo_shop(products, orders) as shop:
        yield _Measured(shop, products, f"sqlite:///{folder}/panstore.sqlite")


class _Erp(FormulaErp):
    """Articles as the shop's, all at 100 pieces, prices raised by what is said."""

    def __init__(self, products: int) -> None:
        super().__init__()
        self.products = products
        self.raised = Decimal(0)

    def price(self, number: int) -> Decimal:
        return Decimal(1000 + number % 10_000) / 100 + self.raised

    async def catalogue(self, after: str | None, limit: int) -> VariantPage:
        begin = int(after or 0)
        end = min(self.products, begin + limit)
        some = tuple(self._variant(number) for number in range(begin, end))
        return VariantPage(some, str(end) if end < self.products else None)

    async def variants(self, ids: Sequence[ExternalId]) -> Sequence[Variant]:
        return [self._variant(int(id_)) for id_ in ids]

    async def stock_levels(
        self, variants: Sequence[ExternalId], warehouses: Sequence[str]
    ) -> Sequence[StockLevel]:
        zero = Decimal(0)
        return [StockLevel(v, warehouses[0], Decimal(100), zero, zero, "u") for v in variants]

    async def prices(
        self, variants: Sequence[ExternalId], query: PriceQuery
    ) -> Sequence[SalesPrice]:
        rates = (Decimal(19),)
        return [
            SalesPrice(v, self.price(int(v)), query.currency, tax_rates=rates) for v in variants
        ]

    @staticmethod
    def _variant(number: int) -> Variant:
        return Variant(ExternalId(str(number)), f"ART-{number:04d}", f"Sample {number:04d}")


@dataclass
class _Spent:
    """What something took: wall time, our CPU, the shop's, and its calls."""

    wall: float = 0.0
    cpu: float = 0.0
    shop: float = 0.0
    asked: dict[str, int] = field(default_factory=dict)

    @property
    def calls(self) -> int:
        return sum(self.asked.values())

    def figures(self, name: str) -> list[Figure]:
        return [
            Figure(f"{name}: wall time", self.wall, "s"),
            Figure(f"{name}: own CPU", self.cpu, "s"),
            Figure(f"{name}: CPU of the simulated shop", self.shop, "s"),
            Figure(f"{name}: calls", float(self.calls), ""),
        ]


class _Measured:
    def __init__(self, shop: WooShop, products: int, url: str) -> None:
        self._shop = shop
        self._products = products
        self._url = url
        self._erp = _Erp(products)

    async def all(self, pairs: int) -> list[Figure]:
        async with self._standing() as bare:
            return [*await self._figures(bare, pairs), _most_memory()]

    async def at_real_pace(self, pairs: int) -> list[Figure]:
        async with self._standing() as bare:
            await self._engine.look(_SHOP)
            await self._engine.first_runs()
            await self._runner.drain()
            self._shop.slow()
            return await self._pairs(bare, pairs)

    @asynccontextmanager
    async def _standing(self) -> AsyncIterator[aiohttp.ClientSession]:
        """The bare client beside an engine that has read nothing yet."""
        async with aiohttp.ClientSession(headers=_headers()) as bare:
            await self._post(bare, "taxes", {"country": "DE", "rate": "19", "class": "standard"})
            await self._open()
            try:
                yield bare
            finally:
                await self._connector.close()
                await self._store.close()

    async def _open(self) -> None:
        store = self._store = Store(self._url)
        await store.write(migrate)
        settings = WooSettings.model_validate({
            "url": self._shop.url,
            "consumer_key": KEY,
            "consumer_secret": SECRET,
            "auth": "basic",
            "concurrency": _SIDE_BY_SIDE,
        })
        self._connector = WooConnector(_SHOP, settings)
        await self._connector.start()
        clock, connectors = SystemClock(), self._connectors()
        route = Route(
            id=_ROUTE,
            erp=_ERP,
            shop=_SHOP,
            zone="Europe/Ljubljana",
            state_modules={
                _S1: (s1, StockSettings(warehouses=("LJ",))),
                _S2: (s2, PriceSettings()),
            },
            flow_modules={},
            brakes=BrakeLimits(from_items=10_000_000),
        )
        self._runner = InlineRunner(store)
        context = Context(
            store=store,
            clock=clock,
            new_id=new_id,
            runner=self._runner,
            remote=Remote(store, clock, connectors, {}),
            connectors=connectors,
            routes={_ROUTE: route},
            options=Options(),
        )
        self._engine = Engine(context)
        await self._runner.start(self._engine._run)  # noqa: SLF001 - as `Engine.start` does

    def _connectors(self) -> dict[ConnectionId, Connector]:
        return {_ERP: self._erp, _SHOP: self._connector}

    async def _figures(self, bare: aiohttp.ClientSession, pairs: int) -> list[Figure]:
        figures: list[Figure] = []
        with self._spending() as spent:
            await self._engine.look(_SHOP)
        figures += spent.figures("all orders read for the first time")
        with self._spending() as spent:
            await self._engine.first_runs()
            await self._runner.drain()
        figures += spent.figures("linked and brought in step")
        for _ in range(2):  # The first one finds what the orders have changed.
            with self._spending() as spent:
                await self._run(_S1, _S2)
        figures += spent.figures("full run of S1 and S2, nothing to write")
        writes = sum(n for name, n in spent.asked.items() if not name.startswith("GET"))
        figures.append(Figure("full run of S1 and S2, nothing to write: writes", writes, "", "0"))
        figures += await self._pairs(bare, pairs)
        differing = 0
        with self._spending() as spent:
            for lane in lanes(self._engine.context, self._engine.context.routes[_ROUTE]):
                day = await look(self._engine, lane, lambda _: None)
                differing += day.differ
        figures += spent.figures("drift of S1 and S2")
        figures.append(Figure("drift of S1 and S2: differing", float(differing), "", "0"))
        return figures

    async def _pairs(self, bare: aiohttp.ClientSession, pairs: int) -> list[Figure]:
        """All prices change, written by ours and by a bare client in turn."""
        ours: list[_Spent] = []
        theirs: list[_Spent] = []
        for _ in range(pairs):
            self._erp.raised += Decimal("0.01")
            # Other prices than ours, so that both change every one.
            with self._spending() as spent:
                await self._bare(bare, Decimal("0.50"))
            theirs.append(spent)
            with self._spending() as spent:
                await self._run(_S2)
            ours.append(spent)
        ratio = statistics.median(o.wall / t.wall for o, t in zip(ours, theirs, strict=True))
        last = ours[-1]
        return [
            Figure("all prices change, median wall time", _median(ours), "s"),
            *last.figures("all prices change, the last time")[1:],
            Figure("bare client, the same batches, median", _median(theirs), "s"),
            *theirs[-1].figures("bare client, the last time")[1:],
            Figure("ratio, median of alternated runs", ratio, ""),
        ]

    async def _run(self, *codes: ModuleCode) -> None:
        await self._engine.full_run(_ROUTE, list(codes))
        await self._runner.drain()

    async def _bare(self, session: aiohttp.ClientSession, more: Decimal) -> None:
        """Reads and writes every price, so many batches side by side, and nothing else."""
        batches = iter(range(0, self._products, _BATCH))

        async def work() -> None:
            for begin in batches:
                numbers = range(begin, min(self._products, begin + _BATCH))
                await self._read(session, [self._shop.first + number for number in numbers])
                items = [
                    {
                        "id": self._shop.first + number,
                        "regular_price": f"{self._erp.price(number) + more:.2f}",
                        "sale_price": "",
                        "date_on_sale_from": "",
                        "date_on_sale_to": "",
                        "tax_status": "taxable",
                        "tax_class": "standard",
                    }
                    for number in numbers
                ]
                await self._post(session, "products/batch", {"update": items})

        await asyncio.gather(*(work() for _ in range(_SIDE_BY_SIDE)))

    async def _read(self, session: aiohttp.ClientSession, ids: Sequence[int]) -> None:
        query = {
            "include": ",".join(map(str, ids)),
            "per_page": str(_BATCH),
            "_fields": GOODS_FIELDS,
        }
        url = f"{self._shop.url}/wp-json/wc/v3/products"
        async with session.get(url, params=query) as answer:
            if len(json.loads(await answer.read())) != len(ids):
                raise RuntimeError("products: not all were answered")

    async def _post(self, session: aiohttp.ClientSession, path: str, body: object) -> None:
        async with session.post(f"{self._shop.url}/wp-json/wc/v3/{path}", json=body) as answer:
            said = json.loads(await answer.read())
            if answer.status >= 400 or any("error" in one for one in said.get("update", ())):
                raise RuntimeError(f"{path}: {said}")

    @contextmanager
    def _spending(self) -> Iterator[_Spent]:
        spent = _Spent()
        self._shop.asked()
        cpu, shop, wall = _cpu(), self._shop.cpu(), time.perf_counter()
        yield spent
        spent.wall = time.perf_counter() - wall
        spent.cpu = _cpu() - cpu
        spent.shop = self._shop.cpu() - shop
        spent.asked = self._shop.asked()


def _most_memory() -> Figure:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return Figure("most memory of ours (RSS)", most, "MB", "<= 300")


def _headers() -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{KEY}:{SECRET}'.encode()).decode()}"}


def _median(many: Sequence[_Spent]) -> float:
    return statistics.median(one.wall for one in many)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
