"""Sales prices as the ERP computes them, and as a shop shall show them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from panstore.model.ids import ExternalId
from panstore.model.money import round_half_up

__all__ = ["PriceTarget", "Promotion", "SalesPrice", "midnight", "sales_price"]

_HUNDRED = Decimal(100)


class Promotion(msgspec.Struct, frozen=True):
    """A price for some days, in the same terms as the price beside it.

    Attributes:
        amount: > 0.
        starts: first day in the company's zone, None for already.
        ends: last day, inclusive, None for open end.
    """

    amount: Decimal
    starts: dt.date | None = None
    ends: dt.date | None = None


class SalesPrice(msgspec.Struct, frozen=True):
    """Price of one stock unit of a variant, computed by the ERP.

    Attributes:
        variant: the ERP's id.
        amount: as `includes_tax` says; None if the ERP has no price; zero is possible.
        currency: ISO 4217.
        includes_tax: whether `amount` is gross.
        tax_rates: VAT rates in per cent that the ERP puts on a sale of it.
        valid_until: the day on which a dated line begins or ends next; None if no date rules.
        promotion: price for some days from a promotional list, if one is asked for.
    """

    variant: ExternalId
    amount: Decimal | None
    currency: str
    includes_tax: bool = False
    tax_rates: tuple[Decimal, ...] = ()
    valid_until: dt.date | None = None
    promotion: Promotion | None = None


class PriceTarget(msgspec.Struct, frozen=True, tag="price"):
    """The absolute price a shop shall hold for one sales unit.

    Attributes:
        amount: > 0, rounded as the shop takes it; net or gross by `includes_tax`.
        currency: ISO 4217.
        includes_tax: in which of the two the shop stores prices.
        tax_class: the shop's own code of the tax class, None where the shop has none.
        promotion: only where the shop has dated prices.
    """

    amount: Decimal
    currency: str
    includes_tax: bool
    tax_class: str | None = None
    promotion: Promotion | None = None


def sales_price(
    amount: Decimal,
    *,
    factor: Decimal,
    given_gross: bool,
    wanted_gross: bool,
    rate: Decimal | None,
    digits: int,
) -> Decimal:
    """Price of one sales unit as the shop stores it.

    Args:
        amount: the ERP's price of one stock unit, > 0.
        factor: stock units in one sales unit, > 0.
        given_gross: whether `amount` includes VAT.
        wanted_gross: whether the shop stores prices with VAT.
        rate: VAT in per cent, >= 0; may be None only where both sides agree about VAT.
        digits: decimal places of a stored price.

    Returns:
        Rounded once, at the end, half-up; zero if the price is less than half of the last place.
    """
    price = amount * factor
    if given_gross != wanted_gross and rate is not None:
        gross_of_one = 1 + rate / _HUNDRED
        price = price * gross_of_one if wanted_gross else price / gross_of_one
    return round_half_up(price, digits)


def midnight(day: dt.date, zone: str) -> dt.datetime:
    """First instant of `day` in `zone`, as aware UTC.

    Where the clock jumps over midnight that night, it is the instant of the jump; where midnight
    comes twice, the first one.
    """
    local = dt.datetime.combine(day, dt.time(), ZoneInfo(zone))
    return local.astimezone(dt.UTC)
