"""The journal of what may have changed prices under agreements."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from panstore.model.ids import ConnectionId
from panstore.store.database import Store
from panstore.store.price_changes import (
    EVERYTHING,
    PriceChange,
    note_price_changes,
    price_changes_since,
)
from tests.store.samples import NOW

ERP, OTHER = ConnectionId("erp"), ConnectionId("other")
_ALL = ("all", "")


def _note(store: Store, *changes: PriceChange, system: ConnectionId = ERP) -> int:
    return store.run(lambda c: note_price_changes(c, system, changes, now=NOW))


def _since(
    store: Store, version: int | None, limit: int = 100
) -> tuple[int, list[tuple[PriceChange, int]]]:
    present, changes = store._read(lambda c: price_changes_since(c, ERP, version, limit=limit))
    return present, list(changes)


def test_each_change_is_found_under_its_last_number(store: Store) -> None:
    assert _note(store, ("variant", "v1"), ("agreement", "a1")) == 1
    assert _note(store, ("variant", "v2")) == 2
    assert _note(store, ("variant", "v1"), ("variant", "v1")) == 3
    assert _since(store, 0) == (
        3,
        [(("agreement", "a1"), 1), (("variant", "v2"), 2), (("variant", "v1"), 3)],
    )
    assert _since(store, 2) == (3, [(("variant", "v1"), 3)])
    assert _since(store, 3) == (3, [])


def test_no_change_raises_no_number(store: Store) -> None:
    assert _note(store) == 0
    assert _since(store, 0) == (0, [])


def test_each_erp_has_its_own_numbers(store: Store) -> None:
    _note(store, ("variant", "v1"), system=OTHER)
    assert _since(store, 0) == (0, [])
    assert _note(store, *EVERYTHING) == 1


def test_who_has_seen_nothing_is_told_that_everything_may_have_changed(store: Store) -> None:
    assert _since(store, None) == (0, [(_ALL, 0)])
    _note(store, ("variant", "v1"))
    assert _since(store, None) == (1, [(_ALL, 1)])


@pytest.mark.parametrize(("limit", "listed"), [(2, False), (3, True)])
def test_too_many_changes_are_everything(store: Store, limit: int, listed: bool) -> None:
    for number in range(3):
        _note(store, ("variant", f"v{number}"))
    present, changes = _since(store, 0, limit)
    assert present == 3
    assert (changes == [(_ALL, 3)]) is not listed
    assert (len(changes) == 3) is listed


def test_a_number_is_not_seen_before_a_smaller_one(store: Store) -> None:
    """The second writer waits for the first; nobody sees 2 and misses 1."""
    first_noted, may_commit = threading.Event(), threading.Event()

    def first(connection: sa.Connection) -> None:
        note_price_changes(connection, ERP, [("variant", "slow")], now=NOW)
        first_noted.set()
        assert may_commit.wait(10)

    slow = threading.Thread(target=store.run, args=(first,))
    slow.start()
    assert first_noted.wait(10)
    fast = threading.Thread(target=_note, args=(store, ("variant", "fast")))
    fast.start()
    assert _since(store, 0) == (0, [])
    may_commit.set()
    slow.join()
    fast.join()
    assert _since(store, 0) == (2, [(("variant", "slow"), 1), (("variant", "fast"), 2)])
