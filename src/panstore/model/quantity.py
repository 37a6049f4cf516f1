"""Quantities and the factor between the ERP's stock unit and the shop's sales unit."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from panstore.model.errors import InvariantError

__all__ = ["floor_units", "plain", "to_sales_units", "to_stock_units"]


def floor_units(value: Decimal) -> Decimal:
    """Whole units not above `value`: a shop must never offer a fraction it has not got."""
    return value.to_integral_value(rounding=ROUND_FLOOR)


def to_sales_units(stock_units: Decimal, factor: Decimal) -> Decimal:
    """Sales units that `stock_units` make.

    Args:
        stock_units: quantity in the ERP's stock unit, any sign.
        factor: stock units in one sales unit, > 0 (a crate of 6 bottles: 6).

    Raises:
        InvariantError: the factor is not positive.
    """
    if factor <= 0:
        raise InvariantError(f"a unit factor must be positive, not {factor}")
    return stock_units / factor


def to_stock_units(sales_units: Decimal, factor: Decimal) -> Decimal:
    """Stock units in `sales_units`; the inverse of `to_sales_units`."""
    if factor <= 0:
        raise InvariantError(f"a unit factor must be positive, not {factor}")
    return sales_units * factor


def plain(value: Decimal) -> str:
    """`value` as people write it: no exponent, no zeros at the end (`9.50` -> `9.5`).

    Also the form of a VAT rate as key of a table of tax classes.
    """
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
