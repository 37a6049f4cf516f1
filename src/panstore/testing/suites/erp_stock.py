"""ReadStock: on hand, reserved and promised, exactly as the ERP has them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from panstore.model.ids import ExternalId
from panstore.model.stock import StockLevel
from panstore.sdk.errors import PanstoreError
from panstore.sdk.roles import ReadStock
from panstore.testing.suites.breaking import (
    assert_question_fails,
    assert_rate_limited,
    assert_unavailable,
)
from panstore.testing.suites.harness import ErpHarness
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["ReadStockSuite"]


def _reader(harness: ErpHarness) -> ReadStock:
    connector = harness.connector
    assert isinstance(connector, ReadStock)
    return connector


async def _level(harness: ErpHarness, id_: ExternalId) -> StockLevel:
    (level,) = await _reader(harness).stock_levels([id_], [harness.warehouse])
    return level


def _available(level: StockLevel) -> Decimal:
    return level.on_hand - level.reserved - level.demand


class ReadStockSuite(Suite):
    """For ERPs that know their stock."""

    async def test_on_hand_is_what_was_counted(self, harness: ErpHarness) -> None:
        id_ = await harness.add_variant("CONF-COUNT-1", stock=Decimal(12))
        level = await _level(harness, id_)
        assert_exact(level, "stock level")
        assert (level.variant, level.warehouse) == (id_, harness.warehouse)
        assert level.on_hand == 12
        assert level.reserved == level.demand == 0
        assert level.unit
        await harness.set_on_hand(id_, Decimal(5))
        assert (await _level(harness, id_)).on_hand == 5

    async def test_goods_never_stocked_have_a_zero_level(self, harness: ErpHarness) -> None:
        id_ = await harness.add_variant("CONF-NEVER-1")
        level = await _level(harness, id_)
        assert level.on_hand == level.reserved == level.demand == 0

    async def test_there_is_one_level_per_variant_and_warehouse(self, harness: ErpHarness) -> None:
        one = await harness.add_variant("CONF-EACH-1", stock=Decimal(3))
        two = await harness.add_variant("CONF-EACH-2")
        codes = [harness.warehouse]
        if harness.other_warehouse is not None:
            codes.append(harness.other_warehouse)
        levels = await _reader(harness).stock_levels([one, harness.unknown_id, two], codes)
        places = sorted((level.variant, level.warehouse) for level in levels)
        assert places == sorted((id_, code) for id_ in (one, two) for code in codes)
        held = {(level.variant, level.warehouse): level.on_hand for level in levels}
        assert held[one, harness.warehouse] == 3
        assert sum(held.values()) == 3

    async def test_a_sale_promises_goods_until_they_leave(self, harness: ErpHarness) -> None:
        id_ = await harness.add_variant("CONF-SOLD-1", stock=Decimal(10))
        sale = await harness.sell(id_, Decimal(4))
        sold = await _level(harness, id_)
        assert sold.on_hand == 10
        assert _available(sold) == 6
        await harness.ship(sale)
        gone = await _level(harness, id_)
        assert gone.on_hand == 6
        assert _available(gone) == 6

    async def test_a_warehouse_that_is_not_there_is_an_error(self, harness: ErpHarness) -> None:
        id_ = await harness.add_variant("CONF-WHERE-1", stock=Decimal(1))
        with pytest.raises(PanstoreError):
            await _reader(harness).stock_levels([id_], ["no-such-warehouse"])

    async def test_a_broken_answer_is_no_stock_level(self, harness: ErpHarness) -> None:
        id_ = await harness.add_variant("CONF-BROKEN-1", stock=Decimal(1))
        reader, codes = _reader(harness), [harness.warehouse]
        for what in ("lost", "cut", "garbage", "gateway_time_out"):
            await assert_question_fails(harness, what, lambda: reader.stock_levels([id_], codes))
        await assert_unavailable(harness, lambda: reader.stock_levels([id_], codes))
        await assert_rate_limited(harness, lambda: reader.stock_levels([id_], codes))
