"""What a simulated shop charges: prices, discounts and VAT of one order."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from panstore.model.money import round_half_up
from panstore.model.order import Charge
from panstore.model.price import PriceTarget
from panstore.model.tax import Charged, tax_on

__all__ = ["charge_line", "price_on", "shipping_charge"]

_HUNDRED = Decimal(100)


def price_on(price: PriceTarget, day: dt.date) -> Decimal:
    """What one sales unit costs on that day, net or gross as the shop stores it."""
    promotion = price.promotion
    if promotion is None:
        return price.amount
    begun = promotion.starts is None or promotion.starts <= day
    ended = promotion.ends is not None and promotion.ends < day
    return promotion.amount if begun and not ended else price.amount


def charge_line(
    unit: Decimal,
    quantity: Decimal,
    rate: Decimal,
    *,
    includes_tax: bool,
    discount_percent: Decimal = Decimal(0),
) -> tuple[Charged, Decimal]:
    """One line to the cent.

    Args:
        unit: price of one sales unit, net or gross by `includes_tax`.
        quantity: sales units, > 0.
        rate: VAT in per cent.
        discount_percent: taken off the line before tax is reckoned.

    Returns:
        What is charged, and the gross amount that the discount took off.
    """
    full = _charged(round_half_up(unit * quantity), rate, includes_tax=includes_tax)
    if not discount_percent:
        return full, Decimal(0)
    left = round_half_up(unit * quantity * (_HUNDRED - discount_percent) / _HUNDRED)
    charged = _charged(left, rate, includes_tax=includes_tax)
    return charged, full.gross - charged.gross


def shipping_charge(gross: Decimal, rate: Decimal, *, code: str = "post") -> Charge:
    """Shipping at a gross price."""
    charged = _charged(gross, rate, includes_tax=True)
    return Charge("shipping", code, "Shipping", charged)


def _charged(amount: Decimal, rate: Decimal, *, includes_tax: bool) -> Charged:
    if includes_tax:
        net = round_half_up(amount * _HUNDRED / (_HUNDRED + rate))
        return Charged(net, amount - net, amount, rate)
    tax = tax_on(amount, rate)
    return Charged(amount, tax, amount + tax, rate)
