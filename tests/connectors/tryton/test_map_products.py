"""Products in PanStore's words, and what is written of them in the companion's."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from panstore.connectors.tryton.map.products import page_values, product, refused
from panstore.connectors.tryton.wire import decode, encode
from panstore.connectors.tryton.wire_products import ImageRow, PageRow, PageVariantRow
from panstore.model.ids import ExternalId
from panstore.model.product import (
    Image,
    ProductFields,
    ProductWrite,
    VariantFields,
    VariantWrite,
)
from panstore.sdk.errors import MappingError, RejectedError

BARE = PageRow(
    id=4,
    name=" Kava ",
    description="Prva.\r\n\r\nDruga.\n",
    tax="9.5",
    unit="Unit",
    categories=[("Kava", "Zrna"), ("Kava",), ("Kava", "Zrna")],
    active=True,
    tracked=True,
    variants=[PageVariantRow(id=7, sku="K-250", gtin="", active=True)],
    version="abc",
)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)


def test_fields_without_their_module_are_not_there() -> None:
    made = product(BARE)
    assert (made.id, made.version, made.tracked) == ("4", "abc", True)
    assert made.fields == ProductFields(
        name="Kava",
        description="Prva.\n\nDruga.",
        tax="9.5",
        unit="Unit",
        categories=(("Kava",), ("Kava", "Zrna")),
        active=True,
    )
    (variant,) = made.variants
    assert variant.id == "7"
    assert variant.fields == VariantFields(sku="K-250", gtin="", active=True)


@pytest.mark.parametrize(
    ("weight", "read"),
    [(Decimal("0.250000"), Decimal("0.25")), (Decimal(10), Decimal(10)), (None, None)],
)
def test_fields_with_their_module_are_read(weight: Decimal | None, read: Decimal | None) -> None:
    variant = PageVariantRow(
        id=7, sku="K", gtin="", active=False, weight=weight, attributes=[("Izvedba", "250 g")]
    )
    page = msgspec.structs.replace(
        BARE, images=[ImageRow("ab" * 32, "kava.png")], variants=[variant]
    )
    made = product(page)
    assert made.fields.images == (Image("ab" * 32, "kava.png"),)
    fields = made.variants[0].fields
    assert (fields.weight, fields.attributes) == (read, (("Izvedba", "250 g"),))
    assert str(fields.weight) == str(read)


def test_only_what_is_set_is_written() -> None:
    write = ProductWrite(
        ExternalId("4"),
        ProductFields(images=(Image("ab" * 32, "kava.png"),), categories=(("Kava", "Zrna"),)),
        (
            VariantWrite(ExternalId("7"), VariantFields(weight=None)),
            VariantWrite(None, VariantFields(attributes=(("Izvedba", "S"),)), key="k/S"),
        ),
        version="abc",
    )
    assert page_values(write) == {
        "id": 4,
        "key": "",
        "version": "abc",
        "images": ["ab" * 32],
        "categories": [["Kava", "Zrna"]],
        "variants": [
            {"id": 7, "key": "", "weight": None},
            {"id": None, "key": "k/S", "attributes": [["Izvedba", "S"]]},
        ],
    }


def test_a_new_product_goes_by_its_key() -> None:
    values = page_values(ProductWrite(None, ProductFields(name="Kava"), key="k"))
    assert values == {"id": None, "key": "k", "version": "", "name": "Kava", "variants": []}


@pytest.mark.parametrize(
    "write",
    [
        ProductWrite(ExternalId("x")),
        ProductWrite(ExternalId("4"), variants=(VariantWrite(ExternalId("y"), VariantFields()),)),
    ],
)
def test_an_id_of_another_system_is_not_sent(write: ProductWrite) -> None:
    with pytest.raises(MappingError, match="no id of Tryton's"):
        page_values(write)


@pytest.mark.parametrize(
    ("code", "record", "taken"),
    [
        ("sku_taken", "12", ExternalId("12")),
        ("sku_taken", "", None),
        ("gtin_taken", "12", None),
    ],
)
def test_a_refusal_names_the_product_in_the_way(
    code: str, record: str, taken: ExternalId | None
) -> None:
    outcome = refused(RejectedError("erp", "write", "why", code=code, field=record))
    assert (outcome.state, outcome.code, outcome.message, outcome.taken) == (
        "refused",
        code,
        "why",
        taken,
    )


@given(
    name=words.map(str.strip),
    tax=st.sampled_from(["", "22", "9.5"]),
    paths=st.lists(st.lists(words, min_size=1, max_size=3).map(tuple), unique=True),
    weight=st.none() | st.decimals(0, 100, places=5),
    attributes=st.dictionaries(words, words),
    active=st.booleans(),
)
def test_what_is_written_and_stored_is_read_as_the_same(
    *,
    name: str,
    tax: str,
    paths: list[tuple[str, ...]],
    weight: Decimal | None,
    attributes: dict[str, str],
    active: bool,
) -> None:
    fields = ProductFields(name=name, tax=tax, categories=tuple(sorted(paths)), active=active)
    variant = VariantFields(
        sku=name, weight=weight, attributes=tuple(sorted(attributes.items())), active=active
    )
    write = ProductWrite(
        ExternalId("4"), fields, (VariantWrite(ExternalId("7"), variant),), version="v"
    )
    sent = decode(encode(page_values(write)))
    assert isinstance(sent, dict)
    rest = {"gtin": "", "description": "", "unit": "Unit", "tracked": True}
    sent["variants"] = [row | rest for row in sent["variants"]]
    read = product(msgspec.convert(sent | rest, PageRow))
    assert msgspec.structs.replace(read.fields, description=UNSET, unit=UNSET) == fields
    assert msgspec.structs.replace(read.variants[0].fields, gtin=UNSET) == variant
