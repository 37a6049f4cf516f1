"""S3: when two values are the same, how one becomes the other's, and who says what is on sale."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec import UNSET

from panstore.model.errors import InvariantError
from panstore.model.product import CategoryPath, Image, Product, ProductFields, VariantFields
from panstore.model.product_plan import ProductBase, ProductLink, Side
from panstore.modules.s3_products.draft import Draft, label
from panstore.modules.s3_products.module import module
from panstore.modules.s3_products.settings import ProductSyncSettings
from panstore.modules.s3_products.text import paragraphs, to_plain
from panstore.modules.s3_products.values import Ways
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.products import ProductItem, ProductSettings
from tests.unit.modules.test_products import ITEM, VIEW, plan, product
from tests.unit.modules.test_products_linked import agreed, look, with_variant, without

_TABLE = {"Light": "Home > Lamps", "Glow": "Home > Lamps"}
_HTML = Capabilities(html_text=True, weight_digits=1)
_PLAIN = Capabilities(weight_digits=3)


def ways(erp: Capabilities = _PLAIN, shop: Capabilities = _HTML, **settings: Any) -> Ways:
    return Ways(erp, shop, ProductSyncSettings.model_validate(settings))


def unlinked(shop: Product) -> ProductItem:
    return ProductItem(ProductLink(ITEM, VIEW.route, None, shop.id), None, shop)


def pictures(*digests: str) -> tuple[Image, ...]:
    return tuple(Image(one, f"{one}.png") for one in digests)


@pytest.mark.parametrize(
    ("field", "erp", "shop", "same"),
    [
        ("name", "A & B", " A  &amp; B ", True),
        ("name", "A", "a", False),
        ("description", "a < b\n\nc", "<p>a &lt; b</p>\n<p>c</p>", True),
        ("description", "", None, True),
        ("description", "", "<p>a</p>", False),
        ("tax", "22", "22.00", True),
        ("tax", "22", "9.5", False),
        ("tax", "reduced", " reduced ", True),
        ("tax", "reduced", "22", False),
        ("weight", Decimal("1.249"), Decimal("1.2"), True),
        ("weight", Decimal("1.25"), Decimal("1.2"), False),
        ("weight", None, UNSET, True),
        ("categories", (("B",), ("A",)), (("A",), (" B ",)), True),
        ("categories", (("Home", "Lamps"),), (("Light",),), True),
        ("categories", (("Light",),), (("Light",),), False),
        (
            "attributes",
            (("Size", "2"), ("Cut", "A & B")),
            (("Cut", "A &amp; B"), ("Size", "2")),
            True,
        ),
        ("attributes", (("Size", "2"),), (("Size", "3"),), False),
        ("images", pictures("a", "b"), (Image("a"), Image("b")), True),
        ("images", pictures("a", "b"), pictures("b", "a"), False),
        ("active", True, False, False),
    ],
)
def test_two_values_are_the_same_as_far_as_both_can_tell(
    field: str, erp: object, shop: object, same: bool
) -> None:
    assert ways(categories=_TABLE).equal(field, erp, shop) is same


def test_the_order_of_pictures_counts_only_where_somebody_changed_it() -> None:
    ours, theirs = pictures("a", "b"), pictures("b", "a")
    assert ways().equal("images", ours, theirs, loosely=True)
    assert not ways().equal("images", ours, pictures("b", "c"), loosely=True)
    assert not ways().equal("name", "a", "b", loosely=True)


def test_between_two_systems_with_html_the_markup_counts_and_stays() -> None:
    both = ways(_HTML, _HTML)
    assert not both.equal("description", "<p>a</p>", "<b>a</b>")
    assert both.carried("description", "<b>a</b>", "erp", "") == "<b>a</b>"


@pytest.mark.parametrize(
    ("field", "value", "to", "present", "carried"),
    [
        ("name", " A &amp; B ", "erp", "", "A & B"),
        ("description", "a\n\nb", "shop", "", "<p>a</p><p>b</p>"),
        ("description", "<p>a</p><p>b</p>", "erp", "", "a\n\nb"),
        ("description", "", "shop", "<p>a</p>", ""),
        ("weight", Decimal("1.25"), "shop", None, Decimal("1.3")),
        ("weight", Decimal("1.3"), "erp", None, Decimal("1.300")),
        ("weight", None, "erp", Decimal(1), None),
        ("attributes", (("Cut", "A"),), "shop", (), (("Cut", "A"),)),
        ("images", pictures("a"), "erp", (), pictures("a")),
        ("categories", (("Light",), ("Glow",)), "erp", (), (("Home", "Lamps"),)),
        ("categories", (("Home", "Lamps"), ("Other",)), "shop", (), (("Light",), ("Other",))),
        ("categories", (("Home", "Lamps"),), "shop", (("Glow",), ("Old",)), (("Glow",),)),
        ("categories", (("Home", "Lamps"),), "shop", UNSET, (("Light",),)),
    ],
)
def test_a_value_is_carried_as_the_other_side_keeps_it(
    field: str, value: Any, to: Side, present: Any, carried: object
) -> None:
    assert ways(categories=_TABLE).carried(field, value, to, present) == carried


def test_categories_of_the_erp_become_the_shops_that_stand_for_them() -> None:
    lamps: tuple[CategoryPath, ...] = (("Home", "Lamps"),)
    was = ProductBase(
        product("e", "red", categories=()), product("s", "red", categories=(("Old",),))
    )
    [change] = plan(product("e", "red", categories=lamps), was.shop, was, categories=_TABLE).changes
    assert change.write.fields.categories == (("Light",),)


def test_a_category_with_no_way_back_is_written_once_at_most() -> None:
    shop = product("s", "red", categories=(("Light",),))
    was = ProductBase(product("e", "red", categories=(("Home", "Lamps"),)), shop)
    erp = product("e", "red", categories=(("Light",),))
    found = plan(erp, shop, was, categories=_TABLE)
    assert not found.changes
    assert ("", "categories") not in found.open[ITEM]


def test_the_order_of_pictures_goes_over_when_one_side_changed_it() -> None:
    was = ProductBase(
        product("e", "red", images=pictures("a", "b")),
        product("s", "red", images=pictures("a", "b")),
    )
    turned = product("e", "red", images=pictures("b", "a"))
    [change] = look(turned, was.shop, was).changes
    assert change.write.fields.images == pictures("b", "a")
    assert look(turned, was.shop).unchanged == (ITEM,), "nobody turned them that we know of"


def test_pictures_of_two_full_systems_are_the_shops() -> None:
    erp = product("e", "red", images=pictures("a"))
    shop = product("s", "red", images=pictures("b"))
    [change] = look(erp, shop).changes
    assert (change.side, change.write.fields.images) == ("erp", pictures("b"))


@pytest.mark.parametrize("markup", ["a <b>b</b><i> c</i>", "<style>x</style>a b c"])
def test_what_is_not_to_be_read_is_no_text(markup: str) -> None:
    assert paragraphs(to_plain(markup)) == "a b c"


@pytest.mark.parametrize(
    ("owner", "before", "now", "expected"),
    [
        # (ERP, shop) on sale: at the base, and now
        ("erp", (True, True), (False, True), ("shop", False)),
        ("erp", (False, False), (True, False), ("shop", True)),
        ("erp", (True, True), (True, False), None),
        ("erp", (False, False), (False, True), ("shop", False)),
        ("erp", (True, False), (True, False), None),
        ("shop", (True, True), (True, False), ("erp", False)),
        ("shop", (False, False), (False, True), ("erp", True)),
        ("shop", (True, True), (False, True), None),
        ("both", (True, True), (True, False), ("erp", False)),
        ("both", (True, True), (False, True), ("shop", False)),
        ("both", (False, False), (True, False), ("shop", True)),
        ("both", (True, False), (False, True), ("shop", False)),
        ("both", (True, True), (False, False), None),
        ("off", (True, True), (False, True), None),
    ],
)
def test_who_says_what_is_on_sale(
    owner: str,
    before: tuple[bool, bool],
    now: tuple[bool, bool],
    expected: tuple[str, bool] | None,
) -> None:
    was = ProductBase(product("e", "red", active=before[0]), product("s", "red", active=before[1]))
    erp, shop = product("e", "red", active=now[0]), product("s", "red", active=now[1])
    found = look(erp, shop, was, fields={"active": owner})
    told = [(one.side, one.write.fields.active) for one in found.changes]
    assert told == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("owner", "now", "expected"),
    [
        ("erp", (False, True), ("shop", False)),
        ("erp", (True, False), None),
        ("shop", (True, False), ("erp", False)),
        ("shop", (False, True), None),
        ("both", (False, True), ("shop", False)),
        ("both", (True, False), None),
    ],
)
def test_the_first_look_hides_what_the_owner_has_archived_and_shows_nothing(
    owner: str, now: tuple[bool, bool], expected: tuple[str, bool] | None
) -> None:
    erp, shop = product("e", "red", active=now[0]), product("s", "red", active=now[1])
    found = look(erp, shop, fields={"active": owner})
    told = [(one.side, one.write.fields.active) for one in found.changes]
    assert told == ([expected] if expected else [])


def test_what_the_shop_had_hidden_by_itself_is_not_shown_when_the_erp_sells_again() -> None:
    """The ERP archives what the shop's own people had hidden before, and brings it back."""
    was = ProductBase(product("e", "red"), product("s", "red", active=False))
    archived = product("e", "red", active=False)
    found = look(archived, was.shop, was)
    assert not found.changes
    assert ("", "active") in found.open[ITEM], "it stays known that it was not hidden by us"
    assert not look(product("e", "red"), was.shop, was).changes
    assert ("", "active") not in look(archived, was.shop, was, fields={"active": "both"}).open[ITEM]


def test_hidden_on_both_sides_between_two_looks_counts_as_the_owners() -> None:
    """Nobody can tell it from our own write whose answer was lost; what is ours is shown again."""
    was = agreed("red")
    ours, theirs = product("e", "red", active=False), product("s", "red", active=False)
    found = look(ours, theirs, was)
    assert not found.changes
    assert ("", "active") not in found.open[ITEM]
    [change] = look(was.erp, theirs, ProductBase(ours, theirs)).changes
    assert (change.kind, change.side) == ("show", "shop")


@pytest.mark.parametrize(("owner", "filled"), [("erp", False), ("shop", True), ("both", True)])
def test_an_owner_that_never_said_anything_empties_nothing(owner: str, filled: bool) -> None:
    erp, shop = product("e", "red", unit=""), product("s", "red", unit="u")
    found = look(erp, shop, fields={"unit": owner})
    assert [(one.side, one.write.fields.unit) for one in found.changes] == [("erp", "u")] * filled
    assert (("", "unit") in found.open[ITEM]) is not filled


def test_an_owner_sets_back_what_the_other_side_changed() -> None:
    was = agreed("red")
    [change] = look(was.erp, product("s", "red", tax="9.5"), was).changes
    assert (change.side, change.write.fields.tax) == ("shop", "22")
    assert "set back" in change.reason
    [change] = look(was.erp, product("s", "red", tax="9.5")).changes
    assert "both differ" in change.reason


def test_new_products_without_what_a_side_cannot_keep() -> None:
    source = product("s", "red")
    view = without("erp", "active", "tax", "unit", "categories")
    [change] = module.plan_products(
        [unlinked(source)],
        ProductSyncSettings(default_unit="u", default_category="A > B"),
        view,
    ).changes
    assert change.write.fields == ProductFields(name="Lamp")
    [change] = module.plan_products(
        [unlinked(source)], ProductSyncSettings(default_category="A > B"), VIEW
    ).changes
    assert change.write.fields.categories == (("A", "B"),)
    assert change.write.fields.unit is UNSET


def test_a_variant_without_attributes_goes_by_the_name_alone() -> None:
    source = with_variant(product("e", "red", "blue"), 0, attributes=UNSET)
    [change] = plan(source, None).changes
    assert [one.fields.title for one in change.write.variants] == ["Lamp", "Lamp, blue"]
    [change] = plan(product("e", "red"), None).changes
    assert change.write.variants[0].fields.title == ""


def test_a_new_product_is_called_by_its_first_code_or_by_its_name() -> None:
    assert label(product("e", "red")) == "L-red"
    assert label(product("e", "red", variant={"sku": ""})) == "Lamp"
    assert label(product("e", name=UNSET)) == ""
    assert label(None) == ""


def test_a_draft_of_nothing_is_no_change() -> None:
    assert Draft("erp", product("e", "red")).change(ITEM) is None
    draft = Draft("erp", None)
    draft.tell("ered", VariantFields(sku="A"), "new")
    assert draft.change(ITEM) is None


def test_settings_of_something_else_are_a_fault_of_the_program() -> None:
    with pytest.raises(InvariantError, match="S3 was given ProductSettings"):
        module.plan_products([], ProductSettings(), VIEW)
