"""ReadPrices: what the ERP itself would charge, to the last digit."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from panstore.model.ids import ExternalId
from panstore.model.price import SalesPrice
from panstore.sdk.roles import PriceQuery, ReadPrices
from panstore.testing.suites.breaking import (
    assert_question_fails,
    assert_rate_limited,
    assert_unavailable,
)
from panstore.testing.suites.harness import ErpHarness
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["ReadPricesSuite"]

_DAY = dt.timedelta(days=1)


def _reader(harness: ErpHarness) -> ReadPrices:
    connector = harness.connector
    assert isinstance(connector, ReadPrices)
    return connector


async def _price(
    harness: ErpHarness,
    id_: ExternalId,
    *,
    price_list: ExternalId | None = None,
    promotion_list: ExternalId | None = None,
    days: int = 0,
) -> SalesPrice:
    day = harness.today + days * _DAY
    query = PriceQuery(price_list, promotion_list, harness.currency, day)
    (price,) = await _reader(harness).prices([id_], query)
    return price


class ReadPricesSuite(Suite):
    """For ERPs that compute sales prices."""

    async def test_the_list_price_is_exact(self, harness: ErpHarness) -> None:
        id_ = await harness.add_variant("CONF-PRICE-1", price=Decimal("8.19"))
        price = await _price(harness, id_)
        assert_exact(price, "price")
        assert (price.variant, price.currency) == (id_, harness.currency)
        assert price.amount == Decimal("8.19")
        assert not price.includes_tax
        assert price.tax_rates == (harness.vat_rate,)
        assert price.promotion is None
        assert price.valid_until is None

    async def test_a_changed_price_is_read_at_once(self, harness: ErpHarness) -> None:
        id_ = await harness.add_variant("CONF-PRICE-2", price=Decimal("8.19"))
        assert (await _price(harness, id_)).amount == Decimal("8.19")
        await harness.set_price(id_, Decimal("0.10"))
        assert (await _price(harness, id_)).amount == Decimal("0.10")

    async def test_a_missing_price_is_not_made_up(self, harness: ErpHarness) -> None:
        id_ = await harness.add_variant("CONF-PRICE-3")
        assert not (await _price(harness, id_)).amount

    async def test_ids_without_a_variant_are_left_out(self, harness: ErpHarness) -> None:
        id_ = await harness.add_variant("CONF-PRICE-4", price=Decimal(1))
        query = PriceQuery(None, None, harness.currency, harness.today)
        prices = await _reader(harness).prices([harness.unknown_id, id_], query)
        assert [price.variant for price in prices] == [id_]

    async def test_a_price_list_wins_over_the_list_price(self, harness: ErpHarness) -> None:
        id_ = await harness.add_variant("CONF-PRICE-5", price=Decimal("10.00"))
        chosen = await harness.list_price(id_, Decimal("7.25"), None, None)
        assert (await _price(harness, id_, price_list=chosen)).amount == Decimal("7.25")
        assert (await _price(harness, id_)).amount == Decimal("10.00")

    async def test_a_dated_line_counts_on_its_days_and_names_the_next_change(
        self, harness: ErpHarness
    ) -> None:
        if not harness.dated_price_lists:
            pytest.skip("price list lines have no dates here")
        id_ = await harness.add_variant("CONF-PRICE-6", price=Decimal("10.00"))
        starts, ends = harness.today + 3 * _DAY, harness.today + 5 * _DAY
        dated = await harness.list_price(id_, Decimal("7.25"), starts, ends)
        seen = [await _price(harness, id_, price_list=dated, days=n) for n in (0, 3, 5, 6)]
        on_line = [price.amount == Decimal("7.25") for price in seen]
        assert on_line == [False, True, True, False]
        after = ends + _DAY
        assert [price.valid_until for price in seen] == [starts, after, after, None]

    async def test_broken_answers_are_no_prices(self, harness: ErpHarness) -> None:
        id_ = await harness.add_variant("CONF-PRICE-7", price=Decimal(1))
        query = PriceQuery(None, None, harness.currency, harness.today)
        reader = _reader(harness)
        for what in ("lost", "cut", "garbage", "gateway_time_out"):
            await assert_question_fails(harness, what, lambda: reader.prices([id_], query))
        await assert_unavailable(harness, lambda: reader.prices([id_], query))
        await assert_rate_limited(harness, lambda: reader.prices([id_], query))
