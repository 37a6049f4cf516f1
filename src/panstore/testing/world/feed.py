"""The change feed of the simulated ERP: rows get their number early and become visible late."""

from __future__ import annotations

from itertools import islice

from panstore.model.change import Signal, SignalKind
from panstore.model.ids import ExternalId
from panstore.sdk.roles import FeedBatch

__all__ = ["ChangeRows", "HeldRows"]


class HeldRows:
    """A transaction that has taken its row numbers and has not committed yet."""

    def __init__(self, rows: ChangeRows) -> None:
        self._rows = rows
        self.held: dict[int, Signal] = {}

    def commit(self) -> None:
        """Make the rows visible, below numbers that others may have seen already."""
        self._rows.reveal(self)


class ChangeRows:
    """Unacknowledged rows; consumed by acknowledgement."""

    def __init__(self) -> None:
        self._waiting: dict[int, Signal] = {}
        self._last = 0
        self._held: HeldRows | None = None

    def add(
        self, kind: SignalKind, id_: ExternalId, *, code: str = "", deleted: bool = False
    ) -> None:
        """One change, visible at once unless a transaction is held open."""
        self._last += 1
        signal = Signal(kind, id_, deleted, code)
        target = self._waiting if self._held is None else self._held.held
        target[self._last] = signal

    def hold(self) -> HeldRows:
        """From now on changes belong to a transaction that is open; see `resume`, `commit`."""
        self._held = HeldRows(self)
        return self._held

    def resume(self) -> None:
        """Later changes are of other transactions again; the held one stays uncommitted."""
        self._held = None

    def reveal(self, held: HeldRows) -> None:
        """Commit: the rows take the place their numbers give them."""
        if self._held is held:
            self._held = None
        self._waiting = dict(sorted((self._waiting | held.held).items()))
        held.held = {}

    def pull(self, limit: int) -> FeedBatch:
        """Oldest visible unacknowledged rows."""
        rows = list(islice(self._waiting.items(), limit))
        return FeedBatch(
            tuple(signal for _, signal in rows),
            tuple(str(number) for number, _ in rows),
            more=len(self._waiting) > len(rows),
        )

    def acknowledge(self, receipts: tuple[str, ...]) -> None:
        """These rows do not come again."""
        for receipt in receipts:
            self._waiting.pop(int(receipt), None)

    def __len__(self) -> int:
        return len(self._waiting)
