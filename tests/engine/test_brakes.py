"""Mass changes wait for a person or a while; single changes do not."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from panstore.engine.context import BrakeLimits
from panstore.model.link import Link
from panstore.store.audit import latest
from panstore.store.brakes import Approval, held_items, list_approvals
from panstore.testing.world import Scene
from tests.engine.house import House

Make = Callable[..., House]
EVER = ("waiting", "stopped", "approved", "applied")


async def _shop(make_house: Make, count: int = 40) -> tuple[House, list[Link]]:
    scene = Scene()
    goods = scene.add_goods(count, on_hand=10, price=Decimal("20.00"))
    house = make_house(scene, brakes=BrakeLimits())
    await house.open()
    await house.settle()
    return house, goods


def _sell_out(house: House, goods: list[Link], left: int = 0) -> None:
    for link in goods:
        house.scene.erp.set_on_hand(link.erp, left)


def _free(house: House, goods: list[Link]) -> list[int]:
    return [int(house.scene.shop.free(link.shop)) for link in goods]


async def _approvals(house: House) -> list[Approval]:
    return await house.store.read(lambda c: list_approvals(c, states=EVER))


async def test_changes_below_twenty_items_pass(make_house: Make) -> None:
    house, goods = await _shop(make_house)
    _sell_out(house, goods[:19])
    await house.settle()
    assert _free(house, goods[:19]) == [0] * 19
    assert await _approvals(house) == []


async def test_twenty_of_a_large_catalogue_are_no_mass_change(make_house: Make) -> None:
    house, goods = await _shop(make_house, 120)
    _sell_out(house, goods[:20])
    await house.settle()
    assert _free(house, goods[:20]) == [0] * 20


async def test_a_mass_fall_raises_an_alarm_and_is_applied_after_five_minutes(
    make_house: Make,
) -> None:
    house, goods = await _shop(make_house)
    begun = house.scene.clock.now()
    _sell_out(house, goods[:25])
    await house.settle()
    assert _free(house, goods[:25]) == [10] * 25
    [approval] = await _approvals(house)
    assert (approval.state, approval.items) == ("waiting", 25)
    assert "25 of 40" in approval.reason
    while (house.scene.clock.now() - begun).total_seconds() < 290:
        await house.step(seconds=10)
    assert _free(house, goods[:25]) == [10] * 25
    await house.settle(seconds=10, quiet=4)
    assert _free(house, goods[:25]) == [0] * 25
    [approval] = await _approvals(house)
    assert (approval.state, approval.items) == ("applied", 0)
    assert await house.judge() == []


async def test_falls_one_after_the_other_are_a_mass_change_too(make_house: Make) -> None:
    house, goods = await _shop(make_house)
    for link in goods[:25]:
        _sell_out(house, [link])
        await house.settle(quiet=1)
    assert _free(house, goods[:25]) == [0] * 19 + [10] * 6


async def test_what_lies_outside_the_window_does_not_count(make_house: Make) -> None:
    house, goods = await _shop(make_house)
    _sell_out(house, goods[:15])
    await house.settle()
    house.scene.clock.advance(901)
    _sell_out(house, goods[15:30])
    await house.settle()
    assert _free(house, goods[:30]) == [0] * 30


async def test_what_is_stopped_stays_until_it_is_approved(make_house: Make) -> None:
    house, goods = await _shop(make_house)
    _sell_out(house, goods[:25])
    await house.settle()
    [approval] = await _approvals(house)
    assert await house.engine.decide(approval.id, "stopped")
    house.scene.clock.advance(7200)
    await house.settle()
    assert _free(house, goods[:25]) == [10] * 25
    assert await house.engine.decide(approval.id, "approved")
    await house.settle()
    assert _free(house, goods[:25]) == [0] * 25
    assert not await house.engine.decide(approval.id, "stopped")


async def test_a_mass_fall_after_a_stopped_one_is_an_alarm_of_its_own(make_house: Make) -> None:
    house, goods = await _shop(make_house, 60)
    _sell_out(house, goods[:25])
    await house.settle()
    [approval] = await _approvals(house)
    await house.engine.decide(approval.id, "stopped")
    _sell_out(house, goods[25:26])
    await house.settle()
    assert _free(house, goods[25:26]) == [0]
    house.scene.clock.advance(86_400)
    _sell_out(house, goods[26:52])
    await house.settle()
    states = {a.state: a.items for a in await _approvals(house)}
    assert states == {"stopped": 25, "waiting": 26}
    await house.settle(seconds=30, quiet=15)
    assert _free(house, goods[26:52]) == [0] * 26
    assert _free(house, goods[:25]) == [10] * 25


async def test_an_approval_worked_in_several_batches_raises_no_new_alarm(
    make_house: Make,
) -> None:
    house, goods = await _shop(make_house, 150)
    _sell_out(house, goods[:120])
    await house.settle()
    [approval] = await _approvals(house)
    await house.engine.decide(approval.id, "approved")
    await house.settle()
    assert _free(house, goods[:120]) == [0] * 120
    assert [a.state for a in await _approvals(house)] == ["approved"]


async def test_an_approval_that_grows_says_how_large_it_is_by_now(make_house: Make) -> None:
    house, goods = await _shop(make_house)
    _sell_out(house, goods[:25])
    await house.settle()
    _sell_out(house, goods[25:33])
    await house.settle()
    [approval] = await _approvals(house)
    assert "33 of 40" in approval.reason
    assert approval.items == 33


async def test_an_approval_lets_exactly_its_items_through(make_house: Make) -> None:
    house, goods = await _shop(make_house, 60)
    _sell_out(house, goods[:25])
    await house.settle()
    [approval] = await _approvals(house)
    assert await house.engine.decide(approval.id, "approved")
    _sell_out(house, goods[25:50])
    await house.settle()
    assert _free(house, goods[:25]) == [0] * 25
    assert _free(house, goods[25:50]) == [10] * 25
    assert [a.items for a in await _approvals(house)] == [25, 0]


async def test_what_was_approved_does_not_brake_what_comes_next(make_house: Make) -> None:
    house, goods = await _shop(make_house)
    _sell_out(house, goods[:25])
    await house.settle()
    [approval] = await _approvals(house)
    await house.engine.decide(approval.id, "approved")
    await house.settle()
    _sell_out(house, goods[30:31])
    await house.settle()
    assert _free(house, goods[30:31]) == [0]


async def test_an_item_that_becomes_harmless_goes_through(make_house: Make) -> None:
    house, goods = await _shop(make_house)
    _sell_out(house, goods[:25])
    await house.settle()
    _sell_out(house, goods[:1], left=4)
    await house.settle()
    assert _free(house, goods[:2]) == [4, 10]
    [approval] = await _approvals(house)
    held = await house.store.read(lambda c: held_items(c, approval.id))
    assert len(held) == 24
    assert await house.item(goods[0].sku) not in held


async def test_a_mass_price_jump_waits_for_a_person_however_long(make_house: Make) -> None:
    house, goods = await _shop(make_house)
    for link in goods[:25]:
        house.scene.erp.set_price(link.erp, Decimal("2.00"))
    house.scene.erp.set_price(goods[30].erp, Decimal("21.00"))
    await house.settle()
    house.scene.clock.advance(86_400 // 2)
    await house.settle()
    prices = [house.scene.shop.prices[link.shop].amount for link in goods]
    assert prices[:25] == [Decimal(20)] * 25
    assert prices[30] == Decimal(21)
    [approval] = await _approvals(house)
    assert (approval.state, approval.applies_at) == ("waiting", None)
    await house.engine.decide(approval.id, "approved")
    await house.settle()
    assert {house.scene.shop.prices[link.shop].amount for link in goods[:25]} == {Decimal(2)}


@pytest.mark.parametrize("word", ["braked", "written"])
async def test_the_audit_says_what_was_held_and_what_went(make_house: Make, word: str) -> None:
    house, goods = await _shop(make_house)
    _sell_out(house, goods[:25])
    await house.settle()
    [approval] = await _approvals(house)
    if word == "written":
        await house.engine.decide(approval.id, "approved")
        await house.settle()
    rows = await house.store.read(lambda c: latest(c, limit=25))
    assert {row.outcome for row in rows} == {word}
    assert {row.label for row in rows} == {link.sku for link in goods[:25]}
