"""Whole products in a shop without transactions: all of a write, or what was there before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from panstore.model.ids import ExternalId
from panstore.model.product import (
    Product,
    ProductFields,
    ProductWrite,
    VariantFields,
    VariantWrite,
)
from panstore.model.product_plan import ProductOutcome
from panstore.sdk.errors import OutcomeUnknownError, UnavailableError
from panstore.testing.proxy import Request
from tests.connectors.woocommerce.product_harness import ProductHarness, product_harness

_GTIN = "4006381333931"


@pytest.fixture
async def harness() -> AsyncIterator[ProductHarness]:
    async with product_harness() as found:
        yield found


def _shirt(sku: str, *variants: VariantWrite, name: str = "Shirt") -> ProductWrite:
    fields = ProductFields(name=name, tax="19", active=True)
    return ProductWrite(None, fields, variants, sku)


def _size(sku: str, size: str, **more: Any) -> VariantWrite:
    fields = VariantFields(sku=sku, attributes=(("Size", size),), **more)
    return VariantWrite(None, fields, f"{sku}/v")


async def _write(harness: ProductHarness, write: ProductWrite) -> ProductOutcome:
    [outcome] = await harness.connector.write_products([write])
    return outcome


async def _made(harness: ProductHarness, write: ProductWrite) -> Product:
    outcome = await _write(harness, write)
    assert outcome.product is not None, outcome
    return outcome.product


async def _read(harness: ProductHarness, id_: ExternalId) -> Product:
    [found] = await harness.connector.products([id_])
    return found


def _all(harness: ProductHarness) -> list[dict[str, Any]]:
    """All products of the shop with all their variations."""
    found = []
    for row in harness.ask("GET", "products", status="any", per_page="100"):
        options = harness.ask("GET", f"products/{row['id']}/variations", per_page="100")
        found.append({
            **_said(row),
            "attributes": row["attributes"],
            "variations": [_said(one) for one in options],
        })
    return found


def _said(row: dict[str, Any]) -> dict[str, Any]:
    names = ("id", "name", "sku", "global_unique_id", "status", "type", "weight", "regular_price")
    return {name: row[name] for name in names if name in row} | {
        "stock": row["stock_quantity"],
    }


def _taken(harness: ProductHarness) -> None:
    """Somebody else has the GTIN; only the shop itself notices that."""
    other = {"name": "Other", "sku": "OTHER", "global_unique_id": _GTIN}
    harness.ask("POST", "products", other)


async def test_a_new_product_of_which_one_variation_is_refused_leaves_nothing(
    harness: ProductHarness,
) -> None:
    _taken(harness)
    before = _all(harness)
    write = _shirt("NEW", _size("NEW-S", "S"), _size("NEW-M", "M", gtin=_GTIN))
    outcome = await _write(harness, write)
    assert (outcome.state, outcome.code) == ("refused", "gtin_taken")
    assert outcome.taken is not None
    assert _all(harness) == before


async def test_a_change_of_which_one_variation_is_refused_leaves_all_as_it_was(
    harness: ProductHarness,
) -> None:
    _taken(harness)
    made = await _made(harness, _shirt("OLD", _size("OLD-S", "S"), _size("OLD-M", "M")))
    before = _all(harness)
    [small, medium] = made.variants
    write = ProductWrite(
        made.id,
        ProductFields(name="Renamed", active=False),
        (
            VariantWrite(small.id, VariantFields(sku="OLD-S2", weight=Decimal("0.5"))),
            VariantWrite(medium.id, VariantFields(gtin=_GTIN)),
            _size("OLD-L", "L"),
        ),
        version=made.version,
    )
    outcome = await _write(harness, write)
    assert (outcome.state, outcome.code) == ("refused", "gtin_taken")
    after = _all(harness)
    assert after == before
    assert (await _read(harness, made.id)) == made


async def test_a_single_article_that_cannot_be_split_stays_single(
    harness: ProductHarness,
) -> None:
    _taken(harness)
    single = _shirt("ONE", VariantWrite(None, VariantFields(sku="ONE", price=Decimal(5)), "ONE/v"))
    made = await _made(harness, single)
    harness.ask("PUT", f"products/{made.id}", {"stock_quantity": 7})
    before = _all(harness)
    second = _size("ONE-M", "M", gtin=_GTIN)
    outcome = await _write(harness, ProductWrite(made.id, variants=(second,)))
    assert (outcome.state, outcome.code) == ("refused", "gtin_taken")
    assert _all(harness) == before


async def test_a_single_article_that_becomes_two_hands_over_all_it_had(
    harness: ProductHarness,
) -> None:
    fields = VariantFields(
        sku="TWO",
        gtin=_GTIN,
        weight=Decimal("1.25"),
        price=Decimal("9.90"),
        attributes=(("Size", "S"),),
    )
    made = await _made(harness, _shirt("TWO", VariantWrite(None, fields, "TWO/v")))
    harness.ask("PUT", f"products/{made.id}", {"stock_quantity": 7})
    split = await _made(harness, ProductWrite(made.id, variants=(_size("TWO-M", "M"),)))
    assert split.id == made.id
    [first, second] = split.variants
    assert first.id != made.id
    assert first.fields == made.variants[0].fields
    assert second.fields.attributes == (("Size", "M"),)
    stored = harness.ask("GET", f"products/{made.id}")
    assert (stored["type"], stored["sku"], stored["manage_stock"]) == ("variable", "", False)
    # The stock is nobody's before it is written for the new variation.
    kept = harness.ask("GET", f"products/{first.id}")
    assert (kept["manage_stock"], kept["stock_quantity"]) == (True, 0)


async def _broken_at(harness: ProductHarness, write: ProductWrite, step: int) -> bool:
    """Make a write of which one call's answer is lost; whether there was such a call."""
    seen = 0

    def chosen(request: Request) -> bool:
        nonlocal seen
        seen += request.method != "GET"
        return request.method != "GET" and seen == step + 1

    harness.proxy.script("lost", only=chosen)
    try:
        outcome = await _write(harness, write)
    except OutcomeUnknownError:
        return True
    if outcome.state == "unknown":
        return True
    assert outcome.state == "done"
    return False


@pytest.mark.parametrize("step", range(5))
async def test_whichever_answer_is_lost_the_same_key_makes_one_whole_product(
    harness: ProductHarness, step: int
) -> None:
    write = _shirt("KEY", _size("KEY-S", "S"), _size("KEY-M", "M"))
    if await _broken_at(harness, write, step):
        harness.proxy.calm()
    made = await _made(harness, write)
    assert [one.fields.sku for one in made.variants] == ["KEY-S", "KEY-M"]
    assert made.fields.active is True
    [only] = _all(harness)
    assert len(only["variations"]) == 2


async def test_an_edit_between_reading_and_writing_is_noticed(harness: ProductHarness) -> None:
    made = await _made(harness, _shirt("EDIT", _size("EDIT-S", "S"), _size("EDIT-M", "M")))
    harness.ask("PUT", f"products/{made.id}/variations/{made.variants[0].id}", {"weight": "3"})
    write = ProductWrite(made.id, ProductFields(name="Late"), version=made.version)
    outcome = await _write(harness, write)
    assert (outcome.state, outcome.code) == ("refused", "changed_meanwhile")


async def test_a_product_in_the_trash_is_archived_and_can_come_back(
    harness: ProductHarness,
) -> None:
    only = VariantWrite(None, VariantFields(sku="BIN"), "BIN/v")
    made = await _made(harness, _shirt("BIN", only))
    harness.ask("DELETE", f"products/{made.id}")
    trashed = await _read(harness, made.id)
    assert trashed.fields.active is False
    other = _shirt("ELSE", VariantWrite(None, VariantFields(sku="BIN"), "ELSE/v"))
    outcome = await _write(harness, other)
    assert (outcome.state, outcome.code, outcome.taken) == ("refused", "sku_taken", made.id)
    assert "trash" in outcome.message
    back = await _made(harness, ProductWrite(made.id, ProductFields(active=True)))
    assert back.fields.active is True


async def test_names_are_read_as_people_read_them(harness: ProductHarness) -> None:
    name = 'Nuts & Bolts "5" < 6 \\ 7 \\\\'
    made = await _made(harness, _shirt("TXT", VariantWrite(None, VariantFields(sku="T&1"), "T")))
    page = await _made(harness, ProductWrite(made.id, ProductFields(name=name)))
    assert page.fields.name == name
    assert page.variants[0].fields.sku == "T&1"


async def test_a_description_is_read_as_it_was_written(harness: ProductHarness) -> None:
    text = "<h2>Details</h2>\n<ul><li>C:\\temp</li><li>two</li></ul>"
    made = await _made(harness, _shirt("HTML", VariantWrite(None, VariantFields(sku="H"), "H")))
    page = await _made(harness, ProductWrite(made.id, ProductFields(description=text)))
    assert page.fields.description == text
    assert (await _read(harness, made.id)).fields.description == text


async def test_articles_without_a_code_are_found_by_their_key(harness: ProductHarness) -> None:
    write = _shirt("NAMELESS", VariantWrite(None, VariantFields(), "NAMELESS/v"))
    first, second = await _made(harness, write), await _made(harness, write)
    assert first == second
    assert len(_all(harness)) == 1


async def test_variations_that_differ_by_nothing_get_a_label(harness: ProductHarness) -> None:
    write = _shirt(
        "LABEL",
        VariantWrite(None, VariantFields(sku="L-1"), "L-1"),
        VariantWrite(None, VariantFields(sku="L-2", title="The other"), "L-2"),
    )
    made = await _made(harness, write)
    assert [one.fields.attributes for one in made.variants] == [(), ()]
    third = VariantWrite(None, VariantFields(sku="L-3"), "L-3")
    grown = await _made(harness, ProductWrite(made.id, variants=(third,)))
    rows = harness.ask("GET", f"products/{grown.id}/variations")
    labels = {one["sku"]: [option["option"] for option in one["attributes"]] for one in rows}
    assert labels == {"L-1": ["L-1"], "L-2": ["The other"], "L-3": ["L-3"]}


async def test_twenty_names_cost_one_question_and_one_write(harness: ProductHarness) -> None:
    writes = [
        _shirt(f"B-{n}", VariantWrite(None, VariantFields(sku=f"B-{n}"), f"B-{n}/v"))
        for n in range(20)
    ]
    made = [one.product for one in await harness.connector.write_products(writes)]
    changes = [
        ProductWrite(one.id, ProductFields(name=f"Name {one.id}"), version=one.version)
        for one in made
        if one is not None
    ]
    assert len(changes) == 20
    before = len(harness.proxy.requests)
    outcomes = await harness.connector.write_products(changes)
    assert {one.state for one in outcomes} == {"done"}
    assert len(harness.proxy.requests) - before == 2


async def test_a_shop_that_cannot_be_asked_is_not_written_to(harness: ProductHarness) -> None:
    await harness.refuse_connections()
    with pytest.raises(UnavailableError):
        await _write(harness, _shirt("AWAY", _size("AWAY-S", "S")))
    await harness.accept_connections()
    assert _all(harness) == []


async def test_a_category_that_somebody_else_makes_meanwhile_is_taken(
    harness: ProductHarness,
) -> None:
    only = VariantWrite(None, VariantFields(sku="CAT"), "CAT/v")
    made = await _made(harness, _shirt("CAT", only))
    harness.ask("POST", "products/categories", {"name": "Bolts & Nuts"})
    paths = (("Bolts & Nuts", "M8"), ("bolts & nuts",))
    page = await _made(harness, ProductWrite(made.id, ProductFields(categories=paths)))
    assert page.fields.categories == (("Bolts & Nuts",), ("Bolts & Nuts", "M8"))
    names = [one["name"] for one in harness.ask("GET", "products/categories", per_page="100")]
    assert names.count("Bolts &amp; Nuts") == 1


async def test_a_shared_attribute_is_used_where_the_shop_has_one(harness: ProductHarness) -> None:
    shared = harness.ask("POST", "products/attributes", {"name": "Size"})["id"]
    made = await _made(harness, _shirt("GLOB", _size("GLOB-S", "S"), _size("GLOB-M", "M")))
    stored = harness.ask("GET", f"products/{made.id}")
    assert [(one["id"], one["variation"]) for one in stored["attributes"]] == [(shared, True)]
    assert [one.fields.attributes for one in made.variants] == [
        (("Size", "S"),),
        (("Size", "M"),),
    ]


async def test_a_variation_does_not_have_the_sku_of_its_product(harness: ProductHarness) -> None:
    made = await _made(harness, _shirt("SHIRT", _size("S-1", "S"), _size("S-2", "M")))
    one, two = (variant.id for variant in made.variants)
    harness.ask("PUT", f"products/{made.id}", {"sku": "WHOLE"})
    harness.ask("PUT", f"products/{made.id}/variations/{one}", {"sku": ""})
    found = {each.id: each.fields.sku for each in (await _read(harness, made.id)).variants}
    assert found == {one: "", two: "S-2"}
