"""What happened, in order: every call on both systems, for people and for the checker."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from panstore.model.ids import ConnectionId, ExternalId
from panstore.testing.world.clock import SimClock

__all__ = ["Call", "History", "StockRead", "StockWrite"]


@dataclass(frozen=True, slots=True)
class StockRead:
    """What an ERP said could be sold: on hand - reserved - demand, summed over the warehouses."""

    warehouses: tuple[str, ...]
    available: dict[ExternalId, Decimal]


@dataclass(frozen=True, slots=True)
class StockWrite:
    """What a shop was told.

    Attributes:
        watermark: journal number up to which orders were accounted for, None if not told.
        given: free quantity by variant, as it was given, accepted items only.
    """

    watermark: int | None
    given: dict[ExternalId, Decimal]


@dataclass(frozen=True, slots=True)
class Call:
    """One call that reached, or should have reached, a simulated system.

    Attributes:
        tick: position in the history of the whole world, unique and growing.
        outcome: `done`, or the word of the fault or error it ended in; a call `lost after` had
            its effect although the caller never learned it.
        detail: values the checker needs, None for most operations.
    """

    tick: int
    at: dt.datetime
    connection: ConnectionId
    operation: str
    summary: str
    outcome: str
    detail: StockRead | StockWrite | None = None


class History:
    """The one order of events that all parts of a simulated world share.

    Args:
        keep: whether calls are kept; False only counts them, for runs of a million items.
    """

    def __init__(self, clock: SimClock, *, keep: bool = True) -> None:
        self.clock = clock
        self.keep = keep
        self.calls: list[Call] = []
        self.counts: Counter[tuple[ConnectionId, str]] = Counter()
        self._tick = 0

    @property
    def now_tick(self) -> int:
        """The tick of the last event."""
        return self._tick

    def tick(self) -> int:
        """Number the next event."""
        self._tick += 1
        return self._tick

    def record(
        self,
        connection: ConnectionId,
        operation: str,
        summary: str,
        outcome: str,
        detail: StockRead | StockWrite | None = None,
    ) -> None:
        """Write one call down."""
        tick = self.tick()
        self.counts[connection, operation] += 1
        if self.keep:
            now = self.clock.now()
            self.calls.append(Call(tick, now, connection, operation, summary, outcome, detail))

    def of(self, connection: ConnectionId, operation: str) -> list[Call]:
        """All kept calls of one operation."""
        return [
            call
            for call in self.calls
            if call.connection == connection and call.operation == operation
        ]

    def __str__(self) -> str:
        return "\n".join(
            f"{call.tick:>5} {call.at:%H:%M:%S} {call.connection}.{call.operation}"
            f"({call.summary}) -> {call.outcome}"
            for call in self.calls
        )
