"""Contract prices switched off in a shop that keeps them: nothing of them stays behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from panstore.engine.context import WITHDRAWAL
from panstore.engine.ports import no_probe
from panstore.engine.status import ModuleStatus, look
from panstore.store.audit import Entry, latest
from panstore.store.parked import list_parked
from tests.engine.house import House, Killed
from tests.engine.pushing import LIST, OTHER_LIST, S5, Pushing

Make = Callable[..., House]


async def _withdrawn(world: Pushing) -> list[Entry]:
    """What was taken back, oldest first."""
    rows = await world.house.store.read(lambda c: latest(c, limit=10_000))
    return [one for one in reversed(rows) if one.module == WITHDRAWAL]


async def _said(world: Pushing) -> list[ModuleStatus]:
    status = await world.house.store.read(lambda c: look(c, world.context))
    return [one for one in status.routes[0].modules if one.code == WITHDRAWAL]


async def _switch_off(world: Pushing, how: str) -> None:
    if how == "module removed":
        world.house.contract = None
    else:
        world.scene.shop_connector._tiers_batch = 0
    await world.house.restart()


@pytest.mark.parametrize("how", ["module removed", "shop asks now"])
async def test_accounts_are_let_go_first_and_then_the_prices(make_house: Make, how: str) -> None:
    world = await Pushing.open(make_house)
    tiers = world.scene.shop.tiers
    buyers_at_drop: list[int] = []
    world.scene.faults.hook(
        "shop.drop_agreement.before", lambda: buyers_at_drop.append(len(tiers.buyers))
    )
    await _switch_off(world, how)
    await world.house.settle()
    assert (tiers.buyers, tiers.kept) == ({}, {})
    assert buyers_at_drop == [0, 0]
    assert world.charged(world.account) == Decimal(10)
    assert [one.label for one in await _withdrawn(world)] == [
        world.account,
        world.second,
        LIST,
        OTHER_LIST,
    ]
    assert {one.cause for one in await _withdrawn(world)} == {"contract prices are off"}
    assert await world.marks() == []
    assert await _said(world) == []


async def test_status_says_so_while_the_shop_is_silent(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    now = world.house.clock.now()
    world.scene.faults.down("shop", now, now + dt.timedelta(hours=1))
    await _switch_off(world, "module removed")
    for _ in range(5):
        await world.house.step(5)
    (said,) = await _said(world)
    assert said.waiting == 4
    assert "contract prices are off here" in said.says
    assert world.charged(world.account) == Decimal(8)
    world.scene.clock.advance(3600)
    await world.house.settle(seconds=20)
    assert world.scene.shop.tiers.kept == {}
    assert await _said(world) == []


async def test_a_shop_that_is_silent_at_the_start_is_asked_later(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    now = world.house.clock.now()
    world.scene.faults.down("shop", now, now + dt.timedelta(hours=1))
    await _switch_off(world, "shop asks now")
    for _ in range(5):
        await world.house.step(5)
    assert await _said(world) == [], "nobody knows yet whether it keeps prices"
    world.scene.clock.advance(3600)
    await world.house.settle(seconds=20)
    assert world.scene.shop.tiers.agreements() == []


async def test_a_start_with_prices_on_takes_nothing_back(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    before = len(world.calls("write_buyers")), world.written()
    await world.house.restart()
    await world.house.settle()
    assert (len(world.calls("write_buyers")), world.written()) == before
    assert world.calls("drop_agreement") == []
    assert await world.marks() == []


async def test_switched_off_and_on_again(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    house, contract = world.house, world.house.contract
    world.set_price("7")
    await house.deliver()
    await house.look()
    await _switch_off(world, "module removed")
    await house.settle()
    assert await world.marks() == []
    assert world.charged(world.account) == Decimal(10)
    world.set_price("6")
    await house.settle()
    house.contract = contract
    await house.restart()
    await house.settle()
    assert world.charged(world.account) == Decimal(6)
    assert await world.wrong() == []


async def test_switched_on_again_before_all_was_taken_back(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    house, contract, now = world.house, world.house.contract, world.house.clock.now()

    def fall() -> None:
        world.scene.faults.down("shop", now, now + dt.timedelta(minutes=10))

    world.scene.faults.hook("shop.write_buyers.after", fall)
    await _switch_off(world, "module removed")
    await house.step()
    world.scene.faults.unhook()
    assert world.scene.shop.tiers.buyers == {}
    assert world.scene.shop.tiers.kept
    house.contract = contract
    await house.restart()
    world.scene.clock.advance(900)
    await house.settle(seconds=10)
    assert world.charged(world.account) == Decimal(8)
    assert [one.outcome for one in world.calls("drop_agreement")] == ["unavailable"]
    assert await world.wrong() == []
    assert await _said(world) == []


async def test_an_account_the_shop_does_not_let_go_is_told_and_the_rest_goes(
    make_house: Make,
) -> None:
    world = await Pushing.open(make_house)
    world.scene.faults.refuse_item("shop", world.account)
    await _switch_off(world, "module removed")
    await world.house.settle()
    assert list(world.scene.shop.tiers.buyers) == [world.account]
    assert world.scene.shop.tiers.kept == {}, "without prices it pays what everybody pays"
    (record,) = await world.house.store.read(list_parked)
    assert f"account {world.account}" in record.reason
    world.scene.faults.accept_item("shop", world.account)
    assert await world.house.engine.retry(record.id)
    await world.house.settle()
    assert world.scene.shop.tiers.buyers == {}
    assert await world.house.store.read(list_parked) == []


async def test_switched_on_again_while_one_account_was_not_let_go(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    house, contract = world.house, world.house.contract
    world.scene.faults.refuse_item("shop", world.account)
    await _switch_off(world, "module removed")
    await house.settle()
    assert list(world.scene.shop.tiers.buyers) == [world.account]
    world.scene.faults.accept_item("shop", world.account)
    house.contract = contract
    await house.restart()
    await house.settle()
    assert sorted(world.scene.shop.tiers.buyers) == sorted([world.account, world.second])
    assert world.charged(world.account) == Decimal(8)
    assert await house.store.read(list_parked) == []
    assert await world.wrong() == []


async def test_many_accounts_go_in_batches(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    for number in range(120):
        account = world.scene.shop.accounts.open(f"buyer{number}@novak.example")
        await world.link(account, world.party)
    await world.house.settle()
    before = len(world.calls("write_buyers"))
    await _switch_off(world, "module removed")
    await world.house.settle()
    assert world.scene.shop.tiers.buyers == {}
    assert len(world.calls("write_buyers")) == before + 3


@pytest.mark.crash
async def test_killed_at_every_step(tmp_path_factory: pytest.TempPathFactory) -> None:
    def make(folder: Path) -> Make:
        return lambda scene, **options: House(
            scene, f"sqlite:///{folder}/panstore.sqlite", **options
        )

    async def live(probe: Callable[[str], None]) -> Pushing:
        world = await Pushing.open(make(tmp_path_factory.mktemp("off")))
        world.house.probe = probe
        await _switch_off(world, "module removed")
        try:
            await world.house.settle()
        except Killed:
            world.house.probe = no_probe
            await world.house.restart()
            await world.house.settle()
        await world.house.close()
        return world

    steps: list[str] = []
    await live(lambda step: steps.append(step) if step.startswith("push") else None)
    assert {"push.buyers.begin", "push.buyers.reply", "push.drop.reply"} <= set(steps)
    for place in range(len(steps)):
        left = [place]

        def cut(step: str, left: list[int] = left) -> None:
            left[0] -= step.startswith("push")
            if left[0] < 0:
                raise Killed(step)

        world = await live(cut)
        where = f"killed at {steps[place]}, step {place}"
        assert (world.scene.shop.tiers.buyers, world.scene.shop.tiers.kept) == ({}, {}), where


async def test_the_modules_own_work_is_never_a_withdrawal(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    await world.unlink(world.account)
    await world.house.settle()
    rows = await world.house.store.read(lambda c: latest(c, limit=100))
    gone = [one for one in rows if one.label == LIST and one.outcome == "written"]
    assert [(one.module, one.reason) for one in gone] == [
        (
            S5,
            f"all prices of agreement {LIST} were taken out of the shop: nobody buys under it any"
            " more",
        )
    ]
    assert await _withdrawn(world) == []
