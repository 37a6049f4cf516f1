"""ChangeFeed: rows come until they are acknowledged, and no row is ever skipped."""

from __future__ import annotations

from decimal import Decimal

import pytest

from panstore.model.change import Signal
from panstore.model.ids import ExternalId
from panstore.sdk.roles import ChangeFeed, FeedBatch
from panstore.testing.suites.breaking import (
    assert_question_fails,
    assert_rate_limited,
    assert_unavailable,
)
from panstore.testing.suites.harness import Disturbance, ErpHarness, GoodsHarness
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["ChangeFeedSuite", "ProductFeedSuite", "about", "drain"]

_WRITE_FAULTS: tuple[Disturbance, ...] = ("dropped", "lost", "garbage")


def _feed(harness: GoodsHarness) -> ChangeFeed:
    connector = harness.connector
    assert isinstance(connector, ChangeFeed)
    return connector


async def drain(harness: GoodsHarness) -> list[Signal]:
    """Acknowledge everything there is and say what it was."""
    feed, signals = _feed(harness), list[Signal]()
    while True:
        batch = await feed.pull(100)
        _assert_batch(batch, 100)
        signals += batch.signals
        await feed.acknowledge(batch.receipts)
        if not batch.more:
            return signals


def _assert_batch(batch: FeedBatch, limit: int) -> None:
    assert_exact(batch, "feed batch")
    assert len(batch.receipts) <= limit
    if batch.signals:
        assert batch.receipts, "signals without receipts could never be acknowledged"


def about(signals: list[Signal], id_: ExternalId) -> set[str]:
    """Kinds of those that name this record."""
    return {signal.kind for signal in signals if signal.id == id_}


class ProductFeedSuite(Suite):
    """For systems that keep a list of changes, be it of products only."""

    async def test_a_changed_product_is_in_the_feed(self, harness: GoodsHarness) -> None:
        id_ = await harness.add_variant("CONF-FEED-16")
        await drain(harness)
        await harness.rename_variant(id_, "Renamed")
        assert "product" in about(await drain(harness), id_)

    async def test_what_is_retired_is_in_the_feed(self, harness: GoodsHarness) -> None:
        id_ = await harness.add_variant("CONF-FEED-3")
        await drain(harness)
        await harness.retire_variant(id_)
        assert "product" in about(await drain(harness), id_)

    async def test_rows_come_again_until_they_are_acknowledged(self, harness: GoodsHarness) -> None:
        await drain(harness)
        id_ = await harness.add_variant("CONF-FEED-5")
        first = await _feed(harness).pull(100)
        second = await _feed(harness).pull(100)
        assert first.receipts
        assert second.receipts[: len(first.receipts)] == first.receipts
        assert id_ in {signal.id for signal in second.signals}
        await _feed(harness).acknowledge(first.receipts)
        third = await _feed(harness).pull(100)
        assert not set(third.receipts) & set(first.receipts)

    async def test_only_acknowledged_rows_are_gone(self, harness: GoodsHarness) -> None:
        await drain(harness)
        for n in (6, 7):
            await harness.add_variant(f"CONF-FEED-{n}")
        batch = await _feed(harness).pull(100)
        assert len(batch.receipts) >= 2
        newest, older = batch.receipts[-1], batch.receipts[:-1]
        await _feed(harness).acknowledge([newest])
        left = await _feed(harness).pull(100)
        assert set(older) <= set(left.receipts), "acknowledging one row took others with it"
        assert newest not in left.receipts

    async def test_acknowledging_again_is_harmless(self, harness: GoodsHarness) -> None:
        await drain(harness)
        await harness.add_variant("CONF-FEED-8")
        batch = await _feed(harness).pull(100)
        for _ in range(2):
            await _feed(harness).acknowledge(batch.receipts)
        await _feed(harness).acknowledge([])
        id_ = await harness.add_variant("CONF-FEED-9")
        assert about(await drain(harness), id_)

    async def test_a_small_batch_says_that_more_is_waiting(self, harness: GoodsHarness) -> None:
        await drain(harness)
        made = {await harness.add_variant(f"CONF-FEED-{n}") for n in (10, 11, 12)}
        seen: set[ExternalId] = set()
        batch = await _feed(harness).pull(1)
        assert batch.more
        while batch.receipts:
            _assert_batch(batch, 1)
            seen |= {signal.id for signal in batch.signals}
            await _feed(harness).acknowledge(batch.receipts)
            batch = await _feed(harness).pull(1)
        assert made <= seen

    async def test_broken_replies_lose_no_rows(self, harness: GoodsHarness) -> None:
        await drain(harness)
        id_ = await harness.add_variant("CONF-FEED-15")
        feed = _feed(harness)
        for what in ("lost", "cut", "garbage", "time_out", "gateway_time_out"):
            await assert_question_fails(harness, what, lambda: feed.pull(100))
        await assert_unavailable(harness, lambda: feed.pull(100))
        await assert_rate_limited(harness, lambda: feed.pull(100))
        batch = await feed.pull(100)
        assert id_ in {signal.id for signal in batch.signals}
        for fault in _WRITE_FAULTS:
            await assert_question_fails(harness, fault, lambda: feed.acknowledge(batch.receipts))
        await feed.acknowledge(batch.receipts)
        assert not set((await feed.pull(100)).receipts) & set(batch.receipts)


class ChangeFeedSuite(ProductFeedSuite):
    """For ERPs, whose list tells of stock and prices as well."""

    async def test_stock_price_and_product_changes_are_in_the_feed(
        self, harness: ErpHarness
    ) -> None:
        id_ = await harness.add_variant("CONF-FEED-1", price=Decimal("5.00"))
        await drain(harness)
        await harness.set_on_hand(id_, Decimal(3))
        assert "stock" in about(await drain(harness), id_)
        await harness.set_price(id_, Decimal("6.00"))
        assert "price" in about(await drain(harness), id_)
        await harness.rename_variant(id_, "Renamed")
        assert "product" in about(await drain(harness), id_)

    async def test_a_sale_and_its_shipment_are_stock_changes(self, harness: ErpHarness) -> None:
        id_ = await harness.add_variant("CONF-FEED-2", stock=Decimal(9))
        await drain(harness)
        sale = await harness.sell(id_, Decimal(2))
        assert "stock" in about(await drain(harness), id_)
        await harness.ship(sale)
        assert "stock" in about(await drain(harness), id_)

    async def test_a_changed_price_list_is_in_the_feed(self, harness: ErpHarness) -> None:
        id_ = await harness.add_variant("CONF-FEED-4", price=Decimal("5.00"))
        await drain(harness)
        chosen = await harness.list_price(id_, Decimal("4.00"), None, None)
        assert "price_list" in about(await drain(harness), chosen)

    async def test_a_change_committed_late_is_not_lost(self, harness: ErpHarness) -> None:
        if not harness.late_commits:
            pytest.skip("this database has one writer at a time")
        slow = await harness.add_variant("CONF-FEED-13")
        await drain(harness)
        commit = await harness.hold_change(slow)
        quick = await harness.add_variant("CONF-FEED-14")
        before = await drain(harness)
        assert about(before, quick)
        assert not about(before, slow)
        await commit()
        assert about(await drain(harness), slow)
