"""Killed at every step of a message: afterwards it is there once, or twice and says so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from panstore.engine.context import Options
from panstore.engine.ports import no_probe
from panstore.model.ids import ConnectionId
from panstore.testing.world import Scene
from tests.engine.buyers import Buyers
from tests.engine.house import House, Killed

pytestmark = pytest.mark.crash

STEPS = (
    "message.queued",
    "message.loaded",
    "message.printed",
    "message.written",
    "message.claimed",
    "message.sent",
    "message.recorded",
)
UNSURE = {"message.claimed", "message.sent"}
"""Between the claim and the record nobody knows afterwards whether it went out."""


@pytest.fixture
async def new_buyers(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[], Awaitable[Buyers]]:
    """Moves buyers in over a store of their own."""

    async def make() -> Buyers:
        folder: Path = tmp_path_factory.mktemp("mails")

        def house(scene: Scene, **options: object) -> House:
            return House(scene, f"sqlite:///{folder}/panstore.sqlite", **options)  # type: ignore[arg-type]

        return await Buyers.move_in(
            house,
            Scene(),
            # One at a time: what else is in hand would go on as if nobody had been killed.
            options=Options(batch=50, messages_at_once=1),
        )

    return make


async def _settle_killed(buyers: Buyers) -> bool:
    """Whether it was killed on the way; then it starts again and goes on."""
    try:
        await buyers.house.settle()
    except Killed:
        buyers.house.probe = no_probe
        buyers.scene.faults.unhook()
        await buyers.house.restart()
        await buyers.house.settle()
        return True
    return False


async def _end(buyers: Buyers) -> None:
    """Long enough for whatever waits for its pause."""
    for _ in range(3):
        buyers.scene.clock.advance(700)
        await buyers.house.settle()


@pytest.mark.parametrize("step", STEPS)
async def test_killed_at_a_step(new_buyers: Callable[[], Awaitable[Buyers]], step: str) -> None:
    buyers = await new_buyers()
    for time in range(2):
        left = [time]

        def cut(seen: str, left: list[int] = left) -> None:
            left[0] -= seen == step
            if left[0] < 0:
                raise Killed(step)

        buyers.house.probe = cut
        buyers.buy()
        if time:
            buyers.buy()
        assert await _settle_killed(buyers), f"{step} is not a step of a message"
        await _end(buyers)
    assert await buyers.states() == ["sent"] * 3
    await buyers.judge()
    twice = [row.message.maybe_twice for row in await buyers.rows()]
    assert sum(twice) == (2 if step in UNSURE else 0)
    assert await buyers.parked() == []
    await buyers.house.close()


@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_inside_the_call(
    new_buyers: Callable[[], Awaitable[Buyers]], when: str
) -> None:
    buyers = await new_buyers()

    def kill() -> None:
        raise Killed(when)

    buyers.scene.faults.hook(f"mail.send_mail.{when}", kill)
    buyers.buy()
    assert await _settle_killed(buyers)
    [row] = await buyers.rows()
    assert row.message.state == "sending"
    await _end(buyers)
    [row] = await buyers.rows()
    assert (row.message.state, row.message.maybe_twice) == ("sent", True)
    assert len(buyers.letters) == (2 if when == "after" else 1)
    await buyers.judge()
    await buyers.house.close()


async def test_killed_again_in_the_second_try_a_person_is_asked(
    new_buyers: Callable[[], Awaitable[Buyers]],
) -> None:
    buyers = await new_buyers()
    buyers.buy()
    for _ in range(2):
        buyers.scene.faults.hook("mail.send_mail.after", _kill)
        try:
            await buyers.house.settle()
            buyers.scene.clock.advance(700)
            await buyers.house.settle()
            buyers.scene.clock.advance(700)
            await buyers.house.settle()
        except Killed:
            buyers.scene.faults.unhook()
            await buyers.house.restart()
    await _end(buyers)
    assert len(buyers.letters) == 2
    [record] = await buyers.parked()
    assert record.code == "message.unknown"
    assert await buyers.house.engine.skip(record.id)
    await _end(buyers)
    assert await buyers.states() == ["skipped"]
    assert len(buyers.letters) == 2
    await buyers.house.close()


def _kill() -> None:
    raise Killed("in the call")


async def test_many_faults_lose_and_double_nothing_silently(
    new_buyers: Callable[[], Awaitable[Buyers]],
) -> None:
    buyers = await new_buyers()
    buyers.scene.faults.at_random(
        0.3, connections=[ConnectionId("mail"), ConnectionId("print"), ConnectionId("erp")]
    )
    for _ in range(12):
        buyers.buy()
        for _ in range(3):
            await buyers.house.step()
    buyers.scene.faults.calm()
    await buyers.house.settle(most=2000)
    await _end(buyers)
    for record in await buyers.parked():
        assert record.code == "message.unknown"
        await buyers.house.engine.retry(record.id)
    await _end(buyers)
    assert await buyers.states() == ["sent"] * 12
    await buyers.judge()
    await buyers.house.close()
