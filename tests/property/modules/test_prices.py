"""S2 writes only real prices, in the shop's own terms, and only where they differ."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from panstore.model.plan import Plan
from panstore.model.price import PriceTarget, midnight, sales_price
from panstore.modules.s2_prices.module import module
from panstore.modules.s2_prices.policy import due_again
from panstore.modules.s2_prices.settings import PriceSettings
from panstore.sdk.modules import PriceItem, RouteView
from panstore.testing.strategies import decimals, moments, price_items, rates, route_views

SETTINGS = PriceSettings(price_list="7")
ZONES = st.sampled_from((
    "Europe/Ljubljana",
    "America/Santiago",
    "Asia/Beirut",
    "Pacific/Apia",
    "UTC",
))
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2035, 1, 1))


@dataclass
class Scene:
    items: list[PriceItem]
    view: RouteView


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    count = draw(st.integers(0, 5))
    return Scene(
        items=[draw(price_items(number)) for number in range(1, count + 1)],
        view=draw(route_views()),
    )


def plan(scene: Scene) -> Plan:
    return module.plan(scene.items, SETTINGS, scene.view)


def targets(result: Plan) -> dict[str, PriceTarget]:
    return {
        each.item: each.after for each in result.operations if isinstance(each.after, PriceTarget)
    }


@given(scenes())
def test_every_item_is_in_exactly_one_list(scene: Scene) -> None:
    result = plan(scene)
    named = [*result.unchanged, *(each.item for each in result.operations)]
    parked = [each.item for each in result.held]
    assert sorted([*named, *parked]) == sorted(item.link.item for item in scene.items)


@given(scenes())
def test_a_written_price_is_above_zero_and_in_the_terms_of_the_shop(scene: Scene) -> None:
    shop = scene.view.shop
    for target in targets(plan(scene)).values():
        assert target.amount > 0
        assert target.amount == round(target.amount, shop.price_digits)
        assert target.currency == (shop.currency or "EUR")
        assert target.includes_tax == shop.prices_include_tax
        assert (target.tax_class is None) == (not shop.tax_classes)
        if target.promotion is not None:
            assert shop.dated_prices
            assert target.promotion.amount > 0


@given(scenes())
def test_a_price_is_exact_to_half_of_the_last_place(scene: Scene) -> None:
    written = targets(plan(scene))
    half = Fraction(1, 2 * 10**scene.view.shop.price_digits)
    for item in scene.items:
        target, price = written.get(item.link.item), item.price
        if target is None or price is None:
            continue
        exact = Fraction(price.amount or 0) * Fraction(item.link.factor or 0)
        if price.includes_tax != target.includes_tax:
            share = 1 + Fraction(price.tax_rates[0]) / 100
            exact = exact * share if target.includes_tax else exact / share
        assert abs(Fraction(target.amount) - exact) <= half


@given(decimals(1, 5_000, 2), rates(), st.integers(4, 6))
def test_gross_to_net_and_back_gives_the_same_price(
    price: Decimal, rate: Decimal, digits: int
) -> None:
    one = Decimal(1)
    net = sales_price(
        price, factor=one, given_gross=True, wanted_gross=False, rate=rate, digits=digits
    )
    back = sales_price(net, factor=one, given_gross=False, wanted_gross=True, rate=rate, digits=2)
    assert back == price


@given(scenes())
def test_a_plan_carried_out_leaves_nothing_to_do(scene: Scene) -> None:
    first = plan(scene)
    written = targets(first)
    items = [
        msgspec.structs.replace(item, present=written.get(item.link.item, item.present))
        for item in scene.items
    ]
    again = plan(Scene(items, scene.view))
    assert again.operations == ()
    assert again.held == first.held
    assert again.due_again == first.due_again


@given(scenes())
def test_an_item_is_due_again_only_in_the_future_and_only_for_a_dated_price(scene: Scene) -> None:
    dated = {
        item.link.item for item in scene.items if item.price and item.price.valid_until is not None
    }
    for item, moment in plan(scene).due_again:
        assert item in dated
        assert moment > scene.view.now
        assert moment.utcoffset() == dt.timedelta(0)


@given(DAYS, ZONES)
def test_midnight_is_the_first_instant_of_the_day_also_when_clocks_change(
    day: dt.date, zone: str
) -> None:
    first = midnight(day, zone)
    local = ZoneInfo(zone)
    assert first.astimezone(local).date() == day
    before = first - dt.timedelta(microseconds=1)
    assert before.astimezone(local).date() == day - dt.timedelta(days=1)


@given(DAYS, moments(), ZONES)
def test_a_dated_price_is_looked_at_when_its_day_begins_or_else_ends(
    day: dt.date, now: dt.datetime, zone: str
) -> None:
    today = now.astimezone(ZoneInfo(zone)).date()
    expected = None
    if today < day:
        expected = midnight(day, zone)
    elif today == day:
        expected = midnight(day + dt.timedelta(days=1), zone)
    assert due_again(day, now, zone) == expected
