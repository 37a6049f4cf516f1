"""Who is there, in which version, with which settings that matter to PanStore."""

from typing import Any

import oscar
from django.conf import settings
from django.utils import timezone

from oscar_panstore import __version__, conf, guard, journal
from oscar_panstore.api.http import Call


def ping(call: Call) -> dict[str, Any]:
    """Facts about the shop; also the cheapest way to test a token."""
    return {
        "shop": str(getattr(settings, "OSCAR_SHOP_NAME", "Oscar")),
        "companion": __version__,
        "oscar": oscar.get_version(),
        "currency": conf.currency(),
        "prices_include_tax": False,
        "tax_rates": {code: format(rate, "f") for code, rate in conf.tax_rates().items()},
        "contract_source": conf.contract_source(),
        "checkout_guard": guard.is_on(),
        "watermark": journal.position(),
        "order_statuses": conf.order_statuses(),
        "token": {"name": call.caller.name, "read_only": call.caller.read_only},
        "time": instant(timezone.now()),
    }


def instant(moment: Any) -> str | None:
    """A time as ISO 8601 in UTC with microseconds, ending in Z; None stays None."""
    if moment is None:
        return None
    utc = moment.astimezone(timezone.get_fixed_timezone(0))
    return str(utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
