"""How late the shop's messages come, and which never came; in memory, counted from the start.

Only those about orders are looked at. Of goods the shop changes more than it tells of: a variation
moves the time of its product, and of that no message comes (WooCommerce 10.5, recorded 48).
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict, deque
from typing import TypeVar

import msgspec

__all__ = ["LATE", "SILENT", "Punctuality", "Verdict"]

LATE = dt.timedelta(seconds=75)
"""Stock WordPress with a visitor every second sends after 34 to 56 s (WooCommerce 10.5); what comes
later waits for visitors."""

SILENT = dt.timedelta(minutes=5)
"""A change of which no message came for so long is one that only asking found."""

_RECENT = dt.timedelta(hours=1)
_FEW = 3
_MOST = 2_000

V = TypeVar("V")


class Verdict(msgspec.Struct, frozen=True):
    """How the messages did in the last hour.

    Attributes:
        late: the middle lateness if most messages were late, None if they were not.
        unheard: changes that were found by asking, and no message came.
        heard: whether any message came.
    """

    late: dt.timedelta | None
    unheard: int
    heard: bool


class Punctuality:
    """Compares what was heard with what was found by asking."""

    def __init__(self) -> None:
        self._since: dt.datetime | None = None
        self._lateness: deque[tuple[dt.datetime, dt.timedelta]] = deque(maxlen=_MOST)
        self._heard: OrderedDict[int, dt.datetime] = OrderedDict()
        self._found: OrderedDict[int, tuple[dt.datetime, dt.datetime]] = OrderedDict()

    def listen(self, now: dt.datetime) -> None:
        """From now on messages are expected; what was changed before needs none."""
        self._since = self._since or now

    def start_anew(self, now: dt.datetime) -> None:
        """The shop was told to send again: what is missing is known, and explained."""
        self._since = now
        self._found.clear()

    def hear(self, order: int, modified_at: dt.datetime | None, now: dt.datetime) -> None:
        """A message about an order came."""
        _keep(self._heard, order, now)
        if modified_at is not None:
            self._lateness.append((now, max(now - modified_at, dt.timedelta(0))))

    def find(self, order: int, modified_at: dt.datetime, now: dt.datetime) -> None:
        """By asking it was found that an order was changed."""
        known = self._found.get(order)
        again = known is not None and known[0] == modified_at
        if self._since is not None and modified_at > self._since and not again:
            _keep(self._found, order, (modified_at, now))

    def judge(self, now: dt.datetime) -> Verdict:
        """Look back on an hour."""
        since = now - _RECENT
        recent = sorted(lateness for at, lateness in self._lateness if at >= since)
        middle = recent[len(recent) // 2] if len(recent) >= _FEW else dt.timedelta(0)
        unheard = [one for one, found in self._found.items() if self._missed(one, *found, now)]
        return Verdict(
            late=middle if middle > LATE else None,
            unheard=len(unheard),
            heard=any(at >= since for at in self._heard.values()),
        )

    def _missed(
        self, order: int, modified_at: dt.datetime, found_at: dt.datetime, now: dt.datetime
    ) -> bool:
        heard_at = self._heard.get(order)
        told = heard_at is not None and heard_at >= modified_at
        return not told and found_at >= now - _RECENT and found_at <= now - SILENT


def _keep(kept: OrderedDict[int, V], order: int, value: V) -> None:
    kept[order] = value
    kept.move_to_end(order)
    while len(kept) > _MOST:
        kept.popitem(last=False)
