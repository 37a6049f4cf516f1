"""The watch over a connection goes on, whatever one look ends with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from panstore.engine.watch import Watch
from panstore.testing.world import Scene
from tests.engine.house import House, SleepingClock

Make = Callable[..., House]


async def _until(holds: Callable[[], bool], turns: int = 2000) -> None:
    for _ in range(turns):
        if holds():
            return
        await asyncio.sleep(0.002)


async def test_a_full_disk_does_not_end_the_watch(make_house: Make) -> None:
    scene = Scene()
    [link] = scene.add_goods(1, on_hand=5)
    house = make_house(scene)
    await house.open()
    await house.settle()
    context = house.engine.context
    looks: list[str] = []

    class Full(Watch):
        """The first look meets a full disk."""

        async def look(self, *, woken: bool) -> int:
            looks.append("look")
            if len(looks) == 1:
                full = Exception("database or disk is full")
                raise OperationalError("INSERT INTO marks", {}, full)
            return await super().look(woken=woken)

    scene.erp.set_on_hand(link.erp, 9)
    watch = Full(context, scene.erp_connector.id)
    task = asyncio.ensure_future(watch.run())
    await _until(lambda: len(looks) > 2 or task.done())
    still_watching = not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert still_watching
    await house.settle()
    assert scene.shop.free(link.shop) == Decimal(9)


async def test_a_fault_in_a_regular_task_does_not_keep_the_engine_from_stopping(
    make_house: Make,
) -> None:
    house = make_house(Scene())
    await house.open()

    async def broken() -> None:
        raise sa.exc.InvalidRequestError("a fault of ours")

    house.engine._spawn(broken())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await house.engine.stop()
    assert house.runner._work is None


async def test_a_watch_that_is_told_to_end_while_it_wakes_ends(make_house: Make) -> None:
    """Else the whole process would wait for it for ever when it is to stop."""
    house = make_house(Scene())
    await house.open()
    await house.settle()
    context = house.engine.context
    sleeping, leaving, leave = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Slow(SleepingClock):
        """Its sleepers take a moment to get up."""

        async def sleep(self, seconds: float) -> None:
            del seconds
            sleeping.set()
            try:
                await asyncio.Event().wait()
            finally:
                leaving.set()
                await leave.wait()

    context.clock = Slow(house.scene.clock)
    watch = Watch(context, house.scene.erp_connector.id)
    task = asyncio.ensure_future(watch.run())
    await sleeping.wait()
    watch.wake()
    await leaving.wait()
    task.cancel()
    leave.set()
    await asyncio.wait({task}, timeout=2)
    ended = task.cancelled()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert ended
