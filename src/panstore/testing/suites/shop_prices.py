"""WritePrices: the shop holds exactly the price it was given, in the terms it declares."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from panstore.model.ids import ExternalId, ItemId
from panstore.model.plan import Operation, WriteOutcome
from panstore.model.price import PriceTarget, Promotion
from panstore.sdk.errors import NotFoundError, RejectedError
from panstore.sdk.roles import WritePrices
from panstore.testing.suites.breaking import (
    assert_question_fails,
    assert_rate_limited,
    assert_unavailable,
    assert_unknown,
)
from panstore.testing.suites.harness import ShopHarness
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["WritePricesSuite"]


def _writer(harness: ShopHarness) -> WritePrices:
    connector = harness.connector
    assert isinstance(connector, WritePrices)
    return connector


def _target(harness: ShopHarness, amount: str, promotion: Promotion | None = None) -> PriceTarget:
    """A price in the terms that the connector declares."""
    declared = harness.connector.capabilities
    rate = f"{harness.vat_rate.normalize():f}"
    if declared.tax_classes:
        assert rate in declared.tax_classes, f"no tax class declared for {rate} %"
    return PriceTarget(
        Decimal(amount),
        declared.currency or harness.currency,
        declared.prices_include_tax,
        declared.tax_classes.get(rate),
        promotion,
    )


def _price(target: ExternalId, value: PriceTarget) -> Operation:
    return Operation(ItemId(f"item-{target}"), target, None, value, "conformance")


async def _write(harness: ShopHarness, *operations: Operation) -> dict[ExternalId, WriteOutcome]:
    outcomes = await _writer(harness).write_prices(operations)
    assert_exact(outcomes, "outcomes")
    assert sorted(one.target for one in outcomes) == sorted(one.target for one in operations)
    return {outcome.target: outcome for outcome in outcomes}


def _same(stored: PriceTarget | None, wanted: PriceTarget) -> bool:
    """Equal in what a buyer would notice; the harness may not know the tax class."""
    return stored is not None and (
        (stored.amount, stored.currency, stored.includes_tax, stored.promotion)
        == (wanted.amount, wanted.currency, wanted.includes_tax, wanted.promotion)
    )


class WritePricesSuite(Suite):
    """For shops whose prices can be set."""

    async def test_a_price_is_stored_exactly_and_read_back(self, harness: ShopHarness) -> None:
        id_ = await harness.add_variant("CONF-COST-1")
        for amount in ("19.99", "0.10", "1234.50"):
            value = _target(harness, amount)
            outcomes = await _write(harness, _price(id_, value))
            assert outcomes[id_].state == "done"
            assert outcomes[id_].stored in {None, value}
            assert _same(await harness.stored_price(id_), value)
            read = await _writer(harness).shop_prices([id_])
            assert_exact(read, "shop prices")
            assert read == {id_: value}

    async def test_the_same_price_twice_changes_nothing(self, harness: ShopHarness) -> None:
        id_ = await harness.add_variant("CONF-COST-2")
        value = _target(harness, "8.19")
        for _ in range(2):
            outcomes = await _write(harness, _price(id_, value))
            assert outcomes[id_].state == "done"
            assert _same(await harness.stored_price(id_), value)

    async def test_goods_without_a_price_say_so(self, harness: ShopHarness) -> None:
        id_ = await harness.add_variant("CONF-COST-3")
        read = await _writer(harness).shop_prices([id_, harness.unknown_id])
        assert dict(read) == {id_: None}

    async def test_one_bad_price_is_named_and_the_rest_is_done(self, harness: ShopHarness) -> None:
        id_ = await harness.add_variant("CONF-COST-4")
        value = _target(harness, "5.00")
        operations = [_price(harness.unknown_id, value), _price(id_, value)]
        outcomes = await _write(harness, *operations)
        refused = outcomes[harness.unknown_id]
        assert refused.state == "refused"
        assert refused.code, "a refusal has a stable code"
        assert refused.message, "a refusal says why"
        assert outcomes[id_].state == "done"
        assert _same(await harness.stored_price(id_), value)

    async def test_a_refused_price_surfaces(self, harness: ShopHarness) -> None:
        operation = _price(harness.unknown_id, _target(harness, "5.00"))
        try:
            outcomes = await _write(harness, operation)
        except (RejectedError, NotFoundError):
            return
        assert outcomes[harness.unknown_id].state == "refused", "an error was swallowed"

    async def test_a_promotion_is_stored_with_its_days(self, harness: ShopHarness) -> None:
        if not harness.connector.capabilities.dated_prices:
            pytest.skip("declared: no prices with dates")
        id_ = await harness.add_variant("CONF-COST-5")
        days = (dt.date(2030, 5, 1), dt.date(2030, 5, 31))
        value = _target(harness, "5.00", Promotion(Decimal("4.00"), *days))
        await _write(harness, _price(id_, value))
        assert _same(await harness.stored_price(id_), value)
        assert await _writer(harness).shop_prices([id_]) == {id_: value}
        await _write(harness, _price(id_, _target(harness, "5.00")))
        assert _same(await harness.stored_price(id_), _target(harness, "5.00"))

    async def test_after_a_broken_reply_the_price_write_is_unknown(
        self, harness: ShopHarness
    ) -> None:
        id_ = await harness.add_variant("CONF-COST-6")
        value = _target(harness, "5.00")
        for what in ("dropped", "lost", "cut", "garbage", "time_out", "gateway_time_out"):
            await assert_unknown(
                harness, what, lambda: _writer(harness).write_prices([_price(id_, value)])
            )
            outcomes = await _write(harness, _price(id_, value))
            assert outcomes[id_].state == "done"
            assert _same(await harness.stored_price(id_), value)

    async def test_a_price_write_that_was_not_taken_changes_nothing(
        self, harness: ShopHarness
    ) -> None:
        id_ = await harness.add_variant("CONF-COST-7")
        before = await harness.stored_price(id_)

        async def write() -> object:
            return await _writer(harness).write_prices([_price(id_, _target(harness, "7.77"))])

        await assert_rate_limited(harness, write)
        await assert_unavailable(harness, write)
        assert await harness.stored_price(id_) == before

    async def test_a_broken_answer_is_no_shop_price(self, harness: ShopHarness) -> None:
        id_ = await harness.add_variant("CONF-COST-8")
        for what in ("lost", "cut", "garbage"):
            await assert_question_fails(harness, what, lambda: _writer(harness).shop_prices([id_]))
