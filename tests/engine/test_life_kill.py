"""One crash per step and per outside call of an order's life: done, refused, or nobody knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from panstore.engine.ports import no_probe
from panstore.store.parked import list_parked
from panstore.testing.world import Scene
from tests.engine.house import House, Killed
from tests.engine.life import Life, settings

pytestmark = pytest.mark.crash

CALLS = (
    "create_order",
    "cancel_order",
    "reserve",
    "issue_invoice",
    "credit_invoice",
    "update_order",
    "booked_orders",
    "find_customers",
)
KINDS = ("unavailable", "rate_limited", "lost_before", "lost_after", "rejected")


class _Stage:
    """Lives one life in a house of its own."""

    def __init__(self, folder: Path, *, seed: int = 0) -> None:
        self.scene = Scene(seed=seed)
        self.life = Life(self.scene)
        self.house = House(self.scene, f"sqlite:///{folder}/panstore.sqlite", **settings())

    async def open(self) -> None:
        await self.house.open()
        await self.house.settle()

    async def live(self, probe: Callable[[str], None] = no_probe) -> None:
        """Through all deeds; after a kill everything starts again and goes on."""
        self.house.probe = probe
        for deed in self.life.deeds():
            deed()
            await self._settle()

    async def _settle(self) -> None:
        try:
            await self.house.settle()
        except Killed:
            self.house.probe = no_probe
            await self.house.restart()
            await self.house.settle()
        # A person looks at what was refused, finds nothing wrong, and lets it be tried again.
        for record in await self.house.store.read(lambda c: list_parked(c)):
            await self.house.engine.retry(record.id)
        await self.house.settle()

    async def judge(self) -> None:
        self.life.expect()
        assert await self.house.judge() == []


async def _stage(folder: Path) -> _Stage:
    stage = _Stage(folder)
    await stage.open()
    return stage


async def _steps(folder: Path) -> list[str]:
    stage = await _stage(folder)
    seen: list[str] = []
    await stage.live(seen.append)
    await stage.judge()
    await stage.house.close()
    return seen


def _of_orders(steps: Iterable[str]) -> list[tuple[int, str]]:
    """Places of the steps orders are made of; those of values have their own tests."""
    mine = ("order", "cancel", "reserve", "release", "invoice", "credit", "tell")
    return [(n, step) for n, step in enumerate(steps, 1) if step.split(".")[0] in mine]


async def test_killed_at_every_step_of_an_order(tmp_path_factory: pytest.TempPathFactory) -> None:
    steps = await _steps(tmp_path_factory.mktemp("whole"))
    places = _of_orders(steps)
    for step in ("order", "cancel", "reserve", "invoice", "credit", "tell"):
        assert {f"{step}.intent", f"{step}.done", f"{step}.recorded"} <= {s for _, s in places}
    for number, step in places:
        stage = await _stage(tmp_path_factory.mktemp("kill"))
        left = [number]

        def cut(_step: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Killed(_step)

        await stage.live(cut)
        try:
            await stage.judge()
        except AssertionError as error:
            raise AssertionError(f"killed at {step} ({number} of {len(steps)}): {error}") from error
        finally:
            await stage.house.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", CALLS)
async def test_every_call_goes_wrong_once(
    tmp_path_factory: pytest.TempPathFactory, call: str, kind: str
) -> None:
    if (call, kind) in {("find_customers", "rejected"), ("booked_orders", "rejected")}:
        kind = "auth"  # A question cannot be refused for what it asks; the one who asks may be.
    plain = await _stage(tmp_path_factory.mktemp("plain"))
    await plain.live()
    connection = "shop" if call == "update_order" else "erp"
    times = Counter(c.operation for c in plain.scene.history.of(connection, call))[call]
    assert times > 0
    await plain.house.close()
    for place in range(times):
        stage = await _stage(tmp_path_factory.mktemp("call"))
        stage.scene.faults.script(connection, call, *["none"] * place, kind)  # type: ignore[list-item]
        await stage.live()
        try:
            await stage.judge()
        except AssertionError as error:
            raise AssertionError(f"{call} number {place + 1}, {kind}: {error}") from error
        finally:
            await stage.house.close()
