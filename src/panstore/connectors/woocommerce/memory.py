"""What a connector keeps in memory to spare the shop questions; losing it costs only those."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from threading import Lock
from typing import Generic, TypeVar

import msgspec

from panstore.connectors.woocommerce.map.echo import Fingerprint, fingerprint

__all__ = ["Echoes", "Recent"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_MOST = 200_000


class Recent(Generic[K, V]):
    """The entries used last, at most so many; several threads may use it at once.

    Args:
        most: >= 1; the one not used for longest makes room.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """What was put there, None if nothing or not any more."""
        with self._lock:
            value = self._kept.get(key)
            if value is not None:
                self._kept.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep it, in place of what was there."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def items(self) -> Iterable[tuple[K, V]]:
        """All that is kept."""
        return self._kept.items()

    def drop(self, key: K) -> None:
        """Keep nothing there."""
        with self._lock:
            self._kept.pop(key, None)


class Echoes:
    """Tells our own writes, which come back as changes, from those of others.

    Every write moves the time of change and sends messages, even one that changes nothing
    (WooCommerce 10.5, recorded 06-product-update). Only what a write of ours was answered with is
    kept, and only while nobody has been seen to change it: so a change of somebody else is never
    taken for an echo for good.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._ours: Recent[int, Fingerprint] = Recent(most)

    def note(self, answered: bytes | msgspec.Raw) -> None:
        """Keep how the shop answered to a write of ours: a whole product or variation."""
        found = fingerprint(answered)
        if found is not None:
            self._ours.put(found.id, found)

    def is_ours(self, row: bytes | msgspec.Raw) -> bool:
        """Whether a row shows exactly what our last write left; if not, that is forgotten.

        Args:
            row: listed with `context=edit` and all of `map.echo.FACT_FIELDS`.
        """
        found = fingerprint(row)
        kept = None if found is None else self._ours.get(found.id)
        if found is None or kept is None:
            return False
        if kept.exact != found.exact:
            self._ours.drop(found.id)
        return kept.exact == found.exact

    def seems_ours(self, message: bytes) -> bool:
        """Whether a message shows what our last write left; if not, that is forgotten.

        A message shows texts as pages do, so a change of nothing but paragraphs is not seen in it.
        Whoever asks the shop by the clock, and compares exactly, finds it.
        """
        found = fingerprint(message)
        kept = None if found is None else self._ours.get(found.id)
        if found is None or kept is None:
            return False
        if kept.shown != found.shown:
            self._ours.drop(found.id)
        return kept.shown == found.shown
