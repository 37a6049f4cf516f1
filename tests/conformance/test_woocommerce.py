"""The WooCommerce connector passes the suites of its roles against a simulated shop.

The simulator is itself compared with what a real shop answered (tests/connectors/woocommerce).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from panstore.model.ids import ExternalId, ItemId
from panstore.model.plan import Operation
from panstore.model.price import PriceTarget
from panstore.model.stock import StockTarget
from panstore.testing.suites import (
    CatalogueSuite,
    ConnectorSuite,
    ReadAccountsSuite,
    ReadChangesSuite,
    ReadOrdersSuite,
    UpdateOrdersSuite,
    WebhookSuite,
    WritePricesSuite,
    WriteStockSuite,
)
from tests.connectors.woocommerce.harness import WooHarness, woo_harness


@pytest.fixture
async def harness() -> AsyncIterator[WooHarness]:
    async with woo_harness() as found:
        yield found


class TestWooCommerce(
    ConnectorSuite,
    CatalogueSuite,
    WriteStockSuite,
    WritePricesSuite,
    ReadOrdersSuite,
    UpdateOrdersSuite,
    ReadAccountsSuite,
    ReadChangesSuite,
    WebhookSuite,
):
    """Goods, orders, accounts and messages; products have `test_woocommerce_products`."""


def stock_writes(ids: list[ExternalId]) -> list[Operation]:
    return [
        Operation(ItemId(id_), id_, None, StockTarget(Decimal(n)), "budget")
        for n, id_ in enumerate(ids)
    ]


def price_writes(ids: list[ExternalId]) -> list[Operation]:
    price = PriceTarget(Decimal("3.50"), "EUR", includes_tax=False, tax_class="standard")
    return [Operation(ItemId(id_), id_, None, price, "budget") for id_ in ids]


class Budget:
    """Counts what passes the proxy."""

    def __init__(self, harness: WooHarness) -> None:
        self._harness = harness
        self._before = len(harness.proxy.requests)

    def spent(self) -> int:
        before, self._before = self._before, len(self._harness.proxy.requests)
        return self._before - before


async def test_a_hundred_changed_products_cost_one_request(harness: WooHarness) -> None:
    ids = [await harness.add_variant(f"CONF-BUDGET-{n}") for n in range(100)]
    connector, budget = harness.connector, Budget(harness)
    outcomes = await connector.write_stock(stock_writes(ids), None)
    assert {outcome.state for outcome in outcomes} == {"done"}
    # Where they stand had to be asked for.
    assert budget.spent() == 2
    outcomes = await connector.write_stock(stock_writes(ids), None)
    assert {outcome.state for outcome in outcomes} == {"done"}
    assert budget.spent() == 1
    outcomes = await connector.write_prices(price_writes(ids))
    assert {outcome.state for outcome in outcomes} == {"done"}
    assert budget.spent() == 1
    stock = {one.variant: one.free for one in await connector.shop_stock(ids)}
    assert stock == {id_: Decimal(n) for n, id_ in enumerate(ids)}
    assert budget.spent() == 1


async def test_a_hundred_changed_variations_of_one_product_cost_one_request(
    harness: WooHarness,
) -> None:
    _, numbers = harness.add_variations("CONF-ONE", 100)
    ids = [ExternalId(str(number)) for number in numbers]
    connector, budget = harness.connector, Budget(harness)
    outcomes = await connector.write_stock(stock_writes(ids), None)
    assert {outcome.state for outcome in outcomes} == {"done"}
    # Products first, then variations: nobody has said what they are.
    assert budget.spent() == 3
    outcomes = await connector.write_prices(price_writes(ids))
    assert {outcome.state for outcome in outcomes} == {"done"}
    assert budget.spent() == 1
    assert len(await connector.shop_stock(ids)) == 100
    assert budget.spent() == 1


async def test_variations_of_many_products_cost_one_request_a_product(harness: WooHarness) -> None:
    made = [harness.add_variations(f"CONF-MANY-{n}", 5) for n in range(20)]
    ids = [ExternalId(str(number)) for _, numbers in made for number in numbers]
    connector, budget = harness.connector, Budget(harness)
    outcomes = await connector.write_stock(stock_writes(ids), None)
    assert {outcome.state for outcome in outcomes} == {"done"}
    assert budget.spent() == 22
    outcomes = await connector.write_prices(price_writes(ids))
    assert {outcome.state for outcome in outcomes} == {"done"}
    assert budget.spent() == 20


async def test_after_the_catalogue_was_read_nothing_has_to_be_looked_up(
    harness: WooHarness,
) -> None:
    simple = [await harness.add_variant(f"CONF-CAT-{n}") for n in range(3)]
    _, numbers = harness.add_variations("CONF-CAT-V", 3)
    after: str | None = None
    while True:
        page = await harness.connector.catalogue(after, 100)
        after = page.after
        if after is None:
            break
    ids = [*simple, *(ExternalId(str(number)) for number in numbers)]
    budget = Budget(harness)
    outcomes = await harness.connector.write_stock(stock_writes(ids), None)
    assert {outcome.state for outcome in outcomes} == {"done"}
    assert budget.spent() == 2
