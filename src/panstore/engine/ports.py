"""What the engine is given from outside: time, ids, a runner, and points to cut it at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Protocol

import sqlalchemy as sa

from panstore.model.ids import ModuleCode, RouteId

__all__ = ["Clock", "NewId", "Probe", "Runner", "Work", "no_probe"]


class Clock(Protocol):
    """The only source of time; simulated in tests."""

    def now(self) -> dt.datetime:
        """Aware UTC."""

    def timer(self) -> float:
        """Seconds on a clock that never jumps; only differences mean anything."""

    async def sleep(self, seconds: float) -> None:
        """Let others run for `seconds`."""


NewId = Callable[[], str]
"""Makes an id nobody has made before."""

Probe = Callable[[str], None]
"""Called at every step boundary with its name; tests raise from it to cut the work there."""


def no_probe(_step: str) -> None:
    """The probe of a real installation: nothing is cut."""


Work = Callable[[RouteId, ModuleCode, int], Awaitable[None]]
"""One run: drain the marks of a route, module and shard."""


class Runner(Protocol):
    """Says who runs and when; what is to be done stands in the marks.

    A run is started at least once after `enqueue` is committed, and never twice at the same time
    for the same route, module and shard.
    """

    def enqueue(
        self, connection: sa.Connection, route: RouteId, module: ModuleCode, shard: int
    ) -> None:
        """Ask for a run, in the caller's transaction."""

    async def start(self, work: Work) -> None:
        """Begin to run what is and will be enqueued."""

    async def stop(self) -> None:
        """Stop taking runs and wait for those that run."""
