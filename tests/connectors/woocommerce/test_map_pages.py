"""Products as the shop holds them and as they are said to it: pure, over all kinds of values."""

from __future__ import annotations

import html
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from panstore.connectors.woocommerce.map import page_items as say
from panstore.connectors.woocommerce.map import pages as translate
from panstore.connectors.woocommerce.map.page_items import Known
from panstore.connectors.woocommerce.map.pages import Shop
from panstore.connectors.woocommerce.map.settings import Terms
from panstore.connectors.woocommerce.wire_pages import (
    WireAttribute,
    WireCategory,
    WireMeta,
    WirePage,
)
from panstore.model.product import ProductFields, VariantFields

TERMS = Terms("EUR", rates={"standard": Decimal(19), "reduced-rate": Decimal(7)})
SHOP = Shop(TERMS, "kg", {18: ("Bolts & Nuts",)})
KNOWN = Known(SHOP, {"19": "standard", "7": "reduced-rate"}, {("Bolts & Nuts",): 18}, {"size": 1})

texts = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp"), blacklist_characters="|"),
    min_size=1,
    max_size=12,
)
weights = st.decimals(min_value=0, max_value=9999, places=3)


def _gross(**changes: Any) -> Known:
    return Known(
        replace(SHOP, terms=replace(TERMS, includes_tax=True, **changes)),
        KNOWN.tax_classes,
        KNOWN.categories,
        KNOWN.shared,
    )


@given(texts)
def test_a_name_is_read_as_it_was_before_it_was_escaped(name: str) -> None:
    assert translate.plain_text(html.escape(name, quote=False)) == html.unescape(name).strip() or (
        translate.plain_text(html.escape(name)) == name.strip()
    )


@given(weights, st.sampled_from(["kg", "g", "lbs", "oz"]))
def test_a_weight_survives_every_unit(weight: Decimal, unit: str) -> None:
    said = translate.taken_out(weight, unit)
    page = translate.page(WirePage(1, weight=said), (), replace(SHOP, weight_unit=unit))
    assert page.variants[0].fields.weight == weight


@pytest.mark.parametrize(("text", "unit"), [("", "kg"), ("1,5", "kg"), ("2", "stone"), ("-1", "g")])
def test_what_is_no_weight_is_none(text: str, unit: str) -> None:
    page = translate.page(WirePage(1, weight=text), (), replace(SHOP, weight_unit=unit))
    assert page.variants[0].fields.weight is None


def test_a_weight_nobody_has_said_or_can_say_is_empty() -> None:
    assert translate.taken_out(None, "kg") == ""
    assert translate.taken_out(Decimal(1), "stone") == ""


def test_paths_of_categories_lead_from_the_root_down() -> None:
    rows = [
        WireCategory(15, "Uncategorized", "uncategorized"),
        WireCategory(18, "Bolts &amp; Nuts", "bolts-nuts"),
        WireCategory(19, "M8", "m8", 18),
        WireCategory(20, "Lost", "lost", 99),
        WireCategory(21, "Round", "round", 22),
        WireCategory(22, "And round", "and-round", 21),
        WireCategory(23, " ", "blank"),
    ]
    assert translate.category_paths(rows) == {
        18: ("Bolts & Nuts",),
        19: ("Bolts & Nuts", "M8"),
    }


@pytest.mark.parametrize(
    ("row", "tax"),
    [
        (WirePage(1), "19"),
        (WirePage(1, tax_class="reduced-rate"), "7"),
        (WirePage(1, tax_class="unheard-of"), ""),
        (WirePage(1, tax_status="none"), "0"),
    ],
)
def test_the_tax_is_that_of_the_class(row: WirePage, tax: str) -> None:
    assert translate.page(row, (), SHOP).fields.tax == tax


@pytest.mark.parametrize(
    ("includes_tax", "price", "read"),
    [
        (False, "9.90", Decimal("9.90")),
        (False, "", None),
        (False, "9,90", None),
        (True, "9.90", None),
    ],
)
def test_the_price_is_told_where_it_is_net(
    includes_tax: bool, price: str, read: Decimal | None
) -> None:
    shop = replace(SHOP, terms=replace(TERMS, includes_tax=includes_tax))
    page = translate.page(WirePage(1, regular_price=price), (), shop)
    assert page.variants[0].fields.price == read


def test_the_version_tells_any_change_and_nothing_else() -> None:
    row = WirePage(1, name="A", attributes=[WireAttribute("Size", options=["S"])])
    version = translate.page(row, (), SHOP).version
    assert translate.page(WirePage(1, name="A", attributes=row.attributes), (), SHOP).version == (
        version
    )
    for other in (
        WirePage(1, name="B", attributes=row.attributes),
        WirePage(1, name="A"),
        WirePage(1, name="A", attributes=row.attributes, status="draft"),
        WirePage(1, name="A", attributes=row.attributes, categories=[WireCategory(18)]),
    ):
        assert translate.page(other, (), SHOP).version != version


def test_variations_come_in_the_order_in_which_they_are_shown() -> None:
    parent = WirePage(1, type="variable", meta_data=[WireMeta(translate.LABEL_META, "1")])
    label = [WireAttribute(translate.LABEL, option="x")]
    variations = [
        WirePage(4, type="variation", menu_order=1),
        WirePage(3, type="variation", menu_order=2, attributes=label),
        WirePage(2, type="variation", menu_order=1, manage_stock=True),
    ]
    page = translate.page(parent, variations, SHOP)
    assert [one.id for one in page.variants] == ["2", "4", "3"]
    assert page.variants[2].fields.attributes == ()
    assert page.tracked


def test_what_is_only_downloaded_is_not_tracked() -> None:
    assert not translate.page(WirePage(1, virtual=True), (), SHOP).tracked
    assert translate.page(WirePage(1, virtual=True, manage_stock=True), (), SHOP).tracked


@pytest.mark.parametrize("kind", ["grouped", "external", "variation"])
def test_what_is_not_sold_here_is_not_exchanged(kind: str) -> None:
    assert not translate.is_exchanged(WirePage(1, type=kind))
    assert translate.is_exchanged(WirePage(1, type="variable"))


@pytest.mark.parametrize(
    ("fields", "variant", "code"),
    [
        (ProductFields(tax="22"), VariantFields(), "unknown_tax"),
        (ProductFields(tax=""), VariantFields(), "unknown_tax"),
        (ProductFields(name=" "), VariantFields(), "no_name"),
        (ProductFields(), VariantFields(sku="x" * 101), "too_long"),
        (ProductFields(), VariantFields(weight=Decimal(-1)), "not_a_weight"),
        (ProductFields(), VariantFields(weight=Decimal("NaN")), "not_a_weight"),
        (ProductFields(), VariantFields(price=Decimal(-1)), "not_a_price"),
        (ProductFields(), VariantFields(price=Decimal("Infinity")), "not_a_price"),
    ],
)
def test_what_cannot_be_said_is_refused_before_anything_is_sent(
    fields: ProductFields, variant: VariantFields, code: str
) -> None:
    refused = say.what_is_wrong(fields, [variant], KNOWN)
    assert refused is not None
    assert (refused.state, refused.code) == ("refused", code)
    assert refused.message


def test_what_can_be_said_is_not_refused() -> None:
    fields = ProductFields(name="A", tax="19")
    variant = VariantFields(sku="x" * 100, weight=None, price=Decimal(0))
    assert say.what_is_wrong(fields, [variant], KNOWN) is None
    assert say.what_is_wrong(ProductFields(), [], KNOWN) is None


def test_a_page_is_said_in_the_words_of_the_shop() -> None:
    fields = ProductFields(
        name="A & B", description="<p>C</p>", tax="7", categories=(("Bolts & Nuts",),)
    )
    assert say.page_fields(fields, KNOWN) == {
        "name": "A & B",
        "description": "<p>C</p>",
        "tax_status": "taxable",
        "tax_class": "reduced-rate",
        "categories": [{"id": 18}],
    }
    assert say.page_fields(ProductFields(tax="19"), KNOWN)["tax_class"] == ""
    assert say.page_fields(ProductFields(), KNOWN) == {}


@pytest.mark.parametrize(
    ("known", "price", "tax", "said"),
    [
        (KNOWN, "9.905", "", "9.91"),
        (KNOWN, "0.001", "", None),
        (_gross(), "10", "19", "11.90"),
        (_gross(), "10", "", None),
        (_gross(digits=0), "10", "19", "12"),
    ],
)
def test_a_first_price_is_said_as_the_shop_keeps_prices(
    known: Known, price: str, tax: str, said: str | None
) -> None:
    item = say.variant_fields(VariantFields(price=Decimal(price)), known, tax)
    assert item.get("regular_price") == said


def test_a_variant_is_said_in_the_words_of_the_shop() -> None:
    fields = VariantFields(sku="A", gtin="B", weight=Decimal("1.5"), price=None)
    assert say.variant_fields(fields, KNOWN, "") == {
        "sku": "A",
        "global_unique_id": "B",
        "weight": "1.5",
    }
    assert say.variant_fields(VariantFields(), KNOWN, "") == {}


@pytest.mark.parametrize(
    ("said", "item"),
    [
        ((UNSET,), {}),
        ((True, UNSET), {"status": "publish"}),
        ((True, False), {"status": "private"}),
    ],
)
def test_it_is_seen_where_nothing_hides_it(said: tuple[Any, ...], item: dict[str, str]) -> None:
    assert say.status_of(*said) == item


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("product_invalid_sku", "sku_taken"),
        ("woocommerce_rest_product_not_created", "sku_taken"),
        ("product_invalid_global_unique_id", "gtin_taken"),
        ("anything", "anything"),
    ],
)
def test_the_shops_refusals_have_our_words(code: str, word: str) -> None:
    assert say.taken_by(code) == word


def test_an_attribute_of_unchanged_value_stays_as_it_is() -> None:
    kept = WireAttribute("Farben &amp; mehr", visible=False, options=["rot", "blau"])
    row = WirePage(1, attributes=[kept, WireAttribute("Gone", options=["x"])])
    items = say.single_attributes(
        (("farben & mehr", "rot | blau"), ("Size", "S | M"), ("New", "y")), row, KNOWN
    )
    assert [(one.get("id"), one.get("name"), one["options"]) for one in items] == [
        (None, "Farben &amp; mehr", ["rot", "blau"]),
        (1, None, ["S", "M"]),
        (None, "New", ["y"]),
    ]
    assert items[0]["visible"] is False
    assert say.single_attributes((("farben & mehr", "rot"),), row, KNOWN)[0]["options"] == ["rot"]
    assert say.single_attributes((("New", "y"),), None, KNOWN)[0]["position"] == 0


attributes = st.dictionaries(texts.map(str.casefold), texts, max_size=3).map(
    lambda said: tuple(sorted(said.items()))
)


@given(st.lists(attributes, min_size=1, max_size=4))
def test_a_product_offers_every_option_of_its_variations(
    finals: list[tuple[tuple[str, str], ...]],
) -> None:
    entries, grows = say.with_options(None, finals, KNOWN)
    assert grows == any(finals)
    for final in finals:
        said = say.variation_attributes(final, entries)
        assert len(said) == len(final)
        for one in said:
            entry = next(
                entry
                for entry in entries
                if entry.id == one.get("id", 0) and (entry.id or entry.name == one["name"])
            )
            assert entry.variation
            assert one["option"] in entry.options
    row = WirePage(1, type="variable", attributes=entries)
    assert say.with_options(row, finals, KNOWN) == (entries, False)


def test_a_bar_in_a_value_would_part_it() -> None:
    final = (("Mix", "a|b"),)
    entries, _ = say.with_options(None, [final], KNOWN)
    assert entries[0].options == ["a/b"]
    assert say.variation_attributes(final, entries)[0]["option"] == "a/b"
    assert say.with_options(WirePage(1, attributes=entries), [final], KNOWN) == (entries, False)


def test_a_variation_is_put_back_as_it_was() -> None:
    shared = WireAttribute("Size", id=1, option="S")
    own = WireAttribute("Mix", option="a")
    row = WirePage(2, sku="A", attributes=[shared, own, WireAttribute("Any")], status="private")
    before = say.variation_before(row)
    assert before["attributes"][:2] == [{"id": 1, "option": "S"}, {"name": "Mix", "option": "a"}]
    assert before["status"] == "private"
    assert say.variation_options(row) == (("Size", "S"), ("Mix", "a"))


def test_a_single_article_is_put_back_as_it_was() -> None:
    row = WirePage(2, sku="A", regular_price="5.00", manage_stock=True, stock_quantity=Decimal(7))
    before = say.single_before(row)
    assert (before["type"], before["sku"], before["stock_quantity"]) == ("simple", "A", 7)
    assert say.single_before(WirePage(2))["stock_quantity"] is None
    assert say.carried_over(row)["status"] == "publish"
    assert say.carried_over(WirePage(2, status="draft"))["status"] == "private"


def test_what_panstore_keeps_beside_a_record() -> None:
    kept = say.marks("K", label=True, building=True)
    row = WirePage(1, meta_data=[WireMeta(one["key"], one["value"]) for one in kept])
    assert row.kept(translate.KEY_META) == "K"
    assert say.label_kept(row)
    assert row.kept(say.BUILDING_META) == "1"
    assert say.marks("") == []
    assert not say.label_kept(None)
    assert WirePage(1, meta_data=[WireMeta("x", {"a": 1})]).kept("x") == ""


def test_goods_of_other_types_get_no_variations() -> None:
    assert say.cannot_split(WirePage(1)) is None
    refused = say.cannot_split(WirePage(1, type="bundle"))
    assert refused is not None
    assert refused.code == "not_simple"
    assert "'bundle'" in refused.message


def test_what_a_product_was_is_kept_whole() -> None:
    size = WireAttribute(name='5" \\ č', options=["S"])
    single = WirePage(1, sku="A", regular_price="9.90", attributes=[size])
    kept = WireMeta(**say.as_it_is(single))
    torn = WirePage(1, type="variable", meta_data=[kept])
    assert msgspec.structs.replace(say.as_it_was(torn), meta_data=[]) == single
    stocked = msgspec.structs.replace(torn, manage_stock=True, stock_quantity=Decimal(3))
    assert say.as_it_was(stocked).stock_quantity == Decimal(3)


@pytest.mark.parametrize("value", ["", "{}", "[", 7])
def test_what_nobody_can_read_of_it_changes_nothing(value: object) -> None:
    torn = WirePage(1, type="variable", meta_data=[WireMeta(say.WAS_META, value)])
    assert say.as_it_was(torn) == torn
