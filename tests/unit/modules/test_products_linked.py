"""S3: products both sides have: variants that come, go and clash, and fields a side cannot keep."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from panstore.model.ids import ExternalId, RouteId
from panstore.model.product import Product, VariantFields
from panstore.model.product_plan import ProductBase, ProductLink, ProductPlan, Side
from panstore.modules.s3_products.module import module
from panstore.modules.s3_products.settings import ProductSyncSettings
from panstore.sdk.modules import RouteView
from panstore.sdk.products import ProductItem
from tests.unit.modules.test_products import ALL, ITEM, VIEW, product


def without(side: Side, *fields: str) -> RouteView:
    """A route one of whose systems has no such fields."""
    has = {"product_fields": ALL - set(fields)}
    if side == "erp":
        return msgspec.structs.replace(VIEW, erp=msgspec.structs.replace(VIEW.erp, **has))
    return msgspec.structs.replace(VIEW, shop=msgspec.structs.replace(VIEW.shop, **has))


def look(
    erp: Product | None,
    shop: Product | None,
    base: ProductBase | None = None,
    *,
    pairs: tuple[str, ...] = ("red",),
    view: RouteView = VIEW,
    may_create: bool = True,
    **settings: Any,
) -> ProductPlan:
    """The plan for one product linked by the options `pairs`."""
    link = ProductLink(ITEM, RouteId("shop"), ExternalId("e"), ExternalId("s"))
    linked = tuple((ExternalId(f"e{one}"), ExternalId(f"s{one}")) for one in pairs)
    item = ProductItem(link, erp, shop, base, linked, may_create=may_create)
    return module.plan_products([item], ProductSyncSettings.model_validate(settings), view)


def agreed(*options: str) -> ProductBase:
    return ProductBase(product("e", *options), product("s", *options))


def with_variant(whole: Product, number: int, **fields: Any) -> Product:
    rows = list(whole.variants)
    changed = msgspec.structs.replace(rows[number].fields, **fields)
    rows[number] = msgspec.structs.replace(rows[number], fields=changed)
    return msgspec.structs.replace(whole, variants=tuple(rows))


def written(plan: ProductPlan) -> list[tuple[Side, str, VariantFields]]:
    """Side, id and fields of each variant that is written."""
    return [
        (change.side, one.id or "", one.fields)
        for change in plan.changes
        for one in change.write.variants
    ]


@pytest.mark.parametrize(
    ("fields", "code", "key"),
    [
        ({"name": " "}, "product.no_name", ("", "name")),
        ({"name": ""}, "product.no_name", ("", "name")),
        ({"name": "x" * 21}, "product.too_long", ("", "name")),
        ({"variant": {"sku": ""}}, "product.no_code", ("ered", "sku")),
        ({"variant": {"sku": "L-blue"}}, "product.same_code_twice", ("ered", "sku")),
    ],
)
def test_a_change_that_does_not_fit_is_held_and_the_rest_goes_on(
    fields: dict[str, Any], code: str, key: tuple[str, str]
) -> None:
    base = agreed("red", "blue")
    erp = product("e", "red", "blue", **{"tax": "9.5", **fields})
    if "variant" in fields:
        erp = with_variant(product("e", "red", "blue", tax="9.5"), 0, **fields["variant"])
    found = look(erp, base.shop, base, pairs=("red", "blue"))
    [held] = found.held
    assert held.code == code
    assert "everything else goes on" in held.reason
    assert key in found.open[ITEM]
    [change] = found.changes
    assert (change.side, change.write.fields.tax, change.write.fields.name) == (
        "shop",
        "9.5",
        UNSET,
    )
    assert not change.write.variants


def test_two_sisters_that_swapped_codes_wait_for_an_interim_code() -> None:
    base = agreed("red", "blue")
    erp = with_variant(with_variant(base.erp, 0, sku="L-blue"), 1, sku="L-red")
    found = look(erp, base.shop, base, pairs=("red", "blue"))
    assert [one.code for one in found.held] == ["product.same_code_twice"] * 2
    assert all("interim" in one.reason for one in found.held)
    assert not found.changes
    # A person gives the first an interim code; then each code is free when its turn comes.
    interim = with_variant(erp, 0, sku="TMP")
    first = look(interim, base.shop, base, pairs=("red", "blue"))
    assert written(first) == [
        ("shop", "sred", VariantFields(sku="TMP")),
        ("shop", "sblue", VariantFields(sku="L-red")),
    ]
    shop = with_variant(with_variant(base.shop, 0, sku="TMP"), 1, sku="L-red")
    last = look(erp, shop, ProductBase(interim, shop), pairs=("red", "blue"))
    assert written(last) == [("shop", "sred", VariantFields(sku="L-blue"))]


def test_what_a_side_cannot_keep_is_not_written_and_not_agreed() -> None:
    base = agreed("red")
    erp = with_variant(base.erp, 0, attributes=(("Colour", "crimson"),))
    found = look(erp, base.shop, base, view=without("shop", "attributes"))
    assert not found.changes
    assert found.unchanged == (ITEM,)
    assert ("ered", "attributes") in found.open[ITEM]
    [change] = look(erp, base.shop, base).changes
    assert change.write.variants[0].fields == VariantFields(attributes=(("Colour", "crimson"),))


def test_what_is_lost_in_the_shop_is_written_nothing_and_hidden_where_the_shop_owns_it() -> None:
    base = agreed("red")
    renamed = product("e", "red", name="Torch")
    found = look(renamed, None, base)
    assert not found.changes
    assert ("", "name") in found.open[ITEM], "it goes over when the product is there again"
    [change] = look(renamed, None, base, fields={"active": "shop"}).changes
    assert (change.side, change.kind, change.write.fields.active) == ("erp", "hide", False)


def test_what_the_owner_archives_cannot_be_hidden_where_it_is_lost() -> None:
    base = ProductBase(product("e", "red", active=False), product("s", "red", active=False))
    found = look(product("e", "red"), None, base)
    assert not found.changes
    assert ("", "active") in found.open[ITEM]


def test_a_variant_one_side_lost_is_hidden_across_and_its_fields_go_nowhere() -> None:
    base = agreed("red", "blue")
    found = look(product("e", "blue"), base.shop, base, pairs=("red", "blue"))
    assert written(found) == [("shop", "sred", VariantFields(active=False))]
    assert found.changes[0].kind == "hide"
    # The shop lost it while it was archived: what the ERP brings back is not there to be shown.
    erp = with_variant(base.erp, 0, sku="NEW", active=True)
    was = ProductBase(*(with_variant(one, 0, active=False) for one in (base.erp, base.shop)))
    found = look(erp, product("s", "blue"), was, pairs=("red", "blue"))
    assert not found.changes
    assert ("ered", "active") in found.open[ITEM]


def test_a_variant_that_moved_to_another_product_is_left_to_that_one() -> None:
    base = agreed("red")
    elsewhere = look(product("e", "red"), base.shop, base, pairs=("red", "green"))
    assert elsewhere.unchanged == (ITEM,)
    both_gone = agreed("red", "blue")
    found = look(product("e", "red"), product("s", "red"), both_gone, pairs=("red", "blue"))
    assert found.unchanged == (ITEM,)


def test_new_variants_reach_the_other_side_with_a_title_of_their_own() -> None:
    base = agreed("red")
    erp = product("e", "red", "blue", name="Torch")
    [change] = look(erp, base.shop, base).changes
    [new] = [one for one in change.write.variants if one.id is None]
    assert new.key == "shop/shop/variant/eblue"
    assert (new.fields.sku, new.fields.title) == ("L-blue", "Torch, blue")
    [change] = look(base.erp, product("s", "red", "blue"), base).changes
    assert change.side == "erp"
    assert {line.variant for line in change.lines} == {"shop:sblue"}


def test_new_variants_with_no_code_or_a_taken_one_are_held() -> None:
    base = agreed("red")
    new = product("e", "red", "blue", "green", "white")
    nameless = with_variant(new, 1, sku="")
    taken = with_variant(nameless, 2, sku="L-red")
    twice = with_variant(taken, 3, sku="L-red")
    found = look(twice, base.shop, base)
    codes = ["product.no_code", "product.same_code_twice", "product.same_code_twice"]
    assert [one.code for one in found.held] == codes
    assert "Link them" in found.held[1].reason
    assert not found.changes
    pair = with_variant(with_variant(product("e", "red", "x", "y"), 1, sku="N"), 2, sku="N")
    found = look(pair, base.shop, base)
    assert [fields.sku for _, _, fields in written(found)] == ["N"]
    assert [one.code for one in found.held] == ["product.same_code_twice"]


@pytest.mark.parametrize("why", [{"create_in": ["erp"]}, {"may_create": False}])
def test_new_variants_wait_where_nothing_may_be_made(why: dict[str, Any]) -> None:
    base = agreed("red")
    assert look(product("e", "red", "blue"), base.shop, base, **why).unchanged == (ITEM,)


def test_archived_variants_are_not_made() -> None:
    base = agreed("red")
    erp = with_variant(product("e", "red", "blue"), 1, active=False)
    assert look(erp, base.shop, base).unchanged == (ITEM,)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Lamp, red", "Torch, red"),
        ("Lamp", "Torch"),
        ("Lampion", None),
        ("Red lamp", None),
        ("", None),
        (UNSET, None),
    ],
)
def test_only_titles_that_begin_with_the_whole_name_follow_it(
    title: Any, expected: str | None
) -> None:
    shop = with_variant(product("s", "red"), 0, title=title)
    base = ProductBase(product("e", "red"), shop)
    found = look(product("e", "red", name="Torch"), shop, base)
    assert found.changes[0].write.fields.name == "Torch"
    assert [fields.title for _, _, fields in written(found)] == ([expected] if expected else [])


def test_titles_follow_for_variants_without_link_and_code() -> None:
    shop = with_variant(product("s", "red"), 0, title="Lamp, red", sku=UNSET)
    base = ProductBase(product("e"), shop)
    found = look(product("e", name="Torch"), shop, base, pairs=(), may_create=False)
    assert written(found) == [("shop", "sred", VariantFields(title="Torch, red"))]
    assert ("shop:sred", "title") in {(one.variant, one.field) for one in found.changes[0].lines}


def test_titles_stay_where_the_shop_keeps_none_or_a_rule_has_written_them() -> None:
    shop = with_variant(product("s", "red"), 0, title="Lamp, red")
    base = ProductBase(product("e", "red"), shop)
    erp = product("e", "red", name="Torch", variant={"title": "Red torch"})
    assert written(look(erp, shop, base, view=without("shop", "title"))) == []
    found = look(erp, shop, base, fields={"title": "erp"})
    assert written(found) == [("shop", "sred", VariantFields(title="Red torch"))]


def test_a_conflict_of_a_variant_names_it() -> None:
    base = agreed("red")
    erp = with_variant(base.erp, 0, sku="E-1")
    shop = with_variant(base.shop, 0, sku="S-1")
    found = look(erp, shop, base, fields={"sku": {"owner": "both", "conflict": "ask"}})
    [held] = found.held
    assert "sku of E-1: ERP 'E-1', shop 'S-1'" in held.reason
    assert [one.variant for one in found.conflicts] == ["ered"]
    for winner, loser in (("erp", "shop"), ("shop", "erp")):
        rule = {"sku": {"owner": "both", "conflict": winner}}
        [change] = look(erp, shop, base, fields=rule).changes
        assert change.side == loser
        assert "wins by its rule" in change.reason


def test_a_name_too_long_to_be_told_whole_is_told_by_its_beginning() -> None:
    base = agreed("red")
    found = look(product("e", "red", name="y" * 300), base.shop, base, pairs=("red",))
    [held] = found.held
    assert held.code == "product.too_long"
    assert "y" * 60 + "…" in held.reason
    assert "y" * 61 not in held.reason
