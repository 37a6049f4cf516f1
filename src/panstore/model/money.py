"""Amounts: Decimal with a currency, rounded half-up, never a float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import msgspec

from panstore.model.errors import InvariantError

__all__ = ["Money", "minor_digits", "round_half_up"]

_CODE_LENGTH = 3
_DIGITS = {"BIF": 0, "CLP": 0, "ISK": 0, "JPY": 0, "KRW": 0, "VND": 0, "BHD": 3, "KWD": 3, "TND": 3}


def minor_digits(currency: str) -> int:
    """Decimal places in which amounts of `currency` (ISO 4217) are charged."""
    return _DIGITS.get(currency, 2)


def round_half_up(value: Decimal, digits: int = 2) -> Decimal:
    """`value` with `digits` decimal places; halves go away from zero, as invoices round."""
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


class Money(msgspec.Struct, frozen=True):
    """An amount in one currency.

    Attributes:
        amount: finite, any sign, any number of places.
        currency: ISO 4217 code, three capital letters.

    Raises:
        InvariantError: the amount is not finite or the currency is no code.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        code = self.currency
        if len(code) != _CODE_LENGTH or not (code.isascii() and code.isalpha() and code.isupper()):
            raise InvariantError(f"not a currency code: {code!r}")
        if not self.amount.is_finite():
            raise InvariantError(f"not an amount: {self.amount}")

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def rounded(self) -> Money:
        """The same amount in the currency's own places."""
        return Money(round_half_up(self.amount, minor_digits(self.currency)), self.currency)

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise InvariantError(f"cannot mix {self.currency} and {other.currency}")
        return other.amount

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
