"""Contract prices in a shop that keeps them: what it is filled with, and what a change costs."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from decimal import Decimal

import sqlalchemy as sa

from benchmarks.contract_company import ERP, ROUTE, Company, Size
from benchmarks.report import Figure
from benchmarks.unchanged import resident
from panstore.engine.contracts.accounts import unlink
from panstore.engine.contracts.push_marks import begin_push
from panstore.engine.runs import run
from panstore.engine.signals import take_signals
from panstore.model.change import Signal
from panstore.model.ids import ConnectionId, ExternalId
from panstore.modules.s5_contract_prices.module import module as s5
from panstore.store.database import Store
from panstore.store.migrate import migrate
from panstore.store.tables import marks, tiers_ledger
from panstore.testing.world import DatedPrice, Scene

__all__ = ["push_figures"]

_SHOP = ConnectionId("shop")
_BATCH = 500
_LIST = ExternalId("L1")


async def push_figures(size: Size) -> list[Figure]:
    """Fill an empty shop, then change one line, a whole list, one article and one account."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/panstore.sqlite")
        await store.write(migrate)
        scene = Scene(keep=False, tiers_batch=_BATCH)
        scene.add_goods(size.products, on_hand=10, price=Decimal("10.00"))
        company = Company(store, scene, size)
        await company.fill()
        figures = await _filled(company)
        figures += await _changes(company)
        await company.context.contracts.stop()
        await store.close()
    return figures


async def _filled(company: Company) -> list[Figure]:
    before, calls = resident(), _Calls(company)
    begun = time.perf_counter()
    await company.store.write(lambda c: begin_push(c, company.context, company.route))
    await run(company.context, ROUTE, s5.code, 0)
    await _quiet(company)
    spent = time.perf_counter() - begun
    kept, size = company.scene.shop.tiers, company.size
    assert len(kept.kept) == size.lists * size.products
    assert len(kept.buyers) == size.customers
    return [
        Figure("an empty shop is filled: wall time", spent, "s"),
        Figure("rows of prices in the shop", float(len(kept.kept)), "", "not by customers"),
        Figure("rows of buyers in the shop", float(len(kept.buyers)), ""),
        Figure("rows of prices per second", len(kept.kept) / spent, "/s"),
        Figure("calls of the ERP, of the shop", float(calls.erp), f"and {calls.shop}"),
        Figure("growth of memory (RSS)", (resident() - before) / 1e6, "MB"),
    ]


async def _changes(company: Company) -> list[Figure]:
    erp, links = company.scene.erp, company.scene.shop_links
    lines = erp.price_lists[_LIST]
    found: list[Figure] = []
    lines[links[0].erp] = [DatedPrice(Decimal("3.21"))]
    found += await _after(company, "one line of a list changes", Signal("price_list", _LIST))
    assert company.scene.shop.tiers.kept[_LIST, links[0].shop].tiers[0].amount == Decimal("3.21")
    # By little: more would be a mass change, and wait for a person.
    for link in links:
        (line,) = lines[link.erp]
        lines[link.erp] = [DatedPrice((line.amount or Decimal(1)) + Decimal("0.01"))]
    found += await _after(company, "all lines of a list change", Signal("price_list", _LIST))
    (line,) = lines[links[-1].erp]
    kept = company.scene.shop.tiers.kept[_LIST, links[-1].shop]
    assert kept.tiers[0].amount == line.amount
    lines[links[0].erp] = [DatedPrice(Decimal("3.23"))]
    signal = Signal("price", links[0].erp)
    found += await _after(company, "one article's price changes, in one list", signal)
    calls = _Calls(company)
    begun = time.perf_counter()
    account = company.accounts[1]
    await unlink(company.context, company.route, account, by="benchmark")
    await _quiet(company)
    spent = (time.perf_counter() - begun) * 1000
    assert account not in company.scene.shop.tiers.buyers
    return [
        *found,
        Figure("an account is unlinked: until the shop knows", spent, "ms"),
        Figure("an account is unlinked: calls of the shop", float(calls.shop), ""),
    ]


async def _after(company: Company, what: str, signal: Signal) -> list[Figure]:
    """Take the signal, work until nothing is left to do."""
    calls, now = _Calls(company), dt.datetime.now(dt.UTC)
    begun = time.perf_counter()
    await company.store.write(
        lambda c: take_signals(c, company.context, ERP, [signal], cause="event")
    )
    await _quiet(company)
    spent = (time.perf_counter() - begun) * 1000
    rows = await company.store.read(
        lambda c: c.execute(
            sa
            .select(sa.func.count())
            .select_from(tiers_ledger)
            .where(tiers_ledger.c.written_at >= now)
        ).scalar_one()
    )
    return [
        Figure(f"{what}: until all is as it should be", spent, "ms"),
        Figure(f"{what}: rows written", float(rows), ""),
        Figure(f"{what}: calls of the ERP, of the shop", float(calls.erp), f"and {calls.shop}"),
    ]


async def _quiet(company: Company) -> None:
    """Work as the runner would, until nothing is marked."""
    waiting = sa.select(sa.func.count()).select_from(marks)
    while await company.store.read(lambda c: c.execute(waiting).scalar_one()):
        await run(company.context, ROUTE, s5.code, 0)


class _Calls:
    """Counts calls from now on, of those that count themselves."""

    def __init__(self, company: Company) -> None:
        self.erp = self.shop = 0
        for operation in ("agreements", "contract_prices", "price_breaks"):
            company.scene.faults.hook(f"{ERP}.{operation}.before", self._erp)
        for operation in ("write_tiers", "tiers", "write_buyers", "buyers"):
            company.scene.faults.hook(f"{_SHOP}.{operation}.before", self._shop)

    def _erp(self) -> None:
        self.erp += 1

    def _shop(self) -> None:
        self.shop += 1
