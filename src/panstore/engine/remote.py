"""Every call to an outside system goes through here: limits, rests, log-in, time taken."""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from panstore.engine.limiter import Lane, Limiter
from panstore.engine.ports import Clock
from panstore.engine.recovery import backoff
from panstore.model.ids import ConnectionId
from panstore.sdk.errors import (
    AuthError,
    OutcomeUnknownError,
    RateLimitedError,
    RemoteError,
    UnavailableError,
)
from panstore.sdk.roles import Connector
from panstore.store.database import Store
from panstore.store.systems import note_failed, note_ok

__all__ = ["Remote", "Stopwatch", "stopwatch"]

T = TypeVar("T")
_AUTH_REST = dt.timedelta(seconds=30)
_SHORT_WAIT_S = 2.0
_NOTE_EVERY = dt.timedelta(seconds=5)


@dataclass
class Stopwatch:
    """Seconds spent waiting for outside systems, and the number of calls."""

    seconds: float = 0.0
    calls: int = 0


stopwatch: contextvars.ContextVar[Stopwatch | None] = contextvars.ContextVar(
    "stopwatch", default=None
)
"""Set by whoever wants to know how much of its time was remote."""


@dataclass
class _Line:
    limiter: Limiter
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)
    started: bool = False
    failures: int = 0
    rests: int = 0
    rests_until: dt.datetime | None = None
    trouble: str = ""
    noted_at: dt.datetime | None = None


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
    ) -> None:
        self._store = store
        self._clock = clock
        self._connectors = connectors
        self._lines = {name: _Line(Limiter(slots.get(name, 4))) for name in connectors}

    async def call(
        self,
        connection: ConnectionId,
        lane: Lane,
        operation: str,
        do: Callable[[], Awaitable[T]],
    ) -> T:
        """Run `do` when the connection lets us.

        Raises:
            RemoteError: as the connector raised it, or `UnavailableError` while it rests.
        """
        line = self._lines[connection]
        async with line.limiter.slot(lane):
            await self._rest(connection, line, operation)
            begun, rests = self._clock.timer(), line.rests
            try:
                await self._start(connection, line)
                result = await do()
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
            await self._worked(connection, line)
        return result

    def rests_until(self, connection: ConnectionId) -> dt.datetime | None:
        """End of the connection's rest, or None if it may be called."""
        until = self._lines[connection].rests_until
        return until if until is not None and until > self._clock.now() else None

    async def _rest(self, connection: ConnectionId, line: _Line, operation: str) -> None:
        until = self.rests_until(connection)
        if until is None:
            return
        seconds = (until - self._clock.now()).total_seconds()
        if seconds > _SHORT_WAIT_S:
            raise UnavailableError(connection, operation, f"rests after: {line.trouble}")
        await self._clock.sleep(seconds)

    async def _start(self, connection: ConnectionId, line: _Line) -> None:
        if line.started:
            return
        async with line.starting:
            if not line.started:
                await self._connectors[connection].start()
                line.started = True

    async def _worked(self, connection: ConnectionId, line: _Line) -> None:
        now = self._clock.now()
        news = line.failures > 0 or line.noted_at is None or now - line.noted_at > _NOTE_EVERY
        line.failures = 0
        line.rests_until = None
        if news:
            line.noted_at = now
            await self._store.write(lambda c: note_ok(c, connection, now=now))

    async def _failed(self, connection: ConnectionId, line: _Line, error: RemoteError) -> None:
        if not isinstance(error, UnavailableError | AuthError | OutcomeUnknownError):
            return  # it answered: the record is at fault, not the connection
        rest = _rest_after(error, line.failures)
        line.failures += 1
        if rest is None:
            return
        now = self._clock.now()
        line.trouble = str(error)
        line.started = line.started and not isinstance(error, AuthError)
        line.rests += 1
        line.rests_until = now + rest
        await self._store.write(
            lambda c: note_failed(
                c, connection, line.trouble, now=now, paused_until=line.rests_until
            )
        )


def _rest_after(error: RemoteError, failures: int) -> dt.timedelta | None:
    """How long the connection rests; None if the error says nothing about the connection."""
    if isinstance(error, RateLimitedError) and error.after is not None:
        return dt.timedelta(seconds=error.after)
    if isinstance(error, AuthError):
        return _AUTH_REST
    if isinstance(error, UnavailableError):
        return backoff(failures)
    if isinstance(error, OutcomeUnknownError) and failures > 0:
        return backoff(failures)
    return None
