"""Buyers with agreements who ask the price service, with the real module in the simulated world."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from panstore.engine.context import Context, Route
from panstore.engine.contracts.quotes import order_offers, quote
from panstore.model.contract import (
    AccountLink,
    ContractPrice,
    Offer,
    Quote,
    QuoteLine,
    QuoteRequest,
)
from panstore.model.ids import ConnectionId, ExternalId, RouteId
from panstore.model.order import Order
from panstore.modules.s5_contract_prices.module import module as s5
from panstore.modules.s5_contract_prices.settings import ContractPriceSettings
from panstore.sdk.contracts import LineOffers
from panstore.store.account_links import link_account, unlink_account
from panstore.store.links import set_factor
from panstore.store.parked import Parked, list_parked
from panstore.testing.world import DatedPrice, Scene
from panstore.testing.world.history import Call
from tests.engine.house import S1, S2, S4, House

__all__ = ["ERP", "LIST", "OTHER_LIST", "SHOP", "Asking", "Slow"]

SHOP = RouteId("shop")
ERP = ConnectionId("erp")
LIST, OTHER_LIST = ExternalId("L1"), ExternalId("L2")


class Slow:
    """The ERP has computed its answer; it arrives when the test says so."""

    def __init__(self) -> None:
        self.answered = asyncio.Event()
        self.may_land = asyncio.Event()


class Asking:
    """A shop with three articles at 10.00, two parties with a list each, and an account linked.

    Attributes:
        goods: the shop's ids; sources: the ERP's, in the same order.
        party, other: buy by `LIST` (8.00 each) and `OTHER_LIST` (5.00 each).
        account: of the shop, linked to `party`; stranger: linked to nobody.
    """

    def __init__(self, scene: Scene, house: House) -> None:
        self.scene, self.house = scene, house
        self.goods = [link.shop for link in scene.shop_links]
        self.sources = [link.erp for link in scene.shop_links]
        self.party = scene.erp.parties.add("Novak d.o.o.").id
        self.other = scene.erp.parties.add("Kovač s.p.").id
        self.account = scene.shop.accounts.open("ana@novak.example")
        self.stranger = scene.shop.accounts.open("eva@example.si")

    @classmethod
    async def open(
        cls, make: Callable[..., House], *, goods: int = 3, factor: int = 1, **settings: Any
    ) -> Asking:
        """Everything is linked and quiet."""
        scene = Scene()
        scene.add_goods(goods, on_hand=100, price=Decimal("10.00"))
        house = make(
            scene,
            modules=frozenset({S1, S2, S4}),
            contract=(s5, ContractPriceSettings(**settings)),
        )
        await house.open()
        world = cls(scene, house)
        for variant in world.sources:
            scene.erp.set_list_price(LIST, variant, DatedPrice(Decimal(8)))
            scene.erp.set_list_price(OTHER_LIST, variant, DatedPrice(Decimal(5)))
        scene.erp.set_agreement(world.party, LIST)
        scene.erp.set_agreement(world.other, OTHER_LIST)
        await house.settle()
        for link in await house.links():
            await house.store.write(
                lambda c, i=link.item: set_factor(c, SHOP, i, Decimal(factor))  # type: ignore[misc]
            )
        await world.link(world.account, world.party)
        return world

    @property
    def context(self) -> Context:
        return self.house.engine.context

    @property
    def route(self) -> Route:
        return self.context.routes[SHOP]

    async def link(self, account: ExternalId, party: ExternalId) -> None:
        """A person approves."""
        link = AccountLink(SHOP, account, party, self.house.clock.now(), "somebody")
        await self.house.store.write(lambda c: link_account(c, link))

    async def unlink(self, account: ExternalId) -> None:
        """A person takes it back."""
        now = self.house.clock.now()
        await self.house.store.write(lambda c: unlink_account(c, SHOP, account, now=now))

    async def ask(
        self,
        account: ExternalId | None = None,
        *,
        lines: Sequence[QuoteLine] | None = None,
        at: dt.datetime | None = None,
        currency: str = "",
    ) -> Quote:
        """The shop asks for all its articles, unless some are given."""
        wanted = [QuoteLine(product=good) for good in self.goods] if lines is None else lines
        request = QuoteRequest(
            account=self.account if account is None else account,
            lines=tuple(wanted),
            currency=currency,
            at=at,
        )
        answer = await quote(self.context, self.route, request)
        await self.context.contracts.written()
        return answer

    async def offer(self, quantity: int = 1, **options: Any) -> Offer:
        """What the first article is offered at."""
        line = QuoteLine(product=self.goods[0], quantity=Decimal(quantity))
        answer = await self.ask(lines=[line], **options)
        return answer.lines[0].offer

    async def amounts(self, account: ExternalId | None = None) -> list[Decimal | None]:
        """Agreed prices of all articles."""
        return [line.offer.amount for line in (await self.ask(account)).lines]

    async def order_offers(self, order: Order) -> tuple[LineOffers, ...] | None:
        """What the buyer of an order may have been shown."""
        return await order_offers(self.context, self.route, order)

    def set_price(self, *lines: DatedPrice | str, good: int = 0, by: ExternalId = LIST) -> None:
        """Somebody changes the first article in a list."""
        made = [one if isinstance(one, DatedPrice) else DatedPrice(Decimal(one)) for one in lines]
        self.scene.erp.set_list_price(by, self.sources[good], *made)

    async def hear(self) -> None:
        """The ERP's changes arrive."""
        await self.house.step(0)

    def slow(self) -> Slow:
        """From now on answers about prices are on their way until the test lets them land."""
        slow, connector = Slow(), self.scene.erp_connector
        real = connector.contract_prices

        async def late(*args: Any) -> Sequence[ContractPrice]:
            answer = await real(*args)
            slow.answered.set()
            await slow.may_land.wait()
            return answer

        connector.contract_prices = late  # type: ignore[method-assign, assignment]
        return slow

    def calls(self, operation: str = "contract_prices") -> list[Call]:
        """What the ERP was asked."""
        return self.scene.history.of(ERP, operation)

    def variants_in(self, call: Call) -> int:
        """Of how many variants a call asked the prices."""
        _, more, count = call.summary.partition(" and ")
        return 1 + int(count.split()[0]) if more else 1

    def pass_time(self, seconds: float) -> None:
        self.scene.clock.advance(seconds)

    def erp_is_down(self, hours: float = 1000) -> None:
        now = self.house.clock.now()
        self.scene.faults.down(ERP, now, now + dt.timedelta(hours=hours))

    def erp_is_up(self) -> None:
        self.scene.faults.up(ERP)

    async def parked(self) -> list[Parked]:
        rows = await self.house.store.read(list_parked)
        return [row for row in rows if row.module == s5.code]
