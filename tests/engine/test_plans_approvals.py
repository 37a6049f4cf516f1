"""A brake's word for a plan is for that plan, and is taken back when it was of no use."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from panstore.engine.context import BrakeLimits
from panstore.engine.pipeline import Look
from panstore.engine.plans import apply as applying
from panstore.engine.plans.apply import apply_plan
from panstore.engine.plans.desk import close, decide
from panstore.engine.plans.products import make_product_plan
from panstore.engine.ports import no_probe
from panstore.engine.products.pipeline import start
from panstore.model.plan import Plan
from panstore.model.product import VariantFields
from panstore.store.brakes import Approval, list_approvals
from tests.engine import test_products
from tests.engine.house import House, Killed
from tests.engine.test_plans import Shop, _shop, _written
from tests.engine.test_products_s3 import _SHOP, S3
from tests.engine.test_review_plans import _JUMPS

Make = Callable[..., House]


async def _braked(shop: Shop, price: str) -> int:
    """An approved undo of thirty prices; each of them is a large change to the brake."""
    shop.house.brakes = BrakeLimits()
    await shop.house.restart()
    plan = await _written(shop, *[(place, price) for place in range(30)])
    shop.house.brakes = _JUMPS
    await shop.house.restart()
    undo = await shop.undo(plan=plan)
    await shop.approve(undo)
    return undo


async def _waiting(shop: Shop) -> list[Approval]:
    return await shop.house.store.read(list_approvals)


@pytest.mark.parametrize("left", [False, True])
async def test_a_word_for_one_undo_is_none_for_another(make_house: Make, *, left: bool) -> None:
    shop = await _shop(make_house, 40, brakes=BrakeLimits())
    first = await _braked(shop, "21.00")
    assert (await shop.apply(first)).waiting == 30
    [approval] = await _waiting(shop)
    if left:
        assert await decide(shop.context, first, approve=False) == 30
        assert await shop.state(first) == "open"
    await shop.house.engine.decide(approval.id, "approved")
    second = await _braked(shop, "22.00")
    assert (await shop.apply(second)).waiting == 30


async def test_a_word_lets_its_own_undo_through(make_house: Make) -> None:
    shop = await _shop(make_house, 40, brakes=BrakeLimits())
    undo = await _braked(shop, "21.00")
    assert (await shop.apply(undo)).waiting == 30
    [approval] = await _waiting(shop)
    assert f"plan {undo}" in approval.module
    await shop.house.engine.decide(approval.id, "approved")
    assert (await shop.apply(undo)).applied == 30


async def test_a_plan_closed_while_its_brake_judges_leaves_nothing_waiting(
    make_house: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await _shop(make_house, 40, brakes=BrakeLimits())
    undo = await _braked(shop, "21.00")
    context, found = shop.context, applying._Page.choose

    async def choose(self: applying._Page, look: Look) -> Plan:
        made = await found(self, look)
        await close(context, undo)
        return made

    monkeypatch.setattr(applying._Page, "choose", choose)
    await shop.apply(undo)
    monkeypatch.undo()
    assert await _waiting(shop) == []
    assert (await shop.apply(await _braked(shop, "22.00"))).waiting == 30


@pytest.mark.parametrize("how", ["down", "killed"])
async def test_a_first_plan_that_was_cut_off_lets_nothing_through_by_itself(
    make_house: Make, how: str
) -> None:
    house = await test_products._ready(make_house, ask=True, brakes=BrakeLimits())
    for n in range(30):
        house.scene.erp.pages.add(f"Novo {n}", VariantFields(sku=f"N-{n}"))
    await house.settle()
    plan = await make_product_plan(house.engine.context, house.engine.context.routes[_SHOP], S3)
    await decide(house.engine.context, plan, approve=True)
    if how == "down":
        house.scene.faults.script("erp", "products", "none", "unavailable")
        assert (await apply_plan(house.engine.context, plan)).trouble
    else:
        house.probe = _killer("products.write")
        with pytest.raises(Killed):
            await apply_plan(house.engine.context, plan)
        house.probe = no_probe
        await house.restart()
    context = house.engine.context
    await close(context, plan)
    before = len(house.scene.shop.pages.all())
    await house.store.write(lambda c: start(c, context, _SHOP, S3))
    await house.settle()
    assert len(house.scene.shop.pages.all()) == before
    [approval] = await house.store.read(list_approvals)
    assert approval.items == 31


def _killer(step: str) -> Callable[[str], None]:
    def cut(name: str) -> None:
        if name == step:
            raise Killed

    return cut
