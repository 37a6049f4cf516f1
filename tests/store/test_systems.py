"""Cursors, messages, counters, leases, states, full runs, the audit - and time on the way."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from panstore.model.errors import InvariantError
from panstore.model.ids import ConnectionId, ModuleCode, RouteId
from panstore.store import full_runs
from panstore.store.audit import Entry, append, delete_before, latest, story
from panstore.store.database import Store
from panstore.store.systems import (
    beat,
    connection_states,
    count,
    counter_values,
    drop_executor,
    forget_messages,
    get_cursor,
    live_executors,
    note_failed,
    note_ok,
    set_cursor,
    take_message,
)
from panstore.store.tables import cursors
from tests.store.samples import MODULE, NOW, ROUTE, later

SHOP = ConnectionId("web")


def test_a_cursor_moves_with_the_transaction_that_keeps_what_was_read(store: Store) -> None:
    assert store._read(lambda c: get_cursor(c, SHOP, "orders")) is None
    store.run(lambda c: set_cursor(c, SHOP, "orders", "5", now=NOW, after=None))

    def broken(connection: sa.Connection) -> None:
        set_cursor(connection, SHOP, "orders", "9", now=later(1), after="5")
        raise RuntimeError("cut")

    with pytest.raises(RuntimeError, match="cut"):
        store.run(broken)
    assert store._read(lambda c: get_cursor(c, SHOP, "orders")) == "5"
    assert store._read(lambda c: get_cursor(c, SHOP, "stock")) is None


def test_a_cursor_that_another_reader_moved_is_left_alone(store: Store) -> None:
    def move(value: str, after: str | None) -> bool:
        return store.run(lambda c: set_cursor(c, SHOP, "orders", value, now=NOW, after=after))

    assert move("5", None)
    assert not move("3", None)
    assert move("9", "5")
    assert not move("7", "5")
    assert store._read(lambda c: get_cursor(c, SHOP, "orders")) == "9"


def test_a_message_is_taken_once_however_often_it_is_replayed(store: Store) -> None:
    def take(_number: int) -> bool:
        barrier.wait()
        return store.run(lambda c: take_message(c, SHOP, "m1", now=NOW))

    barrier = threading.Barrier(6)
    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(take, range(6))) == 1
    assert store.run(lambda c: take_message(c, ConnectionId("erp"), "m1", now=NOW))
    assert store.run(lambda c: forget_messages(c, before=NOW)) == 0
    assert store.run(lambda c: forget_messages(c, before=later(1))) == 2


def test_counters_add_up_under_concurrency(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        values = list(pool.map(lambda n: store.run(lambda c: count(c, "gaps:web", n)), [1] * 20))
    assert sorted(values) == list(range(1, 21))
    assert store._read(counter_values) == {"gaps:web": 20}


def test_a_lease_runs_out_unless_it_is_renewed(store: Store) -> None:
    for name in ("one", "two"):
        store.run(lambda c, n=name: beat(c, n, now=NOW, expires=later(6)))  # type: ignore[misc]
    store.run(lambda c: beat(c, "one", now=later(4), expires=later(10)))
    assert store._read(lambda c: live_executors(c, now=later(5))) == {"one", "two"}
    assert store._read(lambda c: live_executors(c, now=later(6))) == {"one"}
    store.run(lambda c: drop_executor(c, ["one", "never"]))
    assert store._read(lambda c: live_executors(c, now=NOW)) == {"two"}


def test_a_connection_that_works_again_has_no_trouble(store: Store) -> None:
    store.run(lambda c: note_failed(c, SHOP, "503", now=NOW, paused_until=later(9)))
    failed = store._read(connection_states)["web"]
    assert (failed.ok_at, failed.failed_at, failed.trouble) == (None, NOW, "503")
    assert failed.paused_until == later(9)
    store.run(lambda c: note_ok(c, SHOP, now=later(20)))
    fine = store._read(connection_states)["web"]
    assert (fine.ok_at, fine.failed_at, fine.trouble) == (later(20), NOW, "")
    assert fine.paused_until is None


def test_a_full_run_goes_on_where_it_was_and_begins_anew_when_told(store: Store) -> None:
    store.run(lambda c: full_runs.start(c, ROUTE, MODULE, now=NOW))
    run = store._read(lambda c: full_runs.current(c, ROUTE, MODULE, now=NOW))
    assert run is not None
    assert store.run(lambda c: full_runs.move(c, run, "item-5", checked=50, now=NOW))
    moved = store._read(lambda c: full_runs.current(c, ROUTE, MODULE, now=NOW))
    assert moved is not None
    assert (moved.position, moved.checked) == ("item-5", 50)
    assert not store.run(lambda c: full_runs.move(c, run, "item-3", checked=50, now=NOW))
    store.run(lambda c: full_runs.start(c, ROUTE, MODULE, now=later(1)))
    assert not store.run(lambda c: full_runs.move(c, moved, "z", checked=1, now=NOW, finished=True))
    anew = store._read(lambda c: full_runs.current(c, ROUTE, MODULE, now=later(1)))
    assert anew is not None
    assert (anew.position, anew.checked, anew.finished_at) == ("", 0, None)


def test_a_full_run_that_rests_is_taken_up_later(store: Store) -> None:
    store.run(lambda c: full_runs.start(c, ROUTE, MODULE, now=NOW))
    run = store._read(lambda c: full_runs.current(c, ROUTE, MODULE, now=NOW))
    assert run is not None
    store.run(lambda c: full_runs.rest(c, run, until=later(15)))

    def waiting(seconds: float) -> list[tuple[RouteId, ModuleCode]]:
        return store._read(lambda c: full_runs.resumable(c, now=later(seconds)))

    assert (waiting(14), waiting(15)) == ([], [(ROUTE, MODULE)])
    store.run(lambda c: full_runs.move(c, run, "z", checked=9, now=later(15), finished=True))
    assert waiting(99) == []
    [ended] = store._read(full_runs.list_runs)
    assert (ended.finished_at, ended.checked) == (later(15), 9)


def test_the_audit_tells_the_story_of_a_key(store: Store) -> None:
    entries = [
        Entry(later(n), ROUTE, MODULE, key, "SKU", "feed", "written", f"why {n}", own_ms=n)
        for n, key in enumerate(("a", "b", "a"))
    ]
    store.run(lambda c: append(c, entries))
    store.run(lambda c: append(c, []))
    told = store._read(lambda c: story(c, ROUTE, MODULE, "a"))
    assert [(e.reason, e.at, e.own_ms) for e in told] == [("why 0", NOW, 0), ("why 2", later(2), 2)]
    newest = store._read(lambda c: latest(c, limit=1))
    assert [e.key for e in newest] == ["a"]
    assert store._read(lambda c: latest(c, after=newest[0].id)) == []
    assert store.run(lambda c: delete_before(c, later(1))) == 1


@pytest.mark.parametrize("zone", ["UTC", "Europe/Ljubljana", "America/St_Johns"])
def test_times_come_back_as_the_same_instant_in_utc(store: Store, zone: str) -> None:
    local = dt.datetime(2026, 10, 25, 2, 30, 0, 123456, tzinfo=ZoneInfo(zone), fold=1)
    store.run(lambda c: set_cursor(c, SHOP, "orders", "1", now=local, after=None))
    back = store._read(lambda c: c.execute(sa.select(cursors.c.moved_at)).scalar_one())
    assert back == local.astimezone(dt.UTC)
    assert back.utcoffset() == dt.timedelta(0)


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises((InvariantError, sa.exc.StatementError), match="without a zone"):
        store.run(lambda c: set_cursor(c, SHOP, "orders", "1", now=naive, after=None))
