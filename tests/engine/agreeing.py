"""Buyers with an agreement, and what they may have been shown when they ordered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from panstore.engine.contracts.order_check import Acceptance
from panstore.engine.contracts.quotes import quote
from panstore.engine.story import OrderStory, tell_order
from panstore.model.contract import AccountLink, Offer, PriceVerdict, QuoteLine, QuoteRequest
from panstore.model.customer import Customer
from panstore.model.ids import ExternalId, RouteId
from panstore.model.order import Order
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.modules.s5_contract_prices.module import module as s5
from panstore.modules.s5_contract_prices.settings import ContractPriceSettings
from panstore.sdk.contracts import ContractModule, ContractSettings
from panstore.store.account_links import link_account, unlink_account
from panstore.store.facts import FactRow, facts_of
from panstore.store.parked import Parked, list_parked
from panstore.testing.world import Scene
from panstore.testing.world.documents import Sale
from panstore.testing.world.pricing import DatedPrice
from tests.engine.house import S1, S2, S4, House
from tests.engine.life import living

__all__ = ["ACCOUNT", "LIST", "SHOP", "Agreeing", "agreement_buyer"]

SHOP = RouteId("shop")
ACCOUNT = ExternalId("acc-1")
LIST = ExternalId("L1")


Setting = Literal["park", "accept", "correct"]


def _module(on_difference: Setting) -> tuple[ContractModule, ContractSettings]:
    return s5, ContractPriceSettings(on_difference=on_difference, tolerance_cents=0)


def agreement_buyer(
    email: str = "ana@example.si", account: ExternalId | None = ACCOUNT
) -> Customer:
    """Somebody who was logged in."""
    return Customer(account, "Ana Novak", email, "+38640123456")


class Agreeing:
    """A house whose buyers have an agreement with party `party` of the ERP: price list `LIST`."""

    def __init__(self, scene: Scene, house: House) -> None:
        self.scene = scene
        self.house = house
        self.goods = [link.shop for link in scene.shop_links]
        self.party = scene.erp.parties.add("Novak d.o.o.").id
        scene.erp.set_agreement(self.party, LIST)

    @classmethod
    async def move_in(
        cls,
        make: Callable[..., House],
        on_difference: Setting = "park",
        *,
        linked: bool = True,
        **options: Any,
    ) -> Agreeing:
        """Goods are there at 33.33, the account is linked, everything is quiet."""
        scene = Scene()
        scene.add_goods(3, on_hand=100, price=Decimal("33.33"))
        given: dict[str, Any] = {
            "modules": frozenset({S1, S2, S4}),
            "s4_settings": OrderSettings(warehouse="LJ", match=("email",)),
            "contract": _module(on_difference),
        }
        house = make(scene, **given | options)
        await house.open()
        await house.settle()
        world = cls(scene, house)
        if linked:
            await world.link()
        return world

    def agree(self, amount: str | None, good: int = 0) -> None:
        """What the ERP charges the party for one article from now on; None: as everybody."""
        lines = () if amount is None else (DatedPrice(Decimal(amount)),)
        self.scene.erp.set_list_price(LIST, self.scene.shop_links[good].erp, *lines)

    async def show(self, pieces: int = 2, good: int = 0) -> Offer:
        """Somebody of the company looks at an article."""
        context = self.house.engine.context
        line = QuoteLine(product=self.goods[good], quantity=Decimal(pieces))
        quoted = await quote(context, context.routes[SHOP], QuoteRequest(ACCOUNT, (line,)))
        return quoted.lines[0].offer

    async def link(self, at: dt.datetime | None = None, party: ExternalId | None = None) -> None:
        """A person approves."""
        now = at or self.house.clock.now()
        link = AccountLink(SHOP, ACCOUNT, party or self.party, now, "somebody")
        await self.house.store.write(lambda c: link_account(c, link))

    async def unlink(self) -> None:
        """A person takes it back."""
        now = self.house.clock.now()
        await self.house.store.write(lambda c: unlink_account(c, SHOP, ACCOUNT, now=now))

    async def switch_on(self) -> None:
        """The module is switched on, which needs a restart."""
        self.house.contract = _module("park")
        await self.house.restart()

    def buy(
        self, pieces: int = 2, good: int = 0, *, on_account: bool = False, **options: Any
    ) -> Order:
        """Somebody of the company buys at the shop's price.

        Args:
            on_account: nothing is said of how it is going to be paid.
        """
        given: dict[str, Any] = {"customer": agreement_buyer()}
        order = self.scene.shop.place_order((self.goods[good], pieces), **given | options)
        if not on_account:
            return order
        return self.scene.shop.put(replace(order, payments=())).order

    def sale(self, order: Order) -> Sale:
        """The only sale for the whole order."""
        [sale] = living(self.scene, order.id)
        return sale

    def present(self, order: Order) -> Order:
        """As the shop shows it now."""
        entry = self.scene.shop.orders.get(order.id)
        assert entry is not None
        return entry.order

    async def priced(self, order: Order) -> list[FactRow]:
        """What is written down about its prices."""
        facts = await self.house.store.read(lambda c: facts_of(c, SHOP, order.id))
        return [fact for fact in facts if fact.name == "priced"]

    async def verdicts(self, order: Order) -> list[str]:
        """What came of each look at its prices."""
        facts = await self.priced(order)
        return [msgspec.json.decode(one.detail, type=PriceVerdict).outcome for one in facts]

    async def parked(self) -> list[Parked]:
        """What waits for a person."""
        return await self.house.store.read(list_parked)

    async def story(self, order: Order) -> OrderStory:
        """As people read it."""
        context = self.house.engine.context
        told = await self.house.store.read(lambda c: tell_order(c, context, SHOP, order.id))
        assert told is not None
        return told

    async def accept(self, order: Order) -> Acceptance:
        """A person books it at the prices charged."""
        return await self.house.engine.accept_prices(SHOP, order.id, by="the console")
