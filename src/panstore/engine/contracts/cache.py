"""What the ERP said of agreements and prices, as long as nothing has changed since. Pure.

Every entry carries the number of the last change that was known before the ERP was asked for it.
It is true as long as nothing that concerns it has a higher one. So a change costs one number, not
a search through what is kept, and what changed while the ERP was being read makes the answer stale.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar

from panstore.model.contract import Agreement, ContractPrice
from panstore.model.ids import ExternalId
from panstore.store.price_changes import PriceChange

__all__ = ["Entry", "PriceCache", "PriceKey"]

V = TypeVar("V")
K = TypeVar("K")


class PriceKey(NamedTuple):
    """What a price is known for.

    Attributes:
        quantity: stock units.
        day: business day in the company's zone.
    """

    agreement: ExternalId
    variant: ExternalId
    quantity: Decimal
    currency: str
    day: dt.date


@dataclass(frozen=True, slots=True)
class Entry(Generic[V]):
    """An answer of the ERP.

    Attributes:
        value: None where the ERP knows no such record.
        version: number of the last change that was known before the ERP was asked.
        asked_at: when it was asked, aware UTC.
        timer: the same on the clock that never jumps.
    """

    value: V | None
    version: int
    asked_at: dt.datetime
    timer: float


class _Bounded(OrderedDict[K, V]):
    """Keeps so many at most; what was not used for longest goes first."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def used(self, key: K) -> V | None:
        """The value, which was used now; None if there is none."""
        value = self.get(key)
        if value is not None:
            self.move_to_end(key)
        return value

    def keep(self, key: K, value: V) -> list[tuple[K, V]]:
        """Keep a value as the youngest; what had to go."""
        self[key] = value
        self.move_to_end(key)
        return [self.popitem(last=False) for _ in range(len(self) - self._most)]


class PriceCache:
    """What is known of one ERP.

    Args:
        prices, parties, changes: most that are kept of each, >= 1.
    """

    def __init__(
        self, *, prices: int = 100_000, parties: int = 50_000, changes: int = 50_000
    ) -> None:
        self._version: int | None = None
        self._prices: _Bounded[PriceKey, Entry[ContractPrice]] = _Bounded(prices)
        self._parties: _Bounded[ExternalId, Entry[Agreement]] = _Bounded(parties)
        self._changes: _Bounded[PriceChange, int] = _Bounded(changes)
        self._floor = 0
        self._any_agreement = 0

    @property
    def version(self) -> int | None:
        """Number of the last change that is known; None before anybody has looked."""
        return self._version

    def __len__(self) -> int:
        return len(self._prices)

    def apply(self, version: int, changes: Iterable[tuple[PriceChange, int]]) -> None:
        """Take note of what has changed up to `version`; the order of calls does not matter."""
        for change, number in changes:
            kind = change[0]
            if kind == "all":
                self._floor = max(self._floor, number)
                continue
            if kind == "agreement":
                # The default list may have become another one, and so everybody's.
                self._any_agreement = max(self._any_agreement, number)
            last = max(number, self._changes.get(change, 0))
            for _, gone in self._changes.keep(change, last):
                # What is not remembered has to be believed of everything.
                self._floor = max(self._floor, gone)
        self._version = max(version, self._version or 0)

    def price(self, key: PriceKey) -> Entry[ContractPrice] | None:
        """What was last said for a key, true or not."""
        return self._prices.used(key)

    def party(self, party: ExternalId) -> Entry[Agreement] | None:
        """What was last said of a party, true or not."""
        return self._parties.used(party)

    def keep_price(self, key: PriceKey, entry: Entry[ContractPrice]) -> None:
        """Keep an answer, unless a younger one is known."""
        known = self._prices.get(key)
        if known is None or known.version <= entry.version:
            self._prices.keep(key, entry)

    def keep_party(self, party: ExternalId, entry: Entry[Agreement]) -> None:
        """Keep an answer, unless a younger one is known."""
        known = self._parties.get(party)
        if known is None or known.version <= entry.version:
            self._parties.keep(party, entry)

    def forget_party(self, party: ExternalId) -> None:
        """It has to be asked for again."""
        self._parties.pop(party, None)

    def price_holds(self, key: PriceKey, version: int) -> bool:
        """Whether a price that was asked for at `version` is as far as we know still the same."""
        changes = self._changes
        return (
            version >= self._floor
            and version >= changes.get(("variant", key.variant), 0)
            and version >= changes.get(("agreement", key.agreement), 0)
        )

    def party_holds(self, party: ExternalId, version: int) -> bool:
        """Whether what a party buys at is as far as we know still the same."""
        return (
            version >= self._floor
            and version >= self._any_agreement
            and version >= self._changes.get(("party", party), 0)
        )
