"""Marks against a simple model, over any sequence of events: nothing marked is ever forgotten."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import hypothesis.strategies as st
import sqlalchemy as sa
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from panstore.model.change import Mark
from panstore.store.database import make_engine
from panstore.store.marks import (
    backlog,
    clear_wanted,
    delete_worked,
    due_marks,
    forget_module,
    mark,
    postpone,
    schedule,
    stranded,
    waiting_runs,
    want,
)
from panstore.store.tables import metadata
from tests.store.samples import MODULE, NOW, ROUTE

KEYS = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4)
SECONDS = st.integers(1, 50)


class Row:
    """What the model knows of one mark."""

    def __init__(self, marked: dt.datetime, due: dt.datetime) -> None:
        self.marked = marked
        self.due = due
        self.version = 1
        self.attempts = 0


class Marks(RuleBasedStateMachine):
    """One module of one route; the machine plays markers, runs, the clock and the sweep."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.engine = make_engine(f"sqlite:///{Path(self.folder.name)}/marks.sqlite")
        self.connection = self.engine.connect()
        metadata.create_all(self.connection)
        self.now = NOW
        self.rows: dict[str, Row] = {}
        self.taken: list[Mark] = []
        self.wanted = False
        self.since = NOW

    def teardown(self) -> None:
        self.connection.close()
        self.engine.dispose()
        self.folder.cleanup()

    @rule(keys=KEYS)
    def something_changes(self, keys: list[str]) -> None:
        marked = mark(self.connection, ROUTE, MODULE, keys, now=self.now, cause="feed")
        assert marked == len(set(keys))
        for key in set(keys):
            row = self.rows.get(key)
            if row is None:
                self.rows[key] = Row(self.now, self.now)
                continue
            if row.due > self.now and row.attempts == 0:
                row.marked = self.now
            row.due, row.attempts = self.now, 0
            row.version += 1

    @rule(keys=KEYS, seconds=SECONDS)
    def an_hour_will_come(self, keys: list[str], seconds: int) -> None:
        at = self.now + dt.timedelta(seconds=seconds)
        due = [(key, at) for key in set(keys)]
        schedule(self.connection, ROUTE, MODULE, due, cause="date")
        for key in set(keys):
            self.rows.setdefault(key, Row(at, at))

    @rule(limit=st.integers(1, 4))
    def a_run_reads(self, limit: int) -> None:
        clear_wanted(self.connection, ROUTE, MODULE, 0)
        self.wanted = False
        self.taken = due_marks(self.connection, ROUTE, MODULE, shard=0, now=self.now, limit=limit)
        due = sorted((row.due, key) for key, row in self.rows.items() if row.due <= self.now)
        assert [m.key for m in self.taken] == [key for _, key in due[:limit]]
        for one in self.taken:
            row = self.rows[one.key]
            expected = (row.version, row.marked, row.attempts)
            assert (one.version, one.marked_at, one.attempts) == expected

    @precondition(lambda self: self.taken)
    @rule(data=st.data())
    def the_run_has_worked(self, data: st.DataObject) -> None:
        done = data.draw(st.lists(st.sampled_from(self.taken), unique_by=lambda m: m.key))
        gone = delete_worked(self.connection, done)
        assert {one.key for one in gone} == {one.key for one in done} - set(self.rows)
        for one in done:
            if self.is_same(one):
                del self.rows[one.key]

    @precondition(lambda self: self.taken)
    @rule(data=st.data(), seconds=SECONDS)
    def the_run_has_failed(self, data: st.DataObject, seconds: int) -> None:
        failed = data.draw(st.lists(st.sampled_from(self.taken), unique_by=lambda m: m.key))
        at = self.now + dt.timedelta(seconds=seconds)
        postpone(self.connection, [(one, at) for one in failed])
        for one in failed:
            if self.is_same(one):
                row = self.rows[one.key]
                row.due, row.attempts = at, row.attempts + 1

    def is_same(self, one: Mark) -> bool:
        """Whether the key still carries the very mark that was read."""
        row = self.rows.get(one.key)
        return row is not None and (row.version, row.marked) == (one.version, one.marked_at)

    @rule()
    def a_run_is_asked_for(self) -> None:
        first = want(self.connection, ROUTE, MODULE, 0, now=self.now)
        assert first is not self.wanted
        if first:
            self.wanted, self.since = True, self.now

    @rule()
    def the_module_is_switched_off(self) -> None:
        forget_module(self.connection, ROUTE, MODULE)
        self.rows.clear()

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        self.now += dt.timedelta(seconds=seconds)

    @invariant()
    def what_waits_is_seen(self) -> None:
        ready = any(row.due <= self.now for row in self.rows.values())
        expected = [(ROUTE, MODULE, 0)] if ready and not self.wanted else []
        assert waiting_runs(self.connection, now=self.now) == expected

    @invariant()
    def a_lost_wish_is_seen(self) -> None:
        lost = stranded(self.connection, before=self.now)
        expected = [(ROUTE, MODULE, 0)] if self.wanted and self.since < self.now else []
        assert lost == expected

    @invariant()
    def the_backlog_is_counted(self) -> None:
        ages = [row.marked for row in self.rows.values() if row.marked <= self.now]
        told = [(b.waiting, b.oldest) for b in backlog(self.connection, now=self.now)]
        assert told == ([(len(ages), min(ages))] if ages else [])

    @invariant()
    def nothing_is_forgotten(self) -> None:
        count = self.connection.execute(sa.text("SELECT count(*) FROM marks")).scalar_one()
        assert count == len(self.rows)


TestMarks = Marks.TestCase
TestMarks.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
