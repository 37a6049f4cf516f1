"""The price service: what a buyer is shown is what the ERP says, from memory where that is sure."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest
import sqlalchemy as sa

from panstore.engine.context import LINKS
from panstore.engine.contracts.quotes import BadQuestionError
from panstore.engine.feeds import read_changes
from panstore.model.contract import QuoteLine
from panstore.model.ids import ExternalId
from panstore.sdk.roles import FeedBatch
from panstore.store.links import set_factor
from panstore.store.tables import links
from panstore.testing.world import DatedPrice
from tests.engine.house import House
from tests.engine.quoting import ERP, LIST, OTHER_LIST, SHOP, Asking

Make = Callable[..., House]

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
"""Stories of what is shown; what the store has to do with it is told on both of them elsewhere."""

LJUBLJANA_MIDNIGHT = dt.datetime(2026, 3, 2, 23, 0, tzinfo=dt.UTC)


class _Restored:
    """A feed that no longer knew us, and has nothing to tell since."""

    async def pull(self, limit: int) -> FeedBatch:
        del limit
        return FeedBatch((), (), more=False, missed=True)

    async def acknowledge(self, receipts: Sequence[str]) -> None:
        raise AssertionError(f"nothing to acknowledge: {receipts}")


async def test_agreed_prices_of_all_articles_need_one_call(make_house: Make) -> None:
    world = await Asking.open(make_house)
    answer = await world.ask()
    assert answer.contract
    assert answer.certain
    assert answer.title == f"List {LIST}"
    assert [line.product for line in answer.lines] == world.goods
    assert {(line.offer.state, line.offer.amount) for line in answer.lines} == {
        ("agreed", Decimal(8))
    }
    assert all(line.offer.as_of is None for line in answer.lines)
    assert len(world.calls()) == 1
    assert len(world.calls("agreements")) == 1


async def test_what_is_known_is_not_asked_for_again(make_house: Make) -> None:
    world = await Asking.open(make_house)
    first = await world.ask()
    for _ in range(3):
        world.pass_time(5)
        await world.hear()
        assert await world.ask() == first
    assert len(world.calls()) == 1
    assert len(world.calls("agreements")) == 1


async def test_only_what_is_missing_is_asked_for_in_batches(make_house: Make) -> None:
    world = await Asking.open(make_house)
    await world.offer()
    await world.ask()
    assert [world.variants_in(call) for call in world.calls()] == [1, 2]


async def test_accounts_of_one_party_and_parties_of_one_list_share_what_is_known(
    make_house: Make,
) -> None:
    world = await Asking.open(make_house)
    colleague = world.scene.shop.accounts.open("bor@novak.example")
    await world.link(colleague, world.party)
    third = world.scene.erp.parties.add("Zupan d.d.").id
    world.scene.erp.set_agreement(third, LIST)
    await world.link(world.stranger, third)
    first = await world.amounts()
    assert await world.amounts(colleague) == first
    assert await world.amounts(world.stranger) == first
    assert len(world.calls()) == 1


async def test_each_account_is_shown_its_own_agreement(make_house: Make) -> None:
    world = await Asking.open(make_house)
    rival = world.scene.shop.accounts.open("kovac@example.si")
    await world.link(rival, world.other)
    for _ in range(2):
        assert await world.amounts() == [8, 8, 8]
        assert await world.amounts(rival) == [5, 5, 5]
        nobody = await world.ask(world.stranger)
        assert (nobody.contract, nobody.lines) == (False, ())
        assert not (await world.ask(ExternalId("unheard of"))).contract


async def test_a_change_of_a_list_is_shown_by_the_next_question(make_house: Make) -> None:
    world = await Asking.open(make_house)
    assert await world.amounts() == [8, 8, 8]
    world.set_price("7.50", good=1)
    await world.hear()
    assert await world.amounts() == [8, Decimal("7.50"), 8]
    assert len(world.calls()) == 2


async def test_a_change_of_another_list_costs_no_price_call(make_house: Make) -> None:
    world = await Asking.open(make_house)
    await world.ask()
    world.set_price("4", by=OTHER_LIST)
    await world.hear()
    assert await world.amounts() == [8, 8, 8]
    assert len(world.calls()) == 1


async def test_a_changed_article_is_asked_for_alone(make_house: Make) -> None:
    world = await Asking.open(make_house)
    world.scene.erp.set_reduction(LIST, Decimal(10))
    for good in range(3):
        world.set_price(good=good)
    await world.hear()
    assert await world.amounts() == [9, 9, 9]
    world.scene.erp.set_price(world.sources[2], Decimal(20))
    await world.hear()
    assert await world.amounts() == [9, 9, 18]
    assert world.variants_in(world.calls()[-1]) == 1


async def test_what_was_answered_before_a_change_is_not_kept_as_true(make_house: Make) -> None:
    world = await Asking.open(make_house)
    slow = world.slow()
    asking = asyncio.ensure_future(world.offer())
    await slow.answered.wait()
    world.set_price("6")
    await world.hear()
    slow.may_land.set()
    assert (await asking).amount == 6


async def test_two_questions_at_once_share_one_call(make_house: Make) -> None:
    world = await Asking.open(make_house)
    first, second = await asyncio.gather(world.amounts(), world.amounts())
    assert first == second == [8, 8, 8]
    assert len(world.calls()) == 1
    assert len(world.calls("agreements")) == 1


async def test_who_goes_away_does_not_take_the_answer_from_the_others(make_house: Make) -> None:
    world = await Asking.open(make_house)
    slow = world.slow()
    impatient = asyncio.ensure_future(world.amounts())
    patient = asyncio.ensure_future(world.amounts())
    await slow.answered.wait()
    impatient.cancel()
    slow.may_land.set()
    assert await patient == [8, 8, 8]
    assert len(world.calls()) == 1


async def test_unlinking_and_linking_anew_hold_at_once(make_house: Make) -> None:
    world = await Asking.open(make_house)
    assert await world.amounts() == [8, 8, 8]
    await world.unlink(world.account)
    assert not (await world.ask()).contract
    await world.link(world.account, world.other)
    assert await world.amounts() == [5, 5, 5]


async def test_an_unlinking_while_the_erp_is_asked_holds_too(make_house: Make) -> None:
    world = await Asking.open(make_house)
    slow = world.slow()
    asking = asyncio.ensure_future(world.ask())
    await slow.answered.wait()
    await world.unlink(world.account)
    slow.may_land.set()
    assert not (await asking).contract


async def test_a_party_that_moves_to_another_list_pays_by_it(make_house: Make) -> None:
    world = await Asking.open(make_house)
    await world.ask()
    world.scene.erp.set_agreement(world.party, OTHER_LIST)
    await world.hear()
    assert await world.amounts() == [5, 5, 5]


async def test_a_party_without_a_list_of_its_own_follows_the_default_one(
    make_house: Make,
) -> None:
    world = await Asking.open(make_house)
    world.scene.erp.set_agreement(world.party, None)
    await world.hear()
    assert not (await world.ask()).contract
    world.scene.erp.set_default_list(OTHER_LIST)
    await world.hear()
    assert await world.amounts() == [5, 5, 5]


async def test_an_inactive_party_has_no_agreement(make_house: Make) -> None:
    world = await Asking.open(make_house)
    party = world.scene.erp.parties.get(world.party)
    assert party is not None
    party.active = False
    assert not (await world.ask()).contract


async def test_a_list_that_is_deleted_while_it_is_known(make_house: Make) -> None:
    """Its notice is late; the ERP's refusal makes us ask at what the party buys now."""
    world = await Asking.open(make_house)
    await world.offer()
    world.scene.erp.set_agreement(world.party, OTHER_LIST)
    world.scene.erp.price_lists.pop(LIST)
    assert (await world.offer(2)).amount == 5


async def test_all_is_forgotten_when_the_feed_was_set_up_anew(make_house: Make) -> None:
    world = await Asking.open(make_house)
    await world.ask()
    world.scene.erp.price_lists[LIST][world.sources[0]] = [DatedPrice(Decimal(3))]
    feed = _Restored()
    await read_changes(world.context, ERP, feed, cause="poll")
    assert (await world.offer()).amount == 3


async def test_from_some_pieces_on_it_costs_less(make_house: Make) -> None:
    world = await Asking.open(make_house)
    world.set_price(DatedPrice(Decimal(6), least=Decimal(10)), "8")
    await world.hear()
    assert [(await world.offer(n)).amount for n in (1, 9, 10, 100)] == [8, 8, 6, 6]


async def test_a_sales_unit_of_six_pieces_costs_six_times_as_much(make_house: Make) -> None:
    world = await Asking.open(make_house, factor=6)
    world.set_price(DatedPrice(Decimal(7), least=Decimal(12)), "8")
    await world.hear()
    assert [(await world.offer(n)).amount for n in (1, 2)] == [48, 42]


async def test_a_unit_of_the_erp_may_be_named_and_no_other(make_house: Make) -> None:
    world = await Asking.open(make_house, factor=6)
    world.set_price(DatedPrice(Decimal(7), least=Decimal(12)), "8")
    await world.hear()
    unit = next(iter(world.scene.erp.shelf.known([world.sources[0]]))).unit
    assert unit is not None
    lines = [
        QuoteLine(product=world.goods[0], quantity=Decimal(12), unit=unit),
        QuoteLine(product=world.goods[0], quantity=Decimal(12), unit="barrel"),
    ]
    named, strange = (line.offer for line in (await world.ask(lines=lines)).lines)
    assert (named.state, named.amount) == ("agreed", Decimal(42))
    assert (strange.state, strange.code) == ("withheld", "contract.unit_unknown")


async def test_articles_are_found_by_code_and_unknown_ones_keep_the_shops_price(
    make_house: Make,
) -> None:
    world = await Asking.open(make_house)
    lines = [
        QuoteLine(sku=f" {world.scene.shop_links[1].sku.lower()}"),
        QuoteLine(sku="unheard of"),
        QuoteLine(product=ExternalId("999")),
    ]
    answer = await world.ask(lines=lines)
    known, *unknown = (line.offer for line in answer.lines)
    assert (known.state, known.amount) == ("agreed", Decimal(8))
    assert {(one.state, one.code) for one in unknown} == {("usual", "contract.not_linked")}
    assert answer.certain


async def test_a_price_is_asked_for_the_day_it_is_for(make_house: Make) -> None:
    world = await Asking.open(make_house)
    first = dt.date(2026, 3, 10)
    world.set_price(DatedPrice(Decimal(6), starts=first), "8")
    await world.hear()
    before = dt.datetime(2026, 3, 9, 22, 59, tzinfo=dt.UTC)
    assert (await world.offer(at=before)).amount == 8
    assert (await world.offer(at=before + dt.timedelta(minutes=1))).amount == 6
    shown = await world.offer()
    assert (shown.amount, shown.valid_until) == (Decimal(8), before + dt.timedelta(minutes=1))


async def test_nothing_outlives_its_day(make_house: Make) -> None:
    world = await Asking.open(make_house)
    world.set_price(DatedPrice(Decimal(6), ends=dt.date(2026, 3, 2)), "8")
    await world.hear()
    world.pass_time((LJUBLJANA_MIDNIGHT - world.house.clock.now()).total_seconds() - 1)
    await world.hear()
    assert (await world.offer()).amount == 6
    world.pass_time(1)
    assert (await world.offer()).amount == 8


async def test_all_is_forgotten_when_everything_is_looked_at(make_house: Make) -> None:
    """A full run stands for notices that may have been lost."""
    world = await Asking.open(make_house)
    await world.ask()
    world.scene.erp.price_lists[LIST][world.sources[0]] = [DatedPrice(Decimal(3))]
    await world.hear()
    assert (await world.offer()).amount == 8
    await world.house.engine.full_run(SHOP, [LINKS])
    assert (await world.offer()).amount == 3


async def test_a_currency_the_erp_does_not_sell_in_is_refused(make_house: Make) -> None:
    world = await Asking.open(make_house)
    with pytest.raises(BadQuestionError, match="does not sell in USD"):
        await world.ask(currency="USD")


@pytest.mark.parametrize("many", ["1000000001", "1E+30", "1E+999999"])
async def test_a_line_of_more_than_anybody_means_leaves_the_others_their_prices(
    make_house: Make, many: str
) -> None:
    world = await Asking.open(make_house)
    lines = [QuoteLine(product=world.goods[0], quantity=Decimal(one)) for one in ("1", many)]
    lines.append(QuoteLine(product=ExternalId("999"), quantity=Decimal(many)))
    answer = await world.ask(lines=lines)
    assert [(one.offer.state, one.offer.code) for one in answer.lines] == [
        ("agreed", ""),
        ("withheld", "contract.too_many"),
        ("usual", "contract.not_linked"),
    ]
    assert answer.certain
    assert await world.parked() == []
    assert [world.variants_in(call) for call in world.calls()] == [1]


async def test_a_wrong_price_is_parked_once_and_closed_when_it_is_mended(
    make_house: Make,
) -> None:
    world = await Asking.open(make_house)
    world.set_price("0")
    await world.hear()
    for _ in range(2):
        assert (await world.offer()).state == "withheld"
    [record] = await world.parked()
    item = await world.house.item(world.scene.shop_links[0].sku)
    assert (record.key, record.code) == (f"{LIST}:{item}", "contract.zero")
    world.set_price("7")
    await world.hear()
    assert (await world.offer()).amount == 7
    assert await world.parked() == []


async def test_a_fine_price_of_one_piece_does_not_hide_a_wrong_one_of_many(
    make_house: Make,
) -> None:
    world = await Asking.open(make_house)
    world.set_price(DatedPrice(Decimal(0), least=Decimal(10)), "8")
    await world.hear()
    assert (await world.offer(10)).state == "withheld"
    assert (await world.offer(1)).state == "agreed"
    assert len(await world.parked()) == 1


async def test_a_fine_price_of_one_piece_hides_no_wrong_one_after_a_restart(
    make_house: Make,
) -> None:
    world = await Asking.open(make_house)
    world.set_price(DatedPrice(Decimal(0), least=Decimal(10)), "8")
    await world.hear()
    assert (await world.offer(10)).state == "withheld"
    await world.house.restart()
    assert (await world.offer(1)).state == "agreed"
    [record] = await world.parked()
    assert record.code == "contract.zero"


async def test_what_is_mended_for_many_is_closed_by_a_question_for_one(make_house: Make) -> None:
    """Nobody may ask for as many again; so they are looked at with what somebody asks for."""
    world = await Asking.open(make_house)
    world.set_price(DatedPrice(Decimal(0), least=Decimal(10)), "8")
    await world.hear()
    await world.offer(10)
    await world.offer(12)
    await world.house.restart()
    world.set_price("8")
    await world.hear()
    assert (await world.offer(1)).state == "agreed"
    for _ in range(1000):
        if not await world.parked():
            break
        await asyncio.sleep(0.01)
    assert await world.parked() == []


async def test_what_was_said_of_prices_is_remembered_up_to_a_bound(make_house: Make) -> None:
    world = await Asking.open(make_house)
    contracts = world.context.contracts
    contracts.most_judged = 4
    world.set_price("0")
    await world.hear()
    for quantity in range(1, 9):
        await world.offer(quantity)
    assert len(contracts.judged) == 4
    assert len(await world.parked()) == 1


async def test_retrying_a_parked_price_asks_the_erp_anew(make_house: Make) -> None:
    world = await Asking.open(make_house)
    world.set_price("0")
    await world.hear()
    await world.offer()
    [record] = await world.parked()
    world.scene.erp.price_lists[LIST][world.sources[0]] = [DatedPrice(Decimal(3))]
    assert await world.house.engine.retry(record.id)
    assert (await world.offer()).amount == 3
    assert await world.parked() == []


async def test_without_a_factor_nothing_is_asked_for_and_it_is_parked(make_house: Make) -> None:
    world = await Asking.open(make_house)
    link = (await world.house.links())[0]
    await world.house.store.write(
        lambda c: c.execute(sa.update(links).where(links.c.item == link.item).values(factor=None))
    )
    offer = await world.offer()
    assert (offer.state, offer.code) == ("withheld", "contract.no_factor")
    assert world.calls() == []
    assert [record.code for record in await world.parked()] == ["contract.no_factor"]
    await world.house.store.write(lambda c: set_factor(c, SHOP, link.item, Decimal(2)))
    assert (await world.offer()).amount == 16
    assert await world.parked() == []
