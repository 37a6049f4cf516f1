"""One crash per step and per outside call of an order's life: done, refused, or nobody knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from panstore.engine.ports import no_probe
from panstore.model.ids import ConnectionId
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

    def __init__(self, folder: Path) -> None:
        self.scene = Scene()
        self.life = Life(self.scene)
        self.house = House(self.scene, f"sqlite:///{folder}/panstore.sqlite", **settings())

    async def open(self) -> None:
        await self.house.open()
        await self.house.settle()

    async def live(self, before: Callable[[int], None] = lambda _: None) -> None:
        """Through all deeds, each after `before` has heard its number.

        After a kill everything starts again and goes on.
        """
        for number, deed in enumerate(self.life.deeds()):
            before(number)
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
        for record in await self.house.store.read(list_parked):
            await self.house.engine.retry(record.id)
        await self.house.settle()

    async def judge(self, what: str) -> None:
        try:
            self.life.expect()
            assert await self.house.judge() == []
        except AssertionError as error:
            raise AssertionError(f"{what}: {error}") from error
        finally:
            await self.house.close()


@pytest.fixture
def new_stage(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[], Awaitable[_Stage]]:
    """Opens stages, each with a store of its own."""

    async def make() -> _Stage:
        stage = _Stage(tmp_path_factory.mktemp("life"))
        await stage.open()
        return stage

    return make


def _is_of_orders(step: str) -> bool:
    """Whether it is a step orders are made of; those of values have their own tests."""
    return step.split(".", maxsplit=1)[0] in {
        "order",
        "cancel",
        "reserve",
        "release",
        "invoice",
        "credit",
        "tell",
    }


async def test_killed_at_every_step_of_an_order(
    new_stage: Callable[[], Awaitable[_Stage]],
) -> None:
    """Deeds are settled one after the other, so one life can be cut once in each of them."""
    steps: dict[int, list[str]] = defaultdict(list)
    whole = await new_stage()

    def listen(deed: int) -> None:
        whole.house.probe = lambda step: steps[deed].append(step) if _is_of_orders(step) else None

    await whole.live(listen)
    await whole.judge("undisturbed")
    seen = {step for some in steps.values() for step in some}
    for step in ("order", "cancel", "reserve", "invoice", "credit", "tell"):
        assert {f"{step}.intent", f"{step}.done", f"{step}.recorded"} <= seen
    for place in range(max(map(len, steps.values()))):
        stage = await new_stage()
        where: list[str] = []

        def cut(deed: int, stage: _Stage = stage, place: int = place, where=where) -> None:  # type: ignore[no-untyped-def]
            left = [place]

            def probe(step: str) -> None:
                if not _is_of_orders(step):
                    return
                left[0] -= 1
                if left[0] < 0:
                    where.append(f"{step} in deed {deed + 1}")
                    raise Killed(step)

            stage.house.probe = probe

        await stage.live(cut)
        await stage.judge(f"killed at {', '.join(where)}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", CALLS)
async def test_every_call_goes_wrong_once(
    new_stage: Callable[[], Awaitable[_Stage]], call: str, kind: str
) -> None:
    if (call, kind) in {("find_customers", "rejected"), ("booked_orders", "rejected")}:
        kind = "auth"  # A question cannot be refused for what it asks; the one who asks may be.
    connection = ConnectionId("shop" if call == "update_order" else "erp")
    times: list[int] = []
    plain = await new_stage()
    history = plain.scene.history
    await plain.live(lambda _: times.append(len(history.of(connection, call))))
    times.append(len(history.of(connection, call)))
    await plain.judge("undisturbed")
    most = max(after - before for before, after in pairwise(times))
    assert most > 0
    for place in range(most):
        stage = await new_stage()

        def spoil(deed: int, stage: _Stage = stage, place: int = place) -> None:
            stage.scene.faults.calm()
            if times[deed + 1] - times[deed] > place:
                faults: list[Any] = ["none"] * place
                stage.scene.faults.script(connection, call, *faults, kind)  # type: ignore[arg-type]

        await stage.live(spoil)
        await stage.judge(f"{call} number {place + 1} of each deed: {kind}")
