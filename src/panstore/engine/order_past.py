"""Orders of the time before web orders were on, and of the times in which they were off.

Nobody can tell whether such an order was entered in the ERP by hand: taking it over might double
it, leaving it might lose it. So the settings decide where they name a first day; else what is
still open is shown to a person, and what has left the shop is left alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from panstore.engine.context import ORDERS, Context, Route
from panstore.engine.stages.mark import mark_goods, mark_order_key
from panstore.model.plan import Held
from panstore.sdk.beginnings import BeginsAt
from panstore.store import order_past as past
from panstore.store import orders as table
from panstore.store.audit import Entry, append
from panstore.store.demand import ordered_variants
from panstore.store.parked import park, unpark

__all__ = ["CLOCK_SKEW", "STATES", "Era", "Fate", "era_of", "fate", "record_fates", "settle_past"]

CLOCK_SKEW = dt.timedelta(hours=1)
"""An order placed so long before web orders were first on counts as new: the shop's clock may be
slow, and somebody may have ordered while PanStore was being set up."""

Fate = Literal["take", "park", "earlier", "skipped"]
"""What becomes of an order: `earlier` and `skipped` are left alone, for ever and in their state."""


STATES: dict[Fate, str] = {
    "take": "waiting",
    "park": "parked",
    "earlier": "earlier",
    "skipped": "skipped",
}
"""The state in which an order is stored by what becomes of it."""


class Era(msgspec.Struct, frozen=True):
    """Since when the orders of a route are taken over.

    Attributes:
        since: when web orders were first on.
        begins: first moment that the settings name, None if they name none.
        zone: IANA name of the company's time zone.
    """

    since: dt.datetime
    begins: dt.datetime | None
    zone: str

    @property
    def old_before(self) -> dt.datetime:
        """What was placed earlier is older than web orders."""
        return self.since - CLOCK_SKEW


def era_of(connection: sa.Connection, context: Context, route: Route) -> Era:
    """The era of a route with web orders; it begins now if it never began."""
    since = past.first_on(connection, route.id, route.shop, now=context.clock.now())
    begins = (
        module.begins(settings, route.zone)
        for module, settings in route.flow_modules.values()
        if isinstance(module, BeginsAt)
    )
    return Era(since, next((b for b in begins if b is not None), None), route.zone)


def fate(era: Era, placed_at: dt.datetime, stage: str, *, came: Literal["on", "off"]) -> Fate:
    """What becomes of an order that is seen for the first time, or that nobody has worked.

    Args:
        came: whether web orders were on or off when it was first seen.
    """
    old = placed_at < era.old_before
    if era.begins is not None:
        if placed_at < era.begins:
            return "earlier"
        if old:
            return "take"  # It was asked for by its date.
    if came == "on" and not old:
        return "take"
    if stage == "open":
        return "park"
    return "earlier" if old else "skipped"


def settle_past(connection: sa.Connection, context: Context, route: Route) -> None:
    """At each start: decide about the orders that the settings, or a time off, put aside."""
    era = era_of(connection, context, route)
    if era.begins is not None:
        _apply_first_day(connection, context, route, era, era.begins)
    taken, left = [], []
    for row in table.left_waiting(connection, route.id, ORDERS):
        became = fate(era, row.placed_at, row.stage, came="off")
        if became == "skipped" and row.payload and row.stage == "shipped":
            became = "park"  # It was on its way to the ERP when web orders were switched off.
        if became == "take":
            taken.append(row)
        else:
            left.append((row, became))
    _take(connection, context, route, taken)
    _leave(connection, context, route, era, left, cause="start")


def _apply_first_day(
    connection: sa.Connection, context: Context, route: Route, era: Era, begins: dt.datetime
) -> None:
    """The first day may have been named, or changed, since the orders were first seen."""
    before = past.not_yet(connection, route.id, begins)
    now = context.clock.now()
    unpark(connection, route.id, ORDERS, [row.order_id for row in before], now=now)
    _leave(connection, context, route, era, [(row, "earlier") for row in before], cause="settings")
    for row in before:
        if row.holds and row.stage != "open":
            goods = ordered_variants(connection, route.id, row.order_id)
            mark_goods(connection, context, route, goods, cause="settings", moved=False)
    shown = past.asking(connection, route.id, ORDERS, since=begins, before=era.old_before)
    unpark(connection, route.id, ORDERS, [row.order_id for row in shown], now=now)
    _take(connection, context, route, [*past.earlier_since(connection, route.id, begins), *shown])


def _take(
    connection: sa.Connection, context: Context, route: Route, rows: Sequence[table.OrderRow]
) -> None:
    past.set_states(connection, route.id, [row.order_id for row in rows], "waiting")
    for row in rows:
        mark_order_key(connection, context, route.id, row.order_id, cause="settings")


def _leave(
    connection: sa.Connection,
    context: Context,
    route: Route,
    era: Era,
    left: Sequence[tuple[table.OrderRow, Fate]],
    *,
    cause: str,
) -> None:
    """A shop's whole past may come at once, so states are set many at a time."""
    for became in ("park", "earlier", "skipped"):
        ids = [row.order_id for row, one in left if one == became]
        past.set_states(connection, route.id, ids, STATES[became])
    record_fates(connection, context, route, era, left, cause=cause)


def record_fates(
    connection: sa.Connection,
    context: Context,
    route: Route,
    era: Era,
    left: Sequence[tuple[table.OrderRow, Fate]],
    *,
    cause: str,
) -> None:
    """Say of orders that are not taken over why not, where people look for it."""
    now = context.clock.now()
    told = [(row, became, _reason(era, became, row)) for row, became in left]
    held = [
        Held(row.order_id, "order.while_off", reason, row.number)
        for row, became, reason in told
        if became == "park"
    ]
    park(connection, route.id, ORDERS, held, now=now)
    entries = [
        Entry(
            at=now,
            route=route.id,
            module=ORDERS,
            key=row.order_id,
            label=row.number,
            cause=cause,
            outcome=STATES[became],
            reason=reason,
        )
        for row, became, reason in told
    ]
    append(connection, entries)


def _reason(era: Era, became: Fate, row: table.OrderRow) -> str:
    zone = ZoneInfo(era.zone)
    placed = f"Order {row.number} was placed on {row.placed_at.astimezone(zone):%Y-%m-%d}"
    if became == "earlier" and era.begins is not None:
        first = f"{era.begins.astimezone(zone):%Y-%m-%d}"
        return f"{placed}, before {first}, the from_date in the settings of S4. It is left alone."
    if became == "earlier":
        return (
            f"{placed}, before web orders were first switched on, and is {row.stage} in the shop. "
            "It is left alone. To have it taken over all the same, set from_date in the settings "
            "of S4."
        )
    if became == "skipped":
        return (
            f"Order {row.number} came in while web orders were switched off and was {row.stage} "
            "in the shop meanwhile. It is left alone. Enter it in the ERP by hand if nobody has."
        )
    if row.placed_at < era.old_before:
        return (
            f"{placed}, before web orders were first switched on, and is still open in the shop: "
            "nobody knows whether it was entered in the ERP by hand. It was not taken over, its "
            "goods are held back. Retry to take it over; skip it if the ERP has it; set from_date "
            "in the settings of S4 to decide about all such orders at once."
        )
    return (
        f"Order {row.number} came in while web orders were switched off, so nobody knows whether "
        "it was entered in the ERP by hand. It was not taken over, its goods are held back. Retry "
        "to take it over; skip it if the ERP has it."
    )
