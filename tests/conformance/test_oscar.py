"""The Oscar connector passes the suites of its roles against the real, running shop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import pytest

from panstore.model.change import Signal
from panstore.model.ids import ItemId
from panstore.model.plan import Operation
from panstore.model.stock import StockTarget
from panstore.testing.proxy import FaultProxy
from panstore.testing.suites import (
    CatalogueSuite,
    ConnectorSuite,
    ReadOrdersSuite,
    UpdateOrdersSuite,
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


@pytest.fixture
async def harness(oscar_shop: RunningShop) -> AsyncIterator[OscarHarness]:
    async with FaultProxy("127.0.0.1", oscar_shop.port) as proxy:
        harness = OscarHarness(oscar_shop, proxy)
        await harness.connector.start()
        yield harness
        await harness.connector.close()


class TestOscar(
    ConnectorSuite,
    CatalogueSuite,
    WriteStockSuite,
    WritePricesSuite,
    ReadOrdersSuite,
    UpdateOrdersSuite,
    WebhookSuite,
):
    """Everything the connector declares, on the shop itself."""


async def test_a_hundred_changed_items_cost_one_request(harness: OscarHarness) -> None:
    page = await harness.connector.catalogue(None, 100)
    ids = [variant.id for variant in page.variants]
    assert len(ids) == 100
    cursor = (await harness.connector.orders_since(None, 500)).cursor
    before = len(harness.proxy.requests)
    writes = [
        Operation(ItemId(id_), id_, None, StockTarget(Decimal(n)), "budget")
        for n, id_ in enumerate(ids)
    ]
    outcomes = await harness.connector.write_stock(writes, cursor)
    assert {outcome.state for outcome in outcomes} == {"done"}
    assert len(harness.proxy.requests) == before + 1
    stock = {one.variant: one.free for one in await harness.connector.shop_stock(ids)}
    assert stock == {id_: Decimal(n) for n, id_ in enumerate(ids)}
    assert len(harness.proxy.requests) == before + 2


async def test_edits_in_the_back_office_say_where_to_look(harness: OscarHarness) -> None:
    id_ = await harness.add_variant("CONF-EDIT-1", price=Decimal("2.00"), stock=Decimal(5))
    await harness.edit(id_)
    told = set()
    for _ in range(3):
        message = await harness.next_message()
        found = harness.connector.receive(message.headers, message.body, message.received_at)
        told |= set(found.signals)
    assert told == {Signal("product", id_), Signal("stock", id_), Signal("price", id_)}
