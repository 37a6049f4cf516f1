"""ReadOrders: every order whole, none missed, from whatever cursor the reading resumes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from panstore.model.ids import ExternalId
from panstore.model.order import Order
from panstore.sdk.errors import WentBackError
from panstore.sdk.roles import OrderPage, ReadOrders
from panstore.testing.suites.breaking import (
    assert_question_fails,
    assert_rate_limited,
    assert_unavailable,
)
from panstore.testing.suites.harness import ShopHarness
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["ReadOrdersSuite"]


def _reader(harness: ShopHarness) -> ReadOrders:
    connector = harness.connector
    assert isinstance(connector, ReadOrders)
    return connector


async def _pages(reader: ReadOrders, cursor: str | None, limit: int) -> list[OrderPage]:
    """All pages from there to the end; the last one may be empty."""
    pages = []
    while True:
        page = await reader.orders_since(cursor, limit)
        assert len(page.orders) + len(page.broken) <= limit
        pages.append(page)
        if not page.more:
            return pages
        assert page.cursor != cursor, "the cursor does not move although more is waiting"
        cursor = page.cursor


def _ids(pages: list[OrderPage]) -> list[ExternalId]:
    return [order.id for page in pages for order in page.orders]


async def _end(reader: ReadOrders) -> str:
    """The cursor after everything there is now."""
    return (await _pages(reader, None, 100))[-1].cursor


async def _several(harness: ShopHarness, count: int, sku: str) -> list[ExternalId]:
    id_ = await harness.add_variant(sku, price=Decimal("10.00"), stock=Decimal(100))
    return [(await harness.place_order(id_, Decimal(1))).id for _ in range(count)]


def _adds_up(order: Order) -> bool:
    parts = [line.charged.gross for line in order.lines]
    parts += [charge.charged.gross for charge in order.charges]
    return sum(parts, Decimal(0)) == order.total


class ReadOrdersSuite(Suite):
    """For shops whose orders are read."""

    async def test_an_order_is_whole_and_to_the_cent(self, harness: ShopHarness) -> None:
        variant = await harness.add_variant(
            "CONF-WHOLE-1", price=Decimal("8.19"), stock=Decimal(100)
        )
        cursor = await _end(_reader(harness))
        placed = await harness.place_order(variant, Decimal(3))
        pages = await _pages(_reader(harness), cursor, 50)
        (order,) = [one for page in pages for one in page.orders if one.id == placed.id]
        assert_exact(order, "order")
        assert order.total == placed.total
        assert _adds_up(order), "lines and charges do not add up to the total"
        assert order.currency == harness.currency
        assert order.stage == "open"
        assert order.number
        (line,) = order.lines
        assert (line.product, line.sku) == (variant, "CONF-WHOLE-1")
        assert line.quantity == 3
        assert line.charged.rate == harness.vat_rate
        assert "@" in order.customer.email
        assert order.shipping is not None or order.billing is not None

    async def test_no_order_is_lost_across_pages(self, harness: ShopHarness) -> None:
        cursor = await _end(_reader(harness))
        placed = await _several(harness, 5, "CONF-PAGES-1")
        pages = await _pages(_reader(harness), cursor, 2)
        assert set(placed) <= set(_ids(pages))
        assert len(pages) >= 3

    async def test_reading_resumes_from_any_cursor(self, harness: ShopHarness) -> None:
        reader = _reader(harness)
        start = await _end(reader)
        placed = set(await _several(harness, 4, "CONF-RESUME-1"))
        pages = await _pages(reader, start, 1)
        for position, page in enumerate(pages):
            before = set(_ids(pages[: position + 1]))
            after = set(_ids(await _pages(reader, page.cursor, 2)))
            assert placed <= before | after, f"orders are lost at cursor {page.cursor!r}"

    async def test_orders_placed_while_reading_are_found(self, harness: ShopHarness) -> None:
        reader = _reader(harness)
        start = await _end(reader)
        placed = await _several(harness, 3, "CONF-WHILE-1")
        first = await reader.orders_since(start, 1)
        placed += await _several(harness, 1, "CONF-WHILE-2")
        rest = await _pages(reader, first.cursor, 2)
        assert set(placed) <= set(_ids([first, *rest]))

    async def test_a_changed_order_comes_again(self, harness: ShopHarness) -> None:
        reader = _reader(harness)
        (id_,) = await _several(harness, 1, "CONF-CHANGE-1")
        cursor = await _end(reader)
        (before,) = await reader.orders([id_])
        status = await harness.change_order(id_)
        pages = await _pages(reader, cursor, 50)
        (order,) = [one for page in pages for one in page.orders if one.id == id_]
        assert order.status == status
        assert order.stage != "cancelled"
        assert order.placed_at == before.placed_at, "by its moment an order is known again"

    async def test_a_cancelled_order_comes_again_and_holds_nothing(
        self, harness: ShopHarness
    ) -> None:
        reader = _reader(harness)
        (id_,) = await _several(harness, 1, "CONF-CANCEL-1")
        cursor = await _end(reader)
        await harness.cancel_order(id_)
        pages = await _pages(reader, cursor, 50)
        (order,) = [one for page in pages for one in page.orders if one.id == id_]
        assert order.stage == "cancelled"

    async def test_nothing_new_is_an_empty_page(self, harness: ShopHarness) -> None:
        reader = _reader(harness)
        cursor = await _end(reader)
        page = await reader.orders_since(cursor, 50)
        assert (page.orders, page.broken, page.more) == ((), (), False)
        again = await reader.orders_since(page.cursor, 50)
        assert not again.orders

    async def test_rewinding_reads_the_last_orders_again(self, harness: ShopHarness) -> None:
        reader = _reader(harness)
        (id_,) = await _several(harness, 1, "CONF-REWIND-1")
        cursor = await _end(reader)
        again = await _pages(reader, reader.rewind(cursor), 100)
        assert id_ in _ids(again)

    async def test_a_shop_that_went_back_in_time_says_so(self, harness: ShopHarness) -> None:
        reader = _reader(harness)
        await _several(harness, 1, "CONF-BACK-IN-TIME-1")
        cursor = harness.later_cursor(await _end(reader))
        with pytest.raises(WentBackError):
            await reader.orders_since(cursor, 50)

    async def test_orders_are_found_by_id_and_others_left_out(self, harness: ShopHarness) -> None:
        (id_,) = await _several(harness, 1, "CONF-BYID-1")
        orders = await _reader(harness).orders([id_, ExternalId("987654321")])
        assert [order.id for order in orders] == [id_]
        assert_exact(list(orders), "orders")
        assert _adds_up(orders[0])

    async def test_a_broken_page_is_no_end_of_the_orders(self, harness: ShopHarness) -> None:
        reader = _reader(harness)
        cursor = await _end(reader)
        for what in ("lost", "cut", "garbage", "time_out", "gateway_time_out"):
            await assert_question_fails(harness, what, lambda: reader.orders_since(cursor, 10))
        await assert_unavailable(harness, lambda: reader.orders_since(cursor, 10))
        await assert_rate_limited(harness, lambda: reader.orders_since(cursor, 10))
