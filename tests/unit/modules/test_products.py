"""S3: new products, conflicts, texts and settings, rule by rule."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from panstore.model.ids import ConnectionId, ExternalId, ItemId, RouteId
from panstore.model.product import Image, Product, ProductFields, ProductVariant, VariantFields
from panstore.model.product_fields import encode_field
from panstore.model.product_plan import FieldDecision, ProductBase, ProductLink, ProductPlan
from panstore.modules.s3_products.module import module
from panstore.modules.s3_products.settings import MERGED_FIELDS, ProductSyncSettings
from panstore.modules.s3_products.text import paragraphs, to_html, to_plain
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.modules import RouteView
from panstore.sdk.products import ProductItem

ALL = frozenset((*MERGED_FIELDS, "price"))
ITEM = ItemId("item")
VIEW = RouteView(
    route=RouteId("shop"),
    erp_connection=ConnectionId("erp"),
    shop_connection=ConnectionId("shop"),
    now=dt.datetime(2026, 11, 24, tzinfo=dt.UTC),
    zone="Europe/Ljubljana",
    erp=Capabilities(product_fields=ALL),
    shop=Capabilities(product_fields=ALL, html_text=True, name_length=20),
)


def product(
    side: str, *options: str, variant: dict[str, Any] | None = None, **fields: Any
) -> Product:
    said = {"name": "Lamp", "description": "", "tax": "22", "active": True, **fields}
    rows = [
        ProductVariant(
            ExternalId(f"{side}{option}"),
            VariantFields(**{
                "sku": f"L-{option}",
                "title": "",
                "active": True,
                "attributes": (("Colour", option),),
                "price": Decimal(8),
                **(variant or {}),
            }),
        )
        for option in options
    ]
    return Product(ExternalId(side), ProductFields(**said), tuple(rows), "v1")


def plan(
    erp: Product | None,
    shop: Product | None,
    base: ProductBase | None = None,
    *,
    decisions: tuple[FieldDecision, ...] = (),
    **settings: Any,
) -> ProductPlan:
    ours, theirs = erp or (base.erp if base else None), shop or (base.shop if base else None)
    link = ProductLink(
        ITEM, VIEW.route, ours.id if ours else None, theirs.id if theirs else None, "L"
    )
    pairs = ((ExternalId("ered"), ExternalId("sred")),) if ours and theirs else ()
    item = ProductItem(link, erp, shop, base, pairs, decisions)
    return module.plan_products([item], ProductSyncSettings.model_validate(settings), VIEW)


def test_what_is_new_in_the_erp_becomes_a_draft_in_the_shop_without_pictures_or_price() -> None:
    source = product("e", "red", "blue", description="a < b", images=(Image("d"),))
    found = plan(source, None)
    [change] = found.changes
    assert (change.kind, change.side, change.write.id) == ("create", "shop", None)
    assert change.write.fields == ProductFields(
        name="Lamp", description="<p>a &lt; b</p>", tax="22", active=False
    )
    red, blue = change.write.variants
    assert (red.fields.title, blue.fields.title) == ("Lamp, red", "Lamp, blue")
    assert red.fields.price is msgspec.UNSET
    assert red.key != blue.key != change.write.key
    assert ("", "images") in found.open[ITEM]
    assert plan(source, None).changes == found.changes


def test_what_is_new_in_the_shop_reaches_the_erp_with_price_unit_and_category() -> None:
    [change] = plan(
        None,
        product("s", "red", categories=(("Light",),)),
        categories={"Light": "Home > Lamps"},
        default_unit="u",
    ).changes
    assert change.side == "erp"
    assert change.write.fields.categories == (("Home", "Lamps"),)
    assert (change.write.fields.unit, change.write.fields.active) == ("u", True)
    assert change.write.variants[0].fields.price == Decimal(8)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (product("e", "red", name=""), "product.no_name"),
        (product("e", "red", tax=""), "product.no_tax"),
        (product("e", "red", name="x" * 21), "product.too_long"),
        (product("e", "red", variant={"sku": ""}), "product.no_code"),
        (product("e", "red", "blue", variant={"sku": "A"}), "product.same_code_twice"),
    ],
)
def test_what_cannot_be_made_is_held_with_its_reason(source: Product, code: str) -> None:
    found = plan(source, None)
    assert [one.code for one in found.held] == [code]
    assert not found.changes


@pytest.mark.parametrize(
    "source",
    [
        product("e", "red", active=False),
        product("e", "red", variant={"active": False}),
        msgspec.structs.replace(product("e", "red"), tracked=False),
    ],
)
def test_archived_products_and_services_are_not_made(source: Product) -> None:
    assert plan(source, None).unchanged == (ITEM,)


def test_both_changed_the_name_so_a_person_is_asked_and_heard() -> None:
    base = ProductBase(product("e", "red"), product("s", "red"))
    erp, shop = product("e", "red", name="ERP lamp"), product("s", "red", name="Shop lamp")
    asked = plan(erp, shop, base)
    assert not asked.changes
    [held] = asked.held
    assert held.code == "product.conflict"
    assert "ERP lamp" in held.reason
    assert "Shop lamp" in held.reason
    assert ("", "name") in asked.open[ITEM]
    said = FieldDecision("", "name", "shop", encode_field("ERP lamp"), encode_field("Shop lamp"))
    [change] = plan(erp, shop, base, decisions=(said,)).changes
    assert (change.side, change.write.fields.name) == ("erp", "Shop lamp")
    stale = msgspec.structs.replace(said, erp=encode_field("older"))
    assert plan(erp, shop, base, decisions=(stale,)).held


def test_a_title_that_begins_with_the_name_follows_it() -> None:
    there = product("s", "red", variant={"title": "Lamp, red"})
    base = ProductBase(product("e", "red"), there)
    [change] = plan(product("e", "red", name="Torch"), there, base).changes
    assert change.write.fields.name == "Torch"
    assert change.write.variants[0].fields.title == "Torch, red"
    assert change.write.version == "v1"


def test_what_the_erp_lost_is_hidden_in_the_shop_unless_it_is_left() -> None:
    base = ProductBase(product("e", "red"), product("s", "red"))
    [change] = plan(None, product("s", "red"), base).changes
    assert (change.kind, change.side) == ("hide", "shop")
    assert plan(None, product("s", "red"), base, deletion="leave").unchanged == (ITEM,)


def test_what_the_shops_own_people_hid_stays_hidden() -> None:
    shop = product("s", "red", active=False)
    base = ProductBase(product("e", "red"), product("s", "red"))
    assert plan(product("e", "red"), shop, base).unchanged == (ITEM,)


@pytest.mark.parametrize("text", ["a & b <c>", "one\n\ntwo", "a\nb", "&amp;", ""])
def test_plain_text_comes_back_from_html(text: str) -> None:
    assert paragraphs(to_plain(to_html(text))) == paragraphs(text)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"nam": "erp"}, "no field `nam`"),
        ({"price": "erp"}, "kept in step by S2"),
        ({"name": "erpp"}, "owns no field"),
        ({"name": {"owner": "erp", "conflict": "ask"}}, "has no meaning"),
    ],
)
def test_a_wrong_rule_is_told_in_words(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ProductSyncSettings.model_validate({"fields": fields})
