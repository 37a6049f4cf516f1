"""How much a shop is asked at once: as many calls, and as many items in one, as it does quickly.

A shared host with two cores does no more work with eight calls than with two, it only answers
each of them later, and its visitors wait with us (measured on WooCommerce 10.5: 39 stock writes a
second with one call, 70 with two, 71 with four at twice the latency). And what takes PHP longer
than its own limit (30 s on many hosts) or that of the server before it (60 s) ends without an
answer, so on such a shop batches have to be smaller.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

__all__ = ["QUICK_S", "SLOW_S", "Pace", "Turn"]

_START = 2
_LARGEST_BATCH = 100
_SMALLEST_BATCH = 10

QUICK_S = 4.0
"""An answer up to this long shows that there is room for more; a batch of 100 takes 2.6 s of a
quiet shop with two cores (WooCommerce 10.5)."""

SLOW_S = 12.0
"""An answer that takes longer shows that the shop is overloaded."""


@dataclass(slots=True)
class Turn:
    """One call that may be made now.

    Attributes:
        items: how many records it writes; 0 if it is no batch.
        refused: set by the caller where the shop said that it is too much (429, 5xx) or did not
            answer in time.
        overran: set by the caller where the shop began and did not get to the end (5xx, no
            answer in time).
    """

    began: float
    items: int = 0
    refused: bool = False
    overran: bool = False


class Pace:
    """Lets calls through, first come first served; belongs to one event loop.

    It begins with two at once, grows by one for every round of quick answers and halves on a slow
    or failed one: once for all calls that were under way together, not once for each of them. The
    size of batches halves on a slow one or one that was not answered, down to 10, and doubles on
    quick ones of the full size, up to 100.

    Args:
        most: never more than this at once, >= 1.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = float(min(_START, most))
        self._running = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._halved_at = float("-inf")
        self._batch = _LARGEST_BATCH

    @property
    def limit(self) -> int:
        """Calls that may be under way now."""
        return int(self._limit)

    @property
    def batch(self) -> int:
        """Most records to write in one call."""
        return self._batch

    @asynccontextmanager
    async def turn(self, items: int = 0) -> AsyncIterator[Turn]:
        """Wait until a call may be made, and learn from how it ended.

        Args:
            items: how many records it writes.
        """
        await self._enter()
        turn = Turn(asyncio.get_running_loop().time(), items)
        try:
            yield turn
        finally:
            self._running -= 1
            self.learn(turn, asyncio.get_running_loop().time())
            self._let_in()

    def learn(self, turn: Turn, now: float) -> None:
        """Take an answer into account.

        Args:
            turn: the call it belongs to.
            now: when it came, in the seconds of `turn.began`.
        """
        took = now - turn.began
        if turn.refused or took > SLOW_S:
            if turn.began >= self._halved_at:
                self._limit = max(1.0, self._limit / 2)
                self._halved_at = now
        elif took <= QUICK_S:
            self._limit = min(float(self._most), self._limit + 1 / self._limit)
        if turn.items:
            self._learn_size(turn, took)

    def _learn_size(self, turn: Turn, took: float) -> None:
        if turn.overran or took > SLOW_S:
            smaller = min(self._batch, turn.items) // 2
            # A small batch that fails says nothing of the size of larger ones.
            self._batch = (
                max(_SMALLEST_BATCH, smaller) if turn.items > _SMALLEST_BATCH else self._batch
            )
        elif took <= QUICK_S and not turn.refused and turn.items >= self._batch:
            self._batch = min(_LARGEST_BATCH, self._batch * 2)

    async def _enter(self) -> None:
        if self._running < self.limit and not self._waiting:
            self._running += 1
            return
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                # It was let in in the very moment in which it was called off.
                self._running -= 1
            else:
                self._waiting.remove(place)
            self._let_in()
            raise

    def _let_in(self) -> None:
        while self._waiting and self._running < self.limit:
            place = self._waiting.pop(0)
            if not place.done():
                self._running += 1
                place.set_result(None)
