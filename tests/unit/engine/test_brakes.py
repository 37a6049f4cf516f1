"""Which changes are risky, and from where on many of them are a mass change."""

from __future__ import annotations

from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given

from panstore.engine.brakes import FALL, PRICE, brakes, risk_of
from panstore.engine.context import BrakeLimits
from panstore.model.ids import ExternalId, ItemId
from panstore.model.plan import Operation, Value
from panstore.model.price import PriceTarget
from panstore.model.stock import StockTarget

LIMITS = BrakeLimits()


def _change(before: Value | None, after: Value) -> Operation:
    return Operation(ItemId("a"), ExternalId("V1"), before, after, "why")


def _price(amount: str, currency: str = "EUR", *, gross: bool = False) -> PriceTarget:
    return PriceTarget(Decimal(amount), currency, includes_tax=gross)


@pytest.mark.parametrize(
    ("before", "after", "risk"),
    [
        (None, StockTarget(Decimal(0)), None),
        (StockTarget(Decimal(5)), StockTarget(Decimal(0)), FALL),
        (StockTarget(Decimal(5)), StockTarget(Decimal("0.5")), None),
        (StockTarget(Decimal(0)), StockTarget(Decimal(0)), None),
        (StockTarget(Decimal(0)), StockTarget(Decimal(9)), None),
        (None, _price("1"), None),
        (_price("10"), _price("13.00"), None),
        (_price("10"), _price("13.01"), PRICE),
        (_price("10"), _price("7.00"), None),
        (_price("10"), _price("6.99"), PRICE),
        (_price("10"), _price("10", "USD"), PRICE),
        (_price("10"), _price("10", gross=True), PRICE),
        (_price("0"), _price("10"), None),
        (StockTarget(Decimal(5)), _price("10"), None),
    ],
)
def test_what_is_risky(before: Value | None, after: Value, risk: str | None) -> None:
    assert risk_of(_change(before, after), LIMITS) == risk


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 1000))
def test_a_mass_change_needs_both_the_number_and_the_share(
    risky: int, recent: int, items: int
) -> None:
    held = brakes(["x"] * risky, recent=recent, items=items, limits=LIMITS)
    many = risky + recent
    assert held == (many >= 20 and Decimal(many) / items > LIMITS.share)
