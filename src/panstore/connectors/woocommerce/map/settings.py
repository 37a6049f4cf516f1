"""What the shop's settings mean for prices: currency, net or gross, VAT by tax class."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from panstore.connectors.woocommerce.wire import WireSetting, WireTaxClass, WireTaxRate
from panstore.model.quantity import plain

__all__ = ["STANDARD", "Terms", "classes_by_rate", "terms"]

STANDARD = "standard"
"""The class that has no name on products; the tax table calls it so."""

_ZERO = "zero-rate"
_RATE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?")
_MOST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Terms:
    """How the shop states prices.

    Attributes:
        currency: ISO 4217.
        includes_tax: whether its stored prices are what a buyer pays in all.
        digits: decimal places of its prices.
        taxes: whether it calculates taxes at all.
        country: ISO code of its base.
        rates: VAT in per cent by tax class, for a sale within the base country.
        rates_by_id: VAT in per cent of every row of the tax table, by its id.
    """

    currency: str
    includes_tax: bool = False
    digits: int = 2
    taxes: bool = True
    country: str = ""
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    rates_by_id: Mapping[int, Decimal] = field(default_factory=dict)


def terms(
    general: Sequence[WireSetting],
    tax: Sequence[WireSetting],
    rates: Sequence[WireTaxRate],
    classes: Sequence[WireTaxClass],
) -> Terms:
    """Put the shop's settings together.

    Args:
        general, tax: those two groups of settings.
        rates: the whole tax table.
        classes: all tax classes.

    Returns:
        Where the shop calculates no taxes, buyers pay the stored price, whatever the setting
        about prices with tax says: the prices are gross and there are no classes.
    """
    values = {one.id: str(one.value) for one in (*general, *tax)}
    country, _, state = values.get("woocommerce_default_country", "").partition(":")
    taxes = values.get("woocommerce_calc_taxes") == "yes"
    digits = values.get("woocommerce_price_num_decimals", "")
    return Terms(
        currency=values.get("woocommerce_currency", ""),
        includes_tax=not taxes or values.get("woocommerce_prices_include_tax") == "yes",
        digits=min(int(digits), _MOST_DIGITS) if digits.isascii() and digits.isdigit() else 2,
        taxes=taxes,
        country=country,
        rates=_rates(rates, classes, country, state) if taxes else {},
        rates_by_id={row.id: Decimal(row.rate) for row in rates if _RATE.fullmatch(row.rate)},
    )


def _rates(
    rows: Sequence[WireTaxRate], classes: Sequence[WireTaxClass], country: str, state: str
) -> dict[str, Decimal]:
    """VAT of each class at the shop's base.

    Of the rows with one priority that fit the place WooCommerce takes the first, the more special
    ones before the more general, and adds up the priorities. A class with a tax on the tax is
    left out: no single rate says what it does.
    """
    found: dict[str, Decimal] = {}
    for tax_class in classes:
        here = [
            row for row in rows if row.tax_class == tax_class.slug and _is_here(row, country, state)
        ]
        if any(row.compound or not _RATE.fullmatch(row.rate) for row in here):
            continue
        first: dict[int, Decimal] = {}
        for row in sorted(here, key=_how_general):
            first.setdefault(row.priority, Decimal(row.rate))
        found[tax_class.slug] = sum(first.values(), Decimal(0))
    return found


def _is_here(row: WireTaxRate, country: str, state: str) -> bool:
    somewhere = row.postcode or row.city or row.postcodes or row.cities
    return not somewhere and row.country in {"", country} and row.state in {"", state}


def _how_general(row: WireTaxRate) -> tuple[bool, bool, int, int]:
    return not row.country, not row.state, row.order, row.id


def classes_by_rate(rates: Mapping[str, Decimal]) -> dict[str, str]:
    """VAT rate in per cent (normalised) -> tax class.

    Of several classes with one rate the standard class counts, for 0 % the one named zero-rate;
    where neither is among them, nobody can know which is meant, and the rate is left out.
    """
    found: dict[str, list[str]] = {}
    for slug, rate in rates.items():
        found.setdefault(plain(rate), []).append(slug)
    chosen = {rate: _choice(slugs) for rate, slugs in found.items()}
    return {rate: slug for rate, slug in chosen.items() if slug is not None}


def _choice(slugs: Iterable[str]) -> str | None:
    names = list(slugs)
    preferred = [name for name in (STANDARD, _ZERO) if name in names]
    if preferred:
        return preferred[0]
    return names[0] if len(names) == 1 else None
