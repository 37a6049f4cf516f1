"""WriteStock: absolute, item by item, honest about what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from panstore.model.ids import ExternalId, ItemId
from panstore.model.plan import Operation, WriteOutcome
from panstore.model.stock import StockTarget
from panstore.sdk.errors import NotFoundError, RejectedError, WentBackError
from panstore.sdk.roles import ReadOrders, WriteStock
from panstore.testing.suites.breaking import (
    assert_question_fails,
    assert_rate_limited,
    assert_unavailable,
    assert_unknown,
)
from panstore.testing.suites.harness import ShopHarness
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["WriteStockSuite"]


def _writer(harness: ShopHarness) -> WriteStock:
    connector = harness.connector
    assert isinstance(connector, WriteStock)
    return connector


def _free(target: ExternalId, quantity: Decimal | int) -> Operation:
    after = StockTarget(Decimal(quantity))
    return Operation(ItemId(f"item-{target}"), target, None, after, "conformance")


async def _write(
    harness: ShopHarness, *operations: Operation, watermark: str | None = None
) -> dict[ExternalId, WriteOutcome]:
    """Outcomes by target; each operation must have exactly one."""
    outcomes = await _writer(harness).write_stock(operations, watermark)
    assert_exact(outcomes, "outcomes")
    targets = [outcome.target for outcome in outcomes]
    assert sorted(targets) == sorted(one.target for one in operations)
    return {outcome.target: outcome for outcome in outcomes}


async def _offered(harness: ShopHarness, targets: Sequence[ExternalId]) -> list[Decimal]:
    found = {one.variant: one for one in await _writer(harness).shop_stock(targets)}
    assert_exact(list(found.values()), "shop stock")
    return [found[target].free for target in targets]


async def _present_watermark(harness: ShopHarness) -> str | None:
    """The cursor after which there are no orders, None where the shop's orders are not read."""
    connector = harness.connector
    if not isinstance(connector, ReadOrders):
        return None
    cursor: str | None = None
    while True:
        page = await connector.orders_since(cursor, 100)
        cursor = page.cursor
        if not page.more:
            return cursor


class WriteStockSuite(Suite):
    """For shops whose stock can be set."""

    async def test_writing_twice_stores_it_once(self, harness: ShopHarness) -> None:
        id_ = await harness.add_variant("CONF-TWICE-1", stock=Decimal(3))
        watermark = await _present_watermark(harness)
        for _ in range(2):
            outcomes = await _write(harness, _free(id_, 7), watermark=watermark)
            assert outcomes[id_].state == "done"
            assert await harness.stored_free(id_) == 7, "a stock write is absolute, never added"

    async def test_what_is_written_is_read_back(self, harness: ShopHarness) -> None:
        one, two = [await harness.add_variant(f"CONF-BACK-{n}") for n in (1, 2)]
        watermark = await _present_watermark(harness)
        outcomes = await _write(harness, _free(one, 12), _free(two, 0), watermark=watermark)
        for id_, quantity in ((one, 12), (two, 0)):
            assert outcomes[id_].state == "done"
            assert outcomes[id_].stored in {None, StockTarget(Decimal(quantity))}
            assert await harness.stored_free(id_) == quantity
        assert await _offered(harness, [one, two]) == [12, 0]

    async def test_stock_falls_to_nothing(self, harness: ShopHarness) -> None:
        id_ = await harness.add_variant("CONF-ZERO-1", stock=Decimal(9))
        watermark = await _present_watermark(harness)
        await _write(harness, _free(id_, 0), watermark=watermark)
        assert await harness.stored_free(id_) == 0

    async def test_one_bad_item_is_named_and_the_rest_is_done(self, harness: ShopHarness) -> None:
        one, two = [await harness.add_variant(f"CONF-BAD-{n}") for n in (1, 2)]
        operations = [_free(one, 4), _free(harness.unknown_id, 5), _free(two, 6)]
        outcomes = await _write(harness, *operations)
        refused = outcomes[harness.unknown_id]
        assert refused.state == "refused"
        assert refused.code, "a refusal has a stable code"
        assert refused.message, "a refusal says why"
        assert (outcomes[one].state, outcomes[two].state) == ("done", "done")
        assert await harness.stored_free(one) == 4
        assert await harness.stored_free(two) == 6

    async def test_a_refused_stock_write_surfaces(self, harness: ShopHarness) -> None:
        try:
            outcomes = await _write(harness, _free(harness.unknown_id, 5))
        except (RejectedError, NotFoundError):
            return
        assert outcomes[harness.unknown_id].state == "refused", "an error was swallowed"

    async def test_parts_of_a_unit_are_stored_exactly_or_refused(
        self, harness: ShopHarness
    ) -> None:
        id_ = await harness.add_variant("CONF-PART-1", stock=Decimal(2))
        outcomes = await _write(harness, _free(id_, Decimal("1.5")))
        if harness.connector.capabilities.fractional_stock:
            assert outcomes[id_].state == "done"
            assert await harness.stored_free(id_) == Decimal("1.5")
        else:
            assert outcomes[id_].state == "refused"
            assert await harness.stored_free(id_) == 2

    async def test_what_is_offered_is_free_of_open_orders(self, harness: ShopHarness) -> None:
        id_ = await harness.add_variant("CONF-FREE-1", stock=Decimal(10))
        await harness.place_order(id_, Decimal(2))
        assert await harness.stored_free(id_) == 8
        assert await _offered(harness, [id_]) == [8]
        await _write(harness, _free(id_, 5), watermark=await _present_watermark(harness))
        assert await harness.stored_free(id_) == 5, "gross stock was written as if it were free"

    async def test_orders_after_the_watermark_are_taken_off(self, harness: ShopHarness) -> None:
        if not harness.connector.capabilities.guarded_stock:
            pytest.skip("declared: stock writes are not guarded")
        id_ = await harness.add_variant("CONF-MARK-1", stock=Decimal(10))
        await harness.place_order(id_, Decimal(1))
        watermark = await _present_watermark(harness)
        await harness.place_order(id_, Decimal(2))
        outcomes = await _write(harness, _free(id_, 9), watermark=watermark)
        assert await harness.stored_free(id_) == 7
        assert outcomes[id_].stored in {None, StockTarget(Decimal(7))}

    async def test_a_later_order_never_makes_stock_negative(self, harness: ShopHarness) -> None:
        if not harness.connector.capabilities.guarded_stock:
            pytest.skip("declared: stock writes are not guarded")
        id_ = await harness.add_variant("CONF-MARK-2", stock=Decimal(10))
        watermark = await _present_watermark(harness)
        await harness.place_order(id_, Decimal(4))
        await _write(harness, _free(id_, 3), watermark=watermark)
        assert await harness.stored_free(id_) == 0

    async def test_a_watermark_from_a_lost_time_writes_nothing(self, harness: ShopHarness) -> None:
        if not harness.connector.capabilities.guarded_stock:
            pytest.skip("declared: stock writes are not guarded")
        id_ = await harness.add_variant("CONF-MARK-3", stock=Decimal(3))
        watermark = await _present_watermark(harness)
        assert watermark is not None
        with pytest.raises(WentBackError):
            await _write(harness, _free(id_, 9), watermark=harness.later_cursor(watermark))
        assert await harness.stored_free(id_) == 3

    async def test_goods_without_a_variant_are_left_out(self, harness: ShopHarness) -> None:
        id_ = await harness.add_variant("CONF-LEFT-1", stock=Decimal(1))
        found = await _writer(harness).shop_stock([harness.unknown_id, id_])
        assert [one.variant for one in found] == [id_]

    async def test_after_a_broken_reply_the_stock_write_is_unknown(
        self, harness: ShopHarness
    ) -> None:
        id_ = await harness.add_variant("CONF-LOST-1", stock=Decimal(1))
        watermark = await _present_watermark(harness)
        for what in ("dropped", "lost", "cut", "garbage", "time_out", "gateway_time_out"):
            await assert_unknown(
                harness,
                what,
                lambda: _writer(harness).write_stock([_free(id_, 7)], watermark),
            )
            outcomes = await _write(harness, _free(id_, 7), watermark=watermark)
            assert outcomes[id_].state == "done"
            assert await harness.stored_free(id_) == 7

    async def test_a_stock_write_that_was_not_taken_changes_nothing(
        self, harness: ShopHarness
    ) -> None:
        id_ = await harness.add_variant("CONF-BUSY-1", stock=Decimal(1))

        async def write() -> object:
            return await _writer(harness).write_stock([_free(id_, 7)], None)

        await assert_rate_limited(harness, write)
        await assert_unavailable(harness, write)
        assert await harness.stored_free(id_) == 1

    async def test_a_broken_answer_is_no_shop_stock(self, harness: ShopHarness) -> None:
        id_ = await harness.add_variant("CONF-BROKEN-2", stock=Decimal(1))
        for what in ("lost", "cut", "garbage"):
            await assert_question_fails(harness, what, lambda: _writer(harness).shop_stock([id_]))
