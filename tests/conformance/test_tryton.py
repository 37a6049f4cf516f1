"""The connector for Tryton passes every ERP suite against a real Tryton with our companion."""

from __future__ import annotations

import queue
from collections.abc import AsyncIterator, Iterator

import pytest

from panstore.testing.suites import (
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
    ReadDocumentsSuite,
    ReadPricesSuite,
    ReadStockSuite,
    ReserveGoodsSuite,
    SignedMessage,
    WebhookSuite,
)
from tests.connectors.tryton.harness import TrytonHarness, proxy_to
from tests.connectors.tryton.office import Office
from tests.connectors.tryton.server import WAKE_SECRET, running_tryton

Server = tuple[Office, "queue.Queue[SignedMessage]"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_tryton(tmp_path_factory.mktemp("tryton")) as running:
        yield running


@pytest.mark.real
@pytest.mark.timeout(600)
class TestTryton(
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
    """Tryton 8.2 on SQLite with one synchronous worker, as the demo runs it."""

    @pytest.fixture
    async def harness(self, server: Server) -> AsyncIterator[TrytonHarness]:
        office, wake_ups = server
        async with proxy_to(office.facts["url"]) as proxy:
            harness = TrytonHarness(office, proxy, wake_ups, WAKE_SECRET)
            await harness.connector.start()
            yield harness
            await harness.connector.close()
