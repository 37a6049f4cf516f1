"""Stored plans and taking back: exactly what was approved, and never anything newer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest

from panstore.engine.context import BrakeLimits, Context, Route
from panstore.engine.plans.apply import Applied, apply_plan
from panstore.engine.plans.make import make_plan
from panstore.engine.plans.refusals import PlanRefusedError
from panstore.engine.plans.undo import make_undo
from panstore.model.ids import ModuleCode, RouteId
from panstore.model.link import Link
from panstore.model.stored_plan import PlanLine
from panstore.store.brakes import list_approvals
from panstore.store.past_writes import Selection
from panstore.store.plans import find_lines, find_plan, set_states
from panstore.testing.world import Scene
from tests.engine.house import S1, S2, S4, House, Killed

Make = Callable[..., House]
START = Decimal("20.00")


class Shop:
    """A house in step, with what tests of plans say of it."""

    def __init__(self, house: House, goods: list[Link]) -> None:
        self.house = house
        self.goods = goods

    @property
    def context(self) -> Context:
        return self.house.engine.context

    @property
    def route(self) -> Route:
        return self.context.routes[RouteId("shop")]

    def price(self, place: int, amount: str) -> None:
        self.house.scene.erp.set_price(self.goods[place].erp, Decimal(amount))

    def shown(self) -> list[str]:
        prices = self.house.scene.shop.prices
        return [f"{prices[link.shop].amount:.2f}" for link in self.goods]

    async def plan(self, code: ModuleCode = S2) -> int:
        return await make_plan(self.context, self.route, code)

    async def undo(self, **selection: object) -> int:
        return await make_undo(self.context, self.route, S2, Selection(**selection))  # type: ignore[arg-type]

    async def lines(self, plan: int) -> list[PlanLine]:
        return await self.house.store.read(lambda c: find_lines(c, plan))

    async def approve(self, plan: int, ranges: Sequence[tuple[int, int]] | None = None) -> int:
        return await self.house.store.write(
            lambda c: set_states(c, plan, "approved", among=("open", "left"), ranges=ranges)
        )

    async def apply(self, plan: int) -> Applied:
        return await apply_plan(self.context, plan)

    async def state(self, plan: int) -> str:
        found = await self.house.store.read(lambda c: find_plan(c, plan))
        assert found is not None
        return found.state


async def _shop(make_house: Make, count: int = 3, **options: object) -> Shop:
    scene = Scene()
    goods = scene.add_goods(count, on_hand=10, price=START)
    house = make_house(scene, **options)
    await house.open()
    await house.settle()
    return Shop(house, goods)


async def _written(shop: Shop, *changes: tuple[int, str]) -> int:
    """Changes in the ERP, planned, approved and applied as a whole; the plan's number."""
    for place, amount in changes:
        shop.price(place, amount)
    plan = await shop.plan()
    await shop.approve(plan)
    await shop.apply(plan)
    await shop.house.settle()
    return plan


async def test_only_what_was_approved_is_written(make_house: Make) -> None:
    shop = await _shop(make_house)
    for place in range(3):
        shop.price(place, f"3{place}.00")
    plan = await shop.plan()
    lines = await shop.lines(plan)
    assert [(one.kind, one.field, one.state) for one in lines] == [("change", "price", "open")] * 3
    with pytest.raises(PlanRefusedError, match="nothing of plan"):
        await shop.apply(plan)
    chosen = next(one for one in lines if one.sku == shop.goods[1].sku)
    assert await shop.approve(plan, [(chosen.line, chosen.line)]) == 1
    done = await shop.apply(plan)
    assert (done.applied, done.refused, done.waiting) == (1, 0, 0)
    assert shop.shown() == ["20.00", "31.00", "20.00"]
    assert await shop.state(plan) == "open"


async def test_what_has_changed_since_is_refused_line_by_line(make_house: Make) -> None:
    shop = await _shop(make_house)
    for place in range(3):
        shop.price(place, f"3{place}.00")
    plan = await shop.plan()
    await shop.approve(plan)
    shop.price(0, "44.00")
    sold = shop.house.scene.shop
    sold.edit_price(shop.goods[1].shop, sold.prices[shop.goods[2].shop])
    done = await shop.apply(plan)
    assert (done.applied, done.refused) == (2, 1)
    notes = [one.note for one in await shop.lines(plan) if one.state == "refused"]
    assert "44.00" in notes[0]
    assert "changed since" in notes[0]
    assert shop.shown()[0] == "20.00"
    assert await shop.state(plan) == "applied"
    await shop.house.settle()
    assert shop.shown() == ["44.00", "31.00", "32.00"]


@pytest.mark.parametrize("step", ["write.begin", "write.reply", "record.end"])
async def test_a_crash_in_the_middle_is_repeated_by_value(make_house: Make, step: str) -> None:
    shop = await _shop(make_house)
    shop.price(0, "30.00")
    plan = await shop.plan()
    await shop.approve(plan)

    def die(at: str) -> None:
        if at == step:
            raise Killed

    shop.house.probe = die
    with pytest.raises(Killed):
        await shop.apply(plan)
    shop.house.probe = lambda _: None
    await shop.house.restart()
    done = await shop.apply(plan)
    assert (done.applied, done.refused, done.waiting) == (1, 0, 0)
    assert shop.shown()[0] == "30.00"


async def test_a_stock_line_is_refused_when_the_stock_moved(make_house: Make) -> None:
    shop = await _shop(make_house)
    erp = shop.house.scene.erp
    erp.set_on_hand(shop.goods[0].erp, 5)
    erp.set_on_hand(shop.goods[1].erp, 6)
    plan = await shop.plan(S1)
    await shop.approve(plan)
    erp.set_on_hand(shop.goods[0].erp, 2)
    done = await shop.apply(plan)
    assert (done.applied, done.refused) == (1, 1)
    free = shop.house.scene.shop.free
    assert [int(free(link.shop)) for link in shop.goods] == [10, 6, 10]


async def test_undo_writes_old_prices_back_and_they_stay(make_house: Make) -> None:
    shop = await _shop(make_house)
    first = await _written(shop, (0, "30.00"), (1, "31.00"))
    assert shop.shown() == ["30.00", "31.00", "20.00"]
    undo = await shop.undo(plan=first)
    assert await shop.approve(undo) == 2
    done = await shop.apply(undo)
    assert (done.applied, done.refused) == (2, 0)
    await shop.house.settle()
    await shop.house.engine.full_run(shop.route.id, [S2])
    await shop.house.settle()
    assert shop.shown() == ["20.00"] * 3
    preview = await shop.house.engine.plan(shop.route, S2)
    assert [held.code for held in preview.held] == ["undone.waits"] * 2
    assert preview.operations == ()
    shop.price(0, "35.00")
    await shop.house.settle()
    assert shop.shown() == ["35.00", "20.00", "20.00"]
    shop.price(0, "30.00")
    await shop.house.settle()
    assert shop.shown()[0] == "30.00"


async def test_undo_never_touches_what_is_newer(make_house: Make) -> None:
    shop = await _shop(make_house)
    first = await _written(shop, (0, "30.00"), (1, "31.00"), (2, "32.00"))
    await _written(shop, (0, "40.00"))
    sold = shop.house.scene.shop
    undo = await shop.undo(plan=first)
    lines = {one.sku: one for one in await shop.lines(undo)}
    newer = lines[shop.goods[0].sku]
    assert newer.kind == "held"
    assert "Something newer came" in newer.reason
    assert await shop.approve(undo) == 2
    shop.price(1, "41.00")
    sold.edit_price(shop.goods[2].shop, sold.prices[shop.goods[0].shop])
    done = await shop.apply(undo)
    assert (done.applied, done.refused) == (0, 2)
    assert shop.shown() == ["40.00", "31.00", "40.00"]


async def test_an_undo_is_taken_back_by_another(make_house: Make) -> None:
    shop = await _shop(make_house)
    first = await _written(shop, (0, "30.00"))
    undo = await shop.undo(plan=first)
    await shop.approve(undo)
    await shop.apply(undo)
    await shop.house.settle()
    again = await shop.undo(plan=undo)
    assert await shop.approve(again) == 1
    await shop.apply(again)
    await shop.house.settle()
    assert shop.shown()[0] == "30.00"
    shop.price(0, "20.00")
    await shop.house.settle()
    assert shop.shown()[0] == "20.00"


async def test_a_brake_holds_an_undo_until_it_is_approved(make_house: Make) -> None:
    shop = await _shop(make_house, 40, brakes=BrakeLimits())
    changes = [(place, "21.00") for place in range(30)]
    first = await _written(shop, *changes)
    # From here on a change of a hundredth is a large one.
    shop.house.brakes = BrakeLimits(price_change=Decimal("0.01"))
    await shop.house.restart()
    undo = await shop.undo(plan=first)
    await shop.approve(undo)
    done = await shop.apply(undo)
    [approval] = await shop.house.store.read(list_approvals)
    assert (done.applied, done.waiting, done.approvals) == (0, 30, (approval.id,))
    assert shop.shown()[:30] == ["21.00"] * 30
    assert await shop.house.engine.decide(approval.id, "approved")
    await shop.house.settle()
    done = await shop.apply(undo)
    assert (done.applied, done.waiting) == (30, 0)
    await shop.house.settle()
    assert shop.shown() == ["20.00"] * 40


async def test_stock_and_orders_are_never_taken_back(make_house: Make) -> None:
    shop = await _shop(make_house)
    for code, why in ((S1, "offer what has been sold"), (S4, "documents")):
        with pytest.raises(PlanRefusedError, match=why):
            await make_undo(shop.context, shop.route, code, Selection(sku="x"))
    with pytest.raises(PlanRefusedError, match="was not said"):
        await shop.undo()
