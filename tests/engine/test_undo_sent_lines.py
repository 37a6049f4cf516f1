"""A line of an undo of products that was sent is settled by the first read that can tell."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from panstore.engine.plans import undo_products
from panstore.engine.plans.apply import apply_plan
from panstore.engine.plans.desk import close
from panstore.engine.products.pipeline import look_at_products
from panstore.store.plans import find_lines
from panstore.store.product_conflicts import list_conflicts
from panstore.testing.world.faults import FaultKind
from tests.engine.house import House
from tests.engine.test_products_s3 import _SHOP, S3, _nothing_more_is_written, _ready
from tests.engine.test_review_plans import _names
from tests.engine.test_undo_products import _apply, _undo

Make = Callable[..., House]
_DAYS = 3 * 86_400.0


async def _full(house: House) -> None:
    await house.engine.full_run(_SHOP, [S3])
    await house.settle()


async def _states(house: House, plan: int) -> list[str]:
    return [one.state for one in await house.store.read(lambda c: find_lines(c, plan))]


async def _lost(make_house: Make, fault: FaultKind) -> tuple[House, int, str]:
    """A name whose undo in the shop failed; the plan, and the name that should have been back."""
    house = await _ready(make_house)
    _, was = await _names(house)
    house.scene.erp.pages.edit(house.scene.shop_links[0].erp, name="Novo")
    await house.settle()
    number, _ = await _undo(house)
    house.scene.faults.script("shop", "write_products", fault)
    await _apply(house, number)
    return house, number, str(was)


@pytest.mark.parametrize("fault", ["unavailable", "lost_before"])
@pytest.mark.parametrize("closed", [False, True])
async def test_the_same_value_typed_later_is_an_edit(
    make_house: Make, fault: FaultKind, *, closed: bool
) -> None:
    house, number, was = await _lost(make_house, fault)
    if closed:
        await close(house.engine.context, number)
    else:
        house.scene.clock.advance(_DAYS)
    await _full(house)
    assert await _states(house, number) == ["approved"]
    house.scene.clock.advance(_DAYS)
    house.scene.shop.pages.edit(house.scene.shop_links[0].shop, name=was)
    await _full(house)
    assert await _names(house) == (was, was)


async def test_the_same_value_typed_later_is_not_overwritten(make_house: Make) -> None:
    house, number, was = await _lost(make_house, "lost_before")
    await close(house.engine.context, number)
    await _full(house)
    house.scene.clock.advance(_DAYS)
    link = house.scene.shop_links[0]
    house.scene.erp.pages.edit(link.erp, name="ERP ime")
    house.scene.shop.pages.edit(link.shop, name=was)
    await _full(house)
    assert await _names(house) == ("ERP ime", was)
    assert len(await house.store.read(list_conflicts)) == 1


async def test_what_arrived_unheard_is_told_by_the_next_look(make_house: Make) -> None:
    house, number, was = await _lost(make_house, "lost_after")
    await _full(house)
    assert await _states(house, number) == ["applied"]
    assert (await apply_plan(house.engine.context, number)).waiting == 0
    assert await _names(house) == ("Novo", was)
    house.scene.shop.pages.edit(house.scene.shop_links[0].shop, name="Iz trgovine")
    await _full(house)
    assert await _names(house) == ("Iz trgovine", "Iz trgovine")
    await _nothing_more_is_written(house)


async def test_what_was_never_sent_is_not_marked_as_sent(make_house: Make) -> None:
    house = await _ready(make_house)
    house.scene.erp.pages.edit(house.scene.shop_links[0].erp, name="Novo")
    await house.settle()
    number, _ = await _undo(house)
    # The second look at the shop, just before the write, fails.
    house.scene.faults.script("shop", "products", "none", "unavailable")
    assert (await _apply(house, number)).trouble
    assert await _states(house, number) == ["approved"]


@pytest.mark.parametrize(("fault", "kinds"), [("lost_before", ["change"]), ("lost_after", [])])
async def test_a_new_undo_is_not_hindered_by_one_that_never_arrived(
    make_house: Make, fault: FaultKind, kinds: list[str]
) -> None:
    house, number, _ = await _lost(make_house, fault)
    await close(house.engine.context, number)
    _, lines = await _undo(house)
    assert [one.kind for one in lines] == kinds


async def test_a_state_kept_meanwhile_is_not_overwritten_by_an_older_one(
    make_house: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, number, was = await _lost(make_house, "lost_after")
    found = look_at_products

    async def look(*some: object) -> object:
        there = await found(*some)  # type: ignore[arg-type]
        monkeypatch.undo()
        house.scene.erp.pages.edit(house.scene.shop_links[0].erp, description="Opis")
        await house.settle()
        return there

    monkeypatch.setattr(undo_products, "look_at_products", look)
    await apply_plan(house.engine.context, number)
    await _full(house)
    assert await _names(house) == ("Novo", was)
    await _nothing_more_is_written(house)
    assert await _states(house, number) == ["applied"]
