"""Time in the simulated world: it moves only when a test moves it."""

from __future__ import annotations

import datetime as dt

__all__ = ["START", "SimClock"]

START = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
"""A Monday morning; any moment would do, but failures read better when it is always the same."""


class SimClock:
    """A clock that stands still until it is told to go on; aware UTC."""

    def __init__(self, start: dt.datetime = START) -> None:
        if start.utcoffset() != dt.timedelta(0):
            raise ValueError(f"the simulated clock runs in UTC, not at {start.isoformat()}")
        self._now = start

    def now(self) -> dt.datetime:
        """The present simulated moment."""
        return self._now

    def advance(self, by: dt.timedelta | float) -> dt.datetime:
        """Let time pass.

        Args:
            by: a duration or seconds, >= 0.

        Returns:
            The new present moment.
        """
        step = by if isinstance(by, dt.timedelta) else dt.timedelta(seconds=by)
        if step < dt.timedelta(0):
            raise ValueError("simulated time does not go back; start another clock")
        self._now += step
        return self._now

    def __call__(self) -> dt.datetime:
        return self._now
