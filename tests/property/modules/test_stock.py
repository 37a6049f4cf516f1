"""S1 never promises what is not there, for any stock, any demand, any unit."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from panstore.model.plan import Plan
from panstore.model.stock import StockTarget
from panstore.modules.s1_stock.module import module
from panstore.modules.s1_stock.settings import StockSettings
from panstore.sdk.modules import RouteView, StockItem
from panstore.testing.strategies import WAREHOUSES, decimals, route_views, stock_items


@dataclass
class Scene:
    items: list[StockItem]
    settings: StockSettings
    view: RouteView


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    count = draw(st.integers(0, 5))
    return Scene(
        items=[draw(stock_items(number)) for number in range(1, count + 1)],
        settings=StockSettings(
            warehouses=draw(st.sampled_from((WAREHOUSES[:1], WAREHOUSES[:2], WAREHOUSES))),
            safety_stock=draw(decimals(0, 8, 1)),
            promise=draw(st.sampled_from(("all", "reserved"))),
        ),
        view=draw(route_views()),
    )


def plan(scene: Scene) -> Plan:
    return module.plan(scene.items, scene.settings, scene.view)


def applied(items: list[StockItem], plan: Plan) -> list[StockItem]:
    after = {each.item: each.after for each in plan.operations}
    return [
        msgspec.structs.replace(item, present=after.get(item.link.item, item.present))
        for item in items
    ]


def offers(scene: Scene) -> dict[str, Decimal]:
    """Free quantity of each item that is not parked, after the plan."""
    first = plan(scene)
    parked = {each.item for each in first.held}
    return {
        item.link.item: item.present.free
        for item in applied(scene.items, first)
        if item.present is not None and item.link.item not in parked
    }


def truly_free(item: StockItem, settings: StockSettings) -> Fraction:
    """The promise of S1 in exact arithmetic, in stock units."""
    free = -Fraction(item.open_demand) - Fraction(settings.safety_stock)
    for level in item.levels:
        if level.warehouse in settings.warehouses:
            free += Fraction(level.on_hand) - Fraction(level.reserved)
            free -= Fraction(level.demand) if settings.promise == "all" else 0
    return free


@given(scenes())
def test_every_item_is_in_exactly_one_list(scene: Scene) -> None:
    result = plan(scene)
    named = [*result.unchanged, *(each.item for each in result.operations)]
    parked = [each.item for each in result.held]
    assert sorted([*named, *parked]) == sorted(item.link.item for item in scene.items)


@given(scenes())
def test_never_offers_more_than_is_free_and_never_wastes_a_whole_unit(scene: Scene) -> None:
    offered = offers(scene)
    shop = scene.view.shop
    step = Fraction(1, 10**shop.stock_digits) if shop.fractional_stock else Fraction(1)
    for item in scene.items:
        free, factor = offered.get(item.link.item), item.link.factor
        if free is None:
            continue
        have = truly_free(item, scene.settings) if item.levels else Fraction(0)
        assert free >= 0
        assert Fraction(free) % step == 0
        assert Fraction(free) * Fraction(factor or 1) <= max(have, Fraction(0))
        assert (Fraction(free) + step) * Fraction(factor or 1) > have


@given(scenes(), st.sampled_from(("reserved", "demand")), decimals(0, 9, 1))
def test_more_demand_never_raises_an_offer(scene: Scene, field: str, more: Decimal) -> None:
    before = offers(scene)
    heavier = [
        msgspec.structs.replace(
            item,
            levels=tuple(
                msgspec.structs.replace(level, **{field: getattr(level, field) + more})
                for level in item.levels
            ),
        )
        for item in scene.items
    ]
    after = offers(Scene(heavier, scene.settings, scene.view))
    assert all(after[item] <= free for item, free in before.items())


@given(scenes(), decimals(0, 9, 1))
def test_open_shop_orders_and_safety_stock_never_raise_an_offer(
    scene: Scene, more: Decimal
) -> None:
    before = offers(scene)
    ordered = [
        msgspec.structs.replace(item, open_demand=item.open_demand + more) for item in scene.items
    ]
    guarded = scene.settings.model_copy(update={"safety_stock": scene.settings.safety_stock + more})
    for other in (
        Scene(ordered, scene.settings, scene.view),
        Scene(scene.items, guarded, scene.view),
    ):
        after = offers(other)
        assert all(after[item] <= free for item, free in before.items())


@given(scenes())
def test_a_plan_carried_out_leaves_nothing_to_do(scene: Scene) -> None:
    first = plan(scene)
    again = plan(Scene(applied(scene.items, first), scene.settings, scene.view))
    assert again.operations == ()
    assert again.held == first.held


@given(scenes())
def test_the_order_of_items_and_warehouses_does_not_matter(scene: Scene) -> None:
    turned = [
        msgspec.structs.replace(item, levels=item.levels[::-1]) for item in reversed(scene.items)
    ]
    other = plan(Scene(turned, scene.settings, scene.view))
    assert sorted(other.operations, key=str) == sorted(plan(scene).operations, key=str)


@given(scenes())
def test_what_the_erp_lost_cannot_be_bought(scene: Scene) -> None:
    lost = [msgspec.structs.replace(item, levels=()) for item in scene.items]
    result = plan(Scene(lost, scene.settings, scene.view))
    assert result.held == ()
    assert {each.after for each in result.operations} <= {StockTarget(free=Decimal(0))}
    assert offers(Scene(lost, scene.settings, scene.view)) == {
        item.link.item: Decimal(0) for item in scene.items
    }
