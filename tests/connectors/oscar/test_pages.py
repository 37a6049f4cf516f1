"""Products as the companion tells them and takes them, exactly and both ways."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from panstore.connectors.oscar import map as translate
from panstore.connectors.oscar import wire_pages
from panstore.connectors.oscar.config import OscarSettings
from panstore.connectors.oscar.connector import OscarConnector
from panstore.model.change import Signal
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.product import (
    Image,
    Product,
    ProductFields,
    ProductVariant,
    ProductWrite,
    VariantFields,
    VariantWrite,
)
from panstore.model.product_plan import ProductOutcome
from panstore.sdk.errors import NotFoundError
from panstore.sdk.product_roles import ReadProducts, WriteProducts
from panstore.sdk.roles import ChangeFeed
from tests.connectors.stub import Stub, stub

RATES = {"22": Decimal("22.00"), "low": Decimal("9.50")}
CLASSES = {"22": "22", "9.5": "low"}
DIGEST = "ab" * 32
VARIANT: dict[str, Any] = {
    "id": 8,
    "sku": " MUG-1 ",
    "upc": "3830000999999",
    "title": "",
    "weight": "0.350",
    "attributes": {" Velikost": "velika ", "Barva": "bela", "Prazno": " "},
    "is_public": True,
    "price": "12.30",
}
PAGE: dict[str, Any] = {
    "id": 7,
    "title": " Skodelica ",
    "description": "<p>Bela &amp; lepa.</p>",
    "tax_class": "low",
    "categories": [["Kava", " Zrna"], ["Dom"], ["Dom"], ["Dom", " "], []],
    "images": [{"digest": DIGEST, "name": "mug.png"}],
    "is_public": False,
    "tracks_stock": True,
    "variants": [VARIANT],
    "version": "v1",
}
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(
    lambda text: text == text.strip() and bool(text)
)
WEIGHT = st.none() | st.integers(0, 10**9).map(lambda grams: Decimal(grams) / 1000)


def page(**changes: Any) -> wire_pages.WirePage:
    return msgspec.convert({**PAGE, **changes}, wire_pages.WirePage)


def outcome(**said: Any) -> wire_pages.WirePageOutcome:
    return msgspec.convert(said, wire_pages.WirePageOutcome)


def test_a_page_is_read_with_everything() -> None:
    fields = VariantFields(
        sku="MUG-1",
        gtin="3830000999999",
        title="",
        weight=Decimal("0.350"),
        attributes=(("Barva", "bela"), ("Velikost", "velika")),
        active=True,
        price=Decimal("12.30"),
    )
    assert translate.product(page(), RATES) == Product(
        id=ExternalId("7"),
        fields=ProductFields(
            name="Skodelica",
            description="<p>Bela &amp; lepa.</p>",
            tax="9.5",
            categories=(("Dom",), ("Kava", "Zrna")),
            images=(Image(DIGEST, "mug.png"),),
            active=False,
        ),
        variants=(ProductVariant(ExternalId("8"), fields),),
        version="v1",
    )


def test_what_nobody_has_said_is_none() -> None:
    bare = {**VARIANT, "weight": None, "price": None}
    read = translate.product(page(tax_class="gone", variants=[bare]), RATES)
    assert read.fields.tax == ""
    assert (read.variants[0].fields.weight, read.variants[0].fields.price) == (None, None)


def test_only_what_is_set_is_said() -> None:
    write = ProductWrite(
        ExternalId("7"),
        ProductFields(name="Novo", tax="9.5", unit="kos", images=(Image(DIGEST),)),
        (
            VariantWrite(ExternalId("8"), VariantFields(weight=None, attributes=(("A", "b"),))),
            VariantWrite(None, VariantFields(sku="N", weight=Decimal("0.50")), key="k"),
        ),
        version="v1",
    )
    assert translate.page_item(write, CLASSES) == {
        "id": 7,
        "version": "v1",
        "fields": {"title": "Novo", "tax_class": "low", "images": [DIGEST]},
        "variants": [
            {"id": 8, "fields": {"weight": None, "attributes": {"A": "b"}}},
            {"id": None, "key": "k", "fields": {"sku": "N", "weight": "0.5"}},
        ],
    }


def test_nothing_set_is_nothing_said() -> None:
    item = translate.page_item(ProductWrite(ExternalId("7")), CLASSES)
    assert item == {"id": 7, "version": "", "fields": {}, "variants": []}


@pytest.mark.parametrize(
    ("write", "code"),
    [
        (ProductWrite(ExternalId("x")), "unknown_product"),
        (
            ProductWrite(None, variants=(VariantWrite(ExternalId("0"), VariantFields()),)),
            "unknown_product",
        ),
        (ProductWrite(None, ProductFields(tax="19")), "unknown_tax"),
        (ProductWrite(None, ProductFields(tax="")), "unknown_tax"),
    ],
)
def test_what_cannot_be_said_is_refused_here(write: ProductWrite, code: str) -> None:
    refused = translate.page_item(write, CLASSES)
    assert isinstance(refused, ProductOutcome)
    assert (refused.state, refused.code) == ("refused", code)


def test_outcomes_carry_the_page_or_the_reason() -> None:
    stored = translate.page_outcome(outcome(outcome="done", page=PAGE), RATES)
    assert stored == ProductOutcome("done", translate.product(page(), RATES))
    assert translate.page_outcome(outcome(outcome="done"), RATES) == ProductOutcome("done")
    error = {"code": "sku_taken", "message": "SKU X is taken.", "product": 9}
    taken = translate.page_outcome(outcome(outcome="refused", error=error), RATES)
    assert (taken.code, taken.message, taken.taken) == ("sku_taken", "SKU X is taken.", "9")
    late = {"code": "changed_meanwhile", "message": "Read again."}
    assert translate.page_outcome(outcome(outcome="refused", error=late), RATES).taken is None
    silent = translate.page_outcome(outcome(outcome="refused"), RATES)
    assert (silent.state, silent.code) == ("refused", "refused")


@given(
    name=TEXT,
    description=st.text(max_size=50),
    tax=st.sampled_from(sorted(CLASSES)),
    active=st.booleans(),
    categories=st.sets(st.lists(TEXT, min_size=1, max_size=3).map(tuple), max_size=3),
    weight=WEIGHT,
    attributes=st.dictionaries(TEXT, TEXT, max_size=4),
)
def test_what_is_written_is_read_back_the_same(
    name: str,
    description: str,
    tax: str,
    active: bool,
    categories: set[tuple[str, ...]],
    weight: Decimal | None,
    attributes: dict[str, str],
) -> None:
    fields = ProductFields(
        name=name,
        description=description,
        tax=tax,
        categories=tuple(sorted(categories)),
        active=active,
    )
    own = VariantFields(weight=weight, attributes=tuple(sorted(attributes.items())), active=active)
    write = ProductWrite(ExternalId("7"), fields, (VariantWrite(ExternalId("8"), own),))
    said: Any = msgspec.json.decode(msgspec.json.encode(translate.page_item(write, CLASSES)))
    stored = page(**said["fields"], variants=[{**VARIANT, **said["variants"][0]["fields"]}])
    read = translate.product(stored, RATES)
    assert msgspec.structs.replace(read.fields, images=msgspec.UNSET) == fields
    assert (
        msgspec.structs.replace(
            read.variants[0].fields,
            sku=msgspec.UNSET,
            gtin=msgspec.UNSET,
            title=msgspec.UNSET,
            price=msgspec.UNSET,
        )
        == own
    )


@pytest.fixture
async def shop() -> AsyncIterator[Stub]:
    async with stub() as server:
        yield server


@pytest.fixture
async def connector(shop: Stub) -> AsyncIterator[OscarConnector]:
    given = {"url": shop.url, "api_token": "pst_token", "tax_classes": CLASSES}
    opened = OscarConnector(ConnectionId("shop"), OscarSettings.model_validate(given))
    yield opened
    await opened.close()


async def test_pages_are_asked_a_hundred_at_a_time(shop: Stub, connector: OscarConnector) -> None:
    shop.answers["products/pages"] = {"products": [PAGE]}
    ids = [ExternalId(str(n)) for n in range(1, 251)]
    found = await connector.products([*ids, ExternalId("no id"), ids[0]])
    assert [one.id for one in found] == ["7"]
    assert [len(asked.query.split(",")) for asked in shop.asked] == [100, 100, 50]


async def test_a_write_the_shop_does_not_answer_is_unknown(
    shop: Stub, connector: OscarConnector
) -> None:
    shop.answers["products/write"] = {"products": [{"outcome": "done", "page": PAGE}]}
    writes = [
        ProductWrite(ExternalId("x")),
        ProductWrite(ExternalId("7")),
        ProductWrite(ExternalId("9")),
    ]
    outcomes = await connector.write_products(writes)
    assert [one.state for one in outcomes] == ["refused", "done", "unknown"]
    (asked,) = shop.asked
    assert [item["id"] for item in asked.body["products"]] == [7, 9]
    assert [one.state for one in await connector.write_products(writes[:1])] == ["refused"]
    assert len(shop.asked) == 1


async def test_changes_are_acknowledged_by_product_and_number(
    shop: Stub, connector: OscarConnector
) -> None:
    shop.answers |= {
        "changes": {"changes": [{"product": 7, "number": 12}], "more": True},
        "changes/ack": {"acknowledged": 1},
    }
    batch = await connector.pull(1)
    assert (batch.signals, batch.more) == ((Signal("product", ExternalId("7")),), True)
    await connector.acknowledge(batch.receipts)
    assert shop.asked[-1].body == {"changes": [{"product": 7, "number": 12}]}
    shop.asked.clear()
    await connector.acknowledge([])
    assert shop.asked == []


async def test_images_are_of_products_the_shop_may_have(
    shop: Stub, connector: OscarConnector
) -> None:
    shop.answers |= {
        f"products/7/images/{DIGEST}": {"base64": "cGl4ZWw="},
        "products/7/images": {"added": True},
    }
    assert await connector.image(ExternalId("7"), DIGEST) == b"pixel"
    await connector.add_image(ExternalId("7"), Image(DIGEST, "x.png"), b"pixel")
    assert shop.asked[-1].body == {"digest": DIGEST, "name": "x.png", "base64": "cGl4ZWw="}
    with pytest.raises(NotFoundError):
        await connector.image(ExternalId("x"), DIGEST)


def test_the_connector_plays_the_roles_of_products() -> None:
    for role in (ReadProducts, WriteProducts, ChangeFeed):
        assert issubclass(OscarConnector, role)
