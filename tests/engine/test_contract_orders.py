"""Price shown = price charged: orders of buyers with an agreement, from the shop to the ERP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from panstore.engine.context import ORDERS
from panstore.engine.drift.orders import look_at_orders
from panstore.model.customer import Customer
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.quantity import plain
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.sdk.errors import UnavailableError
from panstore.sdk.rules import Rule
from panstore.store.audit import delete_before
from panstore.testing.world.pricing import DatedPrice
from tests.engine.agreeing import ACCOUNT, LIST, SHOP, Agreeing, agreement_buyer
from tests.engine.everywhere import columns_with
from tests.engine.house import P1, S1, S2, S4, House

ERP = ConnectionId("erp")
MoveIn = Callable[..., Awaitable[Agreeing]]


@pytest.fixture
def move_in(make_house: Callable[..., House]) -> MoveIn:
    """Moves buyers with an agreement into a house of their own."""

    def move(*setting: Any, **options: Any) -> Awaitable[Agreeing]:
        return Agreeing.move_in(make_house, *setting, **options)

    return move


async def test_an_order_at_the_agreed_prices_is_booked_for_the_party(move_in: MoveIn) -> None:
    world = await move_in()
    world.agree("33.33")
    ana = world.buy()
    ben = world.buy(customer=agreement_buyer("ben@example.si"))
    await world.house.settle()
    for order in (ana, ben):
        assert world.sale(order).party == world.party
        assert world.sale(order).total == order.total
        [fact] = await world.priced(order)
        assert (fact.reference, fact.revision) == (world.party, 1)
        assert await world.verdicts(order) == ["agreed"]
        told = [one.title for one in (await world.story(order)).happened]
        assert told == ["Placed in the shop", "Prices as agreed", "Taken over into the ERP"]
    assert await world.house.judge() == []


async def test_a_guest_is_nobodys_party_and_nobody_asks_for_his_prices(move_in: MoveIn) -> None:
    world = await move_in()
    world.agree("11.00")
    order = world.buy(customer=agreement_buyer(account=None))
    await world.house.settle()
    assert world.sale(order).party != world.party
    assert await world.priced(order) == []
    assert not world.scene.history.of(ERP, "contract_prices")


@pytest.mark.parametrize("agreed", ["30.00", "35.00", "33.32", "33.34"])
async def test_other_prices_than_agreed_wait_for_a_person(move_in: MoveIn, agreed: str) -> None:
    world = await move_in()
    world.agree(agreed)
    order = world.buy()
    other = world.buy(good=1)
    await world.house.settle()
    [record] = await world.parked()
    assert (record.code, record.key) == ("order.price_differs", order.id)
    assert f"charged 66.66 EUR net, agreed {plain(2 * Decimal(agreed))} (2 x" in record.reason
    assert world.scene.erp.sales.of_shop_order(order.id) == []
    assert await world.priced(order) == []
    assert world.sale(other).total == other.total
    assert world.scene.shop.free(world.goods[0]) == Decimal(98), "its goods are promised"
    assert await world.house.judge() == []


async def test_a_price_that_was_true_when_the_order_was_placed_is_right(move_in: MoveIn) -> None:
    world = await move_in()
    world.agree("33.33")
    assert (await world.show()).amount == Decimal("33.33")
    order = world.buy()
    world.scene.clock.advance(30)
    world.agree("30.00")
    assert (await world.show()).amount == Decimal("30.00")
    await world.house.settle()
    assert await world.verdicts(order) == ["agreed"]
    assert world.sale(order).total == order.total


async def test_the_price_is_that_of_as_many_as_were_ordered(move_in: MoveIn) -> None:
    world = await move_in()
    lines = DatedPrice(Decimal("33.33"), least=Decimal(3)), DatedPrice(Decimal("40.00"))
    world.scene.erp.set_list_price(LIST, world.scene.shop_links[0].erp, *lines)
    many, few = world.buy(pieces=3), world.buy(pieces=2)
    await world.house.settle()
    assert await world.verdicts(many) == ["agreed"]
    [record] = await world.parked()
    assert record.key == few.id
    assert "agreed 80 (2 x 40.00)" in record.reason


async def test_what_is_not_for_sale_to_the_buyer_waits(move_in: MoveIn) -> None:
    world = await move_in()
    world.agree("0")
    order = world.buy()
    await world.house.settle()
    [record] = [one for one in await world.parked() if one.module == ORDERS]
    assert record.code == "order.price_differs"
    assert "not for sale under the agreement" in record.reason
    assert world.scene.erp.sales.of_shop_order(order.id) == []


async def test_a_setting_accepts_other_prices_and_says_so(move_in: MoveIn) -> None:
    world = await move_in("accept")
    world.agree("30.00")
    order = world.buy()
    await world.house.settle()
    assert world.sale(order).total == order.total
    assert await world.verdicts(order) == ["accepted"]
    [told] = [one for one in (await world.story(order)).happened if one.what == "priced"]
    assert told.title == "Other prices than agreed were accepted"
    assert "charged 66.66 EUR net, agreed 60 (2 x 30.00)" in told.text
    assert await world.house.judge() == []


async def test_an_unpaid_order_is_corrected_for_everybody(move_in: MoveIn) -> None:
    world = await move_in("correct")
    world.agree("30.00")
    order = world.buy(on_account=True)
    await world.house.settle()
    assert order.total == Decimal("81.33")
    assert world.sale(order).total == Decimal("73.20")
    assert world.present(order) == order, "the shop is not touched"
    assert await world.verdicts(order) == ["corrected"]
    story = await world.story(order)
    assert [one.title for one in story.happened][1] == "Prices corrected to those agreed"
    stands = [one.text for one in story.stands]
    assert "Not paid: 0 of 73.20 EUR received." in stands
    assert (
        "Booked at the agreed prices: 73.20 EUR; the shop charged and still shows 81.33 EUR."
        in stands
    )
    route = world.house.engine.context.routes[SHOP]
    [row] = await look_at_orders(world.house.engine.context, route, [order.id])
    assert (row.moved, row.why) == ("none", "in step")
    assert row.shop == "81.33 EUR, as agreed 73.20 EUR, new"
    # Nothing more happens to it, whatever else the shop says of it.
    world.scene.shop.set_status(order.id, "looked at")
    await world.house.settle()
    assert world.sale(order).total == Decimal("73.20")
    assert await world.verdicts(order) == ["corrected"]


async def test_what_was_corrected_is_invoiced_so_and_stays_so_without_the_module(
    move_in: MoveIn,
) -> None:
    rule = InvoiceSettings(rule=Rule("true"))
    world = await move_in("correct", modules=frozenset({S1, S2, S4, P1}), p1_settings=rule)
    world.agree("30.00")
    order = world.buy(on_account=True)
    await world.house.settle()
    [paper] = world.sale(order).papers
    assert paper.total == Decimal("73.20")
    world.house.contract = None
    await world.unlink()
    await world.house.restart()
    assert world.scene.shop.desk.pay(order.id)
    await world.house.settle()
    assert world.sale(order).total == Decimal("73.20")
    assert "Paid: 81.33 EUR received." in [one.text for one in (await world.story(order)).stands]
    assert await world.parked() == []


async def test_a_paid_order_is_not_corrected(move_in: MoveIn) -> None:
    world = await move_in("correct")
    world.agree("30.00")
    order = world.buy(on_account=True)
    assert world.scene.shop.desk.pay(order.id)
    await world.house.settle()
    [record] = await world.parked()
    assert record.code == "order.price_differs"
    assert world.scene.erp.sales.of_shop_order(order.id) == []


async def test_a_corrected_order_that_is_cancelled_leaves_nothing(move_in: MoveIn) -> None:
    world = await move_in("correct")
    world.agree("30.00")
    order = world.buy(on_account=True)
    await world.house.settle()
    world.scene.shop.cancel(order.id)
    await world.house.settle()
    assert [one.state for one in world.scene.erp.sales.of_shop_order(order.id)] == ["cancelled"]
    assert await world.parked() == []


async def test_what_comes_back_of_a_corrected_line_comes_back_at_its_price(
    move_in: MoveIn,
) -> None:
    world = await move_in("correct")
    world.agree("30.00")
    order = world.buy(pieces=3, on_account=True)
    await world.house.settle()
    world.scene.erp.deliveries.ship(world.sale(order).id)
    await world.house.settle()
    assert world.scene.shop.desk.refund(order.id, lines=[(order.lines[0].id, 1)])
    await world.house.settle()
    sales = world.scene.erp.sales.of_shop_order(order.id)
    assert [one.total for one in sales] == [Decimal("109.80"), Decimal("-36.60")]
    assert await world.parked() == []


async def test_a_person_accepts_and_the_order_goes_through(move_in: MoveIn) -> None:
    world = await move_in()
    world.agree("30.00")
    order = world.buy()
    await world.house.settle()
    assert await world.accept(order) == "accepted"
    assert await world.accept(order) == "nothing"
    await world.house.settle()
    assert world.sale(order).total == order.total
    assert await world.parked() == []
    [fact] = await world.priced(order)
    assert fact.number == "the console"
    story = await world.story(order)
    assert [(one.title, one.text) for one in story.happened if one.what == "priced"] == [
        (
            "Other prices than agreed were accepted",
            "A person at the console had it booked at the prices charged.",
        )
    ]
    assert "charged 66.66 EUR net, agreed 60" in " ".join(one.text for one in story.happened)
    now = world.house.clock.now() + dt.timedelta(days=1)
    await world.house.store.write(lambda c: delete_before(c, now))
    [told] = [one for one in (await world.story(order)).happened if one.what == "priced"]
    assert told.text == "By a person at the console."
    assert await world.house.judge() == []


async def test_a_word_about_one_content_is_none_about_the_next(move_in: MoveIn) -> None:
    world = await move_in()
    world.agree("30.00")
    order = world.buy()
    await world.house.settle()
    assert await world.accept(order) == "accepted"
    assert world.scene.shop.desk.edit(order.id, {world.goods[0]: 3})
    await world.house.settle()
    [record] = await world.parked()
    assert record.code == "order.price_differs"
    assert world.scene.erp.sales.of_shop_order(order.id) == []


async def test_nobody_says_yes_to_what_nobody_has_compared(move_in: MoveIn) -> None:
    world = await move_in()
    world.agree("30.00")
    order = world.buy()
    await world.house.settle()
    [before] = await world.parked()
    assert world.scene.shop.desk.edit(order.id, {world.goods[0]: 3})
    await world.house.deliver()
    await world.house.look()
    assert await world.accept(order) == "changed"
    await world.house.settle()
    assert (
        await world.house.engine.accept_prices(
            SHOP, order.id, by="the console", seen=before.parked_at
        )
        == "changed"
    ), "the page is about what the order was before"
    assert await world.priced(order) == []
    assert await world.accept(order) == "accepted"


async def test_only_what_waits_for_its_prices_can_be_accepted(move_in: MoveIn) -> None:
    world = await move_in()
    order = world.buy()
    await world.house.settle()
    assert await world.accept(order) == "nothing"
    assert await world.accept(replace(order, id=ExternalId("nowhere"))) == "unknown"


async def test_a_line_added_later_is_checked_before_the_old_sale_is_touched(
    move_in: MoveIn,
) -> None:
    world = await move_in()
    world.agree("33.33")
    world.agree("30.00", good=1)
    order = world.buy()
    await world.house.settle()
    assert world.scene.shop.desk.edit(order.id, {world.goods[1]: 1})
    await world.house.settle()
    [record] = await world.parked()
    assert record.code == "order.price_differs"
    assert [one.state for one in world.scene.erp.sales.of_shop_order(order.id)] == ["confirmed"]
    assert await world.accept(order) == "accepted"
    await world.house.settle()
    assert world.sale(order).total == world.present(order).total
    assert world.sale(order).party == world.party


async def test_a_line_added_to_a_shipped_order_is_checked_too(move_in: MoveIn) -> None:
    world = await move_in("correct")
    world.agree("33.33")
    world.agree("30.00", good=1)
    order = world.buy(on_account=True)
    await world.house.settle()
    world.scene.erp.deliveries.ship(world.sale(order).id)
    assert world.scene.shop.desk.edit(order.id, {world.goods[1]: 1})
    await world.house.settle()
    sales = world.scene.erp.sales.of_shop_order(order.id)
    assert [one.total for one in sales] == [order.total, Decimal("36.60")]
    assert await world.verdicts(order) == ["agreed", "corrected"]


async def test_who_is_not_linked_pays_what_the_shop_says(move_in: MoveIn) -> None:
    world = await move_in()
    world.agree("30.00")
    await world.unlink()
    order = world.buy()
    await world.house.settle()
    assert world.sale(order).total == order.total
    assert world.sale(order).party != world.party


async def test_an_order_from_before_the_approval_is_the_partys_at_the_shops_prices(
    move_in: MoveIn,
) -> None:
    world = await move_in(linked=False)
    world.agree("30.00")
    order = world.buy()
    world.scene.clock.advance(60)
    await world.link()
    await world.house.settle()
    assert world.sale(order).party == world.party
    assert world.sale(order).total == order.total
    [fact] = await world.priced(order)
    assert fact.reference == ""
    assert "priced" not in [one.what for one in (await world.story(order)).happened]


async def test_a_link_made_after_the_booking_does_not_move_the_sale(move_in: MoveIn) -> None:
    world = await move_in(linked=False)
    order = world.buy()
    await world.house.settle()
    before = world.sale(order).party
    await world.link()
    assert world.scene.shop.desk.edit(order.id, {world.goods[0]: 3})
    await world.house.settle()
    assert world.sale(order).total == world.present(order).total
    assert world.sale(order).party == before


@pytest.mark.parametrize("to", ["another party", "nobody"])
async def test_an_order_of_an_account_that_was_given_away_since_waits_for_a_person(
    move_in: MoveIn, to: str
) -> None:
    world = await move_in()
    world.agree("30.00")
    order = world.buy()
    world.scene.clock.advance(60)
    if to == "nobody":
        await world.unlink()
    else:
        await world.link(party=world.scene.erp.parties.add("Drugi d.o.o.").id)
    await world.house.settle()
    [parked] = await world.parked()
    assert parked.code == "order.buyer_changed"
    assert world.party in parked.reason
    await world.link()
    await world.house.engine.retry(parked.id)
    await world.house.settle()
    assert world.sale(order).party == world.party


async def test_a_person_books_an_order_of_an_account_that_was_given_away_as_it_is(
    move_in: MoveIn,
) -> None:
    world = await move_in()
    world.agree("33.33")
    order = world.buy()
    world.scene.clock.advance(60)
    await world.unlink()
    await world.house.settle()
    assert await world.accept(order) == "accepted"
    await world.house.settle()
    assert world.sale(order).total == order.total
    assert world.sale(order).party != world.party


def _is_down() -> None:
    raise UnavailableError("erp", "contract_prices", "no route to host")


async def test_an_erp_that_cannot_be_asked_for_prices_makes_the_order_wait(
    move_in: MoveIn,
) -> None:
    world = await move_in()
    world.agree("33.33")
    world.scene.faults.hook("erp.contract_prices.before", _is_down)
    order = world.buy()
    for _ in range(5):
        await world.house.step()
    assert world.scene.erp.sales.of_shop_order(order.id) == []
    assert await world.parked() == []
    world.scene.faults.unhook()
    world.scene.clock.advance(120)
    await world.house.settle()
    assert world.sale(order).total == order.total


async def test_orders_that_were_booked_before_contract_prices_are_left_as_they_are(
    move_in: MoveIn,
) -> None:
    world = await move_in(contract=None)
    world.agree("30.00")
    booked = world.buy()
    await world.house.settle()
    world.scene.faults.script("erp", "create_order", "rejected")
    waiting = world.buy()
    await world.house.settle()
    await world.switch_on()
    world.scene.shop.set_status(booked.id, "looked at")
    assert await world.house.engine.retry_order(SHOP, waiting.id)
    await world.house.settle()
    assert await world.priced(booked) == []
    [record] = await world.parked()
    assert (record.key, record.code) == (waiting.id, "order.price_differs")


@pytest.mark.parametrize(
    ("setting", "title"),
    [("park", "Vaza Markerica Novak"), ("accept", "Vaza"), ("correct", "Vaza")],
)
async def test_nothing_of_the_buyer_is_kept_with_what_was_found(
    move_in: MoveIn, setting: str, title: str
) -> None:
    world = await move_in(setting)
    world.agree("30.00")
    buyer = Customer(ACCOUNT, "Markerica Novak", "marker@example.si", "", "Markerka d.o.o.", "")
    placed = world.buy(customer=buyer, on_account=True, note="Marker pri vratih")
    lines = tuple(replace(line, title=title, note="Marker") for line in placed.lines)
    world.scene.shop.put(replace(world.present(placed), lines=lines))
    await world.house.settle()
    assert len(await world.parked()) == (setting == "park")
    assert await columns_with(world.house.store, "marker") == {"payloads.body"}
