"""The last common state of a product after a pass, and its fields as text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from panstore.model.ids import ExternalId, ItemId
from panstore.model.product import (
    Image,
    Product,
    ProductFields,
    ProductVariant,
    ProductWrite,
    VariantFields,
    VariantWrite,
)
from panstore.model.product_base import advance
from panstore.model.product_fields import (
    PRODUCT_FIELDS,
    VARIANT_FIELDS,
    FieldValue,
    decode_field,
    decode_value,
    encode_field,
    encode_value,
    field_words,
    fields_set,
)
from panstore.model.product_plan import FieldChange, ProductBase, ProductChange, Side


def _pair(one: str) -> tuple[ExternalId, ExternalId]:
    return ExternalId(f"e{one}"), ExternalId(f"s{one}")


_PAIRS = [_pair("1"), _pair("2")]


def _product(side: str, *numbers: str, sku: str = "A", **fields: Any) -> Product:
    rows = (
        ProductVariant(ExternalId(f"{side}{n}"), VariantFields(sku=f"{sku}{n}", active=True))
        for n in numbers
    )
    said = {"name": "Lamp", "active": True, **fields}
    return Product(ExternalId(side), ProductFields(**said), tuple(rows), "v1")


def _change(side: Side, write: ProductWrite, *lines: tuple[str, str]) -> ProductChange:
    told = tuple(FieldChange(variant, field, "", "", "") for variant, field in lines)
    return ProductChange(ItemId("i"), "A", side, "change", write, told, "")


_AGREED = ProductBase(_product("e", "1", "2"), _product("s", "1", "2"))


def test_what_was_read_is_the_base_where_nothing_is_open() -> None:
    erp, shop = _product("e", "1", "2", name="New"), _product("s", "1", "2", name="New ")
    assert advance(_AGREED, erp, shop, set(), [], [], pairs=_PAIRS) == ProductBase(erp, shop)


def test_an_open_field_and_a_failed_one_keep_the_old_base() -> None:
    erp = _product("e", "1", "2", name="New", sku="B")
    failed = _change("shop", ProductWrite(ExternalId("s")), ("e1", "sku"))
    base = advance(_AGREED, erp, _AGREED.shop, {("", "name")}, [], [failed], pairs=_PAIRS)
    assert base is not None
    assert base.erp.fields.name == "Lamp"
    assert [one.fields.sku for one in base.erp.variants] == ["A1", "B2"]
    never = advance(None, erp, _AGREED.shop, {("", "name")}, [], [failed], pairs=_PAIRS)
    assert never is not None
    assert (never.erp.fields.name, never.shop.fields.name) == (UNSET, UNSET)
    assert never.shop.variants[0].fields.sku is UNSET


def test_a_written_field_is_as_stored_and_every_other_as_it_was_read() -> None:
    erp = _product("e", "1", "2", name="New & co")
    write = ProductWrite(
        ExternalId("s"),
        ProductFields(name="New & co"),
        (VariantWrite(ExternalId("s1"), VariantFields(sku="B1")),),
    )
    # Between reading and writing somebody took the shop's product off sale and renamed s2.
    stored = _product("s", "1", "2", name="New &amp; co", active=False, sku="B")
    done = [(_change("shop", write), stored)]
    base = advance(_AGREED, erp, _AGREED.shop, set(), done, [], pairs=_PAIRS)
    assert base is not None
    assert base.shop.fields == ProductFields(name="New &amp; co", active=True)
    assert [one.fields.sku for one in base.shop.variants] == ["B1", "A2"]
    assert base.shop.version == "v1"


def test_a_new_variant_is_as_it_was_made_and_its_product_may_get_another_id() -> None:
    write = ProductWrite(ExternalId("s"), variants=(VariantWrite(None, VariantFields(sku="A2")),))
    stored = msgspec.structs.replace(_product("s", "1", "2"), id=ExternalId("parent"))
    old = ProductBase(_product("e", "1"), _product("s", "1"))
    done = [(_change("shop", write), stored)]
    base = advance(old, _AGREED.erp, old.shop, set(), done, [], pairs=_PAIRS)
    assert base is not None
    assert base.shop.id == "parent"
    assert [one.id for one in base.shop.variants] == ["s1", "s2"]


def test_a_lost_variant_counts_as_archived() -> None:
    base = advance(_AGREED, _AGREED.erp, _product("s", "1"), set(), [], [], pairs=_PAIRS)
    assert base is not None
    assert [one.fields.active for one in base.shop.variants] == [True, False]
    kept = advance(
        _AGREED, _AGREED.erp, _product("s", "1"), {("e2", "active")}, [], [], pairs=_PAIRS
    )
    assert kept is not None
    assert kept.shop.variants[1].fields.active is True


def test_a_lost_product_counts_as_archived_once_that_is_agreed() -> None:
    base = advance(_AGREED, _AGREED.erp, None, set(), [], [], pairs=_PAIRS)
    assert base is not None
    assert base.shop.fields == ProductFields(name="Lamp", active=False)
    kept = advance(_AGREED, None, _AGREED.shop, {("", "active")}, [], [], pairs=_PAIRS)
    assert kept is not None
    assert kept.erp == _AGREED.erp
    assert advance(None, None, _AGREED.shop, set(), [], [], pairs=_PAIRS) is None
    assert advance(None, _AGREED.erp, None, set(), [], [], pairs=_PAIRS) is None


def test_variants_of_one_side_only_have_no_base() -> None:
    erp, shop = _product("e", "1", "2"), _product("s", "1", "3")
    base = advance(None, erp, shop, set(), [], [], pairs=[*_PAIRS, _pair("3")])
    assert base is not None
    assert [one.id for one in base.erp.variants] == ["e1"]
    assert [one.id for one in base.shop.variants] == ["s1"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("name", "Lamp", "Lamp"),
        ("name", "", "-"),
        ("name", UNSET, "-"),
        ("active", True, "yes"),
        ("active", False, "no"),
        ("weight", Decimal("1.500"), "1.5 kg"),
        ("weight", None, "-"),
        ("price", Decimal("8.20"), "8.2"),
        ("categories", (("Home", "Lamps"), ("Light",)), "Home > Lamps; Light"),
        ("attributes", (("Colour", "red"), ("Size", "2")), "Colour: red, Size: 2"),
        ("attributes", (), "-"),
        ("images", (Image("0123456789"), Image("f", "a.png")), "01234567, a.png"),
    ],
)
def test_a_field_as_text_and_in_words(name: str, value: object, words: str) -> None:
    text = encode_field(value)
    assert decode_field(name, text) == value
    assert field_words(name, text) == words


def test_equal_values_have_one_text() -> None:
    assert encode_field(Decimal("1.50")) == encode_field(Decimal("1.5"))
    assert encode_field("") != encode_field(UNSET)


def test_fields_of_the_audit_come_back() -> None:
    value = FieldValue("shop", "e1", "sku", encode_field("A"))
    assert decode_value(encode_value(value)) == value


def test_only_fields_that_are_set_are_told() -> None:
    assert fields_set(VariantFields(weight=None, sku="A")) == {"sku": "A", "weight": None}
    assert fields_set(ProductFields()) == {}
    assert set(PRODUCT_FIELDS) & set(VARIANT_FIELDS) == {"active"}
