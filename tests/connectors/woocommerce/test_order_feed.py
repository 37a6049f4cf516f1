"""The order feed on the simulated shop: whole, in the order of changes, none missed."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from panstore.connectors.woocommerce.client import WooClient
from panstore.connectors.woocommerce.map.feed import decoded, encoded
from panstore.connectors.woocommerce.map.order_words import DRAFTS, OrderWords
from panstore.connectors.woocommerce.order_feed import OrderFeed, order_number
from panstore.connectors.woocommerce.punctuality import Punctuality
from panstore.model.ids import ConnectionId, ExternalId
from panstore.sdk.errors import MappingError, UnavailableError, WentBackError
from panstore.sdk.roles import OrderPage
from panstore.testing.proxy import FaultProxy, Injection, Request
from tests.connectors.woocommerce.desk import Clock, Desk

SHOP = ConnectionId("shop")


@pytest.fixture
def feed(client: WooClient, clock: Clock) -> OrderFeed:
    return OrderFeed(SHOP, client, OrderWords, Punctuality(), clock)


async def drain(feed: OrderFeed, cursor: str | None, limit: int = 100) -> tuple[list[Any], str]:
    """(id, status) of everything after a cursor, in order, and where it ends."""
    told: list[Any] = []
    for _ in range(50):
        page: OrderPage = await feed.since(cursor, limit)
        assert len(page.orders) + len(page.broken) <= limit
        told += [(int(order.id), order.status) for order in page.orders]
        told += [(int(broken.id), "broken") for broken in page.broken]
        assert not page.more or page.cursor != cursor
        cursor = page.cursor
        if not page.more:
            return told, cursor
    raise AssertionError("it comes to no end")


async def test_orders_come_once_and_again_when_they_change(feed: OrderFeed, desk: Desk) -> None:
    one, two = desk.order(), desk.order()
    first, cursor = await drain(feed, None)
    assert first == [(one, "processing"), (two, "processing")]
    assert (await drain(feed, cursor))[0] == []
    desk.edit(one, status="completed")
    assert (await drain(feed, cursor))[0] == [(one, "completed")]


async def test_small_pages_give_each_order_of_one_second_once(feed: OrderFeed, desk: Desk) -> None:
    placed = [desk.order() for _ in range(5)]
    told, cursor = await drain(feed, None, limit=2)
    assert [id_ for id_, _ in told] == placed
    assert (await drain(feed, cursor, limit=1))[0] == []


async def test_a_draft_is_no_order_until_it_is_one(
    feed: OrderFeed, desk: Desk, clock: Clock
) -> None:
    draft = desk.order(status="checkout-draft")
    told, cursor = await drain(feed, None)
    assert told == []
    assert await feed.of([ExternalId(str(draft))]) == []
    clock.tick(60)
    desk.edit(draft, status="processing")
    assert (await drain(feed, cursor))[0] == [(draft, "processing")]


async def test_the_trash_cancels_and_gives_back(feed: OrderFeed, desk: Desk, clock: Clock) -> None:
    number = desk.order()
    _, cursor = await drain(feed, None)
    clock.tick(30)
    desk.trash(number)
    assert (await drain(feed, cursor))[0] == [], "it is looked into once a minute"
    feed.look_into_trash()
    told, cursor = await drain(feed, cursor)
    assert told == [(number, "trash")]
    (order,) = await feed.of([ExternalId(str(number))])
    assert order.stage == "cancelled"
    clock.tick(30)
    desk.edit(number, status="processing")
    assert (await drain(feed, cursor))[0] == [(number, "processing")]


async def test_refunds_are_read_with_their_lines(feed: OrderFeed, desk: Desk) -> None:
    number = desk.order(quantity=2)
    line = desk.call("GET", f"orders/{number}")["line_items"][0]
    lines = [{"id": line["id"], "quantity": 1, "refund_total": 10.0}]
    desk.call("POST", f"orders/{number}/refunds", {"amount": "10.00", "line_items": lines})
    page = await feed.since(None, 10)
    (refund,) = page.orders[0].refunds
    assert (refund.amount, refund.lines[0].quantity) == (Decimal("10.00"), Decimal(1))
    assert (await feed.of([page.orders[0].id]))[0].refunds == (refund,)


async def test_an_order_without_meaning_is_broken_and_the_others_go_on(
    client: WooClient, clock: Clock, desk: Desk
) -> None:
    words = OrderWords(stages={"processing": "open"})
    feed = OrderFeed(SHOP, client, lambda: words, Punctuality(), clock)
    fine, odd = desk.order(), desk.order(status="on-hold", quantity=3)
    told, _ = await drain(feed, None)
    assert told == [(fine, "processing"), (odd, "broken")]
    (broken,) = (await feed.since(None, 10)).broken
    assert broken.holds == (("13", Decimal(3)),)
    with pytest.raises(MappingError, match="nobody has said"):
        await feed.of([broken.id])


async def test_ids_that_nothing_has_are_left_out(feed: OrderFeed, desk: Desk) -> None:
    number = desk.order()
    ids = [str(number), "987654321", "x", "0", "٣", "9" * 19]
    assert [int(one.id) for one in await feed.of([ExternalId(id_) for id_ in ids])] == [number]
    assert order_number(ExternalId("0")) is None


async def test_the_overlap_reads_a_quarter_of_an_hour_again(
    feed: OrderFeed, desk: Desk, clock: Clock
) -> None:
    old = desk.order()
    clock.tick(3600)
    new = desk.order()
    _, cursor = await drain(feed, None)
    told, again = await drain(feed, feed.rewind(cursor))
    assert told == [(new, "processing")]
    assert decoded(again).again is None
    assert old != new


async def test_an_order_that_the_dates_never_showed_is_found_by_its_number(
    feed: OrderFeed, desk: Desk, clock: Clock
) -> None:
    desk.order()
    _, cursor = await drain(feed, None)
    clock.tick(3600)
    moment, clock.moment = clock.moment, clock.moment - dt.timedelta(days=30)
    imported, thrown = desk.order(), desk.order()
    desk.trash(thrown)
    clock.moment = moment
    told, cursor = await drain(feed, cursor)
    assert told == []
    found, _ = await drain(feed, feed.rewind(cursor), limit=1)
    assert {(imported, "processing"), (thrown, "trash")} <= set(found)


async def test_a_restored_shop_is_noticed(feed: OrderFeed, desk: Desk, clock: Clock) -> None:
    placed = [desk.order() for _ in range(6)]
    _, cursor = await drain(feed, None)
    for number in placed[1:]:
        desk.destroy(number)
    clock.tick(61)
    with pytest.raises(WentBackError, match="its newest one now is"):
        await feed.since(cursor, 10)
    desk.order()
    # A new number is higher than those that are gone: they were deleted, and nothing is wrong.
    assert len((await drain(feed, cursor))[0]) == 1


async def test_one_deleted_order_is_no_restored_shop(
    feed: OrderFeed, desk: Desk, clock: Clock
) -> None:
    placed = [desk.order() for _ in range(6)]
    _, cursor = await drain(feed, None)
    for number in placed[2:]:
        desk.destroy(number)
    desk.trash(placed[1])
    clock.tick(61)
    assert (await drain(feed, cursor))[0] == [(placed[1], "trash")]


async def test_a_cursor_of_later_orders_is_doubted_at_once(feed: OrderFeed, desk: Desk) -> None:
    desk.order()
    _, cursor = await drain(feed, None)
    later = encoded(msgspec.structs.replace(decoded(cursor), newest=(9001, 9002, 9003, 9004, 9005)))
    with pytest.raises(WentBackError):
        await feed.since(later, 10)


async def test_an_open_order_that_is_deleted_for_good_holds_nothing_any_more(
    feed: OrderFeed, desk: Desk
) -> None:
    kept, gone, thrown = desk.order(), desk.order(), desk.order()
    _, cursor = await drain(feed, None)
    assert decoded(cursor).open == (kept, gone, thrown)
    desk.destroy(gone)
    desk.trash(thrown)
    page = await feed.since(feed.rewind(cursor), 100)
    while page.more and not page.broken:
        page = await feed.since(page.cursor, 100)
    (broken,) = page.broken
    assert (int(broken.id), broken.holds) == (gone, ())
    assert not page.more


async def test_an_order_whose_status_the_shop_forgot_is_not_gone(
    feed: OrderFeed, desk: Desk
) -> None:
    order = desk.order()
    _, cursor = await drain(feed, None)
    # A plugin that brought a status was switched off. No list shows its orders (source).
    kept = "status = 'packed', body = json_set(body, '$.status', 'packed')"
    desk.shop.db.execute(f"UPDATE orders SET {kept} WHERE id = ?", (order,))
    assert (await drain(feed, feed.rewind(cursor)))[0] == []
    with pytest.raises(MappingError, match="status is 'packed'"):
        await feed.of([ExternalId(str(order))])


async def test_what_no_order_became_of_is_no_sign_of_a_restored_shop(
    feed: OrderFeed, desk: Desk, clock: Clock
) -> None:
    desk.order()
    drafts = [desk.order(status="checkout-draft") for _ in range(6)]
    _, cursor = await drain(feed, None)
    for number in drafts:
        desk.destroy(number)
    clock.tick(61)
    assert (await drain(feed, cursor))[0] == []


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_happens_in_the_shop_its_last_state_is_read(
    feed: OrderFeed, desk: Desk, clock: Clock, seed: int
) -> None:
    chance = random.Random(seed)
    known: dict[int, str] = {}
    there: list[int] = []
    cursor: str | None = None

    async def read(limit: int) -> bool:
        nonlocal cursor
        page = await feed.since(cursor, limit)
        known.update({int(order.id): order.status for order in page.orders})
        cursor = page.cursor
        return page.more

    for _ in range(80):
        deed = chance.choice(["place", "place", "edit", "edit", "trash", "tick", "tick", "read"])
        if deed == "place":
            status = chance.choice(["pending", "processing", "checkout-draft"])
            there.append(desk.order(status=status))
        elif deed == "edit" and there:
            status = chance.choice(["on-hold", "processing", "completed", "cancelled"])
            desk.edit(chance.choice(there), status=status)
        elif deed == "trash" and there:
            number = chance.choice(there)
            if desk.call("GET", f"orders/{number}")["status"] != "trash":
                desk.trash(number)
        elif deed == "tick":
            clock.tick(chance.choice([1, 1, 3, 12, 70]))
        elif deed == "read":
            await read(chance.choice([1, 3, 100]))
    clock.tick(70)
    while await read(7):
        pass
    states = {number: desk.call("GET", f"orders/{number}")["status"] for number in there}
    orders = {number: one for number, one in states.items() if one not in DRAFTS}
    assert {number: known.get(number) for number in orders} == orders


async def test_an_order_that_is_deleted_while_its_refunds_are_asked_for_stops_nothing(
    feed: OrderFeed, desk: Desk, proxy: FaultProxy
) -> None:
    number, other = desk.order(), desk.order()
    desk.call("POST", f"orders/{number}/refunds", {"amount": "1.00"})

    def destroys(request: Request) -> bool:
        if request.path.split("?")[0].endswith("/refunds"):
            desk.destroy(number)
        return False

    proxy.script(Injection("pass"), only=destroys)
    told, _ = await drain(feed, None)
    assert {id_ for id_, _ in told} == {number, other}


async def test_what_is_no_order_stops_the_reading(feed: OrderFeed) -> None:
    with pytest.raises(UnavailableError, match="cannot be told apart"):
        feed._head(msgspec.Raw(b'{"id":"x"}'))
