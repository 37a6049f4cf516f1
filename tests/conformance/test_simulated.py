"""The simulated world passes the suites of every role, so that it may stand in for real systems."""

from collections.abc import AsyncIterator
from functools import partial

import pytest

from panstore.testing.suites import (
    AccountsSuite,
    AgreementsSuite,
    BookedOrdersSuite,
    CancelOrdersSuite,
    CatalogueSuite,
    ChangeFeedSuite,
    ConnectorSuite,
    CreateOrdersSuite,
    CreateProductsSuite,
    IssueInvoicesSuite,
    PriceBreaksSuite,
    ProductsSuite,
    ReadChangesSuite,
    ReadDocumentsSuite,
    ReadOrdersSuite,
    ReadPricesSuite,
    ReadStockSuite,
    ReserveGoodsSuite,
    StoredPricesSuite,
    UpdateOrdersSuite,
    WebhookSuite,
    WritePricesSuite,
    WriteStockSuite,
)
from panstore.testing.world import SimAskedShopConnector, SimShopConnector
from tests.conformance.simulated import SimErpHarness, SimShopHarness


class TestSimulatedErp(
    ConnectorSuite,
    CatalogueSuite,
    ReadStockSuite,
    ReadPricesSuite,
    AgreementsSuite,
    PriceBreaksSuite,
    CreateOrdersSuite,
    BookedOrdersSuite,
    CancelOrdersSuite,
    ReserveGoodsSuite,
    IssueInvoicesSuite,
    ReadDocumentsSuite,
    CreateProductsSuite,
    ProductsSuite,
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


class TestSimulatedErpWithoutKeys(
    CreateOrdersSuite,
    BookedOrdersSuite,
    CancelOrdersSuite,
    ReserveGoodsSuite,
    IssueInvoicesSuite,
    ReadDocumentsSuite,
    CreateProductsSuite,
):
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
    ProductsSuite,
    WriteStockSuite,
    WritePricesSuite,
    ReadOrdersSuite,
    UpdateOrdersSuite,
    AccountsSuite,
    WebhookSuite,
):
    """A shop with our companion: guarded stock, net prices, whole pieces."""

    @pytest.fixture
    async def harness(self) -> AsyncIterator[SimShopHarness]:
        harness = SimShopHarness()
        await harness.connector.start()
        yield harness
        await harness.connector.close()


class TestSimulatedShopThatKeepsPrices(StoredPricesSuite):
    """Contract prices stand in the shop's own tables, net or gross as it stores prices."""

    @pytest.fixture(params=[False, True])
    async def harness(self, request: pytest.FixtureRequest) -> AsyncIterator[SimShopHarness]:
        harness = SimShopHarness(partial(SimShopConnector, tiers_batch=50), rich=request.param)
        await harness.connector.start()
        yield harness
        await harness.connector.close()


class TestSimulatedShopOfOtherTraits(
    ConnectorSuite, WriteStockSuite, WritePricesSuite, ReadOrdersSuite, UpdateOrdersSuite
):
    """Unguarded stock, gross prices with dates, parts of a unit, updates without keys."""

    @pytest.fixture
    async def harness(self) -> AsyncIterator[SimShopHarness]:
        harness = SimShopHarness(rich=True, guarded_stock=False)
        harness.shop.keyed_updates = False
        await harness.connector.start()
        yield harness
        await harness.connector.close()


class TestSimulatedShopWithoutAListOfChanges(ReadChangesSuite):
    """It can be asked what was modified."""

    @pytest.fixture
    async def harness(self) -> AsyncIterator[SimShopHarness]:
        harness = SimShopHarness(SimAskedShopConnector)
        await harness.connector.start()
        yield harness
        await harness.connector.close()
