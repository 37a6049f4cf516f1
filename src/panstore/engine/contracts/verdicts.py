"""What was found about the prices of an order, as its facts keep it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import msgspec

from panstore.model.agreed import lines_digest
from panstore.model.contract import PriceVerdict
from panstore.model.order import Order

__all__ = ["PRICED", "present_verdict", "verdict_of"]

PRICED = "priced"
"""Name of the facts."""


class _Fact(Protocol):
    """A fact, of the store or of the SDK."""

    @property
    def name(self) -> str: ...
    @property
    def detail(self) -> str: ...


def verdict_of(fact: _Fact) -> PriceVerdict | None:
    """What a fact `priced` says; None if a later version wrote what this one cannot read."""
    try:
        return msgspec.json.decode(fact.detail, type=PriceVerdict)
    except msgspec.DecodeError:
        return None


def present_verdict(facts: Iterable[_Fact], order: Order) -> PriceVerdict | None:
    """What was last found about the lines that an order has now; None if nobody has looked.

    Args:
        order: as the shop charged it.
    """
    known = [verdict_of(fact) for fact in facts if fact.name == PRICED]
    if not known:
        return None
    digest = lines_digest(order)
    found = (one for one in reversed(known) if one is not None and one.digest == digest)
    return next(found, None)
