"""How a price of the ERP becomes a price of the shop; pure arithmetic, half-up."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from panstore.model.money import round_half_up

__all__ = ["due_again", "midnight", "sales_price"]

_DAY = dt.timedelta(days=1)
_HUNDRED = Decimal(100)


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


def due_again(valid_until: dt.date | None, now: dt.datetime, zone: str) -> dt.datetime | None:
    """When a dated price has to be looked at again, after `now`, or None.

    ERPs name either the first day of the next price or the last day of this one. Both are
    served: the beginning of that day if it is still to come, else (it is that day) its end.
    """
    if valid_until is None:
        return None
    begins = midnight(valid_until, zone)
    if begins > now:
        return begins
    if now < begins + 2 * _DAY:
        ends = midnight(valid_until + _DAY, zone)
        return ends if ends > now else None
    return None
