"""kill -9 at every step while contract prices are brought into a shop; lives of many deeds."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from panstore.engine.ports import no_probe
from panstore.model.ids import ExternalId
from panstore.testing.world import DatedPrice, Fault
from panstore.testing.world.faults import FaultKind
from tests.engine.house import House, Killed
from tests.engine.pushing import LIST, OTHER_LIST, Pushing

pytestmark = pytest.mark.crash


def _maker(folder: Path) -> Callable[..., House]:
    def make(scene: object, **options: object) -> House:
        return House(scene, f"sqlite:///{folder}/panstore.sqlite", **options)  # type: ignore[arg-type]

    return make


async def _settle(world: Pushing) -> None:
    try:
        await world.house.settle()
    except Killed:
        world.house.probe = no_probe
        await world.house.restart()
        await world.house.settle()


async def _live(world: Pushing, probe: Callable[[str], None]) -> list[str]:
    """Linked, changed, moved, unlinked; what was ever wrong in the shop's eyes."""
    house, wrong = world.house, []

    def judge() -> None:
        buyer = world.scene.shop.tiers.buyers.get(world.account)
        if buyer is not None and len(world.scene.shop.tiers.of(LIST, world.goods)) < 3:
            wrong.append("a buyer before his prices")

    world.scene.faults.hook("shop.write_buyers.after", judge)
    house.probe = probe
    await world.link(world.account, world.party)
    await _settle(world)
    world.set_price("7")
    await world.link(world.second, world.other)
    await _settle(world)
    await world.unlink(world.account)
    await _settle(world)
    house.probe = no_probe
    world.scene.faults.unhook()
    return wrong


async def test_killed_at_every_step(tmp_path_factory: pytest.TempPathFactory) -> None:
    steps: list[str] = []

    def note(step: str) -> None:
        if step.startswith("push"):
            steps.append(step)

    whole = await Pushing.open(_maker(tmp_path_factory.mktemp("whole")), linked=False)
    assert await _live(whole, note) == []
    rows = whole.written()
    await whole.house.close()
    assert {"push.write.begin", "push.write.reply", "push.buyers.reply", "push.drop.reply"} <= set(
        steps
    )
    for place in range(len(steps)):
        left = [place]

        def cut(step: str, left: list[int] = left) -> None:
            left[0] -= step.startswith("push")
            if left[0] < 0:
                raise Killed(step)

        world = await Pushing.open(_maker(tmp_path_factory.mktemp("kill")), linked=False)
        where = f"killed at {steps[place]}, step {place}"
        assert await _live(world, cut) == [], where
        assert await world.wrong() == [], where
        assert world.scene.shop.tiers.agreements() == [OTHER_LIST], where
        assert world.written() <= rows + 3, f"{where}: what stands is written again"
        assert not [key for key in await world.marks() if not key.startswith("tiers")], where
        await world.house.close()


class _Life:
    """People edit lists, parties and links; systems fail; PanStore dies and comes back."""

    def __init__(self, world: Pushing, seed: int) -> None:
        self.world, self.dice = world, random.Random(seed)
        self.lists = (LIST, OTHER_LIST, ExternalId("L3"))
        self.linked: dict[ExternalId, ExternalId] = {}
        self.contract = world.house.contract

    async def deed(self) -> None:
        dice, world, erp = self.dice, self.world, self.world.scene.erp
        good = dice.randrange(len(world.goods))
        match dice.randrange(10):
            case 0 | 1 | 2:
                world.set_price(*self._lines(), good=good, by=dice.choice(self.lists))
            case 3:
                amount = dice.choice([None, Decimal(0), Decimal(10), Decimal(25)])
                erp.set_reduction(dice.choice(self.lists), amount)
            case 4:
                price = dice.choice([None, *map(Decimal, ("10", "12.5", "9.99"))])
                erp.set_price(world.sources[good], price)
            case 5:
                party = dice.choice([world.party, world.other])
                erp.set_agreement(party, dice.choice([None, *self.lists]))
            case 6 | 7:
                await self._relink()
            case 8:
                call = dice.choice(["write_tiers", "write_buyers", "tiers", "drop_agreement"])
                kinds: list[FaultKind] = ["lost_before", "lost_after", "unavailable"]
                world.scene.faults.script("shop", call, Fault(dice.choice(kinds)))
            case _:
                await self.restart(on=dice.random() < 0.6)

    async def restart(self, *, on: bool) -> None:
        """Somebody may have switched contract prices off, or on again."""
        self.world.house.contract = self.contract if on else None
        await self.world.house.restart()

    def _lines(self) -> list[DatedPrice]:
        today = self.world.house.clock.now().date()
        leasts = sorted(self.dice.sample(range(2, 30), self.dice.randrange(3)), reverse=True)
        made = [DatedPrice(self._amount(), least=Decimal(least)) for least in leasts]
        ends = self.dice.choice([None, None, today])
        if self.dice.random() < 0.8:
            made.append(DatedPrice(self._amount(), ends=ends))
        return made

    def _amount(self) -> Decimal:
        return Decimal(self.dice.choice(["8", "10", "7.77", "0", "3.335"]))

    async def _relink(self) -> None:
        world = self.world
        if world.house.contract is None:
            await self.restart(on=True)
        account = self.dice.choice([world.account, world.second])
        before = self.linked.get(account)
        if before is not None and self.dice.random() < 0.5:
            await world.unlink(account)
            del self.linked[account]
            return
        party = self.dice.choice([world.party, world.other])
        await world.link(account, party, expected=before if before != party else None)
        self.linked[account] = party


@pytest.mark.parametrize("seed", range(6))
async def test_once_quiet_the_shop_charges_what_the_price_service_says(
    tmp_path: Path, seed: int
) -> None:
    world = await Pushing.open(_maker(tmp_path), linked=False)
    life = _Life(world, seed)
    for _ in range(12):
        for _ in range(life.dice.randrange(1, 4)):
            await life.deed()
        for _ in range(life.dice.randrange(3)):
            await world.house.step(5)
    await world.house.settle(seconds=5)
    if world.house.contract is None:
        assert (world.scene.shop.tiers.buyers, world.scene.shop.tiers.kept) == ({}, {})
        await life.restart(on=True)
        await world.house.settle(seconds=5)
    assert await world.wrong() == []
    assert set(world.scene.shop.tiers.buyers) <= set(life.linked)
    await world.house.close()
