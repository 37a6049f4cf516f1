"""The Oscar connector passes the suites of its roles against the real, running shop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from panstore.testing.proxy import FaultProxy
from panstore.testing.suites import (
    CatalogueSuite,
    ConnectorSuite,
    ReadOrdersSuite,
    WebhookSuite,
    WritePricesSuite,
    WriteStockSuite,
)
from tests.connectors.oscar.running import OscarHarness, RunningShop, running_shop

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def oscar_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    with running_shop(tmp_path_factory.mktemp("oscar") / "shop") as shop:
        yield shop


class TestOscar(
    ConnectorSuite,
    CatalogueSuite,
    WriteStockSuite,
    WritePricesSuite,
    ReadOrdersSuite,
    WebhookSuite,
):
    @pytest.fixture
    async def harness(self, oscar_shop: RunningShop) -> AsyncIterator[OscarHarness]:
        async with FaultProxy("127.0.0.1", oscar_shop.port) as proxy:
            harness = OscarHarness(oscar_shop, proxy)
            await harness.connector.start()
            yield harness
            await harness.connector.close()
