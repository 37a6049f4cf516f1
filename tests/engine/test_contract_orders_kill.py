"""kill -9 and lost replies while prices are compared: one finding per content, one sale."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from panstore.engine.ports import no_probe
from panstore.model.order import Order
from panstore.testing.world import Fault
from panstore.testing.world.faults import FaultKind
from tests.engine.agreeing import Agreeing, Setting
from tests.engine.house import House, Killed

pytestmark = pytest.mark.crash


class _Life:
    """An order is placed, then a line is added to it; a person says yes where he is asked."""

    def __init__(self, world: Agreeing) -> None:
        self.world = world
        world.agree("30.00")
        world.agree("33.33", good=1)
        self.order: Order

    async def live(self, probe_of: Callable[[int], Callable[[str], None]]) -> None:
        """Through both deeds; after a kill everything starts again and goes on."""
        house = self.world.house
        house.probe = probe_of(0)
        self.order = self.world.buy(on_account=True)
        await self._settle()
        house.probe = probe_of(1)
        assert self.world.scene.shop.desk.edit(self.order.id, {self.world.goods[1]: 1})
        await self._settle()

    async def _settle(self) -> None:
        house = self.world.house
        for _ in range(2):
            try:
                await house.settle()
            except Killed:
                house.probe = no_probe
                await house.restart()
                await house.settle()
            for record in await self.world.parked():
                assert record.code == "order.price_differs"
                assert await self.world.accept(self.order) == "accepted"

    async def judge(self, outcome: str) -> None:
        world = self.world
        assert await world.verdicts(self.order) == [outcome, outcome]
        facts = await world.priced(self.order)
        assert [fact.revision for fact in facts] == [1, 2]
        charged, agreed = Decimal("121.99"), Decimal("113.86")
        assert world.present(self.order).total == charged
        assert world.sale(self.order).total == (agreed if outcome == "corrected" else charged)
        sales = world.scene.erp.sales.of_shop_order(self.order.id)
        assert [one.state for one in sales] == ["cancelled", "confirmed"]
        assert await world.parked() == []


async def _open(folder: Path, setting: Setting) -> _Life:
    def make(scene: object, **options: object) -> House:
        return House(scene, f"sqlite:///{folder}/panstore.sqlite", **options)  # type: ignore[arg-type]

    return _Life(await Agreeing.move_in(make, setting))


@pytest.mark.parametrize(
    ("setting", "outcome"),
    [("park", "accepted"), ("accept", "accepted"), ("correct", "corrected")],
)
async def test_killed_at_every_step_of_the_comparison(
    tmp_path_factory: pytest.TempPathFactory,
    setting: Setting,
    outcome: str,
) -> None:
    whole = await _open(tmp_path_factory.mktemp("whole"), setting)
    steps: tuple[list[str], list[str]] = ([], [])
    await whole.live(lambda deed: lambda step: steps[deed].append(step) if _counts(step) else None)
    await whole.judge(outcome)
    await whole.world.house.close()
    for seen in steps:
        assert {"order.intent", "order.recorded"} <= set(seen)
        assert setting == "park" or {"price.checked", "price.recorded"} <= set(seen)
    # Deeds are settled one after the other, so one life can be cut once in each of them.
    for place in range(max(map(len, steps))):
        life = await _open(tmp_path_factory.mktemp("kill"), setting)
        where: list[str] = []
        await life.live(lambda _, p=place, w=where: _cut(p, w))  # type: ignore[misc]
        assert len(where) == sum(place < len(seen) for seen in steps)
        try:
            await life.judge(outcome)
        except AssertionError as error:
            raise AssertionError(f"killed at {', '.join(where)}: {error}") from error
        finally:
            await life.world.house.close()


def _cut(place: int, where: list[str]) -> Callable[[str], None]:
    left = [place]

    def cut(step: str) -> None:
        if not _counts(step):
            return
        left[0] -= 1
        if left[0] < 0:
            where.append(step)
            raise Killed(step)

    return cut


def _counts(step: str) -> bool:
    return step.split(".", maxsplit=1)[0] in {"order", "price", "cancel"}


@pytest.mark.parametrize("kind", ["unavailable", "rate_limited", "lost_before", "lost_after"])
@pytest.mark.parametrize("call", ["agreements", "contract_prices"])
async def test_a_question_that_goes_wrong_is_asked_again(
    tmp_path_factory: pytest.TempPathFactory, call: str, kind: FaultKind
) -> None:
    life = await _open(tmp_path_factory.mktemp("fault"), "park")
    world = life.world
    world.agree("33.33")
    world.scene.faults.script("erp", call, Fault(kind), Fault(kind))
    asked: list[str] = []
    world.scene.faults.hook(f"erp.{call}.before", lambda: asked.append(call))
    order = world.buy()
    await world.house.settle(seconds=5)
    assert len(asked) >= 3
    assert await world.parked() == []
    assert await world.verdicts(order) == ["agreed"]
    assert world.sale(order).total == order.total
    assert await world.house.judge() == []
    await world.house.close()


async def test_an_erp_that_refuses_to_answer_leaves_the_order_to_a_person(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    life = await _open(tmp_path_factory.mktemp("fault"), "park")
    world = life.world
    world.agree("33.33")
    world.scene.faults.script("erp", "contract_prices", "rejected")
    order = world.buy()
    await world.house.settle()
    [record] = await world.parked()
    assert record.key == order.id
    assert "was not taken over" in record.reason
    assert "The ERP has nothing of it." in record.reason
    assert await world.house.engine.retry(record.id)
    await world.house.settle()
    assert world.sale(order).total == order.total
    await world.house.close()
