"""One limiter per connection: how many calls at once, in which order, and when to rest."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import AsyncIterator
from enum import IntEnum

__all__ = ["Lane", "Limiter"]


class Lane(IntEnum):
    """Who goes first when calls wait: orders, stock, prices, products, papers, full runs."""

    ORDERS = 0
    STOCK = 1
    PRICES = 2
    PRODUCTS = 3
    DOCUMENTS = 4
    FULL = 5


class Limiter:
    """Lets `slots` calls through at a time, the most urgent lane first."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self._free = slots
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    @contextlib.asynccontextmanager
    async def slot(self, lane: Lane) -> AsyncIterator[None]:
        """Hold one slot."""
        await self._take(lane)
        try:
            yield
        finally:
            self._give()

    async def _take(self, lane: Lane) -> None:
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (int(lane), next(self._order), turn))
        try:
            await turn
        except asyncio.CancelledError:
            # The slot may have been handed over in the same moment: pass it on.
            if turn.done() and not turn.cancelled():
                self._give()
            raise

    def _give(self) -> None:
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
