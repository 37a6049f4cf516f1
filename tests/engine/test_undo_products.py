"""What was written to products is taken back: only where nothing newer came, and for good."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from panstore.engine.context import BrakeLimits
from panstore.engine.plans.apply import Applied, apply_plan
from panstore.engine.plans.desk import decide
from panstore.engine.plans.products import all_lines
from panstore.engine.plans.refusals import PlanRefusedError
from panstore.engine.plans.undo import make_undo
from panstore.engine.ports import no_probe
from panstore.model.product import VariantFields
from panstore.model.stored_plan import PlanLine
from panstore.store.brakes import list_approvals
from panstore.store.past_writes import Selection
from panstore.store.plans import find_lines, list_plans
from tests.engine.house import House, Killed
from tests.engine.test_products_s3 import _SHOP, S3, _nothing_more_is_written, _page, _ready

Make = Callable[..., House]
_EVER = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


async def _undo(
    house: House, *, sku: str | None = None, plan: int | None = None
) -> tuple[int, list[PlanLine]]:
    context = house.engine.context
    selection = Selection(since=_EVER, sku=sku, plan=plan)
    number = await make_undo(context, context.routes[_SHOP], S3, selection)
    return number, await house.store.read(lambda c: find_lines(c, number))


async def _apply(house: House, number: int, only: int | None = None) -> Applied:
    ranges = None if only is None else [(only, only)]
    assert await decide(house.engine.context, number, approve=True, ranges=ranges)
    return await apply_plan(house.engine.context, number)


async def test_old_values_are_written_back_and_stay(make_house: Make) -> None:
    house = await _ready(make_house)
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    link = house.scene.shop_links[0]
    was = shop.products([link.shop])[0].fields.name
    erp.edit(link.erp, name="Sol & poper")
    await house.settle()
    number, lines = await _undo(house)
    assert [(one.kind, one.field) for one in lines] == [("change", "name")]
    done = await _apply(house, number)
    assert (done.applied, done.refused, done.waiting) == (1, 0, 0)
    await _nothing_more_is_written(house)
    assert shop.products([link.shop])[0].fields.name == was
    assert erp.products([link.erp])[0].fields.name == "Sol & poper"
    again, lines = await _undo(house, plan=number)
    assert [one.kind for one in lines] == ["change"]
    assert (await _apply(house, again)).applied == 1
    assert "Sol &amp; poper" in str(shop.products([link.shop])[0].fields.name)
    await _nothing_more_is_written(house)


async def test_lines_are_approved_one_by_one(make_house: Make) -> None:
    house = await _ready(make_house)
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    link = house.scene.shop_links[0]
    was = shop.products([link.shop])[0].fields
    erp.edit(link.erp, name="Novo", description="Novi opis")
    await house.settle()
    number, lines = await _undo(house)
    assert sorted(one.field for one in lines) == ["description", "name"]
    [name] = [one.line for one in lines if one.field == "name"]
    assert (await _apply(house, number, name)).applied == 1
    await _nothing_more_is_written(house)
    now = shop.products([link.shop])[0].fields
    assert (now.name, now.description) == (was.name, "Novi opis")


async def test_what_is_newer_is_left(make_house: Make) -> None:
    house = await _ready(make_house)
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    first, second, third = house.scene.shop_links[:3]
    for link in (first, second, third):
        erp.edit(link.erp, name=f"Novo {link.erp}")
    await house.settle()
    shop.edit(first.shop, name="Iz trgovine")
    await house.settle()
    erp.edit(second.erp, name="Na poti")
    number, lines = await _undo(house)
    by_item = {link.erp: link for link in (first, second, third)}
    assert all("newer" in one.reason for one in lines if one.kind == "held")
    erp.edit(third.erp, name="Po načrtu")
    done = await _apply(
        house, number, next(x.line for x in lines if x.side == "shop" and x.kind == "change")
    )
    assert (done.applied, done.refused) == (0, 1)
    await house.settle()
    names = [shop.products([link.shop])[0].fields.name for link in by_item.values()]
    assert names == ["Iz trgovine", "Na poti", "Po načrtu"]


async def test_what_was_created_is_hidden_and_comes_back(make_house: Make) -> None:
    house = await _ready(make_house)
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    erp.add("Kava & čaj", VariantFields(sku="K-1", weight=Decimal("1.234")))
    await house.settle()
    number, lines = await _undo(house, sku="K-1")
    assert [(one.kind, one.field) for one in lines] == [("hide", "active")]
    assert (await _apply(house, number)).applied == 1
    assert _page(shop, "K-1").fields.active is False
    await _nothing_more_is_written(house)
    assert _page(erp, "K-1").fields.active is True
    again, lines = await _undo(house, plan=number)
    assert [one.kind for one in lines] == ["show"]
    assert (await _apply(house, again)).applied == 1
    assert _page(shop, "K-1").fields.active is True
    await _nothing_more_is_written(house)


async def test_hiding_many_meets_the_brakes(make_house: Make) -> None:
    house = await _ready(make_house, brakes=BrakeLimits(from_items=1, share=Decimal(0)))
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    erp.add("Kava", VariantFields(sku="K-1"))
    await house.settle()
    [created] = await house.store.read(list_approvals)
    assert await house.engine.decide(created.id, "approved")
    await house.settle()
    number, _ = await _undo(house, sku="K-1")
    done = await _apply(house, number)
    assert (done.applied, done.waiting, len(done.approvals)) == (0, 1, 1)
    assert _page(shop, "K-1").fields.active is True
    await _nothing_more_is_written(house)
    assert await house.engine.decide(done.approvals[0], "approved")
    assert (await apply_plan(house.engine.context, number)).applied == 1
    assert _page(shop, "K-1").fields.active is False
    await _nothing_more_is_written(house)


async def test_what_would_be_written_is_told_and_not_kept(make_house: Make) -> None:
    house = await _ready(make_house)
    link = house.scene.shop_links[0]
    house.scene.erp.pages.edit(link.erp, name="Novo")
    context = house.engine.context
    lines, writes, unchanged = await all_lines(context, context.routes[_SHOP], S3)
    assert [(one.side, one.field, one.after) for one in lines] == [("shop", "name", '"Novo"')]
    assert (writes, unchanged) == (1, 2)
    assert not await house.store.read(list_plans)


@pytest.mark.parametrize("step", ["products.guard", "products.write", "products.reply"])
async def test_cut_off_and_repeated_it_is_done_once(make_house: Make, step: str) -> None:
    house = await _ready(make_house)
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    link = house.scene.shop_links[0]
    was = shop.products([link.shop])[0].fields.name
    erp.edit(link.erp, name="Novo")
    await house.settle()
    number, _ = await _undo(house)

    def cut(name: str) -> None:
        if name == step:
            raise Killed

    house.probe = cut
    with pytest.raises(Killed):
        await _apply(house, number)
    house.probe = no_probe
    await house.restart()
    await house.settle()
    done = await apply_plan(house.engine.context, number)
    assert (done.refused, done.waiting) == (0, 0)
    # By this application, or by the look before it that saw it stand there.
    lines = await house.store.read(lambda c: find_lines(c, number))
    assert [one.state for one in lines] == ["applied"]
    assert shop.products([link.shop])[0].fields.name == was
    assert erp.products([link.erp])[0].fields.name == "Novo"
    await _nothing_more_is_written(house)


async def test_two_at_once_apply_it_once(make_house: Make) -> None:
    house = await _ready(make_house)
    house.scene.erp.pages.edit(house.scene.shop_links[0].erp, name="Novo")
    await house.settle()
    number, _ = await _undo(house)
    context = house.engine.context
    assert await decide(context, number, approve=True)
    writes = house.scene.shop.pages.writes
    both = await asyncio.gather(
        *(apply_plan(context, number) for _ in range(2)), return_exceptions=True
    )
    assert sorted(isinstance(one, PlanRefusedError) for one in both) == [False, True]
    assert house.scene.shop.pages.writes == writes + 1
