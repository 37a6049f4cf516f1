"""Writes of the past that never arrived: their reply was lost, and what had stood there stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from panstore.model.stored_plan import PastWrite
from panstore.store.audit import Entry

__all__ = ["lost_writes"]


def lost_writes(
    past: Sequence[tuple[Entry, PastWrite]], present: Callable[[PastWrite], str]
) -> set[int]:
    """Numbers of those that did not arrive: nothing newer came by them.

    Args:
        past: the oldest first.
        present: what stands now where one was written, empty if nothing is known.
    """
    lost: set[int] = set()
    told: set[tuple[str, str, str, str]] = set()
    for entry, write in reversed(past):
        place = (write.item, write.side, write.variant, write.field)
        if place in told:
            continue
        if entry.outcome == "unknown" and present(write) == write.before != write.after:
            lost.add(write.id)
        else:
            told.add(place)
    return lost
