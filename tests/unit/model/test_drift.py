"""Drift of values in words, and of one order."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

import pytest

from panstore.model.drift import DriftRow, Mover, Waits, say_value, who_moved_field
from panstore.model.ids import ExternalId, ModuleCode, OrderKey, RouteId
from panstore.model.order_drift import OrderSides, order_drift, sales_words
from panstore.model.price import PriceTarget, Promotion
from panstore.model.sale import BookedOrder
from panstore.model.stock import StockTarget

_TEN = Decimal("10.00")


def _sale(
    total: str = "10.00",
    state: Literal["open", "done", "cancelled"] = "open",
    currency: str = "EUR",
) -> BookedOrder:
    return BookedOrder(
        key=OrderKey("shop/1/order/1"),
        id=ExternalId("7"),
        number="S7",
        party=ExternalId("1"),
        total=Decimal(total),
        currency=currency,
        state=state,
    )


def test_values_that_differ_differ_in_words() -> None:
    price = PriceTarget(_TEN, "EUR", includes_tax=True, tax_class="a")
    offer = Promotion(Decimal("9.00"), dt.date(2026, 1, 1))
    offered = PriceTarget(_TEN, "EUR", includes_tax=False, promotion=offer)
    assert say_value(None) is None
    assert say_value(StockTarget(Decimal("4.0"))) == "4"
    assert say_value(price) == "10.00 EUR gross, tax a"
    assert say_value(offered) == "10.00 EUR net, on offer at 9.00 (2026-01-01..)"


def test_a_row_differs_unless_nobody_moved() -> None:
    row = DriftRow(
        RouteId("r"), ModuleCode("S1"), "stock", "i", "A", "1", "1", "1", None, "none", ""
    )
    assert not row.differs


@pytest.mark.parametrize(
    ("now", "base", "waits", "moved"),
    [
        (("b", "a"), ("a", "a"), "", "erp"),
        (("a", "b"), ("a", "a"), "", "shop"),
        (("b", "c"), ("a", "a"), "", "both"),
        (("1.25", "1.3"), ("1.25", "1.3"), "", "us"),
        (("1.25", "1.2"), ("1.25", "1.3"), "", "shop"),
        (("b", "a"), None, "", "unknown"),
        (("b", "a"), ("a", "a"), "brake", "us"),
    ],
)
def test_each_side_of_a_field_is_compared_with_its_own(
    now: tuple[str, str], base: tuple[str, str] | None, waits: Waits, moved: Mover
) -> None:
    found, words = who_moved_field(now, base, waits)
    assert found == moved
    assert bool(words) is not bool(waits)


_PAID = OrderSides(owed=_TEN, void=False, currency="EUR", sales=(_sale(),), made=_TEN)
_VOID = OrderSides(owed=_TEN, void=True, currency="EUR", sales=(_sale(),), made=_TEN)


@pytest.mark.parametrize(
    ("sides", "moved", "waits", "why"),
    [
        (_PAID, "none", "", "in step"),
        (OrderSides(None, False, "EUR"), "shop", "", "has it no more"),
        (OrderSides(_TEN, False, "EUR", lost=1, made=_TEN), "erp", "", "1 of its sales no more"),
        (OrderSides(_TEN, False, "EUR"), "unknown", "", "not in the ERP"),
        (OrderSides(_TEN, False, "EUR", due="import"), "us", "mark", "still to be done: import"),
        (
            OrderSides(_TEN, False, "EUR", waits="parked", waits_why="parked as 3"),
            "us",
            "parked",
            "not in the ERP; parked as 3",
        ),
        (
            OrderSides(_TEN, False, "EUR", (_sale("9.00"),), made=_TEN),
            "erp",
            "",
            "over 10 EUR, the ERP over 9 EUR",
        ),
        (
            OrderSides(_TEN, False, "EUR", (_sale("9.00"),), made=Decimal(9)),
            "shop",
            "",
            "over 10 EUR",
        ),
        (
            OrderSides(_TEN, False, "EUR", (_sale(state="cancelled"),), made=_TEN),
            "erp",
            "",
            "cancelled in the ERP",
        ),
        (_VOID, "shop", "", "wants nothing of it"),
        (OrderSides(_TEN, True, "EUR", (_sale("0.00"),)), "none", "", "in step"),
        (OrderSides(_TEN, True, "EUR"), "none", "", "in step"),
        (
            OrderSides(_TEN, False, "EUR", (_sale(),), due="the shop was not told of F1"),
            "us",
            "mark",
            "not told of F1",
        ),
        (
            OrderSides(_TEN, False, "EUR", (_sale(),), waits="doubt", waits_why="lost", due="tell"),
            "us",
            "doubt",
            "lost",
        ),
        (
            OrderSides(_TEN, False, "EUR", (_sale(currency="USD"),), made=_TEN),
            "erp",
            "",
            "10 USD",
        ),
    ],
)
def test_an_order(sides: OrderSides, moved: str, waits: str, why: str) -> None:
    told = order_drift(sides)
    assert told[:2] == (moved, waits)
    assert why in told[2]


def test_sales_in_words() -> None:
    assert sales_words(()) is None
    cancelled = _sale(state="cancelled")
    assert sales_words((_sale(), cancelled)) == "S7: 10.00 EUR; S7: 10.00 EUR, cancelled"
