"""What a process remembers between two questions for prices; nothing of it has to survive."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from panstore.engine.contracts.cache import PriceCache, PriceKey
from panstore.model.ids import ConnectionId, ExternalId, RouteId

__all__ = ["Contracts", "FeedRead", "Flight"]


class FeedRead(NamedTuple):
    """When an ERP's change feed was last read to its end, by both clocks."""

    timer: float
    at: dt.datetime


class Flight(NamedTuple):
    """A question on its way to the ERP.

    Attributes:
        task: ends with the error that kept it from an answer, None if there is one.
        version: number of the last change that was known when it left.
    """

    task: asyncio.Task[Exception | None]
    version: int


@dataclass
class Contracts:
    """Caches by ERP, questions on their way, what is being written.

    Attributes:
        patience_s: how long a buyer waits for the ERP before the last known price is shown.
        feeds: ERPs whose changes are read.
        flights: by ERP and party or price; only those that have not landed.
        longest_s: a question that has not landed by then is given up.
        slow_until: ERPs that did not answer in time are not waited for until then (timer).
        judged: what was last said about an agreement's article for people, and when the ERP had
            been asked for that; by route, key of the parked record, and quantity.
        most_judged: so much of it is kept; the oldest goes first.
    """

    patience_s: float = 3.0
    longest_s: float = 20.0
    caches: dict[ConnectionId, PriceCache] = field(default_factory=dict)
    feeds: dict[ConnectionId, FeedRead] = field(default_factory=dict)
    flights: dict[tuple[ConnectionId, ExternalId | PriceKey], Flight] = field(default_factory=dict)
    slow_until: dict[ConnectionId, float] = field(default_factory=dict)
    judged: dict[tuple[RouteId, str, object], tuple[str, object]] = field(default_factory=dict)
    most_judged: int = 200_000
    _turns: dict[ConnectionId, asyncio.Semaphore] = field(default_factory=dict)
    _asking: set[asyncio.Task[Any]] = field(default_factory=set)
    _writing: set[asyncio.Task[Any]] = field(default_factory=set)

    def cache(self, erp: ConnectionId) -> PriceCache:
        """The cache of an ERP."""
        found = self.caches.get(erp)
        if found is None:
            found = self.caches[erp] = PriceCache()
        return found

    def turn(self, erp: ConnectionId, slots: int) -> asyncio.Semaphore:
        """To be held by each question on its way: one slot of the ERP is always left to orders."""
        found = self._turns.get(erp)
        if found is None:
            found = self._turns[erp] = asyncio.Semaphore(max(1, slots - 1))
        return found

    def note_judged(self, place: tuple[RouteId, str, object], said: tuple[str, object]) -> None:
        """Remember what was said of an article, so that it is not said again."""
        self.judged.pop(place, None)
        while len(self.judged) >= self.most_judged:
            del self.judged[next(iter(self.judged))]
        self.judged[place] = said

    def note_feed(self, erp: ConnectionId, timer: float, at: dt.datetime) -> None:
        """The feed of an ERP had nothing more to tell; `timer` and `at` are from before asking."""
        self.feeds[erp] = FeedRead(timer, at)

    def ask(self, work: Coroutine[Any, Any, Exception | None]) -> asyncio.Task[Exception | None]:
        """Begin a question; whoever waits for it may go, it is brought to its end."""
        self._asking.add(task := asyncio.ensure_future(work))
        task.add_done_callback(self._asking.discard)
        return task

    def write(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin to write something down that nobody waits for."""
        self._writing.add(task := asyncio.ensure_future(work))
        task.add_done_callback(self._writing.discard)

    async def written(self) -> None:
        """Wait until all that was begun is written down."""
        while self._writing:
            await asyncio.wait(set(self._writing))

    async def stop(self) -> None:
        """Give up what is being asked, finish what is being written."""
        asking = set(self._asking)
        for task in asking:
            task.cancel()
        if asking:
            await asyncio.wait(asking)
        await self.written()
