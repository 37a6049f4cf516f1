"""Writes that were cut off, and goods that the shop's people have changed, copied or sell oddly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, Literal

import pytest
from msgspec import UNSET

from panstore.model.ids import ExternalId
from panstore.model.product import (
    Product,
    ProductFields,
    ProductWrite,
    VariantFields,
    VariantWrite,
)
from panstore.model.product_plan import ProductOutcome
from panstore.sdk.errors import OutcomeUnknownError
from panstore.testing.proxy import Request
from tests.connectors.woocommerce.product_harness import ProductHarness, product_harness
from tests.connectors.woocommerce.simulator.seeds import add_uncategorized

Cut = Literal["dropped", "lost"]


@pytest.fixture
async def harness() -> AsyncIterator[ProductHarness]:
    async with product_harness() as found:
        yield found


def _new(sku: str, *variants: VariantWrite) -> ProductWrite:
    fields = ProductFields(name=f"Article {sku}", tax="19", active=True)
    return ProductWrite(None, fields, variants, sku)


def _variant(sku: str, size: str = "", **more: Any) -> VariantWrite:
    attributes = (("Size", size),) if size else UNSET
    return VariantWrite(None, VariantFields(sku=sku, attributes=attributes, **more), f"{sku}/v")


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


async def test_a_variation_added_under_a_key_is_added_once(harness: ProductHarness) -> None:
    made = await _made(harness, _new("A", _variant("A-S", "S"), _variant("A-M", "M")))
    bare = VariantWrite(None, VariantFields(attributes=(("Size", "L"),)), "A-L/v")
    more = ProductWrite(made.id, variants=(bare,))
    first, second = await _made(harness, more), await _made(harness, more)
    assert first == second
    assert len(second.variants) == 3


async def test_codes_with_a_comma_are_found(harness: ProductHarness) -> None:
    write = _new("B", _variant("B,1"))
    first, second = await _made(harness, write), await _made(harness, write)
    assert first == second
    other = await _write(harness, _new("C", _variant("b,1")))
    assert (other.code, other.taken) == ("sku_taken", first.id)


async def test_a_copy_with_the_same_key_is_not_taken_for_the_first(
    harness: ProductHarness,
) -> None:
    write = _new("D", VariantWrite(None, VariantFields(), "D/v"))
    made = await _made(harness, write)
    mark = [{"key": "_panstore_key", "value": "D"}]
    harness.ask("POST", "products", {"name": "Article D (Copy)", "meta_data": mark})
    assert (await _made(harness, write)).id == made.id


async def _cut(harness: ProductHarness, write: ProductWrite, step: int, what: Cut) -> bool:
    """Make a write that ends with one of its calls; whether it had so many."""
    seen = 0

    def from_there_on(request: Request) -> bool:
        nonlocal seen
        seen += request.method != "GET"
        return request.method != "GET" and seen > step

    harness.proxy.script(*[what] * 20, only=from_there_on)
    try:
        outcome = await _write(harness, write)
    except OutcomeUnknownError:
        return True
    finally:
        harness.proxy.calm()
    assert outcome.state in {"done", "unknown"}
    return outcome.state == "unknown"


async def test_a_product_is_hidden_after_it_was_built_in_two_goes(
    harness: ProductHarness,
) -> None:
    """The mark of one that is not whole goes with the write that makes it whole."""
    write = _new("E", _variant("E-S", "S"), _variant("E-M", "M"))
    assert await _cut(harness, write, 2, "dropped")
    made = await _made(harness, write)
    assert made.fields.active is True
    harness.ask("PUT", f"products/{made.id}", {"status": "private"})
    grown = await _made(harness, ProductWrite(made.id, variants=(_variant("E-L", "L"),)))
    assert grown.fields.active is False


@pytest.mark.parametrize("what", ["dropped", "lost"])
@pytest.mark.parametrize("step", range(3))
async def test_a_single_article_cut_off_on_its_way_to_variations_loses_nothing(
    harness: ProductHarness, step: int, what: Cut
) -> None:
    fields = VariantFields(
        sku="T",
        gtin="4006381333931",
        weight=Decimal("1.25"),
        price=Decimal("9.90"),
        attributes=(("Size", "S"),),
    )
    made = await _made(harness, _new("T", VariantWrite(None, fields, "T/v")))
    harness.ask("PUT", f"products/{made.id}", {"stock_quantity": 7, "sale_price": "8.00"})
    more = ProductWrite(made.id, variants=(_variant("T-M", "M"),))
    assert await _cut(harness, more, step, what)
    torn = await _read(harness, made.id)
    assert torn.variants[0].fields == made.variants[0].fields
    done = torn
    if "T-M" not in {one.fields.sku for one in torn.variants}:
        done = await _made(harness, ProductWrite(made.id, more.fields, more.variants))
    assert [one.fields.sku for one in done.variants] == ["T", "T-M"]
    assert done.variants[0].fields == made.variants[0].fields
    sold = harness.ask("GET", f"products/{done.variants[0].id}")
    assert (sold["sale_price"], sold["type"]) == ("8.00", "variation")


async def test_a_torn_article_that_stays_single_is_sold_again_with_the_stock_it_has_by_now(
    harness: ProductHarness,
) -> None:
    only = VariantWrite(None, VariantFields(sku="U", price=Decimal(5)), "U/v")
    made = await _made(harness, _new("U", only))
    harness.ask("PUT", f"products/{made.id}", {"stock_quantity": 7})
    more = ProductWrite(made.id, variants=(_variant("U-M", "M"),))
    assert await _cut(harness, more, 1, "dropped")
    stock = {"manage_stock": True, "stock_quantity": 4}
    harness.ask("PUT", f"products/{made.id}", stock)
    page = await _made(harness, ProductWrite(made.id, ProductFields(name="Just one")))
    assert page.variants == made.variants
    stored = harness.ask("GET", f"products/{made.id}")
    assert (stored["type"], stored["sku"], stored["stock_quantity"]) == ("simple", "U", 4)


def _choices(harness: ProductHarness, id_: ExternalId) -> list[dict[str, str]]:
    rows = harness.ask("GET", f"products/{id_}/variations", orderby="id", order="asc")
    return [{one["name"]: one["option"] for one in row["attributes"]} for row in rows]


async def test_a_buyer_can_choose_each_of_two_of_which_one_has_no_attributes(
    harness: ProductHarness,
) -> None:
    """The first one fits any size, so whoever wants M would be sold it."""
    made = await _made(harness, _new("V", _variant("V")))
    grown = await _made(harness, ProductWrite(made.id, variants=(_variant("V-M", "M"),)))
    assert _choices(harness, made.id) == [
        {"Variant": "V"},
        {"Size": "M", "Variant": "V-M"},
    ]
    assert [one.fields.attributes for one in grown.variants] == [(), (("Size", "M"),)]


async def test_of_two_that_differ_by_nothing_any_more_each_gets_a_label(
    harness: ProductHarness,
) -> None:
    made = await _made(harness, _new("W", _variant("W-S", "S"), _variant("W-M", "M")))
    assert _choices(harness, made.id) == [{"Size": "S"}, {"Size": "M"}]
    same = VariantWrite(made.variants[1].id, VariantFields(attributes=(("Size", "S"),)))
    await _made(harness, ProductWrite(made.id, variants=(same,)))
    assert _choices(harness, made.id) == [
        {"Size": "S", "Variant": "W-S"},
        {"Size": "S", "Variant": "W-M"},
    ]
    large = VariantWrite(made.variants[1].id, VariantFields(attributes=(("Size", "L"),)))
    page = await _made(harness, ProductWrite(made.id, variants=(large,)))
    assert page.variants[1].fields.attributes == (("Size", "L"),)
    assert _choices(harness, made.id)[1] == {"Size": "L", "Variant": "W-M"}


async def test_a_price_written_meanwhile_is_no_edit_of_the_page(harness: ProductHarness) -> None:
    made = await _made(harness, _new("P", _variant("P", price=Decimal(5))))
    harness.ask("PUT", f"products/{made.id}", {"regular_price": "6.00", "stock_quantity": 3})
    write = ProductWrite(made.id, ProductFields(name="New name"), version=made.version)
    assert (await _made(harness, write)).variants[0].fields.price == Decimal(6)


async def test_where_the_shop_puts_goods_of_no_category_is_none_whatever_it_is_called(
    harness: ProductHarness,
) -> None:
    add_uncategorized(harness.shop)
    only = VariantWrite(None, VariantFields(sku="Q"), "Q/v")
    made = await _made(harness, _new("Q", only))
    [nowhere] = harness.ask("GET", f"products/{made.id}")["categories"]
    renamed = {"name": "Razno", "slug": "razno"}
    harness.ask("PUT", f"products/categories/{nowhere['id']}", renamed)
    tea = ProductFields(categories=(("Tea",),))
    assert (await _made(harness, ProductWrite(made.id, tea))).fields.categories == (("Tea",),)
    none = ProductFields(categories=())
    assert (await _made(harness, ProductWrite(made.id, none))).fields.categories == ()
    assert (await _read(harness, made.id)).fields.categories == ()


async def test_what_nobody_counts_is_not_counted_as_one_of_several_either(
    harness: ProductHarness,
) -> None:
    made = await _made(harness, _new("R", _variant("R", "S", price=Decimal(5))))
    free = {"virtual": True, "manage_stock": False, "backorders": "notify"}
    harness.ask("PUT", f"products/{made.id}", free)
    grown = await _made(harness, ProductWrite(made.id, variants=(_variant("R-M", "M"),)))
    stored = harness.ask("GET", f"products/{grown.variants[0].id}")
    assert (stored["virtual"], stored["manage_stock"]) == (True, False)


async def test_a_shop_that_does_not_answer_to_many_is_sent_fewer(harness: ProductHarness) -> None:
    writes = [_new(f"S-{n}", _variant(f"S-{n}")) for n in range(24)]
    made = [one.product for one in await harness.connector.write_products(writes)]
    changes = [ProductWrite(one.id, ProductFields(name="New")) for one in made if one is not None]
    harness.proxy.script("lost", only=lambda request: request.method != "GET")
    with pytest.raises(OutcomeUnknownError):
        await harness.connector.write_products(changes)
    before = len(harness.proxy.requests)
    outcomes = await harness.connector.write_products(changes)
    assert [one.state for one in outcomes] == ["done"] * 24
    asked = [one for one, _ in harness.proxy.requests[before:] if one.method != "GET"]
    assert len(asked) == 2
