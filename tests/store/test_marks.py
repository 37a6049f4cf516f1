"""Marks on both stores: concurrency, order of locks, and what a run must never lose."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from panstore.model.ids import ExternalId, ModuleCode, RouteId
from panstore.store.database import Store
from panstore.store.items import add_links
from panstore.store.marks import (
    clear_wanted,
    delete_worked,
    due_marks,
    forget_module,
    mark,
    mark_all_linked,
    mark_linked,
    postpone,
    refresh_wanted,
    schedule,
    shard_of,
    stranded,
    want,
)
from panstore.store.tables import marks
from tests.store.samples import MODULE, NOW, ROUTE, later, link

PRICES = ModuleCode("S2")


def _due(store: Store, seconds: float = 0, shard: int = 0) -> list[str]:
    found = store._read(
        lambda c: due_marks(c, ROUTE, MODULE, shard=shard, now=later(seconds), limit=100)
    )
    return [m.key for m in found]


def _mark(store: Store, *keys: str, seconds: float = 0) -> None:
    store.run(lambda c: mark(c, ROUTE, MODULE, keys, now=later(seconds), cause="feed"))


def test_a_mark_made_while_its_key_is_worked_survives(store: Store) -> None:
    _mark(store, "a", "b")
    worked = store._read(lambda c: due_marks(c, ROUTE, MODULE, shard=0, now=NOW, limit=9))
    _mark(store, "a", seconds=1)
    assert store.run(lambda c: delete_worked(c, worked)) == []
    assert _due(store, 1) == ["a"]
    [left] = store._read(lambda c: due_marks(c, ROUTE, MODULE, shard=0, now=later(1), limit=9))
    assert (left.version, left.marked_at) == (2, NOW)


def test_a_key_that_was_worked_by_another_and_marked_anew_is_not_deleted(store: Store) -> None:
    """A frozen process wakes up and finishes: its old mark is not the new one of the same key."""
    _mark(store, "a")
    frozen = store._read(lambda c: due_marks(c, ROUTE, MODULE, shard=0, now=NOW, limit=9))
    assert store.run(lambda c: delete_worked(c, frozen)) == []
    _mark(store, "a", seconds=5)
    assert store.run(lambda c: delete_worked(c, frozen)) == []
    store.run(lambda c: postpone(c, [(frozen[0], later(900))]))
    assert _due(store, 5) == ["a"]


def test_what_another_process_has_worked_meanwhile_is_told(store: Store) -> None:
    _mark(store, "a", "b")
    both = store._read(lambda c: due_marks(c, ROUTE, MODULE, shard=0, now=NOW, limit=9))
    store.run(lambda c: delete_worked(c, both[:1]))
    assert store.run(lambda c: delete_worked(c, both)) == both[:1]


def test_a_postponed_mark_comes_back_and_counts_its_attempts(store: Store) -> None:
    _mark(store, "a")
    for attempt in range(3):
        [one] = store._read(
            lambda c: due_marks(c, ROUTE, MODULE, shard=0, now=later(1000), limit=9)
        )
        assert one.attempts == attempt
        at = later(10 * (attempt + 1))
        store.run(lambda c, m=one, a=at: postpone(c, [(m, a)]))  # type: ignore[misc]
        assert _due(store) == []
    _mark(store, "a", seconds=1)
    [fresh] = store._read(lambda c: due_marks(c, ROUTE, MODULE, shard=0, now=later(1), limit=9))
    assert (fresh.attempts, fresh.marked_at) == (0, NOW)


def test_a_key_scheduled_for_later_is_worked_now_when_it_changes_now(store: Store) -> None:
    store.run(lambda c: schedule(c, ROUTE, MODULE, [("a", later(3600))], cause="date"))
    assert _due(store) == []
    assert _due(store, 3600) == ["a"]
    _mark(store, "a")
    store.run(lambda c: schedule(c, ROUTE, MODULE, [("a", later(7200))], cause="date"))
    assert _due(store) == ["a"]


def test_a_run_is_wanted_once_however_many_say_so_at_once(store: Store) -> None:
    def ask(_number: int) -> bool:
        barrier.wait()
        return store.run(lambda c: want(c, ROUTE, MODULE, 0, now=NOW))

    for _ in range(5):
        barrier = threading.Barrier(8)
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(ask, range(8))) == 1
        store.run(lambda c: clear_wanted(c, ROUTE, MODULE, 0))


def test_runs_of_other_modules_and_shards_are_wanted_on_their_own(store: Store) -> None:
    def work(connection: sa.Connection) -> list[bool]:
        return [
            want(connection, ROUTE, MODULE, 0, now=NOW),
            want(connection, ROUTE, MODULE, 1, now=NOW),
            want(connection, ROUTE, PRICES, 0, now=NOW),
            want(connection, RouteId("second"), MODULE, 0, now=NOW),
            want(connection, ROUTE, MODULE, 0, now=NOW),
        ]

    assert store.run(work) == [True, True, True, True, False]


def test_a_wish_that_nobody_took_up_is_stranded_until_it_is_refreshed(store: Store) -> None:
    store.run(lambda c: want(c, ROUTE, MODULE, 2, now=NOW))
    assert store._read(lambda c: stranded(c, before=later(60))) == [(ROUTE, MODULE, 2)]
    store.run(lambda c: refresh_wanted(c, ROUTE, MODULE, 2, now=later(60)))
    assert store._read(lambda c: stranded(c, before=later(60))) == []
    store.run(lambda c: clear_wanted(c, ROUTE, MODULE, 2))
    assert store._read(lambda c: stranded(c, before=later(900))) == []


def test_a_wish_of_a_transaction_that_is_rolled_back_was_never_there(store: Store) -> None:
    def broken(connection: sa.Connection) -> None:
        mark(connection, ROUTE, MODULE, ["a"], now=NOW, cause="feed")
        assert want(connection, ROUTE, MODULE, 0, now=NOW)
        raise RuntimeError("cut")

    with pytest.raises(RuntimeError, match="cut"):
        store.run(broken)
    assert _due(store) == []
    assert store.run(lambda c: want(c, ROUTE, MODULE, 0, now=NOW))


def test_marking_in_opposite_orders_does_not_end_in_a_circle(store: Store) -> None:
    """Each transaction marks twice; without one order of keys they would block each other."""
    keys = [f"k{n:03}" for n in range(60)]

    def again(keys: list[str]) -> Callable[[int], None]:
        def work(number: int) -> None:
            with store.engine.begin() as connection:
                mark(connection, ROUTE, MODULE, keys, now=later(number), cause="feed")

        return work

    forth, back = again(keys), again(keys[::-1])
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(f, n) for n in range(20) for f in (forth, back)]
        for one in done:
            one.result(timeout=60)
    versions = store._read(lambda c: c.execute(sa.select(marks.c.version)).scalars().all())
    assert versions == [40] * 60


def test_orders_are_spread_over_shards_and_each_shard_reads_its_own(store: Store) -> None:
    keys = [f"order-{n}" for n in range(40)]
    store.run(lambda c: mark(c, ROUTE, MODULE, keys, now=NOW, cause="feed", shards=4))
    by_shard = [_due(store, shard=shard) for shard in range(4)]
    assert sorted(key for some in by_shard for key in some) == sorted(keys)
    assert all(shard_of(key, 4) == n for n, some in enumerate(by_shard) for key in some)
    assert all(by_shard)


def test_marking_by_the_ids_of_either_side(store: Store) -> None:
    added = [link(n) for n in range(4)]
    other = [link(n, route=RouteId("second"), name="other") for n in range(4)]
    store.run(lambda c: add_links(c, [*added, *other], now=NOW))
    erp, shop = [ExternalId("E1"), ExternalId("E9")], [ExternalId("V2")]
    assert (
        store.run(lambda c: mark_linked(c, ROUTE, MODULE, erp, side="erp", now=NOW, cause="feed"))
        == 1
    )
    assert (
        store.run(
            lambda c: mark_linked(c, ROUTE, MODULE, shop, side="shop", now=NOW, cause="webhook")
        )
        == 1
    )
    assert _due(store) == ["item-1", "item-2"]
    counted = store.run(lambda c: mark_all_linked(c, ROUTE, MODULE, now=later(1), cause="list"))
    assert counted == 4
    found = store._read(lambda c: due_marks(c, ROUTE, MODULE, shard=0, now=later(1), limit=9))
    assert {m.key: m.version for m in found} == {
        "item-0": 1, "item-1": 2, "item-2": 2, "item-3": 1,
    }  # fmt: skip


def test_a_module_that_is_switched_off_forgets_its_marks_only(store: Store) -> None:
    _mark(store, "a")
    store.run(lambda c: mark(c, ROUTE, PRICES, ["a"], now=NOW, cause="feed"))
    store.run(lambda c: forget_module(c, ROUTE, PRICES))
    assert _due(store) == ["a"]
    left = store._read(lambda c: c.execute(sa.select(marks.c.module)).scalars().all())
    assert left == [MODULE]
