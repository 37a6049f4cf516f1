"""What travels through the stages: one batch of items of one route and module."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from panstore.engine.context import Route
from panstore.engine.limiter import Lane
from panstore.model.change import Mark
from panstore.model.ids import ItemId, ModuleCode
from panstore.model.link import Link
from panstore.model.plan import Held, Operation, Plan, Value
from panstore.sdk.connectors import Settings
from panstore.sdk.errors import RemoteError
from panstore.sdk.modules import PriceItem, StateModule, StockItem, StockQuery
from panstore.sdk.roles import PriceQuery

__all__ = ["Batch", "Items", "Passed", "Result", "Verdict", "is_undo", "lane_of", "undo_name"]

_UNDO = "undo "

Items = Sequence[StockItem] | Sequence[PriceItem]


@dataclass
class Batch:
    """Items that are worked together.

    Attributes:
        marks: by item; empty for a page of a full run.
        cause: for items without a mark.
        began: when it was put together, before anything was read for it.
        watermark: cursor of the shop's order feed that the values account for.
        seen: what reading the destination taught us against the ledger, by item.
        undo: number of the plan that writes old values back. Brakes count them apart: they are as
            many as what they take back, and an approval lets that plan through, no other one and
            not the present values.
    """

    route: Route
    code: ModuleCode
    module: StateModule[Any]
    settings: Settings
    query: StockQuery | PriceQuery
    links: Mapping[ItemId, Link]
    marks: Mapping[str, Mark]
    cause: str
    lane: Lane
    began: dt.datetime
    watermark: str | None = None
    seen: dict[str, Value | None] = field(default_factory=dict)
    undo: int | None = None

    @property
    def braked_as(self) -> ModuleCode:
        """Under which name brakes count what is written."""
        return self.code if self.undo is None else undo_name(self.code, self.undo)

    def cause_of(self, item: str) -> str:
        """What made PanStore look at this item."""
        mark = self.marks.get(item)
        return self.cause if mark is None else mark.cause


@dataclass
class Verdict:
    """What may be written now, and what waits behind which approval."""

    passing: list[Operation] = field(default_factory=list)
    braked: list[tuple[Operation, int]] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)


@dataclass
class Result:
    """What became of the operations of a batch.

    Attributes:
        written: operation and the value the destination now holds.
        refused: operation and what the destination said.
        unknown: operations whose reply was lost: they are read back in the next pass.
        untried: operations that were certainly not done, and why.
        waiting: operations that come again in a moment: an order has to be looked at first.
    """

    written: list[tuple[Operation, Value]] = field(default_factory=list)
    refused: list[tuple[Operation, Held]] = field(default_factory=list)
    unknown: list[Operation] = field(default_factory=list)
    untried: list[Operation] = field(default_factory=list)
    waiting: list[Operation] = field(default_factory=list)
    trouble: RemoteError | None = None


@dataclass
class Passed:
    """A batch that went through: what was planned, let through, and what became of it."""

    plan: Plan
    verdict: Verdict
    result: Result


def undo_name(code: ModuleCode, plan: int) -> ModuleCode:
    """Under which name brakes count the old values of a module that a plan writes back."""
    return ModuleCode(f"{_UNDO}{code} plan {plan}")


def is_undo(braked_as: ModuleCode) -> bool:
    """Whether brakes count the writing back of old values under this name."""
    return braked_as.startswith(_UNDO)


def lane_of(query: StockQuery | PriceQuery) -> Lane:
    """Lane of real-time work, by what it reads."""
    return Lane.STOCK if isinstance(query, StockQuery) else Lane.PRICES
