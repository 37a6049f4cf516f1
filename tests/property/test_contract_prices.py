"""Whatever happens meanwhile, nobody is shown a price that is not and was not his."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from panstore.model.change import Signal
from panstore.model.contract import Offer, PriceWish, QuotedLine
from panstore.model.ids import ExternalId
from panstore.model.link import Link
from panstore.modules.s5_contract_prices.module import module
from panstore.modules.s5_contract_prices.settings import ContractPriceSettings
from panstore.sdk.contracts import ContractItem
from tests.property.contract_world import (
    ERP,
    LISTS,
    PARTIES,
    VARIANTS,
    Asked,
    ListLine,
    PriceWorld,
    Said,
)

ACCOUNTS = tuple(map(ExternalId, ("a", "b", "c")))
QUANTITIES = (Decimal(1), Decimal(12))
_ACCOUNTS = st.sampled_from(ACCOUNTS)
_LISTS = st.sampled_from(LISTS)
_PARTIES = st.sampled_from(PARTIES)
_VARIANTS = st.sampled_from(VARIANTS)
_QUANTITIES = st.sampled_from(QUANTITIES)
_BREAKS = st.sampled_from([Decimal(1), Decimal(1), Decimal(12)])
_DAYS = st.sampled_from([None, 1, 1, 2])
_SECONDS = st.sampled_from([1, 10, 30, 3600, 20 * 3600, 20 * 3600])
_SILENT = dt.timedelta(seconds=15)
"""A feed that was read so lately would have told of a change."""


class Buyers(RuleBasedStateMachine):
    """A shop asks while people edit lists, parties and links, and the ERP comes and goes.

    No two lines of any list ever have the same amount, so an amount says where it is from.
    """

    def __init__(self) -> None:
        super().__init__()
        self.world: PriceWorld
        self.amount = Decimal(1)
        self.busy = True

    @initialize(
        erp_down=st.sampled_from(["last_known", "last_known", "usual"]),
        hours=st.sampled_from([0.5, 24.0]),
    )
    def begin(self, erp_down: str, hours: float) -> None:
        given = {"erp_down": erp_down, "last_known_hours": hours}
        self.world = PriceWorld(ContractPriceSettings.model_validate(given))
        for each in LISTS:
            for variant in VARIANTS:
                self._edit(each, variant, Decimal(1), None, tells="price")
        for account, party in zip(ACCOUNTS, (*PARTIES, PARTIES[0]), strict=True):
            self.world.link(account, party)
        self.world.feed()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self._end()
            finally:
                self.world.close()

    # -- what people and the world do ----------------------------------------------------------

    @rule(
        of=_LISTS,
        variant=_VARIANTS,
        least=_BREAKS,
        days=_DAYS,
        becomes=st.sampled_from(["another", "another", "another", "zero", "nothing"]),
        tells=st.sampled_from(["price", "price_list"]),
    )
    def edit_a_line(
        self,
        of: ExternalId,
        variant: ExternalId,
        least: Decimal,
        days: int | None,
        becomes: str,
        tells: str,
    ) -> None:
        self._edit(of, variant, least, days, becomes=becomes, tells=tells)

    @rule(
        party=_PARTIES,
        to=st.one_of(_LISTS, _LISTS, st.none()),
        leaves=st.sampled_from([False, False, True]),
        by_default=st.booleans(),
    )
    def move_party(
        self,
        party: ExternalId,
        to: ExternalId | None,
        leaves: bool,
        by_default: bool,
    ) -> None:
        """Its list is another one, or it may not buy; or the default list is another one."""
        said = self.world.erp.now
        gone = said.gone | {party} if leaves else said.gone - {party}
        moved = replace(said, parties={**said.parties, party: to}, gone=gone)
        signal = Signal("price_list", LISTS[0]) if by_default else Signal("customer", party)
        self.world.erp.change(moved, signal)

    @rule(account=_ACCOUNTS, party=st.one_of(_PARTIES, st.none()))
    def link_or_unlink(self, account: ExternalId, party: ExternalId | None) -> None:
        if party is None:
            self.world.unlink(account)
        else:
            self.world.link(account, party)

    @rule(then_falls=st.sampled_from([False, False, True]))
    def hear(self, then_falls: bool) -> None:
        """The feed is read, and perhaps it is the last that is heard of the ERP."""
        if self.world.erp.up:
            self.world.feed()
            self.world.erp.up = not then_falls

    @rule()
    def erp_goes_or_comes(self) -> None:
        self.world.erp.up = not self.world.erp.up

    @rule(seconds=_SECONDS, heard=st.booleans())
    def wait(self, seconds: int, heard: bool) -> None:
        """Nobody asks for a while; the feed is read meanwhile, or not."""
        self.world.time.advance(seconds)
        if heard and self.world.erp.up:
            self.world.feed()

    @rule()
    def restart(self) -> None:
        self.world.restart()

    # -- what the shop asks --------------------------------------------------------------------

    @rule()
    def the_shop_is_quiet_or_busy_again(self) -> None:
        self.busy = not self.busy

    @invariant()
    def everybody_asks(self) -> None:
        if hasattr(self, "world"):
            self.world.time.advance(0.01)
            for account in ACCOUNTS if self.busy else ():
                for quantity in QUANTITIES:
                    self._judge(account, self.world.ask(account, quantity))
            assert not self.world.context.contracts.flights

    @rule(account=_ACCOUNTS, quantity=_QUANTITIES)
    def one_asks(self, account: ExternalId, quantity: Decimal) -> None:
        self._judge(account, self.world.ask(account, quantity))

    @rule(account=_ACCOUNTS, quantity=_QUANTITIES, of=_LISTS, variant=_VARIANTS)
    def ask_while_a_list_changes(
        self, account: ExternalId, quantity: Decimal, of: ExternalId, variant: ExternalId
    ) -> None:
        """The edit is made and heard of when the ERP has computed its answer and not sent it."""

        async def meanwhile() -> None:
            self._edit(of, variant, Decimal(1), None, tells="price_list")
            await self.world.hear()

        before = len(self.world.erp.past) - 1
        self.world.erp.meanwhile = meanwhile
        try:
            asked = self.world.ask(account, quantity)
        finally:
            unused = self.world.erp.meanwhile is not None
            self.world.erp.meanwhile = None
        told = self.world.told
        if not unused:
            # Whichever of the two the answer is: the buyer asked before it was changed.
            self.world.told = min(told, before)
        self._judge(account, asked)
        self.world.told = told

    # -- what must be so -----------------------------------------------------------------------

    def _judge(self, account: ExternalId, asked: Asked) -> None:
        world, answer = self.world, asked.answer
        party = world.links.get(account)
        if party is None:
            assert not answer.contract
            assert answer.lines == ()
            return
        if world.erp.up and world.context.remote.rests_until(ERP) is None:
            assert answer.certain
        lists = {said.agreement(party) for said in self._may_count(certain=answer.certain)}
        if answer.certain:
            assert answer.contract in {one is not None for one in lists}
        if not answer.contract:
            assert answer.lines == ()
            return
        agreements = sorted(one for one in lists if one is not None)
        assert len(answer.lines) == len(asked.goods)
        for (good, quantity), line in zip(asked.goods, answer.lines, strict=True):
            assert (line.product, line.quantity) == (good.shop, quantity)
            self._judge_line(good, line, agreements, asked)

    def _judge_line(
        self, good: Link, line: QuotedLine, agreements: Iterable[ExternalId], asked: Asked
    ) -> None:
        offer = line.offer
        if offer.code == "contract.not_known":
            assert not asked.answer.certain
            assert offer.state == "usual"
            return
        if offer.as_of is None:
            past = self._may_count(certain=True)
        else:
            assert not asked.answer.certain
            assert self.world.settings.erp_down == "last_known"
            # Of agreement and price the one that was confirmed longer ago says the time.
            past = list(self._since(offer.as_of))
            oldest = self.world.time.now() - dt.timedelta(
                hours=self.world.settings.last_known_hours
            )
            assert oldest <= offer.as_of <= self.world.time.now()
        may = [
            self._offer(said, of, good, line.quantity, asked.day, offer.as_of)
            for said in past
            for of in agreements
        ]
        assert offer in may

    def _offer(
        self,
        said: Said,
        of: ExternalId,
        good: Link,
        quantity: Decimal,
        day: dt.date,
        as_of: dt.datetime | None,
    ) -> Offer:
        """What may be shown if the ERP holds what it `said`."""
        wish = PriceWish(good.erp, quantity * (good.factor or 0))
        price = said.price((of, good.erp), wish, "EUR", day)
        item = ContractItem(good, quantity, price, as_of=as_of)
        world = self.world
        return module.offer(item, world.settings, world.context.view(world.route)).offer

    def _may_count(self, *, certain: bool) -> list[Said]:
        """What of the ERP's past a buyer may see now."""
        world, now = self.world, self.world.time.now()
        if certain:
            heard = world.erp.past[world.told :]
            return [said for said in self._since(now - _SILENT) if said in heard]
        return list(self._since(now - dt.timedelta(hours=world.settings.last_known_hours)))

    def _since(self, moment: dt.datetime) -> Iterator[Said]:
        """What the ERP held at some time from then on."""
        past = self.world.erp.past
        for said, after in zip(past, [*past[1:], None], strict=True):
            if after is None or after.since >= moment:
                yield said

    # -- helpers -------------------------------------------------------------------------------

    def _edit(
        self,
        of: ExternalId,
        variant: ExternalId,
        least: Decimal,
        days: int | None,
        *,
        becomes: str = "another",
        tells: str,
    ) -> None:
        world, place = self.world, (of, variant)
        self.amount += Decimal("0.01")
        ends = None if days is None else world.day + dt.timedelta(days=days)
        amount = Decimal(0) if becomes == "zero" else self.amount
        line = () if becomes == "nothing" else (ListLine(least, amount, ends),)
        said = world.erp.now
        others = tuple(one for one in said.lines.get(place, ()) if one.least != least)
        signal = Signal("price", variant) if tells == "price" else Signal("price_list", of)
        world.erp.change(replace(said, lines={**said.lines, place: (*others, *line)}), signal)

    def _end(self) -> None:
        """Once everything works and is told, everybody sees what is true, and in one question."""
        world = self.world
        world.erp.up = True
        world.time.advance(dt.timedelta(hours=3))
        world.feed()
        for account in ACCOUNTS:
            asked = world.ask(account, Decimal(1))
            assert asked.answer.certain
            self._judge(account, asked)
            calls = len(world.erp.calls)
            again = world.ask(account, Decimal(1))
            assert again.answer.lines == asked.answer.lines
            assert len(world.erp.calls) == calls


@pytest.mark.timeout(300)
def test_nobody_is_shown_a_price_that_is_not_his() -> None:
    profile = settings()
    run_state_machine_as_test(
        Buyers,
        settings=settings(
            profile, max_examples=max(20, profile.max_examples // 2), stateful_step_count=30
        ),
    )


def _dated(world: PriceWorld, amount: str, ends: dt.date | None) -> None:
    said, place = world.erp.now, (LISTS[0], VARIANTS[0])
    line = ListLine(Decimal(1), Decimal(amount), ends)
    world.erp.change(replace(said, lines={place: (line,)}), Signal("price_list", LISTS[0]))
    world.feed()


@pytest.fixture
def world() -> Iterator[PriceWorld]:
    made = PriceWorld(ContractPriceSettings())
    made.link(ExternalId("a"), PARTIES[0])
    yield made
    made.close()


def _amounts(world: PriceWorld) -> list[Decimal | None]:
    found = world.offers(ExternalId("a"), Decimal(10))
    assert found is not None
    return [offer.amount for line in found for offer in line.offers]


def test_what_was_shown_a_moment_before_counts_for_an_order(world: PriceWorld) -> None:
    _dated(world, "10.00", None)
    world.time.advance(60)
    world.ask(ExternalId("a"), Decimal(1))
    _dated(world, "11.00", None)
    world.time.advance(2)
    assert _amounts(world) == [Decimal("11.00"), Decimal("10.00")]


def test_what_ended_by_its_own_date_does_not_count_for_a_later_order(world: PriceWorld) -> None:
    """Nobody asked again meanwhile, so nobody has written down that it is over."""
    _dated(world, "10.00", world.day + dt.timedelta(days=1))
    world.time.advance(60)
    world.ask(ExternalId("a"), Decimal(1))
    world.time.advance(dt.timedelta(days=2))
    world.feed()
    found = world.offers(ExternalId("a"), Decimal(10))
    assert found is not None
    [line] = found
    assert [(offer.state, offer.code) for offer in line.offers] == [("usual", "contract.missing")]
