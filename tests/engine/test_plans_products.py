"""The plan before the first sync of products: nothing is written before it, it begins after it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from panstore.engine.context import BrakeLimits
from panstore.engine.plans.apply import apply_plan
from panstore.engine.plans.desk import decide
from panstore.engine.plans.products import make_product_plan
from panstore.model.ids import ModuleCode, RouteId
from panstore.model.product import VariantFields
from panstore.store.brakes import list_approvals
from tests.engine import test_products
from tests.engine.house import House

S3 = ModuleCode("S3")


async def test_the_first_plan_is_applied_and_the_module_begins(
    make_house: Callable[..., House],
) -> None:
    house = await test_products._ready(make_house, ask=True)
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    erp.add("Kava", VariantFields(sku="K-1"))
    await house.settle()
    assert not test_products._by_sku(shop.all(), "K-1")
    context = house.engine.context
    plan = await make_product_plan(context, context.routes[RouteId("shop")], S3)
    assert await decide(context, plan, approve=True) >= 1
    done = await apply_plan(context, plan)
    assert (done.refused, done.waiting, done.trouble) == (0, 0, "")
    assert len(test_products._by_sku(shop.all(), "K-1")) == 1
    erp.add("Caj", VariantFields(sku="K-2"))
    await house.settle()
    assert len(test_products._by_sku(shop.all(), "K-2")) == 1


async def test_what_was_approved_in_the_first_plan_is_not_asked_again(
    make_house: Callable[..., House],
) -> None:
    brakes = BrakeLimits(from_items=1, share=Decimal(0))
    house = await test_products._ready(make_house, ask=True, brakes=brakes)
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    erp.add("Kava", VariantFields(sku="K-1"))
    await house.settle()
    context = house.engine.context
    plan = await make_product_plan(context, context.routes[RouteId("shop")], S3)
    assert await decide(context, plan, approve=True) >= 1
    done = await apply_plan(context, plan)
    assert (done.refused, done.waiting, done.approvals) == (0, 0, ())
    assert len(test_products._by_sku(shop.all(), "K-1")) == 1
    assert not await house.store.read(list_approvals)
    erp.add("Caj", VariantFields(sku="K-2"))
    await house.settle()
    assert not test_products._by_sku(shop.all(), "K-2")
    assert len(await house.store.read(list_approvals)) == 1
