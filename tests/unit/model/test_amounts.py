"""Money, VAT and quantities on the examples people argue about."""

from decimal import Decimal

import pytest

from panstore.model.errors import InvariantError
from panstore.model.money import Money, minor_digits, round_half_up
from panstore.model.quantity import floor_units, plain, to_sales_units, to_stock_units
from panstore.model.tax import Charged, tax_on


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        ("0.005", 2, "0.01"),
        ("-0.005", 2, "-0.01"),
        ("2.675", 2, "2.68"),
        ("0.285", 2, "0.29"),
        ("1.0049", 2, "1.00"),
        ("7.5", 0, "8"),
    ],
)
def test_halves_go_away_from_zero(value: str, digits: int, expected: str) -> None:
    assert str(round_half_up(Decimal(value), digits)) == expected


def test_currencies_know_their_places() -> None:
    assert (minor_digits("EUR"), minor_digits("JPY"), minor_digits("KWD")) == (2, 0, 3)
    assert Money(Decimal("9.995"), "EUR").rounded() == Money(Decimal("10.00"), "EUR")
    assert Money(Decimal("9.5"), "JPY").rounded() == Money(Decimal(10), "JPY")


def test_money_adds_and_subtracts_in_one_currency() -> None:
    two, three = Money(Decimal(2), "EUR"), Money(Decimal("3.50"), "EUR")
    assert two + three == Money(Decimal("5.50"), "EUR")
    assert str(two - three) == "-1.50 EUR"


def test_money_refuses_to_mix_currencies() -> None:
    with pytest.raises(InvariantError, match="cannot mix EUR and USD"):
        Money(Decimal(1), "EUR") + Money(Decimal(1), "USD")


@pytest.mark.parametrize("code", ["", "EU", "EURO", "eur", "€€€", "E1R"])
def test_money_refuses_what_is_no_currency(code: str) -> None:
    with pytest.raises(InvariantError, match="not a currency code"):
        Money(Decimal(1), code)


@pytest.mark.parametrize("amount", ["NaN", "Infinity"])
def test_money_refuses_what_is_no_amount(amount: str) -> None:
    with pytest.raises(InvariantError, match="not an amount"):
        Money(Decimal(amount), "EUR")


def test_vat_of_a_line() -> None:
    assert tax_on(Decimal("10.00"), Decimal(22)) == Decimal("2.20")
    assert tax_on(Decimal("3.00"), Decimal("9.5")) == Decimal("0.29")
    assert tax_on(Decimal("3.00"), Decimal("9.5"), 3) == Decimal("0.285")


def test_a_charged_amount_must_add_up() -> None:
    with pytest.raises(InvariantError, match="is not gross"):
        Charged(net=Decimal(10), tax=Decimal(2), gross=Decimal("12.20"), rate=Decimal(22))
    with pytest.raises(InvariantError, match="a tax rate cannot be"):
        Charged(net=Decimal(10), tax=Decimal(0), gross=Decimal(10), rate=Decimal(-1))


def test_a_crate_of_six_bottles() -> None:
    assert floor_units(to_sales_units(Decimal(20), Decimal(6))) == 3
    assert to_stock_units(Decimal(3), Decimal(6)) == 18


@pytest.mark.parametrize("factor", [Decimal(0), Decimal(-6)])
def test_a_factor_that_cannot_be_is_refused(factor: Decimal) -> None:
    with pytest.raises(InvariantError, match="must be positive"):
        to_sales_units(Decimal(1), factor)
    with pytest.raises(InvariantError, match="must be positive"):
        to_stock_units(Decimal(1), factor)


@pytest.mark.parametrize(
    ("value", "text"),
    [("9.50", "9.5"), ("22.00", "22"), ("1E+2", "100"), ("100", "100"), ("0.00", "0")],
)
def test_numbers_are_written_as_people_do(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text
