"""What the composition root gives to the command line, and what every command is given."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol, TypeVar

from cyclopts import Parameter, validators

if TYPE_CHECKING:
    from panstore.engine.engine import Engine

__all__ = [
    "DONE",
    "TROUBLE",
    "USAGE",
    "WAITING",
    "Desk",
    "Flag",
    "GivenDesk",
    "Host",
    "Limit",
    "Number",
]

T = TypeVar("T")

DONE = 0
"""Exit code: it is done, or everything is in order."""

TROUBLE = 1
"""Exit code: something is wrong; what it was stands on standard error."""

WAITING = 2
"""Exit code: it works, but something waits: changes to be written, or a person's word."""

USAGE = 64
"""Exit code: the command was not understood (EX_USAGE of sysexits.h)."""


class Host(Protocol):
    """What only the composition root can do; it knows settings, connectors and the clock.

    Every method may raise `panstore.sdk.errors.PanstoreError`; people see its text.
    """

    def engine(self, config: Path) -> AbstractAsyncContextManager[Engine]:
        """An engine that is wired and whose store is migrated, but not started.

        Its connectors can be called, its store read and written, runs enqueued; nothing is
        watched or worked. It must be possible beside a running `panstore run`. Leaving the
        context closes connectors and store.
        """

    def init(self, config: Path, *, force: bool) -> None:
        """Write a commented `panstore.toml`.

        Raises:
            FileExistsError: it is there and `force` is false.
        """

    def run(self, config: Path) -> int:
        """Run PanStore until it is told to end; the exit code."""

    def demo(self, directory: Path, *, headless: bool) -> int:
        """Run the demo world until it is told to end; the exit code."""


@dataclass(frozen=True)
class Desk:
    """Where a command works: the host and the settings file it was called with."""

    host: Host
    config: Path

    def ask(self, work: Callable[[Engine], Awaitable[T]]) -> T:
        """Open the engine without starting it, do `work`, close it."""

        async def opened() -> T:
            async with self.host.engine(self.config) as engine:
                return await work(engine)

        return asyncio.run(opened())


GivenDesk = Annotated[Desk, Parameter(parse=False)]
"""Marks the parameter that is handed over, not read from the command line."""

Flag = Annotated[bool, Parameter(show_default=False)]
"""A switch that is off unless it is named."""

_LARGEST = 2**63 - 1

Number = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=_LARGEST))]
"""Of a record; the store counts its rows in 64 bits."""

Limit = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=_LARGEST))]
"""How many rows at most."""
