"""Buyers with agreements who ask the price service, with the real module in the simulated world."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from panstore.engine.contracts.order_offers import order_offers
from panstore.engine.contracts.quotes import quote
from panstore.model.contract import (
    AccountLink,
    ContractPrice,
    Offer,
    Quote,
    QuoteLine,
    QuoteRequest,
)
from panstore.model.ids import ExternalId
from panstore.model.order import Order
from panstore.modules.s5_contract_prices.module import module as s5
from panstore.modules.s5_contract_prices.settings import ContractPriceSettings
from panstore.sdk.contracts import LineOffers
from panstore.store.account_links import link_account, unlink_account
from panstore.store.links import set_factor
from panstore.testing.world import Scene
from panstore.testing.world.history import Call
from tests.engine.house import S1, S2, S4, House
from tests.engine.two_lists import ERP, LIST, OTHER_LIST, SHOP, TwoLists

__all__ = ["ERP", "LIST", "OTHER_LIST", "SHOP", "Asking", "Slow"]


class Slow:
    """The ERP has computed its answer; it arrives when the test says so."""

    def __init__(self) -> None:
        self.answered = asyncio.Event()
        self.may_land = asyncio.Event()


class Asking(TwoLists):
    """A shop that asks, and an account that is linked.

    Attributes:
        account: of the shop, linked to `party`; stranger: linked to nobody.
    """

    def __init__(self, scene: Scene, house: House) -> None:
        super().__init__(scene, house)
        self.stranger = scene.shop.accounts.open("eva@example.si")

    @classmethod
    async def open(
        cls, make: Callable[..., House], *, goods: int = 3, factor: int = 1, **settings: Any
    ) -> Asking:
        """Everything is linked and quiet."""
        scene = cls.scene_of(goods)
        house = make(
            scene,
            modules=frozenset({S1, S2, S4}),
            contract=(s5, ContractPriceSettings(**settings)),
        )
        world = cls(scene, house)
        await house.open()
        await house.settle()
        for link in await house.links():
            await house.store.write(
                lambda c, i=link.item: set_factor(c, SHOP, i, Decimal(factor))  # type: ignore[misc]
            )
        await world.link(world.account, world.party)
        return world

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
        return self.calls_of("erp", operation)

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
