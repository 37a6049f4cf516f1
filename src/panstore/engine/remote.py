"""Every call to an outside system goes through here: limits, rests, log-in, time taken."""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from panstore.engine import metrics
from panstore.engine.limiter import Lane, Limiter
from panstore.engine.ports import Clock
from panstore.engine.recovery import LONGEST_REST, backoff
from panstore.model.ids import ConnectionId
from panstore.model.privacy import without_person
from panstore.sdk.errors import (
    AuthError,
    OutcomeUnknownError,
    RateLimitedError,
    RemoteError,
    UnavailableError,
    WentBackError,
)
from panstore.sdk.roles import Connector
from panstore.store.database import Store
from panstore.store.systems import note_failed, note_ok

__all__ = ["LOOK_BACK", "READ_ORDERS", "Remote", "Stopwatch", "stopwatch"]

READ_ORDERS = "read orders"
"""The one call that is still made where a system went back in time: it shows when that is over."""

LOOK_BACK = "look what is left"
"""What is asked of a system that went back in time, to see what it has lost; it rests no longer for
that and no less."""

T = TypeVar("T")
_AUTH_REST_S = 30.0
_WENT_BACK_REST_S = 10.0
_SHORT_WAIT_S = 2.0
_NOTE_EVERY_S = 5.0
_LONGEST_CALL_S = 120.0


@dataclass
class Stopwatch:
    """Time that went to outside systems.

    Attributes:
        seconds: in calls, and waiting for one's turn: a system that takes so many calls at a time
            is busy with another one then, or has asked for a rest.
        turns: the part of `seconds` that was waiting for one's turn.
        calls: how many there were.
    """

    seconds: float = 0.0
    turns: float = 0.0
    calls: int = 0


stopwatch: contextvars.ContextVar[Stopwatch | None] = contextvars.ContextVar(
    "stopwatch", default=None
)
"""Set by whoever wants to know how much of its time was remote."""


@dataclass
class _Line:
    """One connection; its times are the timer's, so that a clock that jumps moves no rest."""

    limiter: Limiter
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)
    started: bool = False
    failures: int = 0
    rests: int = 0
    rests_until: float | None = None
    trouble: str = ""
    went_back: bool = False
    noted_at: float | None = None


class Remote:
    """Calls connectors; remembers which of them work.

    A connection that fails rests for a growing time. Calls during a short rest wait; during a
    longer one they fail at once with `UnavailableError`, so that nobody holds a turn meanwhile.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        connectors: Mapping[ConnectionId, Connector],
        slots: Mapping[ConnectionId, int],
        *,
        longest_s: float = _LONGEST_CALL_S,
    ) -> None:
        """Nothing is called yet.

        Args:
            slots: calls at a time, by connection; 4 where nothing is said.
            longest_s: a call that has not returned after so many seconds is given up.
        """
        self._store = store
        self._clock = clock
        self._connectors = connectors
        self._lines = {name: _Line(Limiter(slots.get(name, 4))) for name in connectors}
        self._longest_s = longest_s

    @property
    def longest_s(self) -> float:
        """Seconds after which a call that has not returned is given up."""
        return self._longest_s

    def is_open(self, connection: ConnectionId) -> bool:
        """Whether it was logged in to, so that its capabilities are its real ones."""
        return self._lines[connection].started

    def slots(self, connection: ConnectionId) -> int:
        """How many calls a connection takes at a time."""
        return self._lines[connection].limiter.slots

    async def open(self, connection: ConnectionId) -> None:
        """Log in, for a line that is kept open apart from all calls.

        Raises:
            RemoteError: it does not let us in.
        """
        await self._start(connection, self._lines[connection])

    async def call(
        self,
        connection: ConnectionId,
        lane: Lane,
        operation: str,
        do: Callable[[], Awaitable[T]],
        *,
        reads: bool = False,
    ) -> T:
        """Run `do` when the connection lets us.

        Args:
            reads: `do` changes nothing there, so a call that is given up is simply tried again;
                of any other nobody knows what became of it.

        Raises:
            RemoteError: as the connector raised it; `UnavailableError` while it rests;
                `OutcomeUnknownError`, or `UnavailableError` where `reads`, if it does not return.
        """
        line = self._lines[connection]
        asked = self._clock.timer()
        async with line.limiter.slot(lane):
            try:
                await self._rest(connection, line, operation)
            finally:
                begun, rests = self._clock.timer(), line.rests
                _note_turn(connection, lane, begun - asked)
            try:
                result = await self._bounded(connection, line, operation, do, reads=reads)
            except RemoteError as error:
                await self._failed(connection, line, error)
                raise
            finally:
                watch = stopwatch.get()
                if watch is not None:
                    watch.seconds += self._clock.timer() - begun
                    watch.calls += 1
        if line.rests == rests:
            # A call sent before the connection was told to rest says nothing about the rest.
            await self._worked(connection, line, operation)
        return result

    def rests_until(self, connection: ConnectionId) -> dt.datetime | None:
        """End of the connection's rest, or None if it may be called."""
        seconds = self._rest_left(self._lines[connection])
        return self._clock.now() + dt.timedelta(seconds=seconds) if seconds > 0 else None

    def _rest_left(self, line: _Line) -> float:
        return 0.0 if line.rests_until is None else line.rests_until - self._clock.timer()

    async def _rest(self, connection: ConnectionId, line: _Line, operation: str) -> None:
        seconds = self._rest_left(line)
        if line.went_back and operation == LOOK_BACK:
            return  # It answers: it rests because of what it said.
        if line.went_back and operation != READ_ORDERS:
            raise UnavailableError(connection, operation, f"rests after: {line.trouble}")
        if seconds <= 0:
            return
        if seconds > _SHORT_WAIT_S:
            raise UnavailableError(connection, operation, f"rests after: {line.trouble}")
        await self._clock.sleep(seconds)

    async def _bounded(
        self,
        connection: ConnectionId,
        line: _Line,
        operation: str,
        do: Callable[[], Awaitable[T]],
        *,
        reads: bool,
    ) -> T:
        """Log in if need be, then `do`, both within the longest time a call may take."""
        sent, bound = False, asyncio.timeout(self._longest_s)
        try:
            async with bound:
                await self._start(connection, line)
                sent = True
                return await do()
        except TimeoutError as error:
            if not bound.expired():
                raise  # the connector's own, which it should have put into our words
            what = f"did not return within {self._longest_s:g} s and was given up"
            kind = OutcomeUnknownError if sent and not reads else UnavailableError
            raise kind(connection, operation, what) from error

    async def _start(self, connection: ConnectionId, line: _Line) -> None:
        if line.started:
            return
        async with line.starting:
            if not line.started:
                await self._connectors[connection].start()
                line.started = True

    async def _worked(self, connection: ConnectionId, line: _Line, operation: str) -> None:
        if line.went_back and operation != READ_ORDERS:
            return  # Sent before it was noticed; it says nothing about what the shop has lost.
        line.went_back = False
        moment = self._clock.timer()
        news = line.failures > 0 or line.noted_at is None or moment - line.noted_at > _NOTE_EVERY_S
        line.failures = 0
        line.rests_until = None
        if news:
            line.noted_at = moment
            now = self._clock.now()
            await self._store.write(lambda c: note_ok(c, connection, now=now))

    async def _failed(self, connection: ConnectionId, line: _Line, error: RemoteError) -> None:
        if not isinstance(error, UnavailableError | AuthError | OutcomeUnknownError):
            return  # it answered: the record is at fault, not the connection
        rest = _rest_after(error, line.failures)
        line.failures += 1
        if rest is None:
            return
        now = self._clock.now()
        line.trouble = without_person(str(error))
        line.went_back = line.went_back or isinstance(error, WentBackError)
        line.started = line.started and not isinstance(error, AuthError)
        line.rests += 1
        line.rests_until = self._clock.timer() + rest
        until = now + dt.timedelta(seconds=rest)
        await self._store.write(
            lambda c: note_failed(c, connection, line.trouble, now=now, paused_until=until)
        )


def _note_turn(connection: ConnectionId, lane: Lane, seconds: float) -> None:
    watch = stopwatch.get()
    if watch is not None:
        watch.seconds += seconds
        watch.turns += seconds
    metrics.TURNS.labels(connection, lane.name.lower()).observe(seconds)


def _rest_after(error: RemoteError, failures: int) -> float | None:
    """Seconds the connection rests; None if the error says nothing about the connection."""
    if isinstance(error, RateLimitedError) and error.after is not None:
        # A nonsensical answer must not make a connection rest for days.
        return min(max(error.after, 0.0), LONGEST_REST.total_seconds())
    if isinstance(error, AuthError):
        return _AUTH_REST_S
    if isinstance(error, WentBackError):
        return _WENT_BACK_REST_S
    if isinstance(error, UnavailableError):
        return backoff(failures).total_seconds()
    if isinstance(error, OutcomeUnknownError) and failures > 0:
        return backoff(failures).total_seconds()
    return None
