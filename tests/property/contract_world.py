"""A small ERP with agreements that remembers all it ever said, and a PanStore that asks it."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from panstore.engine.context import Context, Route
from panstore.engine.contracts.order_offers import order_offers
from panstore.engine.contracts.quotes import quote
from panstore.engine.remote import Remote
from panstore.engine.signals import take_signals
from panstore.model.change import Signal
from panstore.model.contract import (
    AccountLink,
    Agreement,
    ContractPrice,
    PriceWish,
    Quote,
    QuoteLine,
    QuoteRequest,
)
from panstore.model.customer import Customer
from panstore.model.ids import ConnectionId, ExternalId, ItemId, RouteId
from panstore.model.link import Link
from panstore.model.order import Order, OrderLine
from panstore.model.tax import Charged, tax_on
from panstore.modules.s5_contract_prices.module import module
from panstore.modules.s5_contract_prices.settings import ContractPriceSettings
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.contracts import LineOffers
from panstore.sdk.errors import UnavailableError
from panstore.sdk.roles import Connector, Report
from panstore.store.account_links import link_account, unlink_account
from panstore.store.database import Store
from panstore.store.items import add_links
from panstore.store.migrate import migrate
from panstore.testing.world import SimClock
from tests.engine.house import InlineRunner, SleepingClock

__all__ = [
    "ERP",
    "LISTS",
    "PARTIES",
    "ROUTE",
    "VARIANTS",
    "ZONE",
    "Asked",
    "ListLine",
    "PriceErp",
    "PriceWorld",
    "Said",
]

ERP, SHOP, ROUTE = ConnectionId("erp"), ConnectionId("shop"), RouteId("shop")
ZONE = "Europe/Ljubljana"
LISTS = tuple(map(ExternalId, ("gold", "silver")))
PARTIES = tuple(map(ExternalId, ("p1", "p2")))
VARIANTS = tuple(map(ExternalId, ("e1", "e2")))
_RATE = Decimal(22)
_FACTORS = {"e1": Decimal(1), "e2": Decimal(6)}


class ListLine(msgspec.Struct, frozen=True):
    """A line of a price list: from so many stock units, until the day before `ends`."""

    least: Decimal
    amount: Decimal
    ends: dt.date | None = None


Place = tuple[ExternalId, ExternalId]
"""A list and a variant."""


class Said(msgspec.Struct, frozen=True):
    """All that the ERP holds at one time; never changed, so that it can be remembered.

    Attributes:
        since: from when on it was so.
        parties: the list each party buys at, None for none.
        gone: parties that may not buy any more.
        lines: of the lists, by list and variant.
    """

    since: dt.datetime
    parties: Mapping[ExternalId, ExternalId | None]
    gone: frozenset[ExternalId] = frozenset()
    lines: Mapping[Place, tuple[ListLine, ...]] = {}

    def agreement(self, party: ExternalId) -> ExternalId | None:
        """At what a party that may buy buys."""
        return None if party in self.gone else self.parties[party]

    def price(self, place: Place, wish: PriceWish, currency: str, day: dt.date) -> ContractPrice:
        """As the ERP computes it: the line of the most pieces that holds on that day."""
        lines = [one for one in self.lines.get(place, ()) if one.ends is None or day < one.ends]
        holds = [one for one in lines if one.least <= wish.quantity]
        best = max(holds, key=lambda one: one.least, default=None)
        return ContractPrice(
            variant=wish.variant,
            quantity=wish.quantity,
            amount=None if best is None else best.amount,
            usual=Decimal(1000),
            currency=currency,
            valid_until=min((one.ends for one in holds if one.ends is not None), default=None),
        )


class PriceErp:
    """The ERP as PanStore sees it.

    Attributes:
        past: all it ever was, the present last.
        up: whether it answers.
        untold: signals that nobody has fetched yet.
        meanwhile: happens once, when an answer has been computed and not been sent yet.
        calls: how many prices were asked for in each call.
    """

    def __init__(self, clock: SimClock) -> None:
        self._clock = clock
        self.past = [Said(clock.now(), dict(zip(PARTIES, LISTS, strict=True)))]
        self.up = True
        self.untold: list[Signal] = []
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        self.calls: list[int] = []

    @property
    def now(self) -> Said:
        """What it holds at present."""
        return self.past[-1]

    def change(self, present: Said, signal: Signal) -> None:
        """Something is edited; the signal waits in the feed."""
        self.past.append(replace(present, since=self._clock.now()))
        self.untold.append(signal)

    # -- the roles -----------------------------------------------------------------------------

    @property
    def id(self) -> ConnectionId:
        return ERP

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(currency="EUR", contract_batch=1)

    async def start(self) -> None:
        self._answer("start")

    async def check(self) -> Report:
        return Report({})

    async def close(self) -> None:
        return None

    async def agreements(self, parties: Sequence[ExternalId]) -> Sequence[Agreement]:
        self._answer("agreements")
        said = self.now
        found = [
            Agreement(party=one, id=said.parties[one], title="a list", active=one not in said.gone)
            for one in parties
        ]
        await self._then()
        return found

    async def contract_prices(
        self, agreement: ExternalId, wishes: Sequence[PriceWish], currency: str, day: dt.date
    ) -> Sequence[ContractPrice]:
        self._answer("contract prices")
        assert len(wishes) <= self.capabilities.contract_batch
        self.calls.append(len(wishes))
        said = self.now
        found = [said.price((agreement, one.variant), one, currency, day) for one in wishes]
        await self._then()
        return found

    async def price_breaks(
        self, agreement: ExternalId, variants: Sequence[ExternalId], day: dt.date
    ) -> Mapping[ExternalId, tuple[Decimal, ...]]:
        raise NotImplementedError  # for shops that keep prices

    def _answer(self, what: str) -> None:
        if not self.up:
            raise UnavailableError(ERP, what, "no route to host")

    async def _then(self) -> None:
        work, self.meanwhile = self.meanwhile, None
        if work is not None:
            await work()


class _Shop:
    """A shop of which nothing but the traits is asked."""

    id = SHOP
    capabilities = Capabilities(currency="EUR")

    async def start(self) -> None:
        return None

    async def check(self) -> Report:
        return Report({})

    async def close(self) -> None:
        return None


class Asked(msgspec.Struct, frozen=True):
    """One question that was answered.

    Attributes:
        goods: link and quantity in sales units of each line.
        day: business day on which it was asked.
    """

    goods: tuple[tuple[Link, Decimal], ...]
    answer: Quote
    day: dt.date


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Holds an empty store, migrated once, and its copies."""
    folder = tempfile.TemporaryDirectory()
    with asyncio.Runner() as runner:
        runner.run(_make(f"sqlite:///{folder.name}/empty.sqlite"))
    return folder


async def _make(url: str) -> None:
    store = Store(url)
    await store.write(migrate)
    await store.close()


_numbers = itertools.count(1)


class PriceWorld:
    """One PanStore with one shop over a `PriceErp`; call `close` at the end.

    Attributes:
        told: how much of the ERP's past PanStore has heard of.
        fed_at: when it last heard that there is nothing more.
        links: what people have said, by account.
    """

    def __init__(self, settings: ContractPriceSettings) -> None:
        self.loop = asyncio.Runner()
        self.time = SimClock()
        self.clock = SleepingClock(self.time)
        self.erp = PriceErp(self.time)
        self.settings = settings
        self.links: dict[ExternalId, ExternalId] = {}
        self.told = 0
        self.fed_at: dt.datetime | None = None
        self.goods = [
            Link(ItemId(f"i-{one}"), ROUTE, one, ExternalId(f"s-{one}"), _FACTORS[one], one)
            for one in VARIANTS
        ]
        name = _folder().name
        self._file = Path(name) / f"{next(_numbers)}.sqlite"
        shutil.copy(Path(name) / "empty.sqlite", self._file)
        self._open()
        goods, now = self.goods, self.time.now()
        self.loop.run(self.store.write(lambda c: add_links(c, goods, now=now)))

    def _open(self) -> None:
        self.store = Store(f"sqlite:///{self._file}")
        connectors: dict[ConnectionId, Connector] = {ERP: self.erp, SHOP: _Shop()}
        self.route = Route(
            id=ROUTE,
            erp=ERP,
            shop=SHOP,
            zone=ZONE,
            state_modules={},
            flow_modules={},
            contract=(module, self.settings),
        )
        self.context = Context(
            store=self.store,
            clock=self.clock,
            new_id=lambda: f"id-{next(_numbers)}",
            runner=InlineRunner(self.store),
            remote=Remote(self.store, self.clock, connectors, {}),
            connectors=connectors,
            routes={ROUTE: self.route},
        )

    @property
    def day(self) -> dt.date:
        """The company's business day."""
        return self.time.now().astimezone(ZoneInfo(ZONE)).date()

    def restart(self) -> None:
        """PanStore ends and begins again; nothing but the store remains."""
        self.loop.run(self._shut())
        self.fed_at = None
        self._open()

    def close(self) -> None:
        """For good."""
        self.loop.run(self._shut())
        self.loop.close()
        for file in self._file.parent.glob(f"{self._file.name}*"):
            file.unlink()

    async def _shut(self) -> None:
        await self.context.contracts.stop()
        await self.store.close()

    def feed(self) -> None:
        """The ERP's change feed is read to its end."""
        self.loop.run(self.hear())

    async def hear(self) -> None:
        """As `feed`, in the loop."""
        timer, at = self.clock.timer(), self.clock.now()
        signals, self.erp.untold = self.erp.untold, []
        count = len(self.erp.past) - 1
        context = self.context
        await self.store.write(lambda c: take_signals(c, context, ERP, signals, cause="feed"))
        context.contracts.note_feed(ERP, timer, at)
        self.told, self.fed_at = count, at

    def link(self, account: ExternalId, party: ExternalId) -> None:
        """A person approves."""
        link = AccountLink(ROUTE, account, party, self.time.now(), "somebody")
        self.loop.run(self.store.write(lambda c: link_account(c, link)))
        self.links[account] = party

    def unlink(self, account: ExternalId) -> None:
        """A person takes it back."""
        now = self.context.clock.now()
        self.loop.run(self.store.write(lambda c: unlink_account(c, ROUTE, account, now=now)))
        self.links.pop(account, None)

    def ask(self, account: ExternalId, quantity: Decimal) -> Asked:
        """The shop shows a page with everything on it."""
        lines = tuple(QuoteLine(product=good.shop, quantity=quantity) for good in self.goods)
        request = QuoteRequest(account=account, lines=lines)
        day = self.day
        answer = self.loop.run(self._ask(request))
        return Asked(tuple((good, quantity) for good in self.goods), answer, day)

    async def _ask(self, request: QuoteRequest) -> Quote:
        answer = await quote(self.context, self.route, request)
        # What is written off the answer's path is on disk before the next thing happens.
        await self.context.contracts.written()
        return answer

    def offers(self, account: ExternalId, price: Decimal) -> tuple[LineOffers, ...] | None:
        """What may have been shown for an order, placed now, of one piece of the first article."""
        tax = tax_on(price, _RATE)
        line = OrderLine(
            id=ExternalId("l1"),
            product=self.goods[0].shop,
            sku=self.goods[0].sku,
            title="",
            quantity=Decimal(1),
            charged=Charged(net=price, tax=tax, gross=price + tax, rate=_RATE),
        )
        order = Order(
            id=ExternalId("1"),
            number="1",
            placed_at=self.time.now(),
            status="new",
            stage="open",
            currency="EUR",
            customer=Customer(account=account, name="", email=""),
            lines=(line,),
            total=line.charged.gross,
        )
        return self.loop.run(order_offers(self.context, self.route, order))
