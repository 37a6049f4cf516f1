"""Drift: where two systems differ now, and who moved since we last wrote."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from panstore.model.ids import ModuleCode, RouteId
from panstore.model.plan import Value
from panstore.model.quantity import plain
from panstore.model.stock import StockTarget

__all__ = [
    "KINDS",
    "DriftKind",
    "DriftRow",
    "Mover",
    "OwnWork",
    "Waits",
    "own_work",
    "say_value",
    "who_moved",
    "who_moved_field",
]

DriftKind = Literal["stock", "price", "product", "order"]
"""What can drift: values of articles, products field by field, orders."""

KINDS: tuple[DriftKind, ...] = ("stock", "price", "product", "order")
"""All of them, in the order in which they are told."""

Mover = Literal["none", "shop", "erp", "both", "us", "unknown"]
"""Who moved since both sides were last known to agree. `us`: the work on it is ours and not done;
`unknown`: it was never written, so nobody can tell; `none`: the two do not differ."""

Waits = Literal["", "undone", "brake", "parked", "doubt", "mark", "held"]
"""For what our own work waits: taken back by a person, a brake, parked, the reply was lost, not
yet worked, or it cannot be worked out."""


def who_moved(*, shop: str | None, erp: str | None, wrote: str | None, waits: Waits) -> Mover:
    """Who made the two sides differ.

    Args:
        shop: canonical text of what the shop holds now; None if it holds nothing.
        erp: of what the ERP's value comes to for this shop; None if it comes to nothing.
        wrote: of what both were last known to hold; None if nothing was ever written or seen.
        waits: for what our own work on it waits; then the difference is known and ours.
    """
    if shop == erp and (shop is not None or not waits):
        return "none"
    if waits:
        return "us"
    if wrote is None:
        return "unknown"
    if shop == wrote:
        return "erp"
    return "shop" if erp == wrote else "both"


def who_moved_field(
    now: tuple[str, str], base: tuple[str, str] | None, waits: Waits
) -> tuple[Mover, str]:
    """Who made the two sides of a product's field differ, and the same in words.

    The sides need not hold the same text to agree, so each is compared with its own.

    Args:
        now: canonical texts of what ERP and shop hold; empty for nothing.
        base: likewise of when they last agreed; None if they never did.
        waits: for what our own work on it waits; then the difference is known and ours.
    """
    if waits:
        return "us", ""
    if base is None:
        return "unknown", "ERP and shop never agreed on it"
    ways: dict[tuple[bool, bool], tuple[Mover, str]] = {
        (True, False): ("erp", "changed in the ERP since both last agreed"),
        (False, True): ("shop", "changed in the shop since both last agreed"),
        (True, True): ("both", "changed in the ERP and in the shop since both last agreed"),
        (False, False): ("us", "nobody changed it since both last agreed; it is ours to write"),
    }
    return ways[now[0] != base[0], now[1] != base[1]]


class OwnWork(msgspec.Struct, frozen=True):
    """What is known of our own work on one record.

    Attributes:
        undone: the present value was taken back by a person.
        approval: number of the mass change it waits behind, None if it does not.
        parked: number of the open record, None if there is none; reason: why it was parked.
        doubt: the last write's reply was lost and nobody has looked since.
        marked: it waits to be worked.
        held: why it could not be worked out now; empty if it could.
    """

    undone: bool = False
    approval: int | None = None
    parked: int | None = None
    reason: str = ""
    doubt: bool = False
    marked: bool = False
    held: str = ""


def own_work(known: OwnWork) -> tuple[Waits, str]:
    """For what our work on a record waits, and the same in words; both empty if for nothing.

    What a person has to decide comes before what ends by itself.
    """
    back = "a person took the ERP's value back; it waits for a new one in the ERP"
    ways: tuple[tuple[bool, Waits, str], ...] = (
        (known.undone, "undone", back),
        (
            known.approval is not None,
            "brake",
            f"it waits behind a brake, mass change {known.approval}",
        ),
        (
            known.parked is not None,
            "parked",
            f"it is parked as record {known.parked}: {known.reason}",
        ),
        (bool(known.held), "held", known.held),
        (known.doubt, "doubt", "the reply to our last write was lost; it is read back first"),
        (known.marked, "mark", "it is marked and not worked yet"),
    )
    return next(((waits, words) for holds, waits, words in ways if holds), ("", ""))


class DriftRow(msgspec.Struct, frozen=True):
    """One record on which two systems differ, or whose work is not done.

    Attributes:
        item: our id of the article or product, or the shop's id of the order.
        label: code or number for people; field: name of a product's field, else empty.
        erp, shop, wrote: in words; None where there is nothing (or nobody knows).
        wrote_at: when `wrote` was written, or last seen there; None for never.
        waits: for what our own work waits; `moved` is then `us`.
        approval, parked: numbers of what holds it.
        why: for people.
    """

    route: RouteId
    module: ModuleCode
    kind: DriftKind
    item: str
    label: str
    erp: str | None
    shop: str | None
    wrote: str | None
    wrote_at: dt.datetime | None
    moved: Mover
    why: str
    field: str = ""
    waits: Waits = ""
    approval: int | None = None
    parked: int | None = None

    @property
    def differs(self) -> bool:
        """Whether there is anything to tell."""
        return self.moved != "none"


def say_value(value: Value | None) -> str | None:
    """A stock or a price in words, with everything in which two of them can differ."""
    if value is None:
        return None
    if isinstance(value, StockTarget):
        return plain(value.free)
    words = f"{value.amount:f} {value.currency} {'gross' if value.includes_tax else 'net'}"
    if value.tax_class is not None:
        words += f", tax {value.tax_class}"
    offer = value.promotion
    if offer is not None:
        days = f"{offer.starts or ''}..{offer.ends or ''}"
        words += f", on offer at {offer.amount:f} ({days})"
    return words
