"""CancelOrders: nothing of the sale will happen any more, or nothing was changed."""

from __future__ import annotations

import pytest

from panstore.model.ids import ExternalId, OrderKey
from panstore.sdk.errors import NotFoundError, RejectedError
from panstore.sdk.order_roles import CancelOrders, ReserveGoods
from panstore.sdk.roles import ReadStock
from panstore.testing.suites.breaking import (
    assert_rate_limited,
    assert_unavailable,
    assert_unknown,
)
from panstore.testing.suites.harness import Disturbance
from panstore.testing.suites.harness_orders import SalesHarness
from panstore.testing.suites.sold import key_of, present, product_of, sold
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["CancelOrdersSuite"]


def _canceller(harness: SalesHarness) -> CancelOrders:
    connector = harness.connector
    assert isinstance(connector, CancelOrders)
    return connector


async def _promised(harness: SalesHarness, id_: ExternalId) -> int:
    """Pieces of it that are promised, set aside or not."""
    reader = harness.connector
    assert isinstance(reader, ReadStock)
    (level,) = await reader.stock_levels([id_], [harness.warehouse])
    return int(level.demand + level.reserved)


async def _assert_refused(harness: SalesHarness, key: OrderKey, sale: str, code: str) -> None:
    papers = await harness.papers(sale)
    with pytest.raises(RejectedError) as caught:
        await _canceller(harness).cancel_order(key)
    assert caught.value.code == code
    assert not await harness.is_cancelled(sale), "the refused sale is cancelled"
    assert await harness.papers(sale) == papers
    assert (await present(harness, key)).state != "cancelled"


class CancelOrdersSuite(Suite):
    """For ERPs whose sales can be cancelled."""

    async def test_a_cancelled_sale_promises_nothing(self, harness: SalesHarness) -> None:
        sale, made = await sold(harness, "CANCEL-1")
        answer = await _canceller(harness).cancel_order(sale.key)
        assert_exact(answer, "answer")
        assert (answer.id, answer.state) == (made.id, "cancelled")
        assert await harness.is_cancelled(made.id)
        assert await _promised(harness, product_of(sale)) == 0
        assert (await present(harness, sale.key)).state == "cancelled"

    async def test_what_was_set_aside_for_it_is_free_again(self, harness: SalesHarness) -> None:
        connector = harness.connector
        if not isinstance(connector, ReserveGoods):
            pytest.skip("declared: no goods are set aside")
        sale, _ = await sold(harness, "CANCEL-2")
        await connector.reserve(sale.key, whole=False)
        assert await harness.set_aside(product_of(sale)) == 2
        answer = await _canceller(harness).cancel_order(sale.key)
        assert not answer.reserved
        assert await harness.set_aside(product_of(sale)) == 0
        assert await _promised(harness, product_of(sale)) == 0

    async def test_cancelling_twice_gives_it_back_as_it_is(self, harness: SalesHarness) -> None:
        sale, made = await sold(harness, "CANCEL-3")
        for _ in range(2):
            assert (await _canceller(harness).cancel_order(sale.key)).state == "cancelled"
        assert await harness.is_cancelled(made.id)

    async def test_a_sale_cancelled_by_hand_is_given_back_as_it_is(
        self, harness: SalesHarness
    ) -> None:
        sale, made = await sold(harness, "CANCEL-4")
        await harness.cancel_by_hand(made.id)
        assert (await _canceller(harness).cancel_order(sale.key)).state == "cancelled"

    async def test_a_sale_of_which_something_has_left_is_not_cancelled(
        self, harness: SalesHarness
    ) -> None:
        sale, made = await sold(harness, "CANCEL-5")
        await harness.ship_part(made.id, {product_of(sale): sale.lines[0].quantity / 2})
        await _assert_refused(harness, sale.key, made.id, "order_shipped")
        assert await _promised(harness, product_of(sale)) == 1

    async def test_a_sale_with_an_issued_invoice_is_not_cancelled(
        self, harness: SalesHarness
    ) -> None:
        sale, made = await sold(harness, "CANCEL-6")
        await harness.invoice_by_hand(made.id)
        await _assert_refused(harness, sale.key, made.id, "order_invoiced")

    async def test_after_a_broken_reply_the_look_up_says_whether_it_is_cancelled(
        self, harness: SalesHarness
    ) -> None:
        cases: list[tuple[Disturbance, bool]] = [
            ("lost", True),
            ("dropped", False),
            ("cut", True),
            ("garbage", True),
            ("time_out", True),
        ]
        canceller = _canceller(harness)
        for what, happened in cases:
            sale, made = await sold(harness, f"CANCEL-{what}")
            await assert_unknown(harness, what, lambda k=sale.key: canceller.cancel_order(k))  # type: ignore[misc]
            assert await harness.is_cancelled(made.id) == happened
            assert ((await present(harness, sale.key)).state == "cancelled") == happened
            assert (await canceller.cancel_order(sale.key)).state == "cancelled"

    async def test_a_call_that_was_not_taken_cancels_nothing(self, harness: SalesHarness) -> None:
        sale, made = await sold(harness, "CANCEL-7")
        canceller = _canceller(harness)
        await assert_rate_limited(harness, lambda: canceller.cancel_order(sale.key))
        await assert_unavailable(harness, lambda: canceller.cancel_order(sale.key))
        assert not await harness.is_cancelled(made.id)

    async def test_a_sale_that_is_not_there_is_an_error(self, harness: SalesHarness) -> None:
        with pytest.raises((NotFoundError, RejectedError)):
            await _canceller(harness).cancel_order(key_of("CANCEL-NEVER", "order"))
