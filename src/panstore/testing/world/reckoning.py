"""How a simulated ERP comes to the total of a document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Literal

import msgspec

from panstore.model.money import minor_digits
from panstore.model.sale import BookedLine

__all__ = ["TRYTON_RULES", "BookingRules", "erp_total", "erp_vat"]

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
    return sum((base + tax for base, tax in erp_vat(lines, currency, rules).values()), _ZERO)


def erp_vat(
    lines: Sequence[BookedLine], currency: str, rules: BookingRules
) -> dict[Decimal, tuple[Decimal, Decimal]]:
    """Net base and tax of a document by the rate in per cent, in order of the lines."""
    places = Decimal(1).scaleb(-minor_digits(currency))
    mode = ROUND_HALF_UP if rules.document_rounding == "half_up" else ROUND_HALF_EVEN
    nets: dict[Decimal, Decimal] = defaultdict(Decimal)
    shares: dict[tuple[Decimal, int | None, bool], Decimal] = defaultdict(Decimal)
    for number, line in enumerate(lines):
        exact = line.quantity * line.unit_net
        net = exact.quantize(places, mode)
        nets[line.rate] += net
        group = (
            line.rate,
            number if rules.tax_rounding == "line" else None,
            rules.tax_by_sign and exact < 0,
        )
        shares[group] += (exact if rules.tax_base == "exact" else net) * line.rate / 100
    taxes: dict[Decimal, Decimal] = defaultdict(Decimal)
    for (rate, _, _), share in shares.items():
        taxes[rate] += share.quantize(places, mode)
    return {rate: (net, taxes[rate]) for rate, net in nets.items()}
