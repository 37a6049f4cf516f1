"""Contract prices: so many pairs of customer and product, defined by price lists in the ERP."""

from __future__ import annotations

import asyncio
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from benchmarks.contract_company import ERP, Company, Size
from benchmarks.contract_push import push_figures
from benchmarks.report import Figure, percentile, show
from benchmarks.unchanged import resident
from panstore.engine.signals import take_signals
from panstore.model.change import Signal
from panstore.model.ids import ExternalId
from panstore.store.database import Store
from panstore.store.migrate import migrate
from panstore.store.tables import price_changes
from panstore.testing.world import DatedPrice, Scene

__all__ = ["measure"]

_PAGE = 100
_WARM = 300


_SIZES = (Size(50, 20, 5), Size(500, 200, 20), Size(10_000, 1_000, 300))


def measure(*, quick: bool, keep: Path | None) -> None:
    """1,000, 100,000 and, unless quick, 10,000,000 pairs."""
    for size in _SIZES[:2] if quick else _SIZES:
        title = (
            f"contract prices, {size.pairs:,} pairs "
            f"({size.customers:,} customers x {size.products:,} products, {size.lists} lists)"
        )
        show(title, asyncio.run(_one(size)), keep)
        show(f"{title}, kept in the shop", asyncio.run(push_figures(size)), keep)


async def _one(size: Size) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/panstore.sqlite")
        await store.write(migrate)
        scene = Scene(keep=False)
        scene.add_goods(size.products, on_hand=10, price=Decimal("10.00"))
        company = Company(store, scene, size)
        await company.fill()
        before = resident()
        figures = [await _first(company), await _cold(company)]
        figures += await _warm(company)
        figures += await _everybody(company, before)
        figures += await _list_change(company)
        await company.context.contracts.stop()
        await store.close()
    return figures


async def _first(company: Company) -> Figure:
    begun = time.perf_counter()
    answer = await company.ask(0, company.goods[:1])
    assert answer.lines[0].offer.state == "agreed"
    return Figure("time to the first price", (time.perf_counter() - begun) * 1000, "ms")


async def _cold(company: Company) -> Figure:
    page = company.goods[:_PAGE]
    begun = time.perf_counter()
    await company.ask(1, page)
    spent = (time.perf_counter() - begun) * 1000
    return Figure(f"first page of {len(page)} articles, nothing known", spent, "ms")


async def _warm(company: Company) -> list[Figure]:
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


async def _everybody(company: Company, before: int) -> list[Figure]:
    """A customer of every list looks at the whole catalogue."""
    asked = 0
    begun = time.perf_counter()
    for customer in range(company.size.lists):
        for begin in range(0, company.size.products, _PAGE):
            await company.ask(customer, company.goods[begin : begin + _PAGE])
            asked += _PAGE
    spent = time.perf_counter() - begun
    cached = len(company.context.contracts.cache(ERP))
    return [
        Figure("prices of all lists, asked once, per second", asked / spent, "/s"),
        Figure("prices in memory after that", float(cached), "", "<= 100,000"),
        Figure("growth of memory (RSS)", (resident() - before) / 1e6, "MB"),
        Figure("rows in the store", float(await company.rows()), ""),
    ]


async def _list_change(company: Company) -> list[Figure]:
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
        lambda c: take_signals(c, company.context, ERP, signals, cause="event")
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

    def __init__(self, company: Company) -> None:
        self.made = 0
        for operation in ("agreements", "contract_prices"):
            company.scene.faults.hook(f"{ERP}.{operation}.before", self._one_more)

    def _one_more(self) -> None:
        self.made += 1
