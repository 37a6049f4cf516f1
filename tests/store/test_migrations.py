"""Migrations make exactly the tables the code means, once, in two parts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from panstore.store import migrate as migrations
from panstore.store.database import Store
from panstore.store.migrate import migrate, pending
from panstore.store.tables import counters, metadata, plans


def _differences(connection: sa.Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


def _revision(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _revisions() -> list[str]:
    script = ScriptDirectory.from_config(migrations._config())
    return [r.revision for r in reversed(list(script.walk_revisions()))]


def test_the_sum_of_all_migrations_is_what_the_tables_say(store: Store) -> None:
    assert store._read(_differences) == []


def test_migrating_twice_is_harmless(store: Store) -> None:
    store.run(lambda c: c.execute(sa.insert(counters).values(name="kept", value=7)))
    store.run(migrate)
    store.run(lambda c: migrate(c, "before"))
    assert store._read(lambda c: c.execute(sa.select(counters.c.value)).scalar_one()) == 7
    assert store._read(pending) == []


def test_a_new_store_misses_every_revision_and_gets_them_in_order(store_url: str) -> None:
    store = Store(store_url)
    try:
        assert store._read(pending) == _revisions()
        store.run(migrate)
        assert store._read(_revision) == _revisions()[-1]
    finally:
        store._shut()


def test_every_revision_says_to_which_part_of_the_deploy_it_belongs() -> None:
    for revision in _revisions():
        number, _, part = revision.partition("_")
        assert number.isdigit(), revision
        assert part.endswith(("_before", "_after")), revision


@pytest.mark.parametrize(
    ("missing", "present", "reached"),
    [
        (["1_a_before", "2_b_before", "3_c_after", "4_d_before"], None, "2_b_before"),
        (["3_c_after", "4_d_before"], "2_b_before", "2_b_before"),
        (["4_d_before"], "3_c_after", "4_d_before"),
        ([], "4_d_before", "4_d_before"),
        (["1_a_after"], None, "base"),
    ],
)
def test_the_before_part_stops_in_front_of_the_first_revision_that_needs_new_code(
    store_url: str,
    monkeypatch: pytest.MonkeyPatch,
    missing: list[str],
    present: str | None,
    reached: str,
) -> None:
    class Present:
        def get_current_revision(self) -> str | None:
            return present

    monkeypatch.setattr(migrations, "pending", lambda _c: missing)
    monkeypatch.setattr(MigrationContext, "configure", lambda _c: Present())
    store = Store(store_url)
    try:
        assert store._read(migrations._last_before) == reached
    finally:
        store._shut()


def test_a_migration_that_fails_leaves_nothing_behind(store_url: str) -> None:
    def broken(connection: sa.Connection) -> None:
        migrate(connection)
        raise RuntimeError("the disk is full")

    store = Store(store_url)
    try:
        with pytest.raises(RuntimeError, match="disk is full"):
            store.run(broken)
        assert store._read(lambda c: sa.inspect(c).get_table_names()) == []
        store.run(migrate)
        assert store._read(_differences) == []
    finally:
        store._shut()


def test_plans_of_before_are_kept_and_their_numbers_given_out_once(store_url: str) -> None:
    store = Store(store_url)
    row = dict.fromkeys(("route", "module", "kind", "state", "title"), "x") | {
        "made_at": dt.datetime(2026, 11, 24, tzinfo=dt.UTC),
        **dict.fromkeys(("looked_at", "unchanged", "calls", "seconds"), 0),
    }

    def upgrade(connection: sa.Connection) -> None:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0008_contracts_before")

    def add(connection: sa.Connection) -> int:
        made = connection.execute(sa.insert(plans).values(row).returning(plans.c.id))
        return int(made.scalar_one())

    try:
        store.run(upgrade)
        first = store.run(add)
        store.run(migrate)
        kept = store._read(lambda c: c.execute(sa.select(plans.c.id, plans.c.title)).all())
        assert [tuple(one) for one in kept] == [(first, "x")]
        store.run(lambda c: c.execute(sa.delete(plans)))
        assert store.run(add) > first
    finally:
        store._shut()
