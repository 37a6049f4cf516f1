"""Faults that readers found in plans and undo: an intent is no fact before it is carried out."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from panstore.engine.context import BrakeLimits, Options
from panstore.engine.plans.apply import apply_plan
from panstore.engine.plans.desk import close, decide
from panstore.engine.plans.products import make_product_plan
from panstore.engine.ports import no_probe
from panstore.engine.sweep import forget
from panstore.store.brakes import list_approvals
from panstore.store.module_starts import starts_of
from panstore.store.plans import find_lines, list_plans
from tests.engine import test_products
from tests.engine.house import S2, House, Killed
from tests.engine.test_plans import Shop, _shop, _written
from tests.engine.test_products_s3 import _SHOP, S3, _nothing_more_is_written, _ready
from tests.engine.test_undo_products import _apply, _undo

Make = Callable[..., House]
_JUMPS = BrakeLimits(price_change=Decimal("0.01"))
"""From here on a change of a hundredth is a large one."""


async def _spoil(shop: Shop, place: int) -> None:
    """Somebody in the shop sells an article for one euro."""
    sold, link = shop.house.scene.shop, shop.goods[place]
    sold.edit_price(link.shop, replace(sold.prices[link.shop], amount=Decimal("1.00")))


async def _look_again(shop: Shop) -> None:
    await shop.house.engine.full_run(shop.route.id, [S2])
    await shop.house.settle()


async def _names(house: House) -> tuple[object, object]:
    link = house.scene.shop_links[0]
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    return erp.products([link.erp])[0].fields.name, shop.products([link.shop])[0].fields.name


async def _undone_name(make_house: Make, **how: object) -> tuple[House, int]:
    """A name of the ERP that was taken back in the shop, and a plan that takes this back again."""
    house = await _ready(make_house, **how)  # type: ignore[arg-type]
    house.scene.erp.pages.edit(house.scene.shop_links[0].erp, name="Novo")
    await house.settle()
    number, _ = await _undo(house)
    await _apply(house, number)
    await house.settle()
    again, _ = await _undo(house, plan=number)
    return house, again


@pytest.mark.parametrize("fault", ["unavailable", "lost_before"])
async def test_an_undo_that_was_not_written_goes_nowhere(make_house: Make, fault: str) -> None:
    house, again = await _undone_name(make_house)
    before = await _names(house)
    house.scene.faults.script("shop", "write_products", fault)  # type: ignore[arg-type]
    await _apply(house, again)
    await close(house.engine.context, again)
    await house.settle()
    await house.engine.full_run(_SHOP, [S3])
    await house.settle()
    assert await _names(house) == before


async def test_an_undo_that_was_written_unheard_is_not_taken_for_an_edit(make_house: Make) -> None:
    house, again = await _undone_name(make_house)
    erp, _ = await _names(house)
    house.scene.faults.script("shop", "write_products", "lost_after")
    await _apply(house, again)
    await house.settle()
    await house.engine.full_run(_SHOP, [S3])
    await house.settle()
    assert await _names(house) == (erp, "Novo")
    await close(house.engine.context, again)
    house.scene.erp.pages.edit(house.scene.shop_links[0].erp, name="Najnovejše")
    await house.settle()
    assert await _names(house) == ("Najnovejše", "Najnovejše")
    await _nothing_more_is_written(house)


async def test_an_undo_cut_off_before_its_write_goes_nowhere(make_house: Make) -> None:
    house, again = await _undone_name(make_house)
    before = await _names(house)

    def cut(step: str) -> None:
        if step == "products.guard":
            raise Killed

    house.probe = cut
    with pytest.raises(Killed):
        await _apply(house, again)
    house.probe = no_probe
    await house.restart()
    await house.engine.full_run(_SHOP, [S3])
    await house.settle()
    assert await _names(house) == before


async def test_prices_whose_undo_was_stopped_and_closed_are_kept_in_step(make_house: Make) -> None:
    shop = await _shop(make_house, 40, brakes=BrakeLimits())
    first = await _written(shop, *[(place, "21.00") for place in range(30)])
    shop.house.brakes = _JUMPS
    await shop.house.restart()
    undo = await shop.undo(plan=first)
    await shop.approve(undo)
    assert (await shop.apply(undo)).waiting == 30
    [approval] = await shop.house.store.read(list_approvals)
    await shop.house.engine.decide(approval.id, "stopped")
    await close(shop.context, undo)
    await _spoil(shop, 0)
    await _look_again(shop)
    assert shop.shown()[0] == "21.00"


@pytest.mark.parametrize("fault", ["unavailable", "lost_before"])
async def test_prices_whose_undo_failed_are_kept_in_step(make_house: Make, fault: str) -> None:
    shop = await _shop(make_house)
    first = await _written(shop, (0, "21.00"))
    undo = await shop.undo(plan=first)
    await shop.approve(undo)
    shop.house.scene.faults.script("shop", "write_prices", fault)  # type: ignore[arg-type]
    assert (await shop.apply(undo)).waiting == 1
    await close(shop.context, undo)
    await _spoil(shop, 0)
    await _look_again(shop)
    assert shop.shown()[0] == "21.00"


async def test_a_new_price_and_the_old_one_again_are_written_while_an_undo_waits(
    make_house: Make,
) -> None:
    shop = await _shop(make_house, 40, brakes=BrakeLimits())
    first = await _written(shop, *[(place, "21.00") for place in range(30)])
    shop.house.brakes = _JUMPS
    await shop.house.restart()
    undo = await shop.undo(plan=first)
    await shop.approve(undo)
    assert (await shop.apply(undo)).waiting == 30
    shop.house.brakes = BrakeLimits()
    await shop.house.restart()
    shop.price(0, "22.00")
    await shop.house.settle()
    shop.price(0, "21.00")
    await shop.house.settle()
    assert shop.shown()[0] == "21.00"


async def test_approving_all_leaves_out_what_was_left_out(make_house: Make) -> None:
    shop = await _shop(make_house)
    for place in range(3):
        shop.price(place, "30.00")
    plan = await shop.plan()
    assert await decide(shop.context, plan, approve=False, ranges=[(2, 2)]) == 1
    assert await decide(shop.context, plan, approve=True) == 2
    # Named, it is meant.
    assert await decide(shop.context, plan, approve=True, ranges=[(2, 2)]) == 1
    assert await decide(shop.context, plan, approve=False, ranges=[(2, 2)]) == 1
    assert (await shop.apply(plan)).applied == 2
    assert [one.state for one in await shop.lines(plan)] == ["applied", "left", "applied"]


async def test_a_plan_closed_while_it_is_applied_stops(
    make_house: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await _shop(make_house, 6, options=Options(batch=2))
    for place in range(6):
        shop.price(place, "30.00")
    plan = await shop.plan()
    await shop.approve(plan)
    context = shop.context
    steps: list[str] = []
    shop.house.probe = steps.append
    found = context.store.write

    async def write(work: Callable[..., object]) -> object:
        done = await found(work)
        if "write.reply" in steps:  # the first batch is written: somebody presses the button
            monkeypatch.undo()
            await close(context, plan)
        return done

    monkeypatch.setattr(context.store, "write", write)
    assert (await shop.apply(plan)).closed
    assert await shop.state(plan) == "closed"
    assert sorted(shop.shown()) == ["20.00"] * 4 + ["30.00"] * 2


async def test_a_brakes_word_for_one_undo_is_none_for_another(make_house: Make) -> None:
    shop = await _shop(make_house, 40, brakes=BrakeLimits())
    first = await _written(shop, *[(place, "21.00") for place in range(30)])
    shop.house.brakes = _JUMPS
    await shop.house.restart()
    undo = await shop.undo(plan=first)
    await shop.approve(undo)
    await shop.apply(undo)
    [approval] = await shop.house.store.read(list_approvals)
    await shop.house.engine.decide(approval.id, "approved")
    await close(shop.context, undo)
    shop.house.brakes = BrakeLimits()
    await shop.house.restart()
    second = await _written(shop, *[(place, "22.00") for place in range(30)])
    shop.house.brakes = _JUMPS
    await shop.house.restart()
    again = await shop.undo(plan=second)
    await shop.approve(again)
    assert (await shop.apply(again)).waiting == 30


async def test_a_change_that_is_wanted_no_more_does_not_count_as_applied(make_house: Make) -> None:
    house = await _ready(make_house)
    context, link = house.engine.context, house.scene.shop_links[0]
    erp = house.scene.erp.pages
    was = erp.products([link.erp])[0].fields.name
    erp.edit(link.erp, name="Nova")
    plan = await make_product_plan(context, context.routes[_SHOP], S3)
    await decide(context, plan, approve=True)
    erp.edit(link.erp, name=was)
    done = await apply_plan(context, plan)
    assert (done.applied, done.refused) == (0, 1)
    [line] = await house.store.read(lambda c: find_lines(c, plan))
    assert "changed since" in line.note


async def test_a_first_plan_that_was_closed_begins_nothing(
    make_house: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await test_products._ready(make_house, ask=True)
    context, link = house.engine.context, house.scene.shop_links[0]
    house.scene.erp.pages.edit(link.erp, name="Nova")
    plan = await make_product_plan(context, context.routes[_SHOP], S3)
    await decide(context, plan, approve=True)
    steps: list[str] = []
    house.probe = steps.append
    found = context.store.write

    async def write(work: Callable[..., object]) -> object:
        if "products.reply" in steps:
            monkeypatch.undo()
            await close(context, plan)
        return await found(work)

    monkeypatch.setattr(context.store, "write", write)
    await apply_plan(context, plan)
    assert S3 not in await house.store.read(lambda c: starts_of(c, _SHOP))


async def test_plans_that_are_over_are_forgotten_with_the_audit(make_house: Make) -> None:
    shop = await _shop(make_house)
    plan = await _written(shop, (0, "21.00"))
    shop.price(1, "22.00")
    waiting = await shop.plan()
    shop.house.scene.clock.advance(91 * 86_400.0)
    await forget(shop.context)
    assert [one.id for one in await shop.house.store.read(list_plans)] == [waiting]
    assert await shop.lines(plan) == []
    assert len(await shop.lines(waiting)) == 1
