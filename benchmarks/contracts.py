"""Contract prices: so many pairs of customer and product, defined by price lists in the ERP."""

from __future__ import annotations

import asyncio
import datetime as dt
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from benchmarks.report import Figure, percentile, show
from benchmarks.unchanged import resident
from panstore.app.aside import LeaveToOthers
from panstore.app.clock import SystemClock, new_id
from panstore.engine.context import Context, Options, Route
from panstore.engine.contracts.quotes import quote
from panstore.engine.remote import Remote
from panstore.engine.signals import take_signals
from panstore.model.change import Signal
from panstore.model.contract import Quote, QuoteLine, QuoteRequest
from panstore.model.ids import ConnectionId, ExternalId, RouteId
from panstore.modules.s5_contract_prices.module import module as s5
from panstore.modules.s5_contract_prices.settings import ContractPriceSettings
from panstore.sdk.roles import Connector
from panstore.store.database import Store
from panstore.store.migrate import migrate
from panstore.store.tables import (
    account_links,
    contract_prices,
    links,
    party_agreements,
    price_changes,
)
from panstore.testing.world import DatedPrice, Scene

__all__ = ["measure"]

_ROUTE, _ERP = RouteId("shop"), ConnectionId("erp")
_PAGE = 100
_CHUNK = 5000
_WARM = 300


@dataclass(frozen=True)
class _Size:
    """How big a company is; the ERP has `lists` price lists that the customers share."""

    customers: int
    products: int
    lists: int

    @property
    def pairs(self) -> int:
        return self.customers * self.products


_SIZES = (_Size(50, 20, 5), _Size(500, 200, 20), _Size(10_000, 1_000, 300))


def measure(*, quick: bool, keep: Path | None) -> None:
    """1,000, 100,000 and, unless quick, 10,000,000 pairs."""
    for size in _SIZES[:2] if quick else _SIZES:
        title = (
            f"contract prices, {size.pairs:,} pairs "
            f"({size.customers:,} customers x {size.products:,} products, {size.lists} lists)"
        )
        show(title, asyncio.run(_one(size)), keep)


class _Company:
    """PanStore over a simulated ERP; its shop's part is played by whoever asks."""

    def __init__(self, store: Store, scene: Scene, size: _Size) -> None:
        self.store, self.scene, self.size = store, scene, size
        clock = SystemClock()
        connectors: dict[ConnectionId, Connector] = {
            _ERP: scene.erp_connector,
            **scene.shop_connectors,
        }
        self.route = Route(
            id=_ROUTE,
            erp=_ERP,
            shop=scene.shop_connector.id,
            zone="Europe/Ljubljana",
            state_modules={},
            flow_modules={},
            contract=(s5, ContractPriceSettings()),
        )
        self.context = Context(
            store=store,
            clock=clock,
            new_id=new_id,
            runner=LeaveToOthers(),
            remote=Remote(store, clock, connectors, {}),
            connectors=connectors,
            routes={_ROUTE: self.route},
            options=Options(),
        )
        self.goods = [link.shop for link in scene.shop_links]

    async def fill(self) -> None:
        """Lists, parties and accounts; nothing is copied per customer but who he buys for."""
        erp, size = self.scene.erp, self.size
        for number in range(size.lists):
            price_list = ExternalId(f"L{number}")
            for place, link in enumerate(self.scene.shop_links):
                amount = Decimal(500 + (number * 7 + place) % 400) / 100
                erp.price_lists.setdefault(price_list, {})[link.erp] = [DatedPrice(amount)]
        now = dt.datetime.now(dt.UTC)
        rows = []
        for number in range(size.customers):
            party = erp.parties.add(f"Customer {number}").id
            erp.set_agreement(party, ExternalId(f"L{number % size.lists}"))
            rows.append({
                "route": _ROUTE,
                "account": str(number),
                "party": party,
                "linked_by": "benchmark",
                "linked_at": now,
            })
        goods = [
            {
                "route": _ROUTE,
                "item": link.item,
                "erp": link.erp,
                "shop": link.shop,
                "factor": "1",
                "tracked": True,
                "sku": link.sku,
                "linked_at": now,
            }
            for link in self.scene.shop_links
        ]
        for table, many in ((account_links, rows), (links, goods)):
            for begin in range(0, len(many), _CHUNK):
                part = many[begin : begin + _CHUNK]
                await self.store.write(
                    lambda c, t=table, r=part: c.execute(sa.insert(t), r)  # type: ignore[misc]
                )
        self.hear()

    def hear(self) -> None:
        """The change feed is read, as it is all the time."""
        clock = self.context.clock
        self.context.contracts.note_feed(_ERP, clock.timer(), clock.now())

    async def ask(self, customer: int, goods: Sequence[ExternalId]) -> Quote:
        self.hear()
        lines = tuple(QuoteLine(product=good) for good in goods)
        return await quote(self.context, self.route, QuoteRequest(ExternalId(str(customer)), lines))

    async def rows(self) -> int:
        """Rows that are there because of prices somebody asked for."""

        def work(connection: sa.Connection) -> int:
            tables = (contract_prices, party_agreements, price_changes)
            return sum(
                connection.execute(sa.select(sa.func.count()).select_from(t)).scalar_one()
                for t in tables
            )

        await self.context.contracts.written()
        return await self.store.read(work)


async def _one(size: _Size) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/panstore.sqlite")
        await store.write(migrate)
        scene = Scene(keep=False)
        scene.add_goods(size.products, on_hand=10, price=Decimal("10.00"))
        company = _Company(store, scene, size)
        await company.fill()
        before = resident()
        figures = [await _first(company), await _cold(company)]
        figures += await _warm(company)
        figures += await _everybody(company, before)
        figures += await _list_change(company)
        await company.context.contracts.stop()
        await store.close()
    return figures


async def _first(company: _Company) -> Figure:
    begun = time.perf_counter()
    answer = await company.ask(0, company.goods[:1])
    assert answer.lines[0].offer.state == "agreed"
    return Figure("time to the first price", (time.perf_counter() - begun) * 1000, "ms")


async def _cold(company: _Company) -> Figure:
    page = company.goods[:_PAGE]
    begun = time.perf_counter()
    await company.ask(1, page)
    spent = (time.perf_counter() - begun) * 1000
    return Figure(f"first page of {len(page)} articles, nothing known", spent, "ms")


async def _warm(company: _Company) -> list[Figure]:
    page = (company.goods * _PAGE)[:_PAGE]
    await company.ask(1, page)
    await company.context.contracts.written()
    spent, used = [], []
    for _ in range(_WARM):
        begun, cpu = time.perf_counter(), time.process_time()
        await company.ask(1, page)
        spent.append((time.perf_counter() - begun) * 1000)
        used.append((time.process_time() - cpu) * 1000)
    return [
        Figure(f"{_PAGE} known articles, p50", percentile(spent, 0.5), "ms"),
        Figure(f"{_PAGE} known articles, p99", percentile(spent, 0.99), "ms", "<= 10"),
        Figure(f"{_PAGE} known articles, own CPU, p99", percentile(used, 0.99), "ms"),
    ]


async def _everybody(company: _Company, before: int) -> list[Figure]:
    """A customer of every list looks at the whole catalogue."""
    asked = 0
    begun = time.perf_counter()
    for customer in range(company.size.lists):
        for begin in range(0, company.size.products, _PAGE):
            await company.ask(customer, company.goods[begin : begin + _PAGE])
            asked += _PAGE
    spent = time.perf_counter() - begun
    cached = len(company.context.contracts.cache(_ERP))
    return [
        Figure("prices of all lists, asked once, per second", asked / spent, "/s"),
        Figure("prices in memory after that", float(cached), "", "<= 100,000"),
        Figure("growth of memory (RSS)", (resident() - before) / 1e6, "MB"),
        Figure("rows in the store", float(await company.rows()), ""),
    ]


async def _list_change(company: _Company) -> list[Figure]:
    """One list changes; a customer who buys by it sees the new price in his next question."""
    page = (company.goods * _PAGE)[:_PAGE]
    await company.ask(1, page)
    before, erp = await company.rows(), company.scene.erp
    calls = _Calls(company)
    for link in company.scene.shop_links:
        erp.price_lists[ExternalId("L1")][link.erp] = [DatedPrice(Decimal("3.21"))]
    begun = time.perf_counter()
    signals = [Signal("price_list", ExternalId("L1"))]
    await company.store.write(
        lambda c: take_signals(c, company.context, _ERP, signals, cause="event")
    )
    noted = (time.perf_counter() - begun) * 1000
    answer = await company.ask(1, page)
    right = (time.perf_counter() - begun) * 1000
    assert {line.offer.amount for line in answer.lines} == {Decimal("3.21")}
    rows = await company.store.read(
        lambda c: c.execute(sa.select(sa.func.count()).select_from(price_changes)).scalar_one()
    )
    return [
        Figure("a list changes: until it is noted", noted, "ms"),
        Figure(f"a list changes: until {_PAGE} articles are right again", right, "ms", "<= 1000"),
        Figure("a list changes: rows written to note it", float(rows), ""),
        Figure("a list changes: calls of the ERP for that", float(calls.made), ""),
        Figure(
            "a list changes: prices written anew", float(await company.rows() - before - rows), ""
        ),
    ]


class _Calls:
    """Counts questions to the ERP from now on."""

    def __init__(self, company: _Company) -> None:
        self.made = 0
        for operation in ("agreements", "contract_prices"):
            company.scene.faults.hook(f"{_ERP}.{operation}.before", self._one_more)

    def _one_more(self) -> None:
        self.made += 1
