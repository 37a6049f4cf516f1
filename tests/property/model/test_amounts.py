"""Laws of money, VAT and quantities, and that every value survives being stored."""

from decimal import Decimal
from fractions import Fraction

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from panstore.model.money import Money, round_half_up
from panstore.model.order import Order
from panstore.model.quantity import floor_units, plain, to_sales_units, to_stock_units
from panstore.model.tax import Charged, tax_on
from panstore.testing.strategies import charged, decimals, factors, orders, rates

AMOUNTS = decimals(-10_000, 10_000, 5)


@given(AMOUNTS, st.integers(0, 4))
def test_rounding_moves_by_at_most_half_a_place_and_is_stable(value: Decimal, digits: int) -> None:
    rounded = round_half_up(value, digits)
    assert abs(Fraction(rounded) - Fraction(value)) <= Fraction(1, 2 * 10**digits)
    assert round_half_up(rounded, digits) == rounded
    assert round_half_up(-value, digits) == -rounded


@given(AMOUNTS, AMOUNTS)
def test_rounding_keeps_the_order_of_amounts(one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))
    assert round_half_up(low) <= round_half_up(high)


@given(AMOUNTS, AMOUNTS)
def test_what_was_added_can_be_taken_off(one: Decimal, other: Decimal) -> None:
    first, second = Money(one, "EUR"), Money(other, "EUR")
    assert first + second - second == first
    assert first + second == second + first
    assert first.rounded().rounded() == first.rounded()


@given(decimals(0, 1_000, 2), rates())
def test_vat_has_the_sign_of_its_base(net: Decimal, rate: Decimal) -> None:
    assert 0 <= tax_on(net, rate) <= net
    assert tax_on(-net, rate) == -tax_on(net, rate)


@given(charged(-50, 50))
def test_net_and_tax_make_gross(line: Charged) -> None:
    assert line.gross - line.tax == line.net


@given(decimals(0, 500, 2), factors())
def test_sales_units_never_hold_more_than_the_stock_units_they_come_from(
    stock: Decimal, factor: Decimal
) -> None:
    whole = floor_units(to_sales_units(stock, factor))
    assert to_stock_units(whole, factor) <= stock
    assert to_stock_units(whole + 1, factor) > stock


@given(decimals(0, 500), factors())
def test_there_and_back_between_the_units(sales: Decimal, factor: Decimal) -> None:
    assert to_sales_units(to_stock_units(sales, factor), factor) == sales


@given(AMOUNTS)
def test_a_plain_number_is_the_same_number(value: Decimal) -> None:
    text = plain(value)
    assert Decimal(text) == value
    assert "E" not in text
    assert plain(Decimal(text)) == text


@given(orders())
def test_an_order_survives_being_stored(order: Order) -> None:
    stored = msgspec.json.encode(order)
    assert msgspec.json.decode(stored, type=Order) == order
