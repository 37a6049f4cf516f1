"""The runner on DBOS, inside one process: what is enqueued is run, once at a time, and no more."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable

import pytest
import sqlalchemy as sa

from panstore.engine.context import Context
from panstore.engine.remote import Remote
from panstore.engine.runner import DbosRunner
from panstore.engine.runs import run
from panstore.engine.sweep import sweep
from panstore.model.ids import ModuleCode, RouteId
from panstore.store.database import Store
from panstore.store.marks import mark, want
from panstore.store.migrate import migrate
from panstore.store.tables import marks, wanted
from panstore.testing.world import Scene
from tests.engine.house import S1, House, SleepingClock

SHOP, SECOND = RouteId("shop"), RouteId("second")
S2 = ModuleCode("S2")
Place = tuple[RouteId, ModuleCode, int]


class Journal:
    """Work that notes when it begins and ends, and goes on when it is let."""

    def __init__(self) -> None:
        self.begun: list[Place] = []
        self.ended: list[Place] = []
        self.inside: list[Place] = []
        self.doubled = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def work(self, route: RouteId, module: ModuleCode, shard: int) -> None:
        place = (route, module, shard)
        self.doubled = self.doubled or place in self.inside
        self.begun.append(place)
        self.inside.append(place)
        await self.gate.wait()
        await asyncio.sleep(0)
        self.inside.remove(place)
        self.ended.append(place)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not true():  # noqa: ASYNC110 - the runner decides when
                await asyncio.sleep(0.02)


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    opened = Store(store_url)
    await opened.write(migrate)
    yield opened
    await opened.close()


@contextlib.asynccontextmanager
async def _running(store: Store, journal: Journal, name: str = "one") -> AsyncIterator[DbosRunner]:
    runner = DbosRunner(store, executor=name)
    await runner.start(journal.work)
    try:
        yield runner
    finally:
        journal.gate.set()
        await runner.stop()


async def _enqueue(store: Store, runner: DbosRunner, *places: Place) -> None:
    def work(connection: sa.Connection) -> None:
        for place in places:
            runner.enqueue(connection, *place)

    await store.write(work)


async def test_a_run_happens_if_its_transaction_commits_and_only_then(store: Store) -> None:
    journal = Journal()
    async with _running(store, journal) as runner:

        def broken(connection: sa.Connection) -> None:
            runner.enqueue(connection, SHOP, S1, 0)
            raise RuntimeError("cut")

        with pytest.raises(RuntimeError, match="cut"):
            await store.write(broken)
        await _enqueue(store, runner, (SHOP, S2, 0))
        await journal.until(lambda: bool(journal.ended))
        assert journal.begun == [(SHOP, S2, 0)]


async def test_one_at_a_time_per_place_and_places_side_by_side(store: Store) -> None:
    journal = Journal()
    journal.gate.clear()
    places: list[Place] = [(SHOP, S1, 0), (SHOP, S1, 1), (SHOP, S2, 0), (SECOND, S1, 0)]
    async with _running(store, journal) as runner:
        for _ in range(3):
            await _enqueue(store, runner, *places)
        # All places are at work at the same time, each once, while two more of each wait.
        await journal.until(lambda: len(journal.inside) == len(places))
        assert sorted(journal.inside) == sorted(places)
        journal.gate.set()
        await journal.until(lambda: len(journal.ended) == 12)
    assert not journal.doubled
    assert {place: journal.ended.count(place) for place in places} == dict.fromkeys(places, 3)


async def test_a_place_with_much_to_do_does_not_keep_another_waiting(store: Store) -> None:
    journal = Journal()
    journal.gate.clear()
    busy, quiet = (SHOP, S1, 0), (SHOP, S2, 0)
    async with _running(store, journal) as runner:
        await _enqueue(store, runner, *[busy] * 20, quiet)
        await journal.until(lambda: quiet in journal.inside)
        assert journal.begun.count(busy) == 1


async def test_stopping_lets_what_runs_come_to_its_end_and_takes_no_more(store: Store) -> None:
    journal = Journal()
    journal.gate.clear()
    async with _running(store, journal) as runner:
        await _enqueue(store, runner, (SHOP, S1, 0))
        await journal.until(lambda: bool(journal.inside))
        stopping = asyncio.create_task(runner.stop())
        await asyncio.sleep(0.1)
        assert not stopping.done()
        journal.gate.set()
        await stopping
        assert journal.ended == [(SHOP, S1, 0)]


async def test_what_was_enqueued_and_not_begun_is_run_after_a_restart(store: Store) -> None:
    idle = DbosRunner(store, executor="short command")
    await asyncio.to_thread(idle.prepare)
    first, second = Journal(), Journal()
    async with _running(store, first, "first") as runner:
        await _one_run(first, store, runner)
    await _enqueue(store, idle, (SHOP, S2, 3))
    async with _running(store, second, "second"):
        await second.until(lambda: bool(second.ended))
    assert second.begun == [(SHOP, S2, 3)]
    idle._end()


async def _one_run(journal: Journal, store: Store, runner: DbosRunner) -> None:
    await _enqueue(store, runner, (SHOP, S1, 0))
    await journal.until(lambda: bool(journal.ended))


async def test_finished_runs_are_forgotten_after_an_hour(store: Store) -> None:
    journal = Journal()
    async with _running(store, journal) as runner:
        await _one_run(journal, store, runner)
        now = dt.datetime.now(dt.UTC)
        assert await runner.forget_finished(now=now) == 0
        forgotten = 0
        for _ in range(100):
            forgotten += await runner.forget_finished(now=now + dt.timedelta(hours=2))
            if forgotten:
                break
            await asyncio.sleep(0.05)
        assert forgotten == 1
        assert await runner.forget_finished(now=now + dt.timedelta(hours=2)) == 0


async def _wipe(store: Store) -> int:
    """Delete every row the runner keeps for itself; the number of tables."""
    ours = {"alembic_version", *marks.metadata.tables}

    def work(connection: sa.Connection) -> int:
        schema = None if store.is_sqlite else "dbos"
        names = set(sa.inspect(connection).get_table_names(schema=schema))
        names -= {"dbos_migrations", *(ours if store.is_sqlite else ())}
        for name in sorted(names):
            place = name if schema is None else f"{schema}.{name}"
            if store.is_sqlite:
                connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
                connection.exec_driver_sql(f"DELETE FROM {place}")
            else:
                connection.exec_driver_sql(f"TRUNCATE {place} CASCADE")
        return len(names)

    return await store.write(work)


@contextlib.asynccontextmanager
async def _product(store: Store, house: House, name: str) -> AsyncIterator[Context]:
    """The engine's runs on the real runner, over the world of a house."""
    clock = SleepingClock(house.scene.clock)
    runner = DbosRunner(store, executor=name)
    old = house.engine.context
    context = Context(
        store=store,
        clock=clock,
        new_id=old.new_id,
        runner=runner,
        remote=Remote(store, clock, old.connectors, {}),
        connectors=old.connectors,
        routes=old.routes,
        options=old.options,
    )

    async def work(route: RouteId, module: ModuleCode, shard: int) -> None:
        await run(context, route, module, shard)

    await runner.start(work)
    try:
        yield context
    finally:
        await runner.stop()


async def test_everything_is_done_although_the_runner_lost_all_it_had(
    store: Store, store_url: str
) -> None:
    scene = Scene()
    goods = scene.add_goods(5, on_hand=10)
    house = House(scene, store_url)
    await house.open()
    await house.settle()
    for link in goods:
        scene.erp.set_on_hand(link.erp, 6)
    items = [link.item for link in await house.links()]
    await house.close()
    journal = Journal()
    journal.gate.clear()
    async with _running(store, journal, "first") as runner:

        def ask(connection: sa.Connection) -> None:
            mark(connection, SHOP, S1, items, now=scene.clock.now(), cause="feed")
            assert want(connection, SHOP, S1, 0, now=scene.clock.now())
            runner.enqueue(connection, SHOP, S1, 0)
            runner.enqueue(connection, SHOP, S1, 0)

        await store.write(ask)
        await journal.until(lambda: bool(journal.inside))
    assert await _wipe(store) >= 5
    async with _product(store, house, "second") as context:
        # The wish is older than a minute by now: nobody knows that it was lost, so it is repeated.
        scene.clock.advance(61)
        await sweep(context)
        await journal.until(lambda: {scene.shop.free(g.shop) for g in goods} == {6})
    left = await store.read(lambda c: c.execute(sa.select(wanted.c.wanted)).scalars().all())
    assert not any(left)
