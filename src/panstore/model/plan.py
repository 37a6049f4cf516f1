"""A plan is a value: it can be printed, counted by brakes, approved and applied."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from panstore.model.ids import ExternalId, ItemId, ModuleCode, RouteId
from panstore.model.price import PriceTarget
from panstore.model.stock import StockTarget

__all__ = [
    "Held",
    "Operation",
    "OutcomeState",
    "Plan",
    "Value",
    "WriteOutcome",
    "decode_value",
    "encode_value",
]

Value = StockTarget | PriceTarget
"""What can be written to a destination; normalised, so that equal values compare equal."""

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder: msgspec.json.Decoder[Value] = msgspec.json.Decoder(Value)


def encode_value(value: Value) -> str:
    """Canonical text of a value, for the ledger, the audit and stored plans."""
    return _encoder.encode(value).decode()


def decode_value(text: str) -> Value:
    """The value that `encode_value` wrote."""
    return _decoder.decode(text)


OutcomeState = Literal["done", "refused", "unknown"]
"""Every outside call ends in one of these; unknown is never retried blindly."""


class Operation(msgspec.Struct, frozen=True):
    """One absolute write.

    Attributes:
        item: our id; target: the destination's id.
        before: last known value in the destination, None if never seen.
        after: the value to be written.
        reason: for people, why this value.
    """

    item: ItemId
    target: ExternalId
    before: Value | None
    after: Value
    reason: str
    sku: str = ""


class Held(msgspec.Struct, frozen=True):
    """One record that cannot go on.

    Attributes:
        code: stable word for the reason, e.g. `price.missing`.
        reason: what happened, to which record, what PanStore did, what a person can do.
    """

    item: str
    code: str
    reason: str
    sku: str = ""


class Plan(msgspec.Struct, frozen=True):
    """What one module wants to do to one destination.

    Attributes:
        operations: only real differences; what is in step does not appear.
        unchanged: items that were looked at and are in step.
        held: items to park.
        due_again: items whose value changes by itself later (dated prices), aware UTC.
    """

    route: RouteId
    module: ModuleCode
    operations: tuple[Operation, ...] = ()
    unchanged: tuple[ItemId, ...] = ()
    held: tuple[Held, ...] = ()
    due_again: tuple[tuple[ItemId, dt.datetime], ...] = ()


class WriteOutcome(msgspec.Struct, frozen=True):
    """What became of one operation.

    Attributes:
        target: the destination's id.
        stored: the value as the destination now holds it, where its answer says so.
        code, message: why it was refused, in the destination's words.
    """

    target: ExternalId
    state: OutcomeState
    stored: Value | None = None
    code: str = ""
    message: str = ""
