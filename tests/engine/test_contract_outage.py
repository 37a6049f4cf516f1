"""The price service while the ERP is silent, and what an order is compared with."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from panstore.engine.status import look
from panstore.model.contract import QuoteLine
from panstore.model.ids import ConnectionId, ExternalId
from panstore.sdk.errors import UnavailableError
from panstore.testing.world import DatedPrice
from tests.engine.agreeing import agreement_buyer
from tests.engine.house import House
from tests.engine.quoting import ERP, LIST, OTHER_LIST, Asking

Make = Callable[..., House]
HOUR = 3600.0


async def test_last_known_prices_are_marked_and_then_given_up(make_house: Make) -> None:
    world = await Asking.open(make_house)
    known_at = world.house.clock.now()
    await world.ask()
    world.erp_is_down()
    world.pass_time(HOUR)
    answer = await world.ask()
    assert not answer.certain
    assert [line.offer.amount for line in answer.lines] == [8, 8, 8]
    assert {line.offer.as_of for line in answer.lines} == {known_at}
    world.pass_time(23 * HOUR + 1)
    answer = await world.ask()
    assert {line.offer.state for line in answer.lines} == {"usual"}
    assert {line.offer.code for line in answer.lines} == {"contract.not_known"}
    assert not answer.certain


async def test_what_panstore_knew_before_it_was_restarted_is_still_known(make_house: Make) -> None:
    world = await Asking.open(make_house)
    known_at = world.house.clock.now()
    world.pass_time(1)
    await world.ask()
    world.erp_is_down()
    await world.house.restart()
    answer = await world.ask()
    assert answer.contract
    assert [line.offer.amount for line in answer.lines] == [8, 8, 8]
    as_of = {line.offer.as_of for line in answer.lines}
    assert as_of == {known_at + dt.timedelta(seconds=1)}
    assert (await world.offer(7)).code == "contract.not_known"


async def test_a_party_nobody_has_asked_for_has_the_shops_price_until_the_erp_is_there(
    make_house: Make,
) -> None:
    world = await Asking.open(make_house)
    world.erp_is_down()
    answer = await world.ask()
    assert answer.contract
    assert not answer.certain
    assert {line.offer.state for line in answer.lines} == {"usual"}
    assert await world.parked() == []
    world.erp_is_up()
    world.pass_time(HOUR)
    assert await world.amounts() == [8, 8, 8]


async def test_a_company_may_want_the_shops_price_at_once(make_house: Make) -> None:
    world = await Asking.open(make_house, erp_down="usual")
    await world.ask()
    world.erp_is_down()
    world.pass_time(14)
    assert await world.amounts() == [8, 8, 8], "nothing is known to be wrong yet"
    world.pass_time(HOUR)
    answer = await world.ask()
    assert {line.offer.state for line in answer.lines} == {"usual"}


async def test_a_known_price_does_not_outlive_its_own_dates(make_house: Make) -> None:
    world = await Asking.open(make_house, last_known_hours=100)
    world.set_price(DatedPrice(Decimal(6), ends=dt.date(2026, 3, 2)), "8")
    await world.hear()
    await world.ask()
    world.erp_is_down()
    world.pass_time(20 * HOUR)
    first, second, _ = (line.offer for line in (await world.ask()).lines)
    assert (first.state, first.code) == ("usual", "contract.not_known")
    assert (second.state, second.amount) == ("agreed", Decimal(8))


async def test_where_changes_are_not_heard_the_erp_is_asked_itself(make_house: Make) -> None:
    """The feed is silent, but the ERP answers: nothing old is shown."""
    world = await Asking.open(make_house)
    await world.ask()
    world.set_price("7")
    world.pass_time(60)
    assert (await world.offer()).amount == 7
    asked = len(world.calls())
    assert (await world.offer()).amount == 7, "read just now"
    assert len(world.calls()) == asked


async def test_a_slow_erp_is_asked_once_where_changes_are_not_heard(make_house: Make) -> None:
    """What was asked for since the question came is true, however long it took."""
    world = await Asking.open(make_house)
    world.pass_time(60)
    world.context.contracts.feeds.clear()
    for operation in ("agreements", "contract_prices"):
        world.scene.faults.hook(f"erp.{operation}.before", lambda: world.pass_time(5))
    answer = await world.ask()
    assert answer.certain
    assert [line.offer.amount for line in answer.lines] == [8, 8, 8]
    assert (len(world.calls("agreements")), len(world.calls())) == (1, 1)


async def test_a_price_known_to_be_old_is_shown_as_such(make_house: Make) -> None:
    world = await Asking.open(make_house)
    known_at = world.house.clock.now()
    await world.ask()
    world.pass_time(1)
    world.set_price("7")
    await world.hear()
    world.erp_is_down()
    answer = await world.ask()
    assert (answer.lines[0].offer.amount, answer.lines[0].offer.as_of) == (Decimal(8), known_at)
    assert not answer.certain


async def test_a_buyer_does_not_wait_for_a_slow_erp(make_house: Make) -> None:
    world = await Asking.open(make_house)
    await world.ask()
    world.pass_time(60)
    world.context.contracts.patience_s = 0.02
    slow = world.slow()
    late = await world.ask()
    assert [line.offer.amount for line in late.lines] == [8, 8, 8]
    assert not late.certain
    asked = len(world.calls())
    await world.ask()
    assert len(world.calls()) == asked, "it is left alone for a while"
    status = await world.house.store.read(lambda c: look(c, world.context))
    [told] = [one for one in status.routes[0].modules if one.code == "S5"]
    assert told.uncertain
    assert "erp answers too slowly: what was last known is shown, marked so" in told.says
    slow.may_land.set()
    while world.context.contracts.flights:
        await asyncio.wait({one.task for one in world.context.contracts.flights.values()})
    assert (await world.ask()).certain, "the late answer counts"


async def test_questions_for_prices_leave_a_turn_to_orders(make_house: Make) -> None:
    world = await Asking.open(make_house)
    world.context.contracts.patience_s, world.context.contracts.longest_s = 0.02, 600.0
    slow = world.slow()
    slots = world.context.remote.slots(ERP)
    for pieces in range(1, slots + 3):
        world.context.contracts.slow_until.clear()
        line = QuoteLine(product=world.goods[0], quantity=Decimal(pieces))
        await world.ask(lines=[line])
    assert len(world.context.contracts.flights) >= slots
    order = world.scene.shop.place_order((world.goods[0], 1))
    async with asyncio.timeout(30):
        await world.house.settle()
    assert world.scene.erp.sales.of_shop_order(order.id), "an order does not wait for them"
    slow.may_land.set()


async def test_what_is_on_its_way_is_given_up_when_panstore_stops(make_house: Make) -> None:
    world = await Asking.open(make_house)
    slow = world.slow()
    asking = asyncio.ensure_future(world.ask())
    await slow.answered.wait()
    await world.context.contracts.stop()
    answer = await asking
    assert {line.offer.state for line in answer.lines} == {"usual"}


async def test_an_order_is_compared_with_the_present_and_the_past_price(make_house: Make) -> None:
    world = await Asking.open(make_house)
    await world.ask()
    world.pass_time(60)
    order = world.scene.shop.place_order(
        (world.goods[0], 1), customer=agreement_buyer(account=world.account)
    )
    world.pass_time(60)
    world.set_price("9")
    world.scene.erp.set_agreement(world.party, LIST)
    await world.hear()
    found = await world.order_offers(order)
    assert found is not None
    assert [[offer.amount for offer in one.offers] for one in found] == [[8, 9]]


async def test_an_order_placed_before_the_party_moved_is_compared_with_both_lists(
    make_house: Make,
) -> None:
    world = await Asking.open(make_house)
    await world.ask()
    order = world.scene.shop.place_order(
        (world.goods[0], 1), customer=agreement_buyer(account=world.account)
    )
    world.pass_time(60)
    world.scene.erp.set_agreement(world.party, OTHER_LIST)
    await world.hear()
    found = await world.order_offers(order)
    assert found is not None
    assert [offer.amount for offer in found[0].offers] == [8, 5]
    world.scene.erp.set_agreement(world.party, None)
    await world.hear()
    found = await world.order_offers(order)
    assert found is not None
    assert [offer.amount for offer in found[0].offers] == [8]


@pytest.mark.parametrize("who", ["stranger", "guest", "linked later"])
async def test_whose_order_is_charged_the_shops_price(make_house: Make, who: str) -> None:
    world = await Asking.open(make_house)
    account: ExternalId | None = world.account
    if who == "stranger":
        account = world.stranger
    elif who == "guest":
        account = None
    order = world.scene.shop.place_order(
        (world.goods[0], 1), customer=agreement_buyer(account=account)
    )
    if who == "linked later":
        world.pass_time(1)
        await world.link(world.account, world.party)
    assert await world.order_offers(order) is None


async def test_an_order_waits_for_an_erp_that_is_down(make_house: Make) -> None:
    world = await Asking.open(make_house)
    order = world.scene.shop.place_order(
        (world.goods[0], 1), customer=agreement_buyer(account=world.account)
    )
    world.erp_is_down()
    with pytest.raises(UnavailableError):
        await world.order_offers(order)
    assert world.context.remote.rests_until(ERP) is not None


async def test_what_was_shown_is_booked_and_what_was_not_waits(make_house: Make) -> None:
    world = await Asking.open(make_house)
    shop, buyer = world.scene.shop, agreement_buyer(account=world.account)
    usual = shop.prices[world.goods[0]]
    assert usual is not None
    shown = (await world.offer()).amount
    assert shown == 8
    shop.edit_price(world.goods[0], replace(usual, amount=shown))
    as_shown = shop.place_order((world.goods[0], 2), customer=buyer)
    shop.edit_price(world.goods[0], usual)
    otherwise = shop.place_order((world.goods[0], 2), customer=buyer)
    await world.house.settle()
    sales = world.scene.erp.sales
    assert len(list(sales.of_shop_order(as_shown.id))) == 1
    assert len(list(sales.of_shop_order(otherwise.id))) == 0
    assert (await world.house.parked_orders())[ConnectionId("shop")] == [otherwise.id]
