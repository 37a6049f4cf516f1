"""When a price of the ERP changes by itself."""

from __future__ import annotations

import datetime as dt

from panstore.model.price import midnight

__all__ = ["due_again"]

_DAY = dt.timedelta(days=1)


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
