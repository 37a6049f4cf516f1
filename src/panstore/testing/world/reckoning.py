"""How a simulated ERP comes to the total of a document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Literal

import msgspec

from panstore.model.money import minor_digits
from panstore.model.sale import BookedLine

__all__ = ["TRYTON_RULES", "BookingRules", "erp_total"]

_ZERO = Decimal(0)


class BookingRules(msgspec.Struct, frozen=True, kw_only=True):
    """How an ERP comes to the total of a document; see the capabilities of the same names."""

    tax_rounding: Literal["line", "document"] = "document"
    document_rounding: Literal["half_up", "half_even"] = "half_up"
    tax_base: Literal["line", "exact"] = "line"
    tax_by_sign: bool = False


TRYTON_RULES = BookingRules(document_rounding="half_even", tax_base="exact", tax_by_sign=True)
"""As Tryton 8.2 reckons, for which the capabilities' documentation has the source."""


def erp_total(lines: Sequence[BookedLine], currency: str, rules: BookingRules) -> Decimal:
    """Gross total of a document, reckoned apart from the module that has to foresee it."""
    places = Decimal(1).scaleb(-minor_digits(currency))
    mode = ROUND_HALF_UP if rules.document_rounding == "half_up" else ROUND_HALF_EVEN
    total = _ZERO
    bases: dict[object, list[Decimal]] = defaultdict(list)
    for number, line in enumerate(lines):
        exact = line.quantity * line.unit_net
        net = exact.quantize(places, mode)
        total += net
        group = (
            number if rules.tax_rounding == "line" else None,
            line.rate,
            rules.tax_by_sign and exact < 0,
        )
        bases[group].append((exact if rules.tax_base == "exact" else net) * line.rate / 100)
    return total + sum(
        (sum(taxes, _ZERO).quantize(places, mode) for taxes in bases.values()), _ZERO
    )
