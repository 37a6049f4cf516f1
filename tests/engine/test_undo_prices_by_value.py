"""Whether an old price was written back is told by what stands there, whatever came in between."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from panstore.engine import pipeline
from panstore.engine.batch import Batch, Items, Passed
from panstore.engine.context import BrakeLimits, Context
from panstore.engine.pipeline import Look, work_chosen
from panstore.engine.plans import apply as applying
from panstore.engine.plans.desk import close
from panstore.engine.ports import no_probe
from panstore.engine.stages.taken_back import leave_taken_back
from panstore.engine.sweep import forget
from panstore.model.plan import Operation, Plan
from panstore.store.plans import list_plans
from panstore.testing.world.faults import FaultKind
from tests.engine.house import House, Killed
from tests.engine.test_plans import Shop, _shop, _written
from tests.engine.test_review_plans import _look_again, _spoil

Make = Callable[..., House]


async def _undo_of(shop: Shop, plan: int) -> int:
    """A plan that takes another one back, all of it approved."""
    undo = await shop.undo(plan=plan)
    await shop.approve(undo)
    return undo


async def _taken_back(make_house: Make, count: int = 1, **options: object) -> tuple[Shop, int]:
    """A shop whose first prices of the ERP, 21, were taken back to 20, and that plan."""
    shop = await _shop(make_house, max(3, count), **options)
    first = await _written(shop, *[(place, "21.00") for place in range(count)])
    undo = await _undo_of(shop, first)
    await shop.apply(undo)
    await shop.house.settle()
    assert shop.shown()[0] == "20.00"
    return shop, undo


@pytest.mark.parametrize("fault", ["unavailable", "lost_before", "rejected"])
@pytest.mark.parametrize("closed", [False, True])
async def test_an_undo_of_an_undo_that_failed_changes_nothing(
    make_house: Make, fault: FaultKind, *, closed: bool
) -> None:
    shop, undo = await _taken_back(make_house)
    again = await _undo_of(shop, undo)
    shop.house.scene.faults.script("shop", "write_prices", fault)
    await shop.apply(again)
    if closed and await shop.state(again) != "applied":
        await close(shop.context, again)
    await shop.house.settle()
    await _look_again(shop)
    assert shop.shown()[0] == "20.00"


async def test_an_undo_of_an_undo_behind_a_brake_changes_nothing(make_house: Make) -> None:
    shop, undo = await _taken_back(make_house, 30, brakes=BrakeLimits())
    shop.house.brakes = BrakeLimits(price_change=Decimal("0.01"))
    await shop.house.restart()
    again = await _undo_of(shop, undo)
    assert (await shop.apply(again)).waiting == 30
    shop.house.brakes = BrakeLimits()
    await shop.house.restart()
    await _look_again(shop)
    assert shop.shown()[0] == "20.00"
    await close(shop.context, again)
    await _look_again(shop)
    assert shop.shown()[0] == "20.00"


async def test_an_undo_of_an_undo_that_arrived_unheard_is_history(make_house: Make) -> None:
    shop, undo = await _taken_back(make_house)
    again = await _undo_of(shop, undo)
    shop.house.scene.faults.script("shop", "write_prices", "lost_after")
    await shop.apply(again)
    await close(shop.context, again)
    await _look_again(shop)
    assert [one.state for one in await shop.lines(again)] == ["applied"]
    await _spoil(shop, 0)
    await _look_again(shop)
    assert shop.shown()[0] == "21.00"


async def test_numbers_of_forgotten_plans_are_not_given_out_again(make_house: Make) -> None:
    shop, undo = await _taken_back(make_house)
    shop.house.scene.clock.advance(91 * 86_400.0)
    await forget(shop.context)
    assert await shop.house.store.read(list_plans) == []
    assert await _written(shop, (1, "40.00")) > undo
    await _look_again(shop)
    assert shop.shown()[0] == "20.00"


@pytest.mark.parametrize("count", [1, 3])
async def test_what_was_read_before_an_undo_says_nothing_about_it(
    make_house: Make, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    shop = await _shop(make_house)
    undo = await _undo_of(shop, await _written(shop, *[(p, "21.00") for p in range(count)]))
    found = leave_taken_back

    async def leave(
        context: Context, batch: Batch, plan: Plan, items: Items, *, looks_only: bool = False
    ) -> tuple[Plan, list[Operation]]:
        if batch.undo is None and not looks_only:
            monkeypatch.undo()
            assert (await shop.apply(undo)).applied == count
        return await found(context, batch, plan, items, looks_only=looks_only)

    monkeypatch.setattr(pipeline, "leave_taken_back", leave)
    await _look_again(shop)
    await _look_again(shop)
    assert shop.shown()[0] == "20.00"


@pytest.mark.parametrize("looked", [False, True])
async def test_an_undo_whose_reply_was_lost_is_known_after_its_plan_was_closed(
    make_house: Make, *, looked: bool
) -> None:
    shop = await _shop(make_house)
    undo = await _undo_of(shop, await _written(shop, (0, "21.00")))
    shop.house.scene.faults.script("shop", "write_prices", "lost_after")
    assert (await shop.apply(undo)).waiting == 1
    if looked:
        await _look_again(shop)
    await close(shop.context, undo)
    await _look_again(shop)
    assert shop.shown()[0] == "20.00"
    assert [one.state for one in await shop.lines(undo)] == ["applied"]


async def test_a_plan_whose_last_line_was_seen_to_stand_ends_when_it_is_applied(
    make_house: Make,
) -> None:
    shop = await _shop(make_house)
    undo = await _undo_of(shop, await _written(shop, (0, "21.00")))
    shop.house.scene.faults.script("shop", "write_prices", "lost_after")
    await shop.apply(undo)
    await _look_again(shop)
    assert (await shop.apply(undo)).waiting == 0
    assert await shop.state(undo) == "applied"
    assert shop.shown()[0] == "20.00"


async def test_what_did_not_arrive_is_kept_in_step_and_no_later_price_is_taken_for_it(
    make_house: Make,
) -> None:
    shop = await _shop(make_house)
    undo = await _undo_of(shop, await _written(shop, (0, "21.00")))
    shop.house.scene.faults.script("shop", "write_prices", "lost_before")
    await shop.apply(undo)
    shop.house.scene.clock.advance(3600.0)
    await _look_again(shop)
    assert [one.state for one in await shop.lines(undo)] == ["approved"]
    sold, link = shop.house.scene.shop, shop.goods[0]
    sold.edit_price(link.shop, sold.prices[shop.goods[1].shop])
    assert shop.shown()[0] == "20.00"
    await _look_again(shop)
    assert shop.shown()[0] == "21.00"


async def test_closing_between_the_write_and_its_record_loses_nothing(
    make_house: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await _shop(make_house)
    undo = await _undo_of(shop, await _written(shop, (0, "21.00")))
    found = work_chosen

    async def work(*some: object, **more: object) -> Passed:
        passed = await found(*some, **more)  # type: ignore[arg-type]
        await close(shop.context, undo)
        await _look_again(shop)
        return passed

    monkeypatch.setattr(applying, "work_chosen", work)
    await shop.apply(undo)
    monkeypatch.undo()
    await _look_again(shop)
    assert shop.shown()[0] == "20.00"


@pytest.mark.parametrize("step", ["guard.end", "write.begin", "write.reply", "record.end"])
async def test_a_crash_leaves_no_price_unkept(make_house: Make, step: str) -> None:
    shop = await _shop(make_house)
    undo = await _undo_of(shop, await _written(shop, (0, "21.00")))

    def die(at: str) -> None:
        if at == step:
            raise Killed

    shop.house.probe = die
    with pytest.raises(Killed):
        await shop.apply(undo)
    shop.house.probe = no_probe
    await shop.house.restart()
    await _look_again(shop)
    wrote = step in {"write.reply", "record.end"}
    assert shop.shown()[0] == ("20.00" if wrote else "21.00")
    if not wrote:
        await _spoil(shop, 0)
        await _look_again(shop)
        assert shop.shown()[0] == "21.00"


@pytest.mark.parametrize("back", [False, True])
async def test_a_source_that_moves_while_an_undo_is_written_wins(
    make_house: Make, monkeypatch: pytest.MonkeyPatch, *, back: bool
) -> None:
    shop = await _shop(make_house)
    undo = await _undo_of(shop, await _written(shop, (0, "21.00")))
    found = applying._Page.choose

    async def choose(self: applying._Page, look: Look) -> Plan:
        made = await found(self, look)
        shop.price(0, "22.00")
        await shop.house.settle()
        if back:
            shop.price(0, "21.00")
            await shop.house.settle()
        return made

    monkeypatch.setattr(applying._Page, "choose", choose)
    await shop.apply(undo)
    monkeypatch.undo()
    await _look_again(shop)
    assert shop.shown()[0] == ("21.00" if back else "22.00")
    assert [one.state for one in await shop.lines(undo)] == ["refused"]


async def test_a_new_undo_is_not_hindered_by_one_that_never_arrived(make_house: Make) -> None:
    shop = await _shop(make_house)
    first = await _written(shop, (0, "21.00"))
    lost = await _undo_of(shop, first)
    shop.house.scene.faults.script("shop", "write_prices", "lost_before")
    await shop.apply(lost)
    await close(shop.context, lost)
    assert (await shop.apply(await _undo_of(shop, first))).applied == 1
    await _look_again(shop)
    assert shop.shown()[0] == "20.00"
