"""What the shop's settings and tax table mean for prices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from panstore.connectors.woocommerce.map.settings import Terms, classes_by_rate, terms
from panstore.connectors.woocommerce.wire import WireSetting, WireTaxClass, WireTaxRate
from tests.connectors.woocommerce.order_recordings import answer

GENERAL = msgspec.convert(
    [answer("02-system-status", at) for at in (1, 2, 3, 4)], list[WireSetting]
)
TAX = msgspec.convert(answer("03-settings-tax", 0), list[WireSetting])
RATES = msgspec.convert(answer("03-settings-tax", 1), list[WireTaxRate])
CLASSES = msgspec.convert(answer("03-settings-tax", 2), list[WireTaxClass])


def test_the_recorded_shop() -> None:
    assert terms(GENERAL, TAX, RATES, CLASSES) == Terms(
        currency="EUR",
        includes_tax=False,
        digits=2,
        taxes=True,
        country="DE",
        rates={
            "standard": Decimal("19.0000"),
            "reduced-rate": Decimal("7.0000"),
            "zero-rate": Decimal(0),
        },
        rates_by_id={1: Decimal("19.0000"), 2: Decimal("7.0000")},
    )


def changed(**values: str) -> Terms:
    settings = [WireSetting(one.id, values.get(one.id, one.value)) for one in (*GENERAL, *TAX)]
    return terms(settings, [], RATES, CLASSES)


def test_prices_with_tax() -> None:
    assert changed(woocommerce_prices_include_tax="yes").includes_tax


def test_a_shop_without_taxes_has_gross_prices_and_no_classes() -> None:
    found = changed(woocommerce_calc_taxes="no")
    assert (found.includes_tax, found.taxes, found.rates) == (True, False, {})


@pytest.mark.parametrize(("said", "digits"), [("0", 0), ("3", 3), ("12", 6), ("", 2), ("-1", 2)])
def test_decimals(said: str, digits: int) -> None:
    assert changed(woocommerce_price_num_decimals=said).digits == digits


def test_a_row_without_a_rate_has_none() -> None:
    rows = [WireTaxRate(1, "22.0000"), WireTaxRate(2, "")]
    assert terms(GENERAL, TAX, rows, CLASSES).rates_by_id == {1: Decimal(22)}


def test_an_empty_shop_has_no_currency() -> None:
    assert terms([], [], [], []) == Terms("", includes_tax=True, taxes=False)


def rates(*rows: dict[str, Any]) -> dict[str, Decimal]:
    table = [
        msgspec.convert({"id": n, "rate": "22", "class": "standard"} | row, WireTaxRate)
        for n, row in enumerate(rows, start=1)
    ]
    return dict(terms(GENERAL, TAX, table, [WireTaxClass("standard")]).rates)


@pytest.mark.parametrize(
    ("rows", "rate"),
    [
        ([{}], "22"),
        ([{"country": "DE"}, {"rate": "25"}], "22"),
        ([{"rate": "25"}, {"country": "DE"}], "22"),
        ([{"country": "SI"}], "0"),
        ([{"country": "DE", "state": "DE-BE"}, {"country": "DE", "rate": "20"}], "22"),
        ([{"country": "DE", "state": "DE-HH"}], "0"),
        ([{"postcode": "10115"}], "0"),
        ([{"cities": ["BERLIN"]}], "0"),
        ([{"postcodes": ["10115"]}, {"city": "BERLIN"}], "0"),
        ([{}, {"rate": "3", "priority": 2}], "25"),
        ([{"order": 2}, {"order": 1, "rate": "20"}], "20"),
    ],
)
def test_the_rate_at_the_base_is_the_most_special_one(
    rows: list[dict[str, Any]], rate: str
) -> None:
    assert rates(*rows) == {"standard": Decimal(rate)}


@pytest.mark.parametrize("row", [{"compound": True}, {"rate": "abc"}, {"rate": ""}])
def test_a_class_nobody_can_compute_is_left_out(row: dict[str, Any]) -> None:
    assert rates({}, row) == {}


@pytest.mark.parametrize(
    ("by_class", "by_rate"),
    [
        (
            {"standard": "22.0000", "reduced-rate": "9.5000"},
            {"22": "standard", "9.5": "reduced-rate"},
        ),
        ({"clothes": "22", "standard": "22"}, {"22": "standard"}),
        ({"a": "5", "b": "5", "standard": "22"}, {"22": "standard"}),
        ({"books": "0", "zero-rate": "0"}, {"0": "zero-rate"}),
        ({"zero-rate": "0", "standard": "0"}, {"0": "standard"}),
        ({}, {}),
    ],
)
def test_a_rate_with_two_classes_is_theirs_whose_name_says_so(
    by_class: dict[str, str], by_rate: dict[str, str]
) -> None:
    assert classes_by_rate({slug: Decimal(rate) for slug, rate in by_class.items()}) == by_rate
