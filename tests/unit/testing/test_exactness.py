"""Floats and times without a zone are found wherever they hide in a value."""

import datetime as dt
from decimal import Decimal

import pytest

from panstore.model.ids import ExternalId
from panstore.model.plan import WriteOutcome
from panstore.model.stock import StockTarget
from panstore.testing.suites import assert_exact

NOON = dt.datetime(2026, 3, 2, 12, 0)  # noqa: DTZ001 - the mistake
ELSEWHERE = dt.timezone(dt.timedelta(hours=1))


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (1.5, "answer is a float"),
        ({"a": [1.5]}, r"answer\['a'\]\[0\] is a float"),
        (StockTarget(2.0), "answer.free is a float"),  # type: ignore[arg-type]
        (
            [WriteOutcome(ExternalId("1"), "done", StockTarget(2.0))],  # type: ignore[arg-type]
            r"answer\[0\].stored.free is a float",
        ),
        (Decimal("NaN"), "answer is NaN"),
        (NOON, "is naive"),
        (NOON.replace(tzinfo=ELSEWHERE), "is not UTC"),
    ],
)
def test_what_is_not_exact_is_named(value: object, where: str) -> None:
    with pytest.raises(AssertionError, match=where):
        assert_exact(value)


def test_exact_values_pass() -> None:
    assert_exact({"a": (Decimal("1.50"), 3, "x", None, NOON.replace(tzinfo=dt.UTC))})
    assert_exact(StockTarget(Decimal(2)))
