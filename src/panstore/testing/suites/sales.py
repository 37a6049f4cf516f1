"""CreateOrders: a sale is there once, whole and to the cent, or not at all."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from msgspec.structs import replace

from panstore.model.customer import MatchCriterion
from panstore.model.ids import OrderKey
from panstore.model.sale import BookedOrder, ErpOrder
from panstore.sdk.errors import RejectedError
from panstore.testing.suites.breaking import (
    assert_question_fails,
    assert_rate_limited,
    assert_unavailable,
    assert_unknown,
)
from panstore.testing.suites.harness import Disturbance, ErpHarness
from panstore.testing.suites.sold import booked, creator, new_sale
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["CreateOrdersSuite"]


async def _assert_once(harness: ErpHarness, sale: ErpOrder) -> None:
    """The ERP itself has the sale exactly once, confirmed, to the cent."""
    found = await harness.sales_with_key(sale.key)
    assert len(found) == 1, f"{len(found)} sales of order {sale.shop_order} in the ERP"
    assert found[0].confirmed
    assert found[0].total == sale.total
    assert found[0].currency == sale.currency
    product = sale.lines[0].product
    assert product is not None
    assert dict(found[0].goods) == {product: Decimal(2)}


async def _assert_refused(harness: ErpHarness, sale: ErpOrder) -> None:
    before = await harness.count_sales()
    with pytest.raises(RejectedError) as caught:
        await creator(harness).create_order(sale)
    assert caught.value.code, "a refusal has a stable code"
    assert await harness.count_sales() == before, "something of the refused sale remains"
    assert await harness.sales_with_key(sale.key) == []
    assert await booked(harness, sale.key) is None


async def _look_up_and_retry(
    harness: ErpHarness, what: Disturbance, name: str, *, happened: bool
) -> None:
    """Lose the reply, then do what PanStore does: look up by key, create if there is none."""
    sale = await new_sale(harness, name)
    writer = creator(harness)
    await assert_unknown(harness, what, lambda: writer.create_order(sale))
    assert len(await harness.sales_with_key(sale.key)) == int(happened)
    found = await booked(harness, sale.key)
    assert (found is not None) == happened, "booked_orders does not tell what is in the ERP"
    if found is None:
        found = await writer.create_order(sale)
    assert found.total == sale.total
    await _assert_once(harness, sale)


class CreateOrdersSuite(Suite):
    """For ERPs that take web orders."""

    async def test_an_order_becomes_one_confirmed_sale(self, harness: ErpHarness) -> None:
        sale = await new_sale(harness, "SALE-1")
        made = await creator(harness).create_order(sale)
        assert_exact(made, "booked order")
        assert made.total == sale.total
        assert made.id
        assert made.number
        assert made.party
        assert not made.repeated
        await _assert_once(harness, sale)
        found = await booked(harness, sale.key)
        assert found is not None
        assert (found.id, found.number, found.total) == (made.id, made.number, made.total)

    async def test_a_key_never_used_finds_nothing(self, harness: ErpHarness) -> None:
        key = OrderKey("conformance/never/order/1")
        assert await booked(harness, key) is None

    async def test_the_same_key_twice_is_one_sale(self, harness: ErpHarness) -> None:
        if not harness.connector.capabilities.keyed_documents:
            pytest.skip("declared: documents are not keyed")
        sale = await new_sale(harness, "SALE-2")
        first = await creator(harness).create_order(sale)
        second = await creator(harness).create_order(sale)
        assert (first.id, first.repeated, second.repeated) == (second.id, False, True)
        await _assert_once(harness, sale)

    async def test_the_same_key_at_the_same_time_is_one_sale(self, harness: ErpHarness) -> None:
        if not harness.connector.capabilities.keyed_documents:
            pytest.skip("declared: documents are not keyed")
        sale = await new_sale(harness, "SALE-3")
        writer = creator(harness)
        answers: list[BookedOrder] = await asyncio.gather(
            *(writer.create_order(sale) for _ in range(3))
        )
        assert len({answer.id for answer in answers}) == 1
        await _assert_once(harness, sale)

    async def test_a_lost_reply_is_looked_up_and_gives_one_sale(self, harness: ErpHarness) -> None:
        await _look_up_and_retry(harness, "lost", "SALE-4", happened=True)

    async def test_a_lost_request_is_looked_up_and_gives_one_sale(
        self, harness: ErpHarness
    ) -> None:
        await _look_up_and_retry(harness, "dropped", "SALE-5", happened=False)

    async def test_an_unreadable_reply_is_looked_up_and_gives_one_sale(
        self, harness: ErpHarness
    ) -> None:
        await _look_up_and_retry(harness, "cut", "SALE-6", happened=True)
        await _look_up_and_retry(harness, "garbage", "SALE-7", happened=True)

    async def test_a_time_out_is_looked_up_and_gives_one_sale(self, harness: ErpHarness) -> None:
        await _look_up_and_retry(harness, "time_out", "SALE-8", happened=True)

    async def test_a_gateway_time_out_is_an_unknown_outcome(self, harness: ErpHarness) -> None:
        sale = await new_sale(harness, "SALE-9")
        writer = creator(harness)
        await assert_unknown(harness, "gateway_time_out", lambda: writer.create_order(sale))
        if await booked(harness, sale.key) is None:
            await writer.create_order(sale)
        await _assert_once(harness, sale)

    async def test_a_lost_reply_then_the_same_call_is_one_sale(self, harness: ErpHarness) -> None:
        if not harness.connector.capabilities.keyed_documents:
            pytest.skip("declared: documents are not keyed")
        sale = await new_sale(harness, "SALE-10")
        await assert_unknown(harness, "lost", lambda: creator(harness).create_order(sale))
        made = await creator(harness).create_order(sale)
        assert made.repeated
        await _assert_once(harness, sale)

    async def test_a_sale_that_was_not_taken_is_not_there(self, harness: ErpHarness) -> None:
        sale = await new_sale(harness, "SALE-11")
        await assert_rate_limited(harness, lambda: creator(harness).create_order(sale))
        await assert_unavailable(harness, lambda: creator(harness).create_order(sale))
        assert await harness.sales_with_key(sale.key) == []

    async def test_a_look_up_that_failed_is_not_taken_for_none(self, harness: ErpHarness) -> None:
        sale = await new_sale(harness, "SALE-12")
        await creator(harness).create_order(sale)
        for what in ("lost", "cut", "garbage", "time_out", "gateway_time_out"):
            await assert_question_fails(
                harness, what, lambda: creator(harness).booked_orders([sale.key])
            )

    async def test_a_total_that_differs_is_refused_whole(self, harness: ErpHarness) -> None:
        sale = await new_sale(harness, "SALE-13")
        await _assert_refused(harness, replace(sale, total=sale.total + Decimal("0.01")))

    async def test_an_unknown_product_is_refused_whole(self, harness: ErpHarness) -> None:
        sale = await new_sale(harness, "SALE-14")
        unknown = replace(sale.lines[0], product=harness.unknown_id)
        lines = (*sale.lines, unknown)
        await _assert_refused(harness, replace(sale, lines=lines, total=2 * sale.total))

    async def test_a_currency_not_sold_in_is_refused(self, harness: ErpHarness) -> None:
        sale = await new_sale(harness, "SALE-15")
        await _assert_refused(harness, replace(sale, currency=harness.inactive_currency))

    async def test_two_orders_of_one_new_buyer_make_one_party(self, harness: ErpHarness) -> None:
        if not harness.connector.capabilities.keyed_documents:
            pytest.skip("declared: documents are not keyed")
        one, two = await new_sale(harness, "SALE-16"), await new_sale(harness, "SALE-17")
        first = await creator(harness).create_order(one)
        second = await creator(harness).create_order(two)
        assert first.party == second.party

    async def test_a_known_buyer_is_found_and_used(self, harness: ErpHarness) -> None:
        party = await harness.add_party(
            "Bojan Kos", email="Bojan.Kos@example.com", vat_id="SI59082437"
        )
        writer = creator(harness)
        for criterion in (
            MatchCriterion("email", "bojan.kos@EXAMPLE.com"),
            MatchCriterion("vat", "SI59082437"),
        ):
            found = await writer.find_customers(criterion)
            assert party in [one.id for one in found], f"not found by {criterion.by}"
        sale = replace(await new_sale(harness, "SALE-18"), party=party)
        assert (await writer.create_order(sale)).party == party

    async def test_nobody_is_found_where_nobody_is(self, harness: ErpHarness) -> None:
        criterion = MatchCriterion("email", "nobody@conformance.example.com")
        assert list(await creator(harness).find_customers(criterion)) == []
