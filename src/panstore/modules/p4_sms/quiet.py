"""Hours in which nobody is woken by an SMS, in the company's zone."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import msgspec

__all__ = ["QuietHours"]

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)")


class QuietHours(msgspec.Struct, frozen=True):
    """From `begin` to `end` each day, over midnight if `end` is the earlier one."""

    begin: dt.time
    end: dt.time

    @classmethod
    def read(cls, text: str) -> QuietHours:
        """From text such as `21:00-08:00`.

        Raises:
            ValueError: it is none, or both ends are the same.
        """
        match = _HOURS.fullmatch(text.strip())
        if match is None:
            raise ValueError('must be two times of day such as "21:00-08:00"')
        first, second, third, fourth = map(int, match.groups())
        begin, end = dt.time(first, second), dt.time(third, fourth)
        if begin == end:
            raise ValueError("begins when it ends; leave it out if there are no quiet hours")
        return cls(begin, end)

    def over(self, now: dt.datetime, zone: str) -> dt.datetime | None:
        """When the quiet hours that it is in now are over; None if it is in none.

        Args:
            now: aware.

        Returns:
            Aware UTC; where the clocks are put forward over that time, the moment after.
        """
        here = now.astimezone(ZoneInfo(zone))
        time = here.time()
        over_midnight = self.end < self.begin
        if over_midnight:
            inside = time >= self.begin or time < self.end
        else:
            inside = self.begin <= time < self.end
        if not inside:
            return None
        tomorrow = over_midnight and time >= self.begin
        day = here.date() + dt.timedelta(days=int(tomorrow))
        end = dt.datetime.combine(day, self.end, ZoneInfo(zone)).astimezone(dt.UTC)
        # In the hour that comes twice, the end may lie behind: then it is the second one.
        return end if end > now else end + dt.timedelta(hours=1)
