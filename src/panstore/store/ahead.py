"""What lies further ahead than it may, because the clock was set: pulled back to its due place.

Times are stored as the wall clock said them. When that clock goes back by hours, whatever was to
wait for a minute would wait for hours; when it goes forward, an ERP would lose the time it is
given to finish a call.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from panstore.store.marks import DATE
from panstore.store.tables import UtcTime, approvals, full_runs, intents, marks, outbox, wanted

__all__ = ["begin_doubt_anew", "pull_in"]


def pull_in(connection: sa.Connection, *, now: dt.datetime, most: dt.timedelta) -> None:
    """Let nothing but dates lie in the future by more than it may.

    Args:
        most: the longest pause that may have been meant.
    """
    _messages(connection, now, most)
    _marks(connection, now, most)
    connection.execute(sa.update(wanted).where(wanted.c.since > now).values(since=now))
    _full_runs(connection, now, most)
    _approvals(connection, now)
    _intents(connection, now)


def begin_doubt_anew(connection: sa.Connection, *, now: dt.datetime) -> None:
    """Calls whose reply was lost count as lost just now: how long ago it was is not known."""
    lost = intents.c.state == "unknown"
    connection.execute(sa.update(intents).where(lost).values(ended_at=now))
    cut = intents.c.state == "started"
    connection.execute(sa.update(intents).where(cut).values(started_at=now))
    handed = outbox.c.state.in_(("sending", "unknown"))
    connection.execute(sa.update(outbox).where(handed).values(sending_at=now))


def _marks(connection: sa.Connection, now: dt.datetime, most: dt.timedelta) -> None:
    """A mark made after now was made before the clock went back; a date is meant to lie ahead."""
    early = marks.c.marked_at > now
    late = marks.c.due_at > now + most
    fresh = sa.and_(early, marks.c.attempts == 0)
    at, latest = sa.literal(now, UtcTime), sa.literal(now + most, UtcTime)
    connection.execute(
        sa
        .update(marks)
        .where(sa.or_(early, late), sa.or_(marks.c.cause != DATE, marks.c.attempts > 0))
        .values(
            marked_at=sa.case((early, at), else_=marks.c.marked_at),
            due_at=sa.case((fresh, at), (late, latest), else_=marks.c.due_at),
        )
    )


def _messages(connection: sa.Connection, now: dt.datetime, most: dt.timedelta) -> None:
    """One that waits after a failure; any other waits for an hour that its module has chosen."""
    failed = sa.exists().where(
        marks.c.route == outbox.c.route,
        marks.c.module == outbox.c.module,
        marks.c.key == outbox.c.id,
        marks.c.attempts > 0,
    )
    connection.execute(
        sa
        .update(outbox)
        .where(outbox.c.state == "waiting", outbox.c.due_at > now + most, failed)
        .values(due_at=now + most)
    )
    handed = outbox.c.state.in_(("sending", "unknown"))
    connection.execute(
        sa.update(outbox).where(handed, outbox.c.sending_at > now).values(sending_at=now)
    )


def _full_runs(connection: sa.Connection, now: dt.datetime, most: dt.timedelta) -> None:
    """One under way begins anew: what it saw since looks older than its own beginning."""
    early = full_runs.c.started_at > now
    connection.execute(
        sa
        .update(full_runs)
        .where(early, full_runs.c.finished_at.is_(None))
        .values(position="", checked=0, started_at=now, retry_at=now)
    )
    connection.execute(
        sa
        .update(full_runs)
        .where(early, full_runs.c.finished_at.is_not(None))
        .values(started_at=now, finished_at=now)
    )
    connection.execute(
        sa.update(full_runs).where(full_runs.c.retry_at > now + most).values(retry_at=now + most)
    )


def _approvals(connection: sa.Connection, now: dt.datetime) -> None:
    """A braked fall is applied as long after now as it was to be after it was braked."""
    rows = connection.execute(
        sa.select(approvals.c.id, approvals.c.opened_at, approvals.c.applies_at).where(
            approvals.c.state == "waiting", approvals.c.opened_at > now
        )
    ).all()
    for row in rows:
        applies = None if row.applies_at is None else now + (row.applies_at - row.opened_at)
        connection.execute(
            sa
            .update(approvals)
            .where(approvals.c.id == row.id)
            .values(opened_at=now, applies_at=applies)
        )


def _intents(connection: sa.Connection, now: dt.datetime) -> None:
    for column in (intents.c.started_at, intents.c.ended_at):
        connection.execute(sa.update(intents).where(column > now).values({column: now}))
