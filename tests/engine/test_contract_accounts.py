"""Who buys for whom: a person says it, data only propose, and taking it back holds at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from panstore.engine.contracts.accounts import (
    AccountRefusedError,
    Approved,
    accounts_named,
    link,
    listed,
    remove_links,
    unlink,
)
from panstore.engine.contracts.proposals import accounts_like, propose
from panstore.engine.persons import erase, export, find_person, person_named
from panstore.engine.status import ModuleStatus, look
from panstore.model.customer import Customer
from panstore.model.ids import ExternalId
from panstore.sdk.errors import RemoteError
from panstore.store.account_links import list_account_links
from panstore.store.audit import Entry, latest
from panstore.testing.world import Scene
from tests.engine.approving import (
    SHOP,
    AgreementHouse,
    Partners,
    linked_pairs,
    route_of,
    silence,
)
from tests.engine.house import House


@pytest.fixture
async def house(store_url: str) -> AsyncIterator[House]:
    made = AgreementHouse(Scene(), store_url)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def partners(house: House) -> Partners:
    return Partners(house.scene)


async def _entries(house: House) -> list[Entry]:
    rows = await house.store.read(lambda c: latest(c, limit=10))
    return [row for row in rows if row.module == "S5"]


async def test_what_fits_is_proposed_and_links_nothing(house: House, partners: Partners) -> None:
    found = await propose(*route_of(house))
    assert (found.looked, found.after) == (2, None)
    first, second = found.proposals
    [party] = first.parties
    assert (first.account.id, party.party.party) == (partners.account, partners.party)
    assert (party.party.title, party.matched) == ("Partnerji A", ("vat", "email"))
    assert second.parties[0].matched == ("vat",)
    assert "proves nothing" in second.warning
    assert "confirm it" in first.warning
    assert "confirm it" not in second.warning
    assert await linked_pairs(house) == {}


async def test_nothing_is_proposed_without_an_agreement(house: House, partners: Partners) -> None:
    accounts = house.scene.shop.accounts
    accounts.open("brez@dogovora.si")
    accounts.open("nobody@example.si")
    closed = accounts.open("info@kovac.si")
    accounts.close(closed)
    await link(*route_of(house), partners.account, partners.party, by="the tests")
    found = await propose(*route_of(house))
    assert [one.account.id for one in found.proposals] == [partners.colleague]
    gone = house.scene.erp.parties.get(partners.party)
    assert gone is not None
    gone.active = False
    assert (await propose(*route_of(house))).proposals == ()


async def test_proposals_come_in_pages(house: House, partners: Partners) -> None:
    first = await propose(*route_of(house), None, 1)
    assert [one.account.id for one in first.proposals] == [partners.account]
    rest = await propose(*route_of(house), first.after, 1)
    assert [one.account.id for one in rest.proposals] == [partners.colleague]
    assert rest.after is None


async def test_an_account_is_found_by_its_address(house: House, partners: Partners) -> None:
    stranger = house.scene.shop.accounts.open("nobody@example.si")
    found = await accounts_like(*route_of(house), "NOBODY@example.si")
    assert [(one.account.id, one.parties) for one in found.proposals] == [(stranger, ())]
    assert (await accounts_like(*route_of(house), "x@example.si")).looked == 0
    await link(*route_of(house), partners.account, partners.party, by="the tests")
    assert (await accounts_like(*route_of(house), "ana@novak.si")).proposals == ()


async def test_two_parties_that_fit_are_both_shown(house: House, partners: Partners) -> None:
    twin = house.scene.erp.parties.add("Novak 2", email="ana@novak.si").id
    partners.scene.erp.set_agreement(twin, partners.list)
    found = await propose(*route_of(house), None, 1)
    [one] = found.proposals
    assert {p.party.party for p in one.parties} == {partners.party, twin}
    assert "at most one is right" in one.warning


async def test_an_approval_is_written_down_without_personal_data(
    house: House, partners: Partners
) -> None:
    done = await link(*route_of(house), partners.account, partners.party, by="the console")
    assert (done.change, done.before, done.party.name) == ("made", None, "Novak d.o.o.")
    assert (done.link.linked_by, done.link.linked_at) == ("the console", house.clock.now())
    await link(*route_of(house), partners.colleague, partners.party, by="the console")
    assert await linked_pairs(house) == {
        partners.account: partners.party,
        partners.colleague: partners.party,
    }
    entry = (await _entries(house))[-1]
    assert (entry.key, entry.outcome, entry.after) == (partners.account, "linked", partners.party)
    assert "the console" in entry.reason
    texts = f"{entry}".casefold()
    assert "novak" not in texts
    assert "ana" not in texts.replace("panstore", "")
    again = await link(*route_of(house), partners.account, partners.party, by="the console")
    assert again.change == "none"
    assert len(await _entries(house)) == 2


async def test_another_party_only_instead_of_the_one_that_was_seen(
    house: House, partners: Partners
) -> None:
    where = route_of(house)
    with pytest.raises(AccountRefusedError, match="buys for nobody") as early:
        await link(
            *where, partners.account, partners.party, by="the tests", expected=partners.other
        )
    assert early.value.kind == "changed"
    await link(*where, partners.account, partners.party, by="the tests")
    for seen in (None, partners.plain):
        with pytest.raises(AccountRefusedError, match=f"buys for party {partners.party}") as late:
            await link(*where, partners.account, partners.other, by="the tests", expected=seen)
        assert late.value.kind == "changed"
    assert await linked_pairs(house) == {partners.account: partners.party}
    done = await link(
        *where, partners.account, partners.other, by="the tests", expected=partners.party
    )
    assert (done.change, done.before) == ("replaced", partners.party)
    entry = (await _entries(house))[0]
    assert (entry.before, entry.after) == (partners.party, partners.other)


async def test_both_must_be_there_and_may_buy(house: House, partners: Partners) -> None:
    where, accounts = route_of(house), house.scene.shop.accounts
    closed = accounts.open("zaprt@novak.si")
    accounts.close(closed)
    gone = house.scene.erp.parties.get(partners.other)
    assert gone is not None
    gone.active = False
    for account, party, words, kind in (
        ("nobody", partners.party, "no account nobody", "unknown"),
        (closed, partners.party, "nobody can log in", "closed"),
        (partners.account, "nothing", "no party nothing", "unknown"),
        (partners.account, partners.other, "is not active", "closed"),
    ):
        with pytest.raises(AccountRefusedError, match=words) as refused:
            await link(*where, ExternalId(account), ExternalId(party), by="the tests")
        assert refused.value.kind == kind
        assert refused.value.remedy
    assert await linked_pairs(house) == {}
    assert await _entries(house) == []


async def test_taking_back_needs_no_other_system(house: House, partners: Partners) -> None:
    where = route_of(house)
    await link(*where, partners.account, partners.party, by="the tests")
    silence(house)
    taken = await unlink(*where, partners.account, by="the console")
    assert taken.party == partners.party
    assert await linked_pairs(house) == {}
    entry = (await _entries(house))[0]
    assert (entry.outcome, entry.before, entry.after) == ("unlinked", partners.party, None)
    with pytest.raises(AccountRefusedError, match="buys for nobody") as refused:
        await unlink(*where, partners.account, by="the console")
    assert refused.value.kind == "unknown"
    with pytest.raises(RemoteError):
        await link(*where, partners.account, partners.party, by="the tests")


async def test_links_are_listed_with_live_names(house: House, partners: Partners) -> None:
    where = route_of(house)
    assert (await listed(*where)).accounts == ()
    await link(*where, partners.account, partners.party, by="the tests")
    await link(*where, partners.colleague, partners.plain, by="the tests")
    first = await listed(*where, limit=1)
    [one] = first.accounts
    assert one.account is not None
    assert one.party is not None
    assert (one.account.email, one.party.title, one.trouble) == ("ana@novak.si", "Partnerji A", "")
    rest = await listed(*where, after=first.after, limit=1)
    assert rest.after is None
    assert "pays what everybody pays" in rest.accounts[0].trouble


async def test_what_is_gone_is_marked_and_stays(house: House, partners: Partners) -> None:
    where = route_of(house)
    third = house.scene.shop.accounts.open("tretji@novak.si")
    for account in (partners.account, partners.colleague, third):
        await link(*where, account, partners.party, by="the tests")
    await link(*where, third, partners.other, by="the tests", expected=partners.party)
    del house.scene.shop.accounts[partners.account]
    house.scene.shop.accounts.close(partners.colleague)
    left = house.scene.erp.parties.get(partners.other)
    assert left is not None
    left.active = False
    troubles = [one.trouble for one in (await listed(*where)).accounts]
    assert "no such account" in troubles[0]
    assert "nobody can log in" in troubles[1]
    assert "not active in the ERP" in troubles[2]
    partners.scene.erp.parties._parties.pop(partners.other)
    assert "no such party" in (await listed(*where)).accounts[2].trouble
    assert len(await linked_pairs(house)) == 3


async def test_links_are_shown_while_a_system_is_silent(house: House, partners: Partners) -> None:
    where = route_of(house)
    await link(*where, partners.account, partners.party, by="the tests")
    silence(house)
    found = await listed(*where)
    [one] = found.accounts
    assert (one.account, one.party, one.trouble) == (None, None, "")
    assert (one.link.account, one.link.party) == (partners.account, partners.party)
    assert [text.split(":")[0] for text in found.silent] == ["shop", "erp"]


async def test_a_person_is_shown_and_erased_with_his_links(
    house: House, partners: Partners
) -> None:
    where = route_of(house)
    context, person = where[0], person_named("ANA@novak.si")
    assert person is not None
    assert await accounts_named(context, person.address) == set()
    for account in (partners.account, partners.colleague):
        await link(*where, account, partners.party, by="the tests")
    theirs = await accounts_named(context, person.address)
    assert theirs == {(SHOP, partners.account)}
    held = await house.store.read(lambda c: find_person(c, person, theirs))
    assert not held.nothing
    shown = await house.store.read(lambda c: export(c, held, now=house.clock.now()))
    assert [one["party"] for one in shown["accounts"]] == [partners.party]
    done = await house.store.write(
        lambda c: erase(c, context, held, also_open=False, stop_too=False)
    )
    assert (done.done, done.links) == (True, 1)
    assert await linked_pairs(house) == {partners.colleague: partners.party}
    assert (await _entries(house))[0].outcome == "unlinked"


async def test_an_account_that_ordered_is_known_without_asking_the_shop(
    house: House, partners: Partners
) -> None:
    scene, where = house.scene, route_of(house)
    scene.add_goods(1, on_hand=10, price=Decimal(10))
    await house.settle()
    ana = Customer(partners.account, "Ana Novak", "ana@novak.si")
    order = scene.shop.place_order((scene.shop_links[0].shop, 1), customer=ana)
    await house.settle()
    await link(*where, partners.account, partners.party, by="the tests")
    del scene.shop.accounts[partners.account]
    person, stranger = person_named("ana@novak.si"), person_named("miha@novak.si")
    assert person is not None
    assert stranger is not None
    held = await house.store.read(lambda c: find_person(c, person))
    assert [one.account for one in held.links] == [partners.account]
    assert (await house.store.read(lambda c: find_person(c, stranger))).links == []
    waits = await house.store.write(
        lambda c: erase(c, where[0], held, also_open=False, stop_too=False)
    )
    assert (waits.done, waits.open_orders) == (False, [order.number])
    assert await linked_pairs(house) == {partners.account: partners.party}


async def test_links_left_behind_by_contract_prices_are_erased_too(
    house: House, partners: Partners
) -> None:
    where = route_of(house)
    await link(*where, partners.account, partners.party, by="the tests")
    assert isinstance(house, AgreementHouse)
    house.contract = None
    await house.restart()
    context = house.engine.context
    rows = await house.store.read(lambda c: list_account_links(c, SHOP))
    await house.store.write(lambda c: remove_links(c, context, rows, by="the tests"))
    assert await linked_pairs(house) == {}
    assert await accounts_named(context, "ana@novak.si") == set()


async def test_the_status_says_how_many_and_how_sure(house: House, partners: Partners) -> None:
    context, _ = where = route_of(house)

    async def seen() -> ModuleStatus:
        status = await house.store.read(lambda c: look(c, context))
        [one] = [m for m in status.routes[0].modules if m.code == "S5"]
        return one

    await house.settle()
    first = await seen()
    assert (first.title, first.says) == ("Contract prices", "0 accounts linked")
    assert "`panstore contracts propose`" in first.to_do
    await link(*where, partners.account, partners.party, by="the tests")
    now = await seen()
    assert (now.to_do, now.says, now.uncertain) == ("", "1 account linked", False)
    silence(house)
    await house.look()
    await house.look()
    doubt = await seen()
    assert doubt.uncertain
    assert "erp is in trouble: what was last known is shown, marked so" in doubt.says


async def test_two_people_do_not_approve_past_each_other(house: House, partners: Partners) -> None:
    where = route_of(house)
    tries = await asyncio.gather(
        link(*where, partners.account, partners.party, by="the console"),
        link(*where, partners.account, partners.other, by="the API"),
        return_exceptions=True,
    )
    [refused] = [one for one in tries if isinstance(one, AccountRefusedError)]
    [done] = [one for one in tries if isinstance(one, Approved)]
    assert refused.kind == "changed"
    assert await linked_pairs(house) == {partners.account: done.link.party}
