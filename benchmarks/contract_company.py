"""A company whose customers share price lists, for measurements of contract prices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from panstore.app.aside import LeaveToOthers
from panstore.app.clock import SystemClock, new_id
from panstore.engine.context import Context, Options, Route
from panstore.engine.contracts.quotes import quote
from panstore.engine.remote import Remote
from panstore.model.contract import Quote, QuoteLine, QuoteRequest
from panstore.model.ids import ConnectionId, ExternalId, RouteId
from panstore.modules.s5_contract_prices.module import module as s5
from panstore.modules.s5_contract_prices.settings import ContractPriceSettings
from panstore.sdk.roles import Connector
from panstore.store.database import Store
from panstore.store.tables import (
    account_links,
    contract_prices,
    links,
    party_agreements,
    price_changes,
)
from panstore.testing.world import DatedPrice, Scene

__all__ = ["ERP", "ROUTE", "Company", "Size"]

ROUTE, ERP = RouteId("shop"), ConnectionId("erp")
_CHUNK = 5000


@dataclass(frozen=True)
class Size:
    """How big a company is; the ERP has `lists` price lists that the customers share."""

    customers: int
    products: int
    lists: int

    @property
    def pairs(self) -> int:
        return self.customers * self.products


class Company:
    """PanStore over a simulated ERP; its shop's part is played by whoever asks."""

    def __init__(self, store: Store, scene: Scene, size: Size) -> None:
        self.store, self.scene, self.size = store, scene, size
        clock = SystemClock()
        connectors: dict[ConnectionId, Connector] = {
            ERP: scene.erp_connector,
            **scene.shop_connectors,
        }
        self.route = Route(
            id=ROUTE,
            erp=ERP,
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
            routes={ROUTE: self.route},
            options=Options(),
        )
        self.goods = [link.shop for link in scene.shop_links]
        self.accounts: list[ExternalId] = []

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
            self.accounts.append(self.scene.shop.accounts.open(f"buyer{number}@example.com"))
            rows.append({
                "route": ROUTE,
                "account": self.accounts[number],
                "party": party,
                "linked_by": "benchmark",
                "linked_at": now,
            })
        goods = [
            {
                "route": ROUTE,
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
        self.context.contracts.note_feed(ERP, clock.timer(), clock.now())

    async def ask(self, customer: int, goods: Sequence[ExternalId]) -> Quote:
        self.hear()
        lines = tuple(QuoteLine(product=good) for good in goods)
        return await quote(self.context, self.route, QuoteRequest(self.accounts[customer], lines))

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
