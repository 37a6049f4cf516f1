"""What waits for a person: parked records and approvals."""

from __future__ import annotations

import datetime as dt

import pytest

from panstore.model.plan import Held
from panstore.store.brakes import (
    count_risky,
    decide,
    due_approvals,
    find_approval,
    held_items,
    hold_items,
    list_approvals,
    note_risky,
    open_approval,
    passes,
    release_items,
)
from panstore.store.database import Store
from panstore.store.parked import close, find, list_parked, park, unpark
from tests.store.samples import MODULE, NOW, ROUTE, later

KIND = "stock_to_zero"


def _held(item: str, reason: str = "no price") -> Held:
    return Held(item=item, code="price.missing", reason=reason, sku=f"SKU of {item}")


def _park(store: Store, *held: Held, seconds: float = 0) -> list[Held]:
    return store.run(lambda c: park(c, ROUTE, MODULE, held, now=later(seconds)))


def test_a_record_is_parked_once_and_told_once(store: Store) -> None:
    assert _park(store, _held("b"), _held("a")) == [_held("a"), _held("b")]
    assert _park(store, _held("a"), seconds=9) == []
    found = store._read(list_parked)
    assert {(r.key, r.state, r.parked_at) for r in found} == {
        ("a", "open", NOW),
        ("b", "open", NOW),
    }


def test_more_keys_are_solved_at_once_than_a_statement_takes_values(store: Store) -> None:
    _park(store, _held("60000"))
    keys = [str(number) for number in range(70_000)]
    store.run(lambda c: unpark(c, ROUTE, MODULE, keys, now=later(1)))
    assert store._read(list_parked) == []


def test_another_reason_is_news(store: Store) -> None:
    _park(store, _held("a"))
    changed = _held("a", "the price is zero")
    assert _park(store, changed, seconds=9) == [changed]
    [record] = store._read(list_parked)
    assert (record.reason, record.parked_at) == ("the price is zero", later(9))


@pytest.mark.parametrize("state", ["retried", "skipped"])
def test_a_record_that_comes_back_after_a_decision_is_open_again(store: Store, state: str) -> None:
    _park(store, _held("a"))
    [record] = store._read(list_parked)
    store.run(lambda c: close(c, record.id, state, now=later(1)))
    assert store._read(list_parked) == []
    closed = store._read(lambda c: find(c, record.id))
    assert closed is not None
    assert (closed.state, closed.closed_at) == (state, later(1))
    assert _park(store, _held("a"), seconds=2) == [_held("a")]
    [again] = store._read(list_parked)
    assert (again.id, again.state, again.closed_at) == (record.id, "open", None)


def test_what_went_through_after_all_is_solved_and_the_rest_stays(store: Store) -> None:
    _park(store, _held("a"), _held("b"))
    store.run(lambda c: unpark(c, ROUTE, MODULE, ["a", "never"], now=later(3)))
    assert [r.key for r in store._read(list_parked)] == ["b"]
    [solved] = store._read(lambda c: list_parked(c, state="solved"))
    assert (solved.key, solved.closed_at) == ("a", later(3))
    assert len(store._read(lambda c: list_parked(c, state=None))) == 2


def _open(store: Store, applies_at: dt.datetime | None = None) -> tuple[int, bool]:
    return store.run(
        lambda c: open_approval(
            c, ROUTE, MODULE, KIND, reason="30 of 90", now=NOW, applies_at=applies_at
        )
    )


def _brake(store: Store, *items: str, applies_at: dt.datetime | None = None) -> int:
    approval, _ = _open(store, applies_at)
    store.run(lambda c: note_risky(c, ROUTE, MODULE, KIND, items, now=NOW))
    store.run(lambda c: hold_items(c, ROUTE, MODULE, KIND, items, approval))
    return approval


def _passes(store: Store, *items: str) -> set[str]:
    return store._read(lambda c: passes(c, ROUTE, MODULE, KIND, items))


def test_an_item_counts_once_inside_the_window(store: Store) -> None:
    for seconds in (0, 5):
        store.run(
            lambda c, s=seconds: note_risky(  # type: ignore[misc]
                c, ROUTE, MODULE, KIND, ["a", "b", "a"], now=later(s)
            )
        )

    def count(since: float, *but: str) -> int:
        return store._read(
            lambda c: count_risky(c, ROUTE, MODULE, KIND, since=later(since), but=but)
        )

    assert (count(0), count(0, "a"), count(6)) == (2, 1, 0)


@pytest.mark.parametrize("word", ["stopped", "approved"])
def test_one_approval_waits_at_a_time(store: Store, word: str) -> None:
    first = _open(store)
    assert first[1]
    assert _open(store) == (first[0], False)
    store.run(lambda c: decide(c, first[0], word, now=later(1)))
    second = _open(store)
    assert second[1]
    assert second[0] != first[0]


def test_exactly_the_items_behind_an_approval_pass(store: Store) -> None:
    approval = _brake(store, "a", "b")
    assert _passes(store, "a", "b", "c") == set()
    store.run(lambda c: decide(c, approval, "approved", now=later(1)))
    assert _passes(store, "a", "c") == {"a"}
    store.run(lambda c: release_items(c, ROUTE, MODULE, ["a"]))
    assert _passes(store, "a", "b") == {"b"}
    assert store._read(lambda c: held_items(c, approval)) == ["b"]


def test_a_stopped_approval_may_still_be_given_and_a_given_one_is_final(store: Store) -> None:
    approval = _brake(store, "a")

    def word(state: str, seconds: float) -> bool:
        return store.run(lambda c: decide(c, approval, state, now=later(seconds)))

    assert word("stopped", 1)
    assert _passes(store, "a") == set()
    assert word("approved", 2)
    assert _passes(store, "a") == {"a"}
    assert not word("stopped", 3)
    assert not word("applied", 4)
    found = store._read(lambda c: find_approval(c, approval))
    assert found is not None
    assert (found.state, found.decided_at, found.items) == ("approved", later(2), 1)
    assert store._read(lambda c: find_approval(c, approval + 1)) is None


def test_an_approval_runs_out_only_while_it_waits(store: Store) -> None:
    approval = _brake(store, "a", applies_at=later(300))

    def due(seconds: float) -> list[int]:
        return [a.id for a in store._read(lambda c: due_approvals(c, now=later(seconds)))]

    assert (due(299), due(300)) == ([], [approval])
    store.run(lambda c: decide(c, approval, "stopped", now=later(1)))
    assert due(900) == []
    [listed] = store._read(list_approvals)
    assert (listed.id, listed.state, listed.applies_at) == (approval, "stopped", later(300))
    assert store._read(lambda c: list_approvals(c, states=("applied",))) == []


def test_a_price_jump_never_runs_out(store: Store) -> None:
    _brake(store, "a")
    assert store._read(lambda c: due_approvals(c, now=later(10**7))) == []
