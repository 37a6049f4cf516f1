"""Catalogue, stock and prices in a simulated shop: variations, moves, failures of one batch."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import json
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from panstore.connectors.woocommerce.config import WooSettings
from panstore.connectors.woocommerce.connector import WooConnector
from panstore.model.ids import ConnectionId, ExternalId, ItemId
from panstore.model.plan import Operation, Value, WriteOutcome
from panstore.model.price import PriceTarget, Promotion
from panstore.model.product import Variant
from panstore.model.stock import ShopStock, StockTarget
from panstore.sdk.errors import (
    AuthError,
    MappingError,
    OutcomeUnknownError,
    UnavailableError,
)
from panstore.testing.proxy import Injection, Request
from tests.connectors.stub import Asked, Stub, stub
from tests.connectors.woocommerce.harness import WooHarness, woo_harness


@pytest.fixture
async def harness() -> AsyncIterator[WooHarness]:
    async with woo_harness() as found:
        yield found


def as_id(number: int) -> ExternalId:
    return ExternalId(str(number))


def write(target: str | int, value: Value) -> Operation:
    return Operation(ItemId(f"item-{target}"), ExternalId(str(target)), None, value, "test")


def free(quantity: int) -> StockTarget:
    return StockTarget(Decimal(quantity))


def by_target(outcomes: Sequence[WriteOutcome]) -> dict[str, WriteOutcome]:
    found = {outcome.target: outcome for outcome in outcomes}
    assert len(found) == len(outcomes)
    return dict(found.items())


async def whole_catalogue(connector: WooConnector, limit: int) -> list[Variant]:
    found: list[Variant] = []
    after: str | None = None
    while True:
        page = await connector.catalogue(after, limit)
        assert len(page.variants) <= limit
        found += page.variants
        if page.after is None:
            return found
        after = page.after


async def test_the_catalogue_has_simple_products_and_variations_but_no_parents(
    harness: WooHarness,
) -> None:
    simple = await harness.add_variant("TEA", price=Decimal(3))
    parent, numbers = harness.add_variations("SHIRT", 3)
    for kind in ("grouped", "external"):
        harness.ask("POST", "products", {"name": kind, "type": kind, "sku": kind})
    found = {one.id: one for one in await whole_catalogue(harness.connector, 2)}
    assert set(found) == {simple, *map(as_id, numbers)}
    variation = found[as_id(numbers[0])]
    assert (variation.sku, variation.title) == ("SHIRT-000", "Shirt SHIRT - 000")
    assert (variation.parent, variation.active) == (as_id(parent), True)
    assert variation.tax_rates == (Decimal(19),)


async def test_a_hidden_product_hides_its_variations(harness: WooHarness) -> None:
    parent, (number,) = harness.add_variations("SHIRT", 1)
    harness.ask("PUT", f"products/{parent}", {"status": "draft"})
    (variant,) = await harness.connector.variants([as_id(number)])
    assert not variant.active


async def test_a_variation_does_not_have_the_sku_of_its_product(harness: WooHarness) -> None:
    parent, (number,) = harness.add_variations("SHIRT", 1)
    harness.ask("PUT", f"products/{parent}", {"sku": "WHOLE"})
    harness.ask("PUT", f"products/{parent}/variations/{number}", {"sku": ""})
    (row,) = harness.ask("GET", "variations", None)
    assert row["sku"] == "WHOLE"
    (variant,) = await harness.connector.variants([as_id(number)])
    assert variant.sku == ""


async def test_only_what_is_sold_has_a_variant(harness: WooHarness) -> None:
    simple = await harness.add_variant("TEA")
    parent, (number,) = harness.add_variations("SHIRT", 1)
    asked = [simple, as_id(parent), as_id(number), harness.unknown_id, ExternalId("none")]
    found = await harness.connector.variants(asked)
    assert {one.id for one in found} == {simple, as_id(number)}


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_no_deletion_or_return_makes_paging_lose_anything(data: st.DataObject) -> None:
    """Whoever is there from beginning to end is listed, whatever comes and goes meanwhile."""

    async def scene() -> None:
        async with woo_harness() as harness:
            ids = [await harness.add_variant(f"P-{n}") for n in range(12)]
            stays = set(data.draw(st.sets(st.sampled_from(ids), max_size=12)))
            moves = [id_ for id_ in ids if id_ not in stays]
            thrown: set[ExternalId] = set()
            listed: set[ExternalId] = set()
            after: str | None = None
            for step in itertools.count():
                page = await harness.connector.catalogue(after, 3)
                listed |= {one.id for one in page.variants}
                after = page.after
                if after is None:
                    break
                if step < 8 and moves:
                    for id_ in data.draw(st.sets(st.sampled_from(moves), max_size=4)):
                        if id_ in thrown:
                            harness.ask("PUT", f"products/{id_}", {"status": "publish"})
                        else:
                            harness.ask("DELETE", f"products/{id_}")
                        thrown ^= {id_}
            assert stays <= listed

    # Hypothesis calls this without a loop.
    asyncio.run(scene())


async def test_variations_are_written_under_their_products(harness: WooHarness) -> None:
    simple = await harness.add_variant("TEA")
    _, (one, two) = harness.add_variations("A", 2)
    _, (three,) = harness.add_variations("B", 1)
    targets = [int(simple), one, two, three]
    outcomes = await harness.connector.write_stock(
        [write(target, free(n)) for n, target in enumerate(targets, start=3)], None
    )
    assert {outcome.state for outcome in outcomes} == {"done"}
    assert [harness.stored(target)["stock_quantity"] for target in targets] == [3, 4, 5, 6]
    stock = await harness.connector.shop_stock([as_id(target) for target in targets])
    assert {one.free for one in stock} == {3, 4, 5, 6}


async def test_what_has_no_stock_of_its_own_gets_one_by_the_first_write(
    harness: WooHarness,
) -> None:
    unmanaged = harness.ask("POST", "products", {"name": "Tea", "sku": "TEA"})["id"]
    parent, (shared,) = harness.add_variations("A", 1, manage_stock=False)
    harness.ask("PUT", f"products/{parent}", {"manage_stock": True, "stock_quantity": 10})
    ids = [as_id(unmanaged), as_id(shared)]
    assert await harness.connector.shop_stock(ids) == []
    await harness.connector.write_stock([write(id_, free(0)) for id_ in ids], None)
    found = await harness.connector.shop_stock(ids)
    assert sorted(found, key=lambda one: int(one.variant)) == [
        ShopStock(id_, Decimal(0)) for id_ in sorted(ids, key=int)
    ]


async def test_a_variation_that_moved_is_looked_up_once_more(harness: WooHarness) -> None:
    _, (one,) = harness.add_variations("A", 1)
    other, (two,) = harness.add_variations("B", 1)
    connector = harness.connector
    await connector.write_stock([write(one, free(1)), write(two, free(1))], None)
    with harness.shop.locked() as database:
        database.execute("UPDATE product SET parent = ? WHERE id = ?", (other, one))
    outcomes = await connector.write_stock([write(one, free(8)), write(two, free(9))], None)
    assert {outcome.state for outcome in outcomes} == {"done"}
    assert harness.stored(one)["stock_quantity"] == 8
    assert harness.stored(two)["stock_quantity"] == 9


async def test_where_the_second_look_fails_only_what_moved_is_unknown(harness: WooHarness) -> None:
    _, (one,) = harness.add_variations("A", 1)
    other, (two,) = harness.add_variations("B", 1)
    await harness.connector.write_stock([write(one, free(1)), write(two, free(1))], None)
    with harness.shop.locked() as database:
        database.execute("UPDATE product SET parent = ? WHERE id = ?", (other, one))
    harness.proxy.script("lost", only=lambda request: "include=" in request.path)
    found = by_target(
        await harness.connector.write_stock([write(one, free(8)), write(two, free(9))], None)
    )
    assert (found[str(one)].state, found[str(two)].state) == ("unknown", "done")


async def test_what_was_deleted_since_is_refused_by_name(harness: WooHarness) -> None:
    _, (one, two) = harness.add_variations("A", 2)
    simple = await harness.add_variant("TEA")
    writes = [write(target, free(1)) for target in (one, two, simple)]
    await harness.connector.write_stock(writes, None)
    harness.ask("DELETE", f"products/{simple}")
    for path in harness.ask("GET", "products", sku="A-000"):
        harness.ask("DELETE", f"products/{path['parent_id']}/variations/{one}", force="true")
    found = by_target(await harness.connector.write_stock(writes, None))
    assert found[str(two)].state == "done"
    assert (found[str(one)].state, found[str(one)].code) == ("refused", "unknown_product")
    assert f"no product or variation {one}" in found[str(one)].message
    # What is in the trash still takes a write; it is no variant any more.
    assert not await harness.connector.variants([simple])


async def test_the_last_of_two_writes_of_one_article_counts(harness: WooHarness) -> None:
    id_ = await harness.add_variant("TEA")
    outcomes = await harness.connector.write_stock([write(id_, free(1)), write(id_, free(2))], None)
    assert [outcome.stored for outcome in outcomes] == [free(2)]


def batch_of(parent: int) -> Any:
    def only(request: Request) -> bool:
        return f"/products/{parent}/variations/batch" in request.path

    return only


@pytest.mark.parametrize(
    "injection", [Injection("lost"), Injection("dropped"), Injection("status", status=502)]
)
async def test_where_one_batch_is_lost_the_others_are_done(
    harness: WooHarness, injection: Injection
) -> None:
    first, (one,) = harness.add_variations("A", 1)
    _, (two,) = harness.add_variations("B", 1)
    harness.proxy.script(injection, only=batch_of(first))
    writes = [write(one, free(7)), write(two, free(8))]
    found = by_target(await harness.connector.write_stock(writes, None))
    assert found[str(two)].stored == free(8)
    assert found[str(one)].state == "unknown"
    again = by_target(await harness.connector.write_stock(writes, None))
    assert {outcome.state for outcome in again.values()} == {"done"}


async def test_where_one_batch_was_not_taken_and_another_was_it_is_looked_at(
    harness: WooHarness,
) -> None:
    first, (one,) = harness.add_variations("A", 1)
    _, (two,) = harness.add_variations("B", 1)
    limited = Injection("status", status=429, retry_after=3)
    harness.proxy.script(limited, only=batch_of(first))
    found = by_target(
        await harness.connector.write_stock([write(one, free(7)), write(two, free(8))], None)
    )
    assert (found[str(one)].state, found[str(two)].state) == ("unknown", "done")
    assert "slow down" in found[str(one)].message


async def test_where_every_batch_fails_the_least_certain_failure_is_told(
    harness: WooHarness,
) -> None:
    first, (one,) = harness.add_variations("A", 1)
    second, (two,) = harness.add_variations("B", 1)
    writes = [write(one, free(7)), write(two, free(8))]
    limited = Injection("status", status=429, retry_after=3)
    refused = Injection("status", status=401)
    for injections, expected in (
        ((limited, Injection("lost")), OutcomeUnknownError),
        ((limited, refused), AuthError),
        ((limited, limited), UnavailableError),
    ):
        for injection, parent in zip(injections, (first, second), strict=True):
            harness.proxy.script(injection, only=batch_of(parent))
        with pytest.raises(expected):
            await harness.connector.write_stock(writes, None)


async def test_a_promotion_on_a_variation(harness: WooHarness) -> None:
    _, (number,) = harness.add_variations("A", 1)
    days = (dt.date(2030, 5, 1), dt.date(2030, 5, 31))
    value = PriceTarget(
        Decimal("9.90"),
        "EUR",
        includes_tax=False,
        tax_class="reduced-rate",
        promotion=Promotion(Decimal("8.00"), *days),
    )
    (outcome,) = await harness.connector.write_prices([write(number, value)])
    assert (outcome.state, outcome.stored) == ("done", value)
    assert await harness.connector.shop_prices([as_id(number)]) == {as_id(number): value}
    assert harness.stored(number)["date_on_sale_to"] == "2030-05-31T23:59:59"


async def test_untaxed_goods_are_taxed_by_a_price_with_a_class(harness: WooHarness) -> None:
    document = {"name": "Tea", "regular_price": "5.00", "tax_status": "none"}
    number = harness.ask("POST", "products", document)["id"]
    value = PriceTarget(Decimal("5.00"), "EUR", includes_tax=False, tax_class="standard")
    assert await harness.connector.shop_prices([as_id(number)]) != {as_id(number): value}
    await harness.connector.write_prices([write(number, value)])
    assert await harness.connector.shop_prices([as_id(number)]) == {as_id(number): value}
    assert harness.stored(number)["tax_status"] == "taxable"


async def test_a_price_leaves_stock_and_text_alone(harness: WooHarness) -> None:
    id_ = await harness.add_variant("TEA", price=Decimal(3), stock=Decimal(4))
    value = PriceTarget(Decimal("5.00"), "EUR", includes_tax=False, tax_class="standard")
    await harness.connector.write_prices([write(id_, value)])
    stored = harness.stored(id_)
    assert (stored["stock_quantity"], stored["name"]) == (4, "Article TEA")


async def test_an_own_write_is_known_when_it_comes_back_and_another_is_not(
    harness: WooHarness,
) -> None:
    id_ = await harness.add_variant("TEA", price=Decimal(3))
    _, (number,) = harness.add_variations("A", 1)
    writes = [write(id_, free(7)), write(number, free(8))]
    echoes = harness.connector._echoes

    def shown(target: ExternalId | int) -> bytes:
        return json.dumps(harness.stored(target)).encode()

    assert not echoes.is_ours(shown(id_))
    await harness.connector.write_stock(writes, None)
    assert echoes.is_ours(shown(id_))
    assert echoes.is_ours(shown(number))
    harness.ask("PUT", f"products/{id_}", {})
    assert echoes.is_ours(shown(id_))
    harness.ask("PUT", f"products/{id_}", {"stock_quantity": 6})
    assert not echoes.is_ours(shown(id_))
    # Back at our value, but by somebody else: what was seen in between is not undone.
    harness.ask("PUT", f"products/{id_}", {"stock_quantity": 7})
    assert not echoes.is_ours(shown(id_))


async def test_an_own_write_is_known_whatever_its_text_looks_like_on_pages(
    harness: WooHarness,
) -> None:
    id_ = await harness.add_variant("TEA", price=Decimal(3))
    harness.ask("PUT", f"products/{id_}", {"description": 'Say "tea".\n\nThen drink.'})
    await harness.connector.write_stock([write(id_, free(7))], None)
    echoes = harness.connector._echoes

    def row() -> bytes:
        return json.dumps(harness.ask("GET", f"products/{id_}", context="edit")).encode()

    def message() -> bytes:
        return json.dumps(harness.stored(id_)).encode()

    assert row() != message()
    assert echoes.seems_ours(message())
    assert echoes.is_ours(row())
    harness.ask("PUT", f"products/{id_}", {"description": 'Say "tea". Then drink.'})
    # Nothing but a paragraph: who asks by the clock finds it.
    assert echoes.seems_ours(message())
    assert not echoes.is_ours(row())
    await harness.connector.write_stock([write(id_, free(7))], None)
    harness.ask("PUT", f"products/{id_}", {"description": "Say nothing."})
    assert not echoes.seems_ours(message())


async def test_wrong_items_are_refused_without_a_call(harness: WooHarness) -> None:
    before = len(harness.proxy.requests)
    value = PriceTarget(Decimal("5.00"), "USD", includes_tax=False)
    (price,) = await harness.connector.write_prices([write("13", value)])
    (stock,) = await harness.connector.write_stock([write("abc", free(1))], None)
    assert (price.code, stock.code) == ("wrong_currency", "unknown_product")
    assert await harness.connector.shop_stock([ExternalId("abc")]) == []
    assert len(harness.proxy.requests) == before


async def test_an_order_in_the_middle_of_a_stock_write_is_overwritten_as_declared(
    harness: WooHarness,
) -> None:
    """The window that `stock_window` speaks of; the engine reads the orders again after it."""
    id_ = await harness.add_variant("TEA", price=Decimal(3), stock=Decimal(10))
    ordered: list[str] = []

    def order(route: str, _: int) -> None:
        if not ordered:
            ordered.append(route)
            line = {"product_id": int(id_), "quantity": 4}
            harness.ask("POST", "orders", {"status": "processing", "line_items": [line]})

    harness.shop.between_items = order
    (outcome,) = await harness.connector.write_stock([write(id_, free(9))], None)
    assert ordered
    assert outcome.stored == free(9)
    assert await harness.stored_free(id_) == 9
    assert harness.connector.capabilities.stock_window


GOOD_ROW = {"id": 13, "sku": "TEA", "name": "Tea", "manage_stock": True, "stock_quantity": 4}
BROKEN_ROW = {"id": 14, "sku": 5, "name": "Pot &amp; lid", "status": "publish", "virtual": "maybe"}


@pytest.fixture
async def odd_shop() -> AsyncIterator[tuple[Stub, WooConnector]]:
    """A shop in which a plugin has bent one of two articles."""

    def listed(asked: Asked) -> web.Response:
        wanted = parse_qs(asked.query).get("include", ["13,14"])[0].split(",")
        rows = [row for row in (GOOD_ROW, BROKEN_ROW) if str(row["id"]) in wanted]
        return web.json_response(rows)

    async with stub("/wp-json/wc/v3/") as server:
        server.answers["products"] = listed
        server.answers["variations"] = []
        entered = {"url": server.url, "consumer_key": "ck_a", "consumer_secret": "cs_a"}
        connector = WooConnector(ConnectionId("shop"), WooSettings.model_validate(entered))
        yield server, connector
        await connector.close()


async def test_an_article_that_cannot_be_read_is_named_and_the_others_can(
    odd_shop: tuple[Stub, WooConnector],
) -> None:
    _, connector = odd_shop
    ids = [ExternalId("13"), ExternalId("14")]
    for ask in (connector.shop_stock, connector.shop_prices, connector.variants):
        with pytest.raises(MappingError, match="14"):
            await ask(ids)
    assert await connector.shop_stock(ids[:1]) == [ShopStock(ids[0], Decimal(4))]


async def test_an_article_that_cannot_be_read_is_listed_without_what_is_bent(
    odd_shop: tuple[Stub, WooConnector],
) -> None:
    _, connector = odd_shop
    page = await connector.catalogue(None, 100)
    assert [(one.id, one.sku, one.title) for one in page.variants] == [
        ("13", "TEA", "Tea"),
        ("14", "", "Pot & lid"),
    ]


async def test_a_row_without_an_id_is_no_answer(odd_shop: tuple[Stub, WooConnector]) -> None:
    server, connector = odd_shop
    rows: list[Any] = [{"sku": "TEA"}, [], {"id": "13"}]
    for row in rows:
        server.answers["products"] = [row]
        with pytest.raises(UnavailableError):
            await connector.catalogue(None, 100)
        with pytest.raises(UnavailableError):
            await connector.shop_stock([ExternalId("13")])


async def test_a_shop_that_does_not_get_to_the_end_is_given_smaller_batches(
    harness: WooHarness,
) -> None:
    ids = [await harness.add_variant(f"P-{n}") for n in range(100)]
    writes = [write(id_, free(3)) for id_ in ids]
    await harness.connector.shop_stock(ids)
    harness.proxy.script(Injection("status", status=504))
    with pytest.raises(OutcomeUnknownError):
        await harness.connector.write_stock(writes, None)
    before = len(harness.proxy.requests)
    outcomes = await harness.connector.write_stock(writes, None)
    assert {outcome.state for outcome in outcomes} == {"done"}
    assert len(harness.proxy.requests) == before + 2


async def test_what_is_stored_is_read_not_what_a_plugin_shows_of_it(
    odd_shop: tuple[Stub, WooConnector],
) -> None:
    """Plugins for discounts and for resellers change prices where goods are shown."""
    server, connector = odd_shop

    def listed(asked: Asked) -> web.Response:
        stored = "context=edit" in asked.query
        price = "10.00" if stored else "8.00"
        return web.json_response([GOOD_ROW | {"regular_price": price}])

    server.answers["products"] = listed
    found = await connector.shop_prices([ExternalId("13")])
    price = found[ExternalId("13")]
    assert price is not None
    assert price.amount == Decimal(10)
