"""How much may go out in a day where messages cost money; what is over it waits a day."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.engine.outbox.queue import mark_message
from panstore.model.ids import ModuleCode
from panstore.model.plan import Held
from panstore.sdk.connectors import Settings
from panstore.sdk.messages import CountsParts, MessageModule
from panstore.store import outbox
from panstore.store.outbox_counts import parts_since
from panstore.store.parked import park, unpark
from panstore.store.turns import take_turn

__all__ = ["KEY", "SPENT", "let_through", "next_day_if_over"]

KEY = "day-cap"
"""Of the record that stands for all that wait."""

SPENT = "What may be spent today is spent; it goes out tomorrow."
"""Note of a message that waits for the next day."""


def next_day_if_over(
    connection: sa.Connection,
    route: Route,
    code: ModuleCode,
    module: tuple[MessageModule, Settings],
    parts: int,
    *,
    now: dt.datetime,
) -> dt.datetime | None:
    """When the next day begins, if so many more parts are too much for this one; else None.

    One record is parked for all that wait, and goes away with the first that is let through.
    """
    kind, settings = module
    most = kind.most_parts_per_day(settings) if isinstance(kind, CountsParts) else None
    if most is None:
        return None
    # Two claims in the same moment would each see the money that the other one spends.
    take_turn(connection, f"day cap {route.id}/{code}")
    zone = ZoneInfo(route.zone)
    today = now.astimezone(zone).date()
    begin = dt.datetime.combine(today, dt.time(), zone).astimezone(dt.UTC)
    end = dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), zone).astimezone(dt.UTC)
    used = parts_since(connection, route.id, code, begin)
    if used + parts <= most:
        unpark(connection, route.id, code, [KEY], now=now)
        return None
    reason = (
        f"{code} of route {route.id} has spent what most_per_day allows on {today}: it is enough"
        f" for {most} parts of SMS. Those that are over it wait until tomorrow, nothing is lost."
        " See why there are so many; or raise most_per_day and retry, then they go out now. This"
        " record goes away by itself with the next SMS that goes out."
    )
    held = Held(item=KEY, code="sms.day_cap", reason=reason, sku=KEY)
    park(connection, route.id, code, [held], now=now)
    return end


def let_through(
    connection: sa.Connection, context: Context, route: Route, code: ModuleCode
) -> None:
    """What waits for the next day tries again now; if there is still no money, it waits again."""
    now = context.clock.now()
    rows = outbox.list_messages(connection, route=route.id, state="waiting", limit=None)
    for row in rows:
        if row.module != code or row.message.note != SPENT:
            continue
        outbox.set_state(
            connection, row.id, "waiting", seen=("waiting",), now=now, note="", due_at=None
        )
        mark_message(connection, context, route.id, code, row.id, cause="retry")
