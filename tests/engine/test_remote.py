"""Calls that never return, turns that are waited for, and rests while the clock is set."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from panstore.engine.limiter import Lane
from panstore.engine.remote import Remote, Stopwatch, stopwatch
from panstore.model.ids import ConnectionId
from panstore.sdk.errors import OutcomeUnknownError, RateLimitedError, UnavailableError
from panstore.store.database import Store
from panstore.store.migrate import migrate
from panstore.store.systems import connection_states
from panstore.testing.world import Scene
from tests.engine.house import SleepingClock

SHOP = ConnectionId("shop")


class Desk:
    """Calls to one simulated shop that takes one call at a time."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.scene = Scene()
        self.clock = SleepingClock(self.scene.clock)
        connectors = {SHOP: self.scene.shop_connector}
        self.remote = Remote(store, self.clock, connectors, {SHOP: 1}, longest_s=0.05)

    async def fails(self, error: Exception, *, reads: bool = False) -> None:
        async def fail() -> None:
            raise error

        with pytest.raises(type(error)):
            await self.remote.call(SHOP, Lane.STOCK, "write stock", fail, reads=reads)

    async def works(self) -> None:
        async def answer() -> None:
            return

        await self.remote.call(SHOP, Lane.STOCK, "read stock", answer, reads=True)

    async def paused_until(self) -> dt.datetime | None:
        return (await self.store.read(connection_states))[SHOP].paused_until


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = Store(f"sqlite:///{tmp_path}/panstore.sqlite")
    await store.write(migrate)
    yield Desk(store)
    await store.close()


async def _never() -> None:
    await asyncio.Event().wait()


async def test_a_read_that_never_returns_is_given_up_and_the_connection_rests(desk: Desk) -> None:
    with pytest.raises(UnavailableError, match=r"did not return within 0\.05 s"):
        await desk.remote.call(SHOP, Lane.STOCK, "read stock", _never, reads=True)
    assert desk.remote.rests_until(SHOP) is not None
    await desk.works()
    assert desk.remote.rests_until(SHOP) is None


async def test_of_a_write_that_never_returns_nobody_knows_what_became(desk: Desk) -> None:
    for _ in range(2):
        with pytest.raises(OutcomeUnknownError, match="was given up"):
            await desk.remote.call(SHOP, Lane.STOCK, "write stock", _never)
    assert desk.remote.rests_until(SHOP) is not None


async def test_a_log_in_that_never_returns_has_written_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.scene.shop_connector, "start", _never)
    with pytest.raises(UnavailableError):
        await desk.remote.call(SHOP, Lane.STOCK, "write stock", _never)


async def test_the_wait_for_a_turn_is_not_part_of_the_call(desk: Desk) -> None:
    """The call before takes longer than a call may; the one behind it is not to blame."""

    async def first() -> None:
        with pytest.raises(OutcomeUnknownError):
            await desk.remote.call(SHOP, Lane.STOCK, "write stock", _never)

    await asyncio.gather(first(), desk.works())


async def test_the_wait_for_a_turn_counts_as_the_other_system_s_time(desk: Desk) -> None:
    begun = asyncio.Event()
    ends = asyncio.Event()

    async def slow() -> None:
        begun.set()
        await ends.wait()
        desk.scene.clock.advance(3)

    async def watched() -> Stopwatch:
        watch = Stopwatch()
        stopwatch.set(watch)
        await desk.works()
        return watch

    ahead = asyncio.create_task(desk.remote.call(SHOP, Lane.STOCK, "write stock", slow))
    await begun.wait()
    behind = asyncio.create_task(watched())
    await asyncio.sleep(0)
    ends.set()
    await ahead
    watch = await behind
    assert (watch.seconds, watch.turns, watch.calls) == (3.0, 3.0, 1)


@pytest.mark.parametrize("hours", [-5, 5])
async def test_a_rest_is_as_long_as_it_was_however_the_clock_is_set(desk: Desk, hours: int) -> None:
    await desk.fails(RateLimitedError(SHOP, "write stock", 60.0))
    desk.clock.jump(dt.timedelta(hours=hours))
    assert desk.remote.rests_until(SHOP) == desk.clock.now() + dt.timedelta(seconds=60)
    with pytest.raises(UnavailableError, match="rests after"):
        await desk.works()
    desk.scene.clock.advance(60)
    await desk.works()
    assert await desk.paused_until() is None


async def test_a_nonsensical_pause_is_cut_to_an_hour(desk: Desk) -> None:
    await desk.fails(RateLimitedError(SHOP, "write stock", 10.0**9))
    assert desk.remote.rests_until(SHOP) == desk.clock.now() + dt.timedelta(hours=1)


async def test_an_answer_is_noted_after_the_clock_went_back(desk: Desk) -> None:
    await desk.works()
    desk.clock.jump(dt.timedelta(hours=-5))
    desk.scene.clock.advance(10)
    await desk.works()
    assert (await desk.store.read(connection_states))[SHOP].ok_at == desk.clock.now()
