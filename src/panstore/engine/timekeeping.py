"""Notices that the machine's clock was set, and keeps waiting work from waiting for that."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.engine.context import Context
from panstore.engine.recovery import LONGEST_PAUSE, LONGEST_REST
from panstore.store.ahead import begin_doubt_anew, pull_in

__all__ = ["notice_set_clock"]

_SET_S = 2.0
"""The wall clock and the timer drift apart by less between two looks unless it was set."""


async def notice_set_clock(context: Context) -> None:
    """Compare the wall clock with the timer since the last look, and mend what a jump has bent.

    At the first look of a process nobody knows what the clock did before: what lies ahead by more
    than the longest rest is certainly wrong.
    """
    wall, timer = context.clock.now(), context.clock.timer()
    before, context.clock_seen = context.clock_seen, (wall, timer)
    if before is None:
        await context.store.write(lambda c: pull_in(c, now=wall, most=LONGEST_REST))
        return
    jumped = (wall - before[0]).total_seconds() - (timer - before[1])
    if abs(jumped) < _SET_S:
        return
    context.log.warning("clock was set", seconds=round(jumped))

    def mend(connection: sa.Connection) -> None:
        pull_in(connection, now=wall, most=LONGEST_PAUSE)
        begin_doubt_anew(connection, now=wall)

    await context.store.write(mend)
