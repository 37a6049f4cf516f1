"""What people are told when they check a connection."""

from __future__ import annotations

from collections.abc import Mapping

from panstore.connectors.tryton.config import TrytonSettings
from panstore.connectors.tryton.wire import PingRow
from panstore.sdk.roles import Report

__all__ = ["report"]

_SERIES = "8.2"


def report(
    ping: PingRow, taxes: Mapping[str, object], waiting: str, settings: TrytonSettings
) -> Report:
    """What `check` tells of a system that answers.

    Args:
        ping: who answers.
        taxes: its sales taxes by rate.
        waiting: how many changes wait in the outbox, for people.
        settings: of the connection.
    """
    facts = {
        "address": settings.url,
        "database": settings.database,
        "series": ping.series,
        "companion": ping.version,
        "company": f"{ping.company.name} ({ping.company.currency})",
        "time zone": ping.timezone or "not set",
        "warehouses": ", ".join(f"{each.code or '?'} {each.name}" for each in ping.warehouses),
        "price lists": ", ".join(f"{each.id} {each.name}" for each in ping.price_lists),
        "currencies": ", ".join(each.code for each in ping.currencies),
        "sales taxes": ", ".join(f"{rate} %" for rate in taxes),
        "changes waiting": waiting,
    }
    problems = []
    if ping.series != _SERIES:
        problems.append(
            f"Tryton is of series {ping.series}, this connector was tried with {_SERIES}; use a "
            "server of that series"
        )
    if not any(each.code for each in ping.warehouses):
        problems.append(
            "no warehouse has a code, so none can be named in settings; give the warehouses codes "
            "under Inventory & Stock, Locations"
        )
    if not taxes:
        problems.append(
            "no sales tax is on any accounting category of products, so no sale would have VAT; "
            "set the customer taxes of the accounting categories"
        )
    if not ping.timezone:
        problems.append(
            "the company has no time zone, so business dates are those of UTC; set it under "
            "Companies"
        )
    if not settings.webhook_secret.get_secret_value():
        facts["wake-ups"] = "none, changes are found by polling"
    return Report(facts, tuple(problems))
