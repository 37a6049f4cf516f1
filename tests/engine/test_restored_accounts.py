"""A restored shop gives ids of lost accounts again: nobody inherits an approval."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from panstore.engine.contracts.accounts import link, listed
from panstore.engine.contracts.quotes import BadQuestionError, quote
from panstore.engine.restored import begin_with_restored
from panstore.model.contract import QuoteLine, QuoteRequest
from panstore.model.customer import Customer
from panstore.model.ids import ConnectionId, ExternalId
from panstore.sdk.errors import RemoteError
from panstore.store.audit import latest
from panstore.store.parked import Parked, list_parked
from panstore.testing.world import Scene
from tests.engine.approving import AgreementHouse, Partners, linked_pairs, route_of
from tests.engine.house import S1, S2, S4, House
from tests.engine.pushing import S5, SHOP, Pushing

CONNECTION = ConnectionId("shop")
DOUBTFUL = "contract.account_doubtful"


class Town:
    """A shop with a buyer of old, one who registered after the backup, and orders about it.

    Attributes:
        old: approved long before the backup; new: registered and approved after it.
    """

    def __init__(self, house: House) -> None:
        self.house, self.scene = house, house.scene
        self.partners = Partners(self.scene)
        self.old = self.partners.account
        self.new = ExternalId("")
        self.backup: dict[str, Any] = {}

    async def live(self) -> None:
        """The old one is approved, orders come, a backup is made, and life goes on."""
        await self.approve(self.old)
        self.pass_time(3600)
        await self.order()
        self.backup = self.scene.shop.back_up()
        self.pass_time(3600)
        self.new = self.register()
        await self.approve(self.new)
        self.pass_time(3600)
        await self.order()

    async def approve(self, account: ExternalId) -> None:
        await link(*route_of(self.house), account, self.partners.party, by="the tests")

    def register(self) -> ExternalId:
        return self.scene.shop.accounts.open("somebody@example.si")

    async def order(self) -> None:
        self.scene.shop.place_order((self.scene.shop_links[0].shop, 1))
        await self.house.settle()

    def restore(self) -> None:
        self.scene.shop.restore(self.backup)
        self.pass_time(60)

    def pass_time(self, seconds: float) -> None:
        self.scene.clock.advance(seconds)

    async def steps(self, count: int = 20) -> None:
        for _ in range(count):
            await self.house.step(1.0)

    async def begin(self) -> None:
        await begin_with_restored(self.house.engine.context, CONNECTION)
        self.pass_time(15)  # It rests until then.
        await self.house.settle()

    async def is_shown_agreed(self, account: ExternalId) -> bool:
        line = QuoteLine(product=self.scene.shop_links[0].shop)
        answer = await quote(*route_of(self.house), QuoteRequest(account, (line,)))
        return answer.contract

    async def parked(self) -> list[Parked]:
        rows = await self.house.store.read(list_parked)
        return [row for row in rows if row.code == DOUBTFUL]


@pytest.fixture
async def town(store_url: str) -> AsyncIterator[Town]:
    scene = Scene()
    scene.add_goods(1, on_hand=50)
    house = AgreementHouse(scene, store_url, modules=frozenset({S1, S2, S4}))
    await house.open()
    await house.settle()
    town = Town(house)
    await town.live()
    yield town
    await house.close()


async def test_who_gets_the_id_of_a_lost_account_is_shown_no_agreed_price(town: Town) -> None:
    town.restore()
    heir = town.register()
    assert heir == town.new
    await town.steps()
    # It is noticed by itself, before anybody has said that the shop was restored.
    assert not await town.is_shown_agreed(heir)
    assert await town.is_shown_agreed(town.old)
    [record] = await town.parked()
    assert record.label == heir
    command = f"panstore contracts link shop {heir} {town.partners.party}"
    assert command in record.reason
    assert "restored from an older copy" in record.reason
    entry = next(e for e in await town.house.store.read(latest) if e.outcome == "unlinked")
    assert (entry.key, entry.before, entry.cause) == (heir, town.partners.party, "restored")
    assert "person at" not in entry.reason
    await town.begin()
    assert await linked_pairs(town.house) == {town.old: town.partners.party}


async def test_an_account_that_is_not_there_loses_its_approval_before_its_id_is_given(
    town: Town,
) -> None:
    town.restore()
    await town.begin()
    assert await linked_pairs(town.house) == {town.old: town.partners.party}
    [record] = await town.parked()
    assert "has no such account" in record.reason
    assert not await town.is_shown_agreed(town.register())


async def test_what_is_approved_again_stays_whatever_is_said_of_the_shop(town: Town) -> None:
    town.restore()
    town.register()
    await town.steps()
    [record] = await town.parked()
    # While the shop rests nobody can look at its accounts from here; another process can.
    await town.house.restart()
    assert await town.house.engine.retry(record.id)
    assert [one.label for one in await town.parked()] == [town.new], "nobody has decided yet"
    await town.approve(town.new)
    assert await town.parked() == []
    await town.steps()
    await town.begin()
    assert set(await linked_pairs(town.house)) == {town.old, town.new}
    assert await town.parked() == []


async def test_the_shops_word_when_an_account_was_opened_decides(town: Town) -> None:
    """Approved after the newest order the shop still has, and there before it all the same."""
    accounts, now = town.scene.shop.accounts, town.house.clock.now()
    accounts[town.old] = replace(accounts[town.old], opened_at=now - dt.timedelta(days=9))
    town.backup = town.scene.shop.back_up()
    await town.order()
    colleague = town.partners.colleague
    accounts[colleague] = replace(accounts[colleague], opened_at=now - dt.timedelta(days=9))
    town.backup["accounts"][colleague] = accounts[colleague]
    await town.approve(colleague)
    await town.order()
    town.restore()
    await town.steps()
    assert set(await linked_pairs(town.house)) == {town.old, colleague, town.new}
    # One more time, and now it is another one's.
    await town.begin()
    town.backup = town.scene.shop.back_up()
    town.pass_time(3600)
    await town.order()
    town.restore()
    later = town.house.clock.now()
    accounts = town.scene.shop.accounts
    accounts[colleague] = replace(accounts[colleague], opened_at=later)
    await town.steps()
    assert set(await linked_pairs(town.house)) == {town.old, town.new}
    [record] = await town.parked()
    assert "opened after the approval" in record.reason


async def test_without_that_word_the_orders_the_shop_still_has_decide(town: Town) -> None:
    colleague = town.partners.colleague
    await town.approve(colleague)
    town.restore()
    await town.steps()
    # The backup has an account under that id, but nobody can tell whose it is now.
    assert await linked_pairs(town.house) == {town.old: town.partners.party}
    assert {one.label for one in await town.parked()} == {colleague, town.new}


async def test_orders_taken_since_the_restore_vouch_for_nobody(town: Town) -> None:
    town.restore()
    heir = town.register()
    # The shop has caught up before anybody looked: its numbers are no sign any more.
    for _ in range(3):
        town.scene.shop.place_order((town.scene.shop_links[0].shop, 1))
    town.pass_time(60)
    await town.house.settle()
    await town.begin()
    assert heir not in await linked_pairs(town.house)
    assert town.old in await linked_pairs(town.house)


async def test_a_shop_that_cannot_be_asked_loses_nobody_and_is_asked_again(town: Town) -> None:
    town.restore()
    now = town.house.clock.now()
    town.scene.faults.down("shop", now, now + dt.timedelta(minutes=5))
    with pytest.raises(RemoteError):
        await begin_with_restored(town.house.engine.context, CONNECTION)
    assert set(await linked_pairs(town.house)) == {town.old, town.new}
    town.pass_time(600)
    await town.steps()
    assert await linked_pairs(town.house) == {town.old: town.partners.party}


async def test_approvals_of_a_time_without_contract_prices_are_not_inherited_later(
    town: Town,
) -> None:
    """Switched off they count for nothing, but they are kept for the day of switching on."""
    contract, town.house.contract = town.house.contract, None
    await town.house.restart()
    town.restore()
    town.register()
    await town.steps()
    await town.begin()
    town.house.contract = contract
    await town.house.restart()
    await town.house.settle()
    assert not await town.is_shown_agreed(town.new)
    assert await town.is_shown_agreed(town.old)
    [record] = await town.parked()
    assert await town.house.engine.retry(record.id)
    await town.house.settle()
    await town.approve(town.new)
    assert await town.parked() == []


async def test_what_an_heir_orders_before_it_is_noticed_waits_for_a_person(town: Town) -> None:
    await town.order()
    town.restore()
    heir = town.register()
    buyer = Customer(heir, "Eva Tujec", "eva@example.si")
    order = town.scene.shop.place_order((town.scene.shop_links[0].shop, 1), customer=buyer)
    assert await town.is_shown_agreed(heir)
    town.pass_time(5)
    await town.steps()
    await town.begin()
    records = await town.house.store.read(list_parked)
    [reused] = [one for one in records if one.code == "order.id_reused"]
    assert reused.label == order.number
    assert await town.house.engine.retry(reused.id)
    await town.house.settle()
    records = await town.house.store.read(list_parked)
    [record] = [one for one in records if one.label == order.number]
    assert record.code == "order.buyer_changed"
    assert town.scene.erp.sales.of_shop_order(record.key) == []


async def test_a_question_for_an_account_that_is_younger_than_its_approval_is_for_another_one(
    town: Town,
) -> None:
    """A shop without orders since its backup is not noticed; what it asks gives it away."""
    line = QuoteLine(product=town.scene.shop_links[0].shop)
    about = dt.timedelta(hours=1)
    now = town.house.clock.now()
    for opened, agreed in ((None, True), (now - 4 * about, True), (now + about, False)):
        request = QuoteRequest(town.new, (line,), opened_at=opened)
        answer = await quote(*route_of(town.house), request)
        assert (answer.contract, answer.account) == (agreed, town.new)
    context = town.house.engine.context
    await context.contracts.written()
    assert await linked_pairs(town.house) == {town.old: town.partners.party}
    [record] = await town.parked()
    assert "opened after the approval" in record.reason
    assert f"panstore contracts link shop {town.new} {town.partners.party}" in record.reason
    accounts = town.scene.shop.accounts
    accounts[town.old] = replace(accounts[town.old], opened_at=now)
    [told] = (await listed(*route_of(town.house))).accounts
    assert "may be another one" in told.trouble
    naive = QuoteRequest(town.old, (line,), opened_at=dt.datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(BadQuestionError, match="no time zone"):
        await quote(*route_of(town.house), naive)


async def test_a_shop_that_keeps_prices_is_not_told_again_to_charge_an_heir_agreed_ones(
    make_house: Callable[..., House],
) -> None:
    """Nobody has ordered since the backup, so that nothing else tells of it."""
    world = await Pushing.open(make_house)
    accounts = world.scene.shop.accounts
    backup = world.scene.shop.back_up()
    world.scene.clock.advance(3600)
    lost = accounts.open("nova@novak.example", opened_at=world.house.clock.now())
    await world.link(lost, world.party)
    await world.house.settle()
    assert world.charged(lost) == Decimal(8)
    world.scene.shop.restore(backup)
    world.scene.clock.advance(3600)
    heir = world.scene.shop.accounts.open("x@example.si", opened_at=world.house.clock.now())
    assert heir == lost
    await world.house.engine.full_run(SHOP, [S5])
    await world.house.settle()
    assert world.charged(heir) == Decimal(10)
    assert world.charged(world.account) == Decimal(8)
    rows = await world.house.store.read(list_parked)
    assert [(one.code, one.label) for one in rows] == [(DOUBTFUL, heir)]
    assert await world.marks() == []
