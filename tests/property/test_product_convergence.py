"""Two sides edited in any order, with lost and refused writes, end equal or parked, and at rest."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from panstore.model.product import Image
from panstore.model.product_base import advance
from panstore.model.product_plan import ProductBase, ProductPlan, Side
from panstore.modules.s3_products.module import module
from panstore.modules.s3_products.settings import ProductSyncSettings
from panstore.modules.s3_products.values import Ways, other
from panstore.sdk.products import ProductItem
from tests.property.product_world import (
    ERP,
    SHOP,
    VIEW,
    Advance,
    Planner,
    World,
    plan_by_s3,
    settle,
)

_FIELDS = [
    "name",
    "description",
    "images",
    "tax",
    "categories",
    "attributes",
    "weight",
    "sku",
    "active",
]
_PRODUCT: Mapping[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["Lamp", "Lamp & Co", " Lamp  2 ", "A &amp; B", "<b>", ""]),
    "tax": st.sampled_from(["22", "9.5"]),
    "active": st.booleans(),
    "categories": st.sampled_from([(("A",),), (("A",), ("B", "C")), ()]),
    "images": st.lists(st.sampled_from([Image(one) for one in "abc"]), unique=True).map(tuple),
}
_TEXTS: Mapping[Side, st.SearchStrategy[str]] = {
    "erp": st.sampled_from(["", "a < b & c", "one\n\ntwo", "one\ntwo", "&amp;"]),
    "shop": st.sampled_from(["", "<p>a &lt; b</p>", "<p>one</p><p>two</p>", "<ul><li>x</li></ul>"]),
}
_VARIANT: Mapping[str, st.SearchStrategy[Any]] = {
    "weight": st.sampled_from([None, Decimal("1.235"), Decimal("0.5"), Decimal("0.004")]),
    "sku": st.sampled_from(["A", "B", "C", "D"]),
    "attributes": st.sampled_from([(("Size", "2"), ("Cut", "A")), (("Size", "3"),), ()]),
    "active": st.booleans(),
}
_SIDE: st.SearchStrategy[Side] = st.sampled_from(["erp", "shop"])
_NUMBER = st.integers(0, 3)
Edit = tuple[Side, int | None, str, Any]


def _edits(numbers: st.SearchStrategy[int] = _NUMBER) -> st.SearchStrategy[Edit]:
    """Side, number of the variant or None, field, value."""
    return st.one_of(
        *(st.tuples(_SIDE, st.none(), st.just(name), has) for name, has in _PRODUCT.items()),
        *(
            st.tuples(st.just(side), st.none(), st.just("description"), has)
            for side, has in _TEXTS.items()
        ),
        *(st.tuples(_SIDE, numbers, st.just(name), has) for name, has in _VARIANT.items()),
    )


_FATE = st.sampled_from(["done", "lost", "refused"])
_STEP = st.one_of(
    st.tuples(st.just("edit"), _edits()),
    st.tuples(st.just("run"), _FATE, _FATE),
    st.tuples(st.just("run"), _FATE, _FATE, _edits()),
    st.tuples(st.sampled_from(["add", "find"]), _SIDE),
    st.tuples(st.just("lose"), _SIDE, st.none() | _NUMBER),
)
_RULE = st.sampled_from([
    "erp",
    "shop",
    "both",
    {"owner": "both", "conflict": "erp"},
    {"owner": "both", "conflict": "shop"},
])
_COMPARING: st.SearchStrategy[tuple[Side, ...]] = st.sampled_from([
    (),
    ("erp",),
    ("shop",),
    ("erp", "shop"),
])


def _edit(world: World, edit: Edit) -> None:
    side, number, name, value = edit
    world.sides[side].set(number, **{name: value})


def _all(world: World, edits: list[Edit]) -> None:
    for edit in edits:
        _edit(world, edit)


def _play(world: World, steps: list[Any]) -> None:
    for what, *rest in steps:
        if what == "edit":
            _edit(world, rest[0])
        elif what == "run":
            erp, shop, *edits = rest
            world.run(erp, shop, meanwhile=partial(_all, world, edits))
        elif what == "lose":
            world.sides[rest[0]].lose(rest[1])
        else:
            system = world.sides[rest[0]]
            (system.add if what == "add" else system.find)()


@given(
    st.lists(_STEP, max_size=14),
    st.fixed_dictionaries(dict.fromkeys(_FIELDS, _RULE)),
    _COMPARING,
    st.booleans(),
)
def test_any_order_of_edits_and_losses_ends_at_rest(
    steps: list[Any], fields: dict[str, Any], comparing: tuple[Side, ...], agreed: bool
) -> None:
    settings = ProductSyncSettings.model_validate({"fields": fields})
    world = World(settings, comparing=comparing)
    if agreed:
        settle(world)
    _play(world, steps)
    settle(world)


def _agreed(
    plan: Planner = plan_by_s3, advance: Advance = advance, comparing: tuple[Side, ...] = ("erp",)
) -> World:
    """Both sides own everything, a person is asked, and they agree."""
    settings = ProductSyncSettings.model_validate({"fields": dict.fromkeys(_FIELDS, "both")})
    world = World(settings, plan, advance, comparing=comparing)
    settle(world)
    return world


def _arrives(world: World, edit: Edit) -> None:
    """What one side alone changed is on the other afterwards, and nobody was asked."""
    side, number, name, _ = edit
    _edit(world, edit)
    last = settle(world)
    assert not last.conflicts
    if not last.held:
        values = {s: world.sides[s].get(number, name) for s in world.sides}
        ways = Ways(ERP, SHOP, world.settings)
        assert ways.equal(name, values["erp"], values["shop"], loosely=True)
        assert not ways.moved(side, name, values[side], world.sides[side].stored(name, edit[3]))


def _window(world: World, first: Edit, second: Edit, fate: str) -> None:
    """An edit that lands while the first one is written is kept, unless it is of the same field.

    Where the system compares, of the same field too.
    """
    _edit(world, first)
    side, number, name, value = second
    target = world.sides[side]
    world.run(fate, fate, meanwhile=lambda: _edit(world, second))
    settle(world)
    if target.compares or first[1:3] != (number, name):
        kept = target.get(number, name)
        assert not Ways(ERP, SHOP, world.settings).moved(
            side, name, kept, target.stored(name, value)
        ), "an edit was lost"


_ONE = _edits(st.integers(0, 1))


@given(_ONE)
def test_what_one_side_changed_arrives_and_nobody_is_asked(edit: Edit) -> None:
    _arrives(_agreed(), edit)


@given(_ONE, _ONE, _FATE, _COMPARING)
def test_an_edit_in_the_window_is_lost_only_of_the_same_field_where_nothing_compares(
    first: Edit, second: Edit, fate: str, comparing: tuple[Side, ...]
) -> None:
    second = (other(first[0]), *second[1:])
    if second[2] == "description":
        second = (*second[:3], "x")
    world = _agreed(comparing=comparing)
    side, number, name, value = second
    stored, had = (world.sides[side].stored(name, value), world.sides[side].get(number, name))
    assume(Ways(ERP, SHOP, world.settings).moved(side, name, stored, had))
    _window(world, first, second, fate)


@given(_SIDE, st.none() | st.integers(0, 1), st.booleans(), _FATE)
def test_what_its_owner_lost_is_off_sale_and_back_when_it_is_found(
    owner: Side, number: int | None, both: bool, fate: str
) -> None:
    rule = "both" if both else owner
    world = World(ProductSyncSettings.model_validate({"fields": {"active": rule}}))
    settle(world)
    world.sides[owner].lose(number)
    world.run(fate, fate)
    settle(world)
    across = world.sides[other(owner)]
    assert across.get(number, "active") is False
    world.sides[owner].find()
    world.run(fate, fate)
    settle(world)
    assert across.get(number, "active") is True


def test_the_window_without_comparing_is_real() -> None:
    """What is stated as a limit happens: without it the test above would claim too much."""
    world = _agreed()
    _edit(world, ("erp", None, "name", "Torch"))
    world.run(meanwhile=lambda: _edit(world, ("shop", None, "name", "Candle")))
    settle(world)
    assert {one.fields.name for one in world.sides.values()} == {"Torch"}


def test_a_merge_that_writes_nothing_is_caught() -> None:
    def idle(item: ProductItem, settings: ProductSyncSettings) -> ProductPlan:
        return msgspec.structs.replace(plan_by_s3(item, settings), changes=())

    with pytest.raises(AssertionError, match="nobody is told"):
        _arrives(_agreed(idle), ("erp", None, "tax", "9.5"))


def test_a_merge_that_compares_sides_instead_of_bases_is_caught() -> None:
    def forgetful(item: ProductItem, settings: ProductSyncSettings) -> ProductPlan:
        return plan_by_s3(msgspec.structs.replace(item, base=None), settings)

    with pytest.raises(AssertionError):
        _arrives(_agreed(forgetful), ("shop", None, "name", "Torch"))


def test_a_merge_that_takes_a_sides_habits_for_changes_is_caught() -> None:
    exact = msgspec.structs.replace(
        VIEW, shop=msgspec.structs.replace(SHOP, weight_digits=ERP.weight_digits)
    )

    def picky(item: ProductItem, settings: ProductSyncSettings) -> ProductPlan:
        item = msgspec.structs.replace(item, base=None)
        return module.plan_products([item], settings, exact)

    world = World(ProductSyncSettings(), picky)
    _edit(world, ("erp", 0, "weight", Decimal("1.235")))
    with pytest.raises(AssertionError, match="never comes to rest"):
        settle(world)


_FIRST: Edit = ("erp", None, "name", "Torch")
_SECOND: Edit = ("shop", None, "categories", (("A",),))


def test_a_base_that_takes_what_an_answer_shows_is_caught() -> None:
    def gullible(base: Any, erp: Any, shop: Any, *rest: Any, pairs: Any) -> ProductBase | None:
        stored = {change.side: product for change, product in rest[1]}
        erp, shop = stored.get("erp", erp), stored.get("shop", shop)
        return advance(base, erp, shop, *rest, pairs=pairs)

    _window(_agreed(), _FIRST, _SECOND, "done")
    with pytest.raises(AssertionError, match="nobody is told"):
        _window(_agreed(advance=gullible), _FIRST, _SECOND, "done")


def test_a_base_that_counts_a_refused_write_as_done_is_caught() -> None:
    def hopeful(
        base: Any, erp: Any, shop: Any, still: Any, done: Any, failed: Any, *, pairs: Any
    ) -> ProductBase | None:
        del failed
        return advance(base, erp, shop, still, done, [], pairs=pairs)

    _window(_agreed(comparing=("shop",)), _FIRST, _SECOND, "done")
    with pytest.raises(AssertionError, match="nobody is told"):
        _window(_agreed(advance=hopeful, comparing=("shop",)), _FIRST, _SECOND, "done")
