"""ReserveGoods: never more than there is, and what is said is what was read back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from panstore.model.ids import OrderKey
from panstore.sdk.errors import NotFoundError, RejectedError
from panstore.sdk.order_roles import ReserveGoods
from panstore.testing.suites.breaking import (
    assert_question_fails,
    assert_rate_limited,
    assert_unavailable,
    assert_unknown,
)
from panstore.testing.suites.harness import Disturbance
from panstore.testing.suites.harness_orders import SalesHarness
from panstore.testing.suites.sold import key_of, present, product_of, sold
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["ReserveGoodsSuite"]


def _reserver(harness: SalesHarness) -> ReserveGoods:
    connector = harness.connector
    assert isinstance(connector, ReserveGoods)
    return connector


async def _reserved_keys(harness: SalesHarness, limit: int) -> list[OrderKey]:
    """All pages; every page moves on."""
    after: str | None = None
    found: list[OrderKey] = []
    while True:
        page = await _reserver(harness).reservations(after, limit)
        assert len(page.keys) <= limit
        found += page.keys
        if page.after is None:
            return found
        assert page.after != after, "the page does not move on"
        after = page.after


class ReserveGoodsSuite(Suite):
    """For ERPs that set goods aside."""

    async def test_goods_are_set_aside_and_read_back(self, harness: SalesHarness) -> None:
        sale, made = await sold(harness, "RESERVE-1")
        answer = await _reserver(harness).reserve(sale.key, whole=False)
        assert_exact(answer, "answer")
        assert answer.id == made.id
        assert answer.all_reserved
        assert answer.goods[0].reserved == 2
        assert await harness.set_aside(product_of(sale)) == 2
        assert (await present(harness, sale.key)).goods == answer.goods
        assert not await harness.is_cancelled(made.id)

    async def test_only_what_is_there_is_set_aside(self, harness: SalesHarness) -> None:
        sale, _ = await sold(harness, "RESERVE-2", stock=1)
        answer = await _reserver(harness).reserve(sale.key, whole=False)
        assert await harness.set_aside(product_of(sale)) == 1
        assert not answer.all_reserved, "it is said to be reserved, and a piece is missing"
        assert answer.goods[0].reserved == 1

    async def test_all_or_nothing_takes_nothing_where_something_is_short(
        self, harness: SalesHarness
    ) -> None:
        sale, _ = await sold(harness, "RESERVE-3", stock=1)
        answer = await _reserver(harness).reserve(sale.key, whole=True)
        assert not answer.reserved
        assert await harness.set_aside(product_of(sale)) == 0

    async def test_two_sales_do_not_get_the_same_piece(self, harness: SalesHarness) -> None:
        one, _ = await sold(harness, "RESERVE-4", stock=3)
        two, _ = await sold(harness, "RESERVE-5", product=product_of(one))
        first = await _reserver(harness).reserve(one.key, whole=False)
        second = await _reserver(harness).reserve(two.key, whole=False)
        assert (first.all_reserved, second.all_reserved) == (True, False)
        assert await harness.set_aside(product_of(one)) == 3

    async def test_asking_twice_sets_aside_once(self, harness: SalesHarness) -> None:
        sale, _ = await sold(harness, "RESERVE-6")
        for _ in range(2):
            answer = await _reserver(harness).reserve(sale.key, whole=False)
            assert answer.goods[0].reserved == 2
        assert await harness.set_aside(product_of(sale)) == 2

    async def test_what_has_come_in_since_is_set_aside_too(self, harness: SalesHarness) -> None:
        sale, _ = await sold(harness, "RESERVE-7", stock=1)
        await _reserver(harness).reserve(sale.key, whole=False)
        await harness.set_on_hand(product_of(sale), Decimal(5))
        answer = await _reserver(harness).reserve(sale.key, whole=False)
        assert answer.all_reserved
        assert await harness.set_aside(product_of(sale)) == 2

    async def test_goods_that_have_left_need_not_be_set_aside(self, harness: SalesHarness) -> None:
        sale, made = await sold(harness, "RESERVE-8")
        await harness.ship_part(made.id, {product_of(sale): Decimal(1)})
        answer = await _reserver(harness).reserve(sale.key, whole=False)
        assert answer.all_reserved
        assert (answer.goods[0].reserved, answer.goods[0].shipped) == (Decimal(1), Decimal(1))
        assert await harness.set_aside(product_of(sale)) == 1

    async def test_what_is_given_back_is_free_and_the_sale_stays(
        self, harness: SalesHarness
    ) -> None:
        sale, made = await sold(harness, "RELEASE-1")
        await _reserver(harness).reserve(sale.key, whole=False)
        for _ in range(2):
            answer = await _reserver(harness).release(sale.key)
            assert not answer.reserved
            assert answer.state == "open"
            assert await harness.set_aside(product_of(sale)) == 0
        assert not await harness.is_cancelled(made.id)
        assert (await _reserver(harness).reserve(sale.key, whole=True)).all_reserved

    async def test_sales_with_goods_set_aside_are_listed_page_by_page(
        self, harness: SalesHarness
    ) -> None:
        sales = [(await sold(harness, f"LISTED-{n}"))[0] for n in range(4)]
        for sale in sales[:3]:
            await _reserver(harness).reserve(sale.key, whole=False)
        await _reserver(harness).release(sales[1].key)
        found = await _reserved_keys(harness, 1)
        ours = [key for key in found if key in {sale.key for sale in sales}]
        assert sorted(ours) == sorted([sales[0].key, sales[2].key])

    async def test_after_a_broken_reply_the_look_up_says_what_is_set_aside(
        self, harness: SalesHarness
    ) -> None:
        cases: list[tuple[Disturbance, int]] = [
            ("lost", 2),
            ("dropped", 0),
            ("cut", 2),
            ("garbage", 2),
            ("time_out", 2),
        ]
        for what, happened in cases:
            sale, _ = await sold(harness, f"RESERVE-{what}")
            await assert_unknown(
                harness,
                what,
                lambda k=sale.key: _reserver(harness).reserve(k, whole=False),  # type: ignore[misc]
            )
            assert await harness.set_aside(product_of(sale)) == happened
            assert (await present(harness, sale.key)).goods[0].reserved == happened
            assert (await _reserver(harness).reserve(sale.key, whole=False)).all_reserved
            assert await harness.set_aside(product_of(sale)) == 2

    async def test_a_call_that_was_not_taken_sets_nothing_aside(
        self, harness: SalesHarness
    ) -> None:
        sale, _ = await sold(harness, "RESERVE-9")
        await assert_rate_limited(
            harness, lambda: _reserver(harness).reserve(sale.key, whole=False)
        )
        await assert_unavailable(harness, lambda: _reserver(harness).reserve(sale.key, whole=False))
        assert await harness.set_aside(product_of(sale)) == 0

    async def test_a_broken_page_is_no_end_of_the_reservations(self, harness: SalesHarness) -> None:
        for what in ("lost", "cut", "garbage", "gateway_time_out"):
            await assert_question_fails(
                harness, what, lambda: _reserver(harness).reservations(None, 10)
            )

    async def test_a_sale_that_cannot_be_reserved_is_an_error(self, harness: SalesHarness) -> None:
        with pytest.raises((NotFoundError, RejectedError)):
            await _reserver(harness).reserve(key_of("RESERVE-NEVER", "order"), whole=False)
        sale, made = await sold(harness, "RESERVE-10")
        await harness.cancel_by_hand(made.id)
        with pytest.raises(RejectedError):
            await _reserver(harness).reserve(sale.key, whole=False)
        assert await harness.set_aside(product_of(sale)) == 0
