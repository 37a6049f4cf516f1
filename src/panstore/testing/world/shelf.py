"""The variants of one simulated system, in its own order, cheap enough for a million."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache

from panstore.model.ids import ExternalId
from panstore.model.product import Variant
from panstore.sdk.roles import VariantPage

__all__ = ["Shelf", "pieces"]


@cache
def pieces(number: int) -> Decimal:
    """One shared Decimal per whole number: a million stock levels need few objects."""
    return Decimal(number)


class Shelf:
    """Variants by id; ids are a prefix and a growing number, so a cursor is the last number.

    Args:
        prefix: makes the ids of one system unlike those of the other.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._order = array("q")
        self._variants: dict[ExternalId, Variant] = {}
        self._last = 1000

    def next_id(self) -> ExternalId:
        """Take the next id; a number is never used twice."""
        self._last += 1
        self._order.append(self._last)
        return ExternalId(f"{self._prefix}{self._last}")

    def put(self, variant: Variant) -> None:
        """Add or replace a variant."""
        self._variants[variant.id] = variant

    def drop(self, id_: ExternalId) -> Variant | None:
        """Take a variant away for good."""
        return self._variants.pop(id_, None)

    def get(self, id_: ExternalId) -> Variant | None:
        """The variant, or None."""
        return self._variants.get(id_)

    def known(self, ids: Sequence[ExternalId]) -> list[Variant]:
        """Those of `ids` that exist."""
        return [variant for id_ in ids if (variant := self._variants.get(id_)) is not None]

    def page(self, after: str | None, limit: int) -> VariantPage:
        """Next page; variants that come or go meanwhile move no other one."""
        position = bisect_right(self._order, int(after)) if after else 0
        found: list[Variant] = []
        while position < len(self._order) and len(found) < limit:
            variant = self._variants.get(ExternalId(f"{self._prefix}{self._order[position]}"))
            if variant is not None:
                found.append(variant)
            position += 1
        more = position < len(self._order)
        return VariantPage(tuple(found), str(self._order[position - 1]) if more else None)

    def __contains__(self, id_: object) -> bool:
        return id_ in self._variants

    def __iter__(self) -> Iterator[Variant]:
        return iter(self._variants.values())

    def __len__(self) -> int:
        return len(self._variants)
