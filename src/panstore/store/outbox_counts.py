"""How many messages to buyers wait, are in trouble, or went out lately."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ModuleCode, RouteId
from panstore.store.outbox import IN_DOUBT
from panstore.store.tables import outbox

__all__ = ["OutboxCounts", "outbox_counts", "parts_since"]

_TROUBLE = dt.timedelta(days=7)
_OUT = dt.timedelta(days=1)


class OutboxCounts(msgspec.Struct, frozen=True):
    """Messages to buyers on one channel of a route.

    Attributes:
        waiting: to be sent, or being handed over.
        trouble: in doubt, or refused or come back in the last 7 days.
        out: sent in the last 24 hours.
    """

    route: str
    channel: str
    waiting: int
    trouble: int
    out: int


def outbox_counts(connection: sa.Connection, *, now: dt.datetime) -> list[OutboxCounts]:
    """By route and channel; those without any are not among them. Reads by indexes only."""
    open_ = outbox.c.state.in_(("waiting", "sending"))
    in_doubt = sa.or_(
        outbox.c.state == "unknown",
        sa.and_(outbox.c.state.in_(("refused", "failed")), outbox.c.ended_at >= now - _TROUBLE),
    )
    went = sa.and_(outbox.c.sent_at >= now - _OUT, outbox.c.state.in_(("sent", "delivered")))
    waiting, trouble, out = (_count(connection, which) for which in (open_, in_doubt, went))
    return [
        OutboxCounts(*where, waiting[where], trouble[where], out[where])
        for where in sorted({*waiting, *trouble, *out})
    ]


def parts_since(
    connection: sa.Connection, route: RouteId, module: ModuleCode, since: dt.datetime
) -> int:
    """Parts of messages that were handed over since then, or may have been."""
    spent = sa.or_(
        outbox.c.state.in_(("sending", "unknown", "sent", "delivered", "failed")),
        sa.and_(outbox.c.state == "skipped", outbox.c.note.startswith(IN_DOUBT, autoescape=True)),
    )
    found = connection.execute(
        sa.select(sa.func.coalesce(sa.func.sum(outbox.c.parts), 0)).where(
            outbox.c.route == route,
            outbox.c.module == module,
            outbox.c.sending_at >= since,
            spent,
        )
    )
    return int(found.scalar_one())


def _count(connection: sa.Connection, which: sa.ColumnElement[bool]) -> Counter[tuple[str, str]]:
    columns = (outbox.c.route, outbox.c.channel)
    rows = connection.execute(sa.select(*columns, sa.func.count()).where(which).group_by(*columns))
    return Counter({(route, channel): count for route, channel, count in rows})
