"""The simulated shop's sums, against sums that a real shop made (recorded 29 to 31, 39, 40)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.connectors.woocommerce.simulator.order_money import (
    Rate,
    discounted,
    net_of,
    retax,
    rounded,
    tax_on,
)

GERMAN = {
    "": [Rate(1, Decimal(19), "DE-VAT-1", "VAT")],
    "reduced-rate": [Rate(2, Decimal(7), "DE-VAT-1", "VAT")],
}
SLOVENE = {"": [Rate(3, Decimal(22), "SI-DDV-1", "DDV")]}


def line(subtotal: str, total: str, tax_class: str = "") -> dict[str, Any]:
    return {"subtotal": subtotal, "total": total, "tax_class": tax_class, "taxable": True}


def order(lines: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"line_items": lines, "shipping_lines": [], "fee_lines": []} | more


def test_tax_is_rounded_line_by_line_and_the_discounts_once() -> None:
    made = order(
        [line("0.99", "0.99"), line("0.52", "0.52"), line("0.07", "0.07"), line("69.93", "62.94")],
        shipping_lines=[{"total": "4.90"}],
    )
    totals = retax(made, SLOVENE.__getitem__, 2, gross=False)
    assert (totals.total, totals.cart_tax, totals.shipping_tax) == (
        Decimal("84.70"),
        Decimal("14.20"),
        Decimal("1.08"),
    )
    assert (totals.discount, totals.discount_tax) == (Decimal("6.99"), Decimal("1.54"))


def test_the_tax_of_a_discount_is_rounded_from_the_unrounded() -> None:
    totals = retax(order([line("30.00", "25.50")]), GERMAN.__getitem__, 2, gross=False)
    assert (totals.discount, totals.discount_tax) == (Decimal("4.50"), Decimal("0.86"))


def test_more_decimals_than_the_shop_shows_are_rounded_before_they_are_added() -> None:
    totals = retax(
        order([line("10.00", "9.999"), line("1.005", "1.005")]), SLOVENE.__getitem__, 2, gross=False
    )
    assert (totals.total, totals.cart_tax, totals.discount) == (
        Decimal("13.43"),
        Decimal("2.42"),
        Decimal("0.00"),
    )


def test_a_negative_fee_is_taxed_though_it_says_none() -> None:
    fees = [
        {"total": "2.00", "tax_status": "taxable", "tax_class": ""},
        {"total": "-1.00", "tax_status": "none", "tax_class": ""},
    ]
    made = order([line("20.40", "20.40")], shipping_lines=[{"total": "4.90"}], fee_lines=fees)
    totals = retax(made, GERMAN.__getitem__, 2, gross=False)
    assert rounded(Decimal(fees[1]["taxes"]["1"]), 2) == Decimal("-0.19")  # type: ignore[index]
    assert (totals.total, totals.cart_tax) == (Decimal("31.30"), Decimal("4.07"))


def test_two_rates_stand_in_the_order_of_the_lines() -> None:
    made = order([line("10.42", "10.42", "reduced-rate"), line("10.43", "10.43")])
    totals = retax(made, GERMAN.__getitem__, 2, gross=False)
    assert list(totals.goods_tax.items()) == [("2", Decimal("0.73")), ("1", Decimal("1.98"))]
    assert totals.total == Decimal("23.56")


def test_a_price_entered_with_tax_keeps_six_decimals() -> None:
    net = net_of(Decimal("20.40"), GERMAN[""])
    assert net == Decimal("17.142857")
    totals = retax(order([line(str(net), str(net))]), GERMAN.__getitem__, 2, gross=True)
    assert (totals.total, totals.cart_tax) == (Decimal("20.40"), Decimal("3.26"))


def test_rounded_at_the_subtotal_the_parts_may_be_cents_away_from_the_total() -> None:
    made = [line("0.52", "0.52"), line("0.52", "0.52"), line("0.52", "0.52")]
    by_line = retax(order(made), SLOVENE.__getitem__, 2, gross=False)
    at_once = retax(order(made), SLOVENE.__getitem__, 2, gross=False, at_subtotal=True)
    assert (by_line.total, at_once.total) == (Decimal("1.89"), Decimal("1.90"))


def test_a_compound_rate_taxes_the_tax_and_comes_off_again() -> None:
    rates = [Rate(1, Decimal(5), "A", "A"), Rate(2, Decimal(10), "B", "B", compound=True)]
    assert tax_on(Decimal(100), rates) == {"1": Decimal(5), "2": Decimal("10.5")}
    assert net_of(Decimal("115.50"), rates) == Decimal(100)


@pytest.mark.parametrize(
    ("kind", "amount", "off"),
    [
        ("percent", "10", ["3.11", "0.10"]),
        ("fixed_cart", "5", ["4.85", "0.15"]),
        ("fixed_product", "0.50", ["1.50", "0.50"]),
        ("fixed_cart", "1000", ["31.11", "1.01"]),
    ],
)
def test_a_coupon_takes_whole_cents_and_never_more_than_a_line_costs(
    kind: str, amount: str, off: list[str]
) -> None:
    lines = [(Decimal("31.11"), Decimal(3)), (Decimal("1.01"), Decimal(1))]
    assert discounted(lines, kind, Decimal(amount), 2) == [Decimal(text) for text in off]


def test_nothing_to_discount() -> None:
    assert discounted([(Decimal(0), Decimal(1))], "percent", Decimal(10), 2) == [Decimal(0)]
