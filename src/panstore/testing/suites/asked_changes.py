"""ReadChanges: whoever asks what was modified since a cursor misses nothing."""

from __future__ import annotations

from panstore.model.change import Signal
from panstore.model.ids import ExternalId
from panstore.sdk.feed_roles import ChangePage, ReadChanges
from panstore.testing.suites.breaking import (
    assert_question_fails,
    assert_rate_limited,
    assert_unavailable,
)
from panstore.testing.suites.harness import GoodsHarness
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["ReadChangesSuite"]

_MOST_PAGES = 200


def _source(harness: GoodsHarness) -> ReadChanges:
    connector = harness.connector
    assert isinstance(connector, ReadChanges)
    return connector


async def _now(harness: GoodsHarness) -> str:
    """A cursor behind everything there is."""
    page = await _source(harness).changes_since(None, 100)
    _assert_page(page)
    assert not page.signals, "who begins is told nothing of the past"
    assert not page.more
    return page.cursor


def _assert_page(page: ChangePage) -> None:
    assert_exact(page, "page of changes")
    assert page.cursor


async def _drain(
    harness: GoodsHarness, cursor: str, limit: int = 100
) -> tuple[set[Signal], str, int]:
    """Everything after a cursor, where it ends, and in how many pages."""
    signals: set[Signal] = set()
    for pages in range(1, _MOST_PAGES):
        page = await _source(harness).changes_since(cursor, limit)
        _assert_page(page)
        signals |= set(page.signals)
        cursor = page.cursor
        if not page.more:
            return signals, cursor, pages
    raise AssertionError(f"there is still more to read after {_MOST_PAGES} pages")


def _about(signals: set[Signal], id_: ExternalId) -> set[str]:
    return {signal.kind for signal in signals if signal.id == id_}


class ReadChangesSuite(Suite):
    """For systems that can be asked what was modified."""

    async def test_a_renamed_product_is_among_the_changes(self, harness: GoodsHarness) -> None:
        id_ = await harness.add_variant("CONF-ASK-1")
        cursor = await _now(harness)
        await harness.rename_variant(id_, "Renamed")
        signals, _, _ = await _drain(harness, cursor)
        assert "product" in _about(signals, id_)

    async def test_a_new_product_is_among_the_changes(self, harness: GoodsHarness) -> None:
        cursor = await _now(harness)
        id_ = await harness.add_variant("CONF-ASK-2")
        signals, _, _ = await _drain(harness, cursor)
        assert "product" in _about(signals, id_)

    async def test_a_retired_product_is_among_the_changes(self, harness: GoodsHarness) -> None:
        id_ = await harness.add_variant("CONF-ASK-3")
        cursor = await _now(harness)
        await harness.retire_variant(id_)
        signals, _, _ = await _drain(harness, cursor)
        assert "product" in _about(signals, id_)

    async def test_the_same_cursor_tells_the_same_again(self, harness: GoodsHarness) -> None:
        cursor = await _now(harness)
        id_ = await harness.add_variant("CONF-ASK-4")
        first, _, _ = await _drain(harness, cursor)
        again, _, _ = await _drain(harness, cursor)
        assert _about(first, id_) == _about(again, id_) != set()

    async def test_small_pages_come_to_an_end_and_leave_nothing_out(
        self, harness: GoodsHarness
    ) -> None:
        cursor = await _now(harness)
        made = {await harness.add_variant(f"CONF-ASK-{n}") for n in (5, 6, 7)}
        signals, _, _ = await _drain(harness, cursor, limit=1)
        assert made <= {signal.id for signal in signals}

    async def test_a_change_between_two_pages_is_not_missed(self, harness: GoodsHarness) -> None:
        cursor = await _now(harness)
        old = [await harness.add_variant(f"CONF-ASK-{n}") for n in (8, 9, 10)]
        page = await _source(harness).changes_since(cursor, 1)
        # It moves to the end of what is listed, and whatever was behind it moves up.
        await harness.rename_variant(old[0], "Renamed meanwhile")
        late = await harness.add_variant("CONF-ASK-11")
        signals, _, _ = await _drain(harness, page.cursor, limit=1)
        assert {*old, late} <= {signal.id for signal in {*signals, *page.signals}}
        assert "product" in _about(signals, old[0])

    async def test_broken_replies_lose_no_changes(self, harness: GoodsHarness) -> None:
        source, cursor = _source(harness), await _now(harness)
        id_ = await harness.add_variant("CONF-ASK-12")
        for what in ("lost", "cut", "garbage", "time_out", "gateway_time_out"):
            await assert_question_fails(harness, what, lambda: source.changes_since(cursor, 100))
        await assert_unavailable(harness, lambda: source.changes_since(cursor, 100))
        await assert_rate_limited(harness, lambda: source.changes_since(cursor, 100))
        signals, _, _ = await _drain(harness, cursor)
        assert "product" in _about(signals, id_)
