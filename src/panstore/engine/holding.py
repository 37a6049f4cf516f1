"""The one brake: which of some risky changes wait, and behind which approval."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from panstore.engine.brakes import FALL, brakes, words
from panstore.engine.context import BrakeLimits
from panstore.model.ids import ModuleCode, RouteId
from panstore.store import brakes as table

__all__ = ["Brake", "hold_back"]


class Brake(NamedTuple):
    """What is counted together.

    Attributes:
        code: name under which a module's changes are counted.
        kind: of risk.
        total: all items of the route.
    """

    route: RouteId
    code: ModuleCode
    kind: str
    limits: BrakeLimits
    total: int


def hold_back(
    connection: sa.Connection, brake: Brake, names: Sequence[str], *, now: dt.datetime
) -> tuple[dict[str, int], str]:
    """Note risky changes durably and say which of them wait.

    Args:
        names: items, each once.

    Returns:
        Number of the approval by item, for those that wait; and the alarm, if a new one is opened.
    """
    route, code, kind, limits, total = brake
    allowed = table.passes(connection, route, code, kind, names)
    table.note_risky(connection, route, code, kind, names, now=now)
    since = now - dt.timedelta(seconds=limits.window_s)
    # What waits already goes on waiting: it must not trickle through once its window is over.
    waiting = dict(table.waiting_items(connection, route, code, kind, names))
    fresh = [name for name in names if name not in waiting]
    others = table.count_risky(connection, route, code, kind, since=since, but=fresh)
    rest = [name for name in fresh if name not in allowed]
    if not rest or not brakes(rest, recent=others, items=total, limits=limits):
        return waiting, ""
    reason = words(kind, len(rest) + others, total)
    applies = now + dt.timedelta(seconds=limits.fall_after_s) if kind == FALL else None
    approval, is_new = table.open_approval(
        connection, route, code, kind, reason=reason, now=now, applies_at=applies
    )
    table.hold_items(connection, route, code, kind, rest, approval)
    return waiting | dict.fromkeys(rest, approval), reason if is_new else ""
