"""The simulated world passes the suites of every role, so that it may stand in for real systems."""

from collections.abc import AsyncIterator

import pytest

from panstore.testing.suites import (
    CatalogueSuite,
    ChangeFeedSuite,
    ConnectorSuite,
    CreateOrdersSuite,
    CreateProductsSuite,
    ReadOrdersSuite,
    ReadPricesSuite,
    ReadStockSuite,
    WebhookSuite,
    WritePricesSuite,
    WriteStockSuite,
)
from tests.conformance.simulated import SimErpHarness, SimShopHarness


class TestSimulatedErp(
    ConnectorSuite,
    CatalogueSuite,
    ReadStockSuite,
    ReadPricesSuite,
    CreateOrdersSuite,
    CreateProductsSuite,
    ChangeFeedSuite,
    WebhookSuite,
):
    """An ERP with our companion: documents are keyed."""

    @pytest.fixture
    async def harness(self) -> AsyncIterator[SimErpHarness]:
        harness = SimErpHarness()
        await harness.connector.start()
        yield harness
        await harness.connector.close()


class TestSimulatedErpWithoutKeys(CreateOrdersSuite, CreateProductsSuite):
    """An ERP that creates another document each time it is asked."""

    @pytest.fixture
    async def harness(self) -> AsyncIterator[SimErpHarness]:
        harness = SimErpHarness(keyed=False)
        await harness.connector.start()
        yield harness
        await harness.connector.close()


class TestSimulatedShop(
    ConnectorSuite,
    CatalogueSuite,
    WriteStockSuite,
    WritePricesSuite,
    ReadOrdersSuite,
    WebhookSuite,
):
    """A shop with our companion: guarded stock, net prices, whole pieces."""

    @pytest.fixture
    async def harness(self) -> AsyncIterator[SimShopHarness]:
        harness = SimShopHarness()
        await harness.connector.start()
        yield harness
        await harness.connector.close()


class TestSimulatedShopOfOtherTraits(
    ConnectorSuite, WriteStockSuite, WritePricesSuite, ReadOrdersSuite
):
    """Unguarded stock, gross prices with dates, parts of a unit."""

    @pytest.fixture
    async def harness(self) -> AsyncIterator[SimShopHarness]:
        harness = SimShopHarness(rich=True, guarded_stock=False)
        await harness.connector.start()
        yield harness
        await harness.connector.close()
