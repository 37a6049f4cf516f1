"""What a line was charged: net, tax, gross and the rate, kept as the shop said them."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from panstore.model.errors import InvariantError
from panstore.model.money import round_half_up

__all__ = ["Charged", "tax_on"]


class Charged(msgspec.Struct, frozen=True):
    """An amount with its VAT, in the order's currency.

    Attributes:
        net: without tax, any sign (a discount is negative).
        tax: the tax itself.
        gross: with tax; always `net + tax`.
        rate: per cent, >= 0, e.g. 22 or 9.5.
    """

    net: Decimal
    tax: Decimal
    gross: Decimal
    rate: Decimal

    def __post_init__(self) -> None:
        if self.net + self.tax != self.gross:
            raise InvariantError(f"net {self.net} + tax {self.tax} is not gross {self.gross}")
        if self.rate < 0:
            raise InvariantError(f"a tax rate cannot be {self.rate}")


def tax_on(net: Decimal, rate: Decimal, digits: int = 2) -> Decimal:
    """Tax of `rate` per cent on `net`, rounded half-up to `digits` places."""
    return round_half_up(net * rate / 100, digits)
