"""A plan that is kept: its lines, what each says to people, and what a taken back one writes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import msgspec

from panstore.model.ids import ExternalId, ItemId, ModuleCode, RouteId
from panstore.model.plan import Held, Operation, Plan, decode_value, encode_value
from panstore.model.price import PriceTarget
from panstore.model.product_fields import field_words
from panstore.model.product_plan import ProductPlan
from panstore.model.quantity import plain
from panstore.model.stock import StockTarget

__all__ = [
    "LineKind",
    "LineState",
    "PastWrite",
    "PlanKind",
    "PlanLine",
    "PlanState",
    "StoredPlan",
    "Stretch",
    "last_writes",
    "line_words",
    "old_price",
    "product_lines",
    "value_lines",
]

PlanKind = Literal["preview", "first", "undo"]
"""`first` is the plan before the first sync of a module that asks before it begins."""

PlanState = Literal["open", "applying", "applied", "closed"]
"""`applying` may still have approved lines that wait; `closed` is never applied any more."""

LineKind = Literal["create", "change", "hide", "show", "held"]
"""`held` cannot go on; it says why."""

LineState = Literal["open", "approved", "sent", "left", "applied", "refused"]
"""`sent`: its write has begun and nothing is known of it yet; `left` by a person; `refused` because
it has changed since, or by the other system."""

STOCK, PRICE = "stock", "price"


class StoredPlan(msgspec.Struct, frozen=True):
    """What was planned at one moment, to be looked at, approved and applied.

    Attributes:
        title: for people, what it is for.
        looked_at, unchanged: how many records were looked at, and how many of them are in step.
        calls, seconds: what applying all of it is estimated to take.
    """

    id: int
    route: RouteId
    module: ModuleCode
    kind: PlanKind
    state: PlanState
    title: str
    made_at: dt.datetime
    ended_at: dt.datetime | None
    looked_at: int
    unchanged: int
    calls: int
    seconds: int


class PlanLine(msgspec.Struct, frozen=True):
    """One field of one record.

    Attributes:
        line: from 1, in the order of the plan.
        item: our id; sku: for people.
        side: which system is written, `shop` or `erp`; empty for what cannot go on.
        variant: of a product's field, empty otherwise.
        before, after: canonical texts; `before` is empty where nothing is known to stand there.
        note: what became of it, for people.
    """

    line: int
    item: str
    sku: str
    side: str
    kind: LineKind
    variant: str
    field: str
    before: str
    after: str
    reason: str
    state: LineState = "open"
    note: str = ""


class PastWrite(msgspec.Struct, frozen=True):
    """A write of the past to one field of a record.

    Attributes:
        id: grows with time.
        before: None where nothing was known to stand there.
        chosen: whether it is among those a person wants to take back.
    """

    id: int
    item: str
    sku: str
    before: str | None
    after: str
    chosen: bool
    side: str = "shop"
    variant: str = ""
    field: str = ""


def value_lines(plan: Plan, *, first: int = 1) -> list[PlanLine]:
    """Lines of a plan of stock or prices: the operations, then what cannot go on.

    Args:
        first: number of the first line, >= 1.
    """
    lines = [
        PlanLine(
            line=number,
            item=operation.item,
            sku=operation.sku,
            side="shop",
            kind="change" if operation.before is not None else "create",
            variant="",
            field=STOCK if isinstance(operation.after, StockTarget) else PRICE,
            before="" if operation.before is None else encode_value(operation.before),
            after=encode_value(operation.after),
            reason=operation.reason,
        )
        for number, operation in enumerate(plan.operations, first)
    ]
    return lines + _held_lines(plan.held, first + len(lines))


def product_lines(plan: ProductPlan, *, first: int = 1) -> list[PlanLine]:
    """Lines of a plan of products: every field of every change, then what cannot go on."""
    lines: list[PlanLine] = []
    for change in plan.changes:
        for one in change.lines:
            lines.append(
                PlanLine(
                    line=first + len(lines),
                    item=change.item,
                    sku=one.sku or change.sku,
                    side=change.side,
                    kind=change.kind,
                    variant=one.variant,
                    field=one.field,
                    before=one.old,
                    after=one.new,
                    reason=one.reason,
                )
            )
    return lines + _held_lines(plan.held, first + len(lines))


def _held_lines(held: Iterable[Held], first: int) -> list[PlanLine]:
    return [
        PlanLine(
            line=number,
            item=record.item,
            sku=record.sku,
            side="",
            kind="held",
            variant="",
            field="",
            before="",
            after="",
            reason=record.reason,
        )
        for number, record in enumerate(held, first)
    ]


def line_words(field: str, text: str) -> str:
    """One side of a line as people read it; a dash where nothing is known to stand there."""
    if not text:
        return "-"
    if field not in {STOCK, PRICE}:
        return field_words(field, text) if field else text
    value = decode_value(text)
    if isinstance(value, StockTarget):
        return plain(value.free)
    return _price_words(value)


def _price_words(price: PriceTarget) -> str:
    words = f"{price.amount:f} {price.currency} {'gross' if price.includes_tax else 'net'}"
    if price.tax_class is not None:
        words += f", tax class {price.tax_class}"
    if price.promotion is not None:
        offer = price.promotion
        words += f", on offer at {offer.amount:f}"
        words += f" from {offer.starts or 'now'} to {offer.ends or 'open'}"
    return words


class Stretch(NamedTuple):
    """Chosen writes to one field that follow each other, the last ones there are.

    Attributes:
        oldest, newest: of the stretch.
        last: the last write to the field, chosen or not.
    """

    oldest: PastWrite
    newest: PastWrite
    last: PastWrite


def last_writes(writes: Sequence[PastWrite]) -> list[Stretch]:
    """What is to be taken back of each field.

    A stretch is of chosen writes that follow each other. What lies before a write that was not
    chosen is not taken back: that one is newer, and its value is what stood there before.

    Args:
        writes: all writes of the records, chosen or not, oldest first.

    Returns:
        One stretch per field with a chosen write, in order of its newest one.
    """
    by_field: dict[tuple[str, str, str, str], list[PastWrite]] = {}
    for write in writes:
        by_field.setdefault((write.item, write.side, write.variant, write.field), []).append(write)
    chosen = [past for past in by_field.values() if any(write.chosen for write in past)]
    found = [_stretch(past) for past in chosen]
    return sorted(found, key=lambda stretch: stretch.newest.id)


def _stretch(past: Sequence[PastWrite]) -> Stretch:
    newest = first = max(place for place, write in enumerate(past) if write.chosen)
    while first and past[first - 1].chosen:
        first -= 1
    return Stretch(past[first], past[newest], past[-1])


def old_price(line: PlanLine, target: ExternalId) -> Operation:
    """The operation that writes the old value of a line of prices back.

    Args:
        target: the destination's id.
    """
    return Operation(
        item=ItemId(line.item),
        target=target,
        before=decode_value(line.before),
        after=decode_value(line.after),
        reason=line.reason,
        sku=line.sku,
    )
