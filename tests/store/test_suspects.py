"""Deaths of runs and tries of records are counted durably, and forgotten when all is well."""

from __future__ import annotations

import datetime as dt

from panstore.model.ids import ModuleCode
from panstore.store import full_runs
from panstore.store.database import Store
from panstore.store.marks import due_marks, mark
from panstore.store.suspects import (
    acquit,
    count_death,
    count_try,
    deaths,
    forgive,
    rest_run,
    wake_module,
)
from panstore.store.systems import (
    claim_takeover,
    live_executors,
    release_takeover,
    server_time,
)
from tests.store.samples import MODULE, NOW, ROUTE, later


def test_deaths_are_counted_per_run_until_it_comes_to_its_end(store: Store) -> None:
    for number in (1, 2):
        assert store.run(lambda c: count_death(c, ROUTE, MODULE, 0)) == number
    store.run(lambda c: count_death(c, ROUTE, MODULE, 1))
    assert store._read(lambda c: deaths(c, ROUTE, MODULE, 0)) == 2
    store.run(lambda c: forgive(c, ROUTE, MODULE, 0))
    assert store._read(lambda c: deaths(c, ROUTE, MODULE, 0)) == 0
    assert store._read(lambda c: deaths(c, ROUTE, MODULE, 1)) == 1


def test_tries_are_counted_per_record_until_it_comes_through(store: Store) -> None:
    assert [store.run(lambda c: count_try(c, ROUTE, MODULE, "a")) for _ in range(3)] == [1, 2, 3]
    assert store.run(lambda c: count_try(c, ROUTE, ModuleCode("S2"), "a")) == 1
    store.run(lambda c: acquit(c, ROUTE, MODULE, "a"))
    assert store.run(lambda c: count_try(c, ROUTE, MODULE, "a")) == 1


def _due(store: Store, now: dt.datetime, shard: int = 0) -> list[str]:
    found = store._read(lambda c: due_marks(c, ROUTE, MODULE, shard=shard, now=now, limit=9))
    return [m.key for m in found]


def test_a_run_that_rests_goes_on_later_or_when_a_person_says_so(store: Store) -> None:
    store.run(lambda c: mark(c, ROUTE, MODULE, ["a", "b"], now=NOW, cause="feed"))
    store.run(lambda c: full_runs.start(c, ROUTE, MODULE, now=NOW))
    for _ in range(2):
        store.run(lambda c: rest_run(c, ROUTE, MODULE, 0, now=later(9), until=later(3600)))
    assert _due(store, later(3599)) == []
    assert store._read(lambda c: full_runs.resumable(c, now=later(3599))) == []
    assert _due(store, later(3600)) == ["a", "b"]
    store.run(lambda c: wake_module(c, ROUTE, MODULE, now=later(60)))
    assert _due(store, later(60)) == ["a", "b"]
    assert store._read(lambda c: full_runs.resumable(c, now=later(60))) == [(ROUTE, MODULE)]


def test_one_survivor_takes_over_at_a_time_and_a_dead_one_does_not_stand_in_the_way(
    store: Store,
) -> None:
    def claim(seconds: float) -> bool:
        return store.run(lambda c: claim_takeover(c, now=later(seconds), until=later(seconds + 6)))

    assert [claim(0), claim(1), claim(5.9)] == [True, False, False]
    assert claim(6)
    assert store._read(lambda c: live_executors(c, now=later(7))) == set()
    store.run(release_takeover)
    assert claim(7)


def test_leases_go_by_the_clock_that_all_processes_share(store: Store) -> None:
    """A machine whose clock is years off must not take a live process for dead."""
    told = store._read(lambda c: server_time(c, NOW))
    assert told.utcoffset() == dt.timedelta(0)
    if store.is_sqlite:
        assert told == NOW
    else:
        assert abs(dt.datetime.now(dt.UTC) - told) < dt.timedelta(minutes=1)
