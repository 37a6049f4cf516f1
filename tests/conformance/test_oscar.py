"""The Oscar connector passes the suites of its roles against the real, running shop."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import pytest

from panstore.model.change import Signal
from panstore.model.ids import ExternalId, ItemId
from panstore.model.plan import Operation
from panstore.model.price_tiers import PriceTier, PriceTiers, TiersWrite
from panstore.model.product import (
    Image,
    ProductFields,
    ProductWrite,
    VariantFields,
    VariantWrite,
)
from panstore.model.stock import StockTarget
from panstore.sdk.errors import RejectedError
from panstore.testing.proxy import FaultProxy
from panstore.testing.suites import (
    AccountsSuite,
    CatalogueSuite,
    ConnectorSuite,
    ProductFeedSuite,
    ProductsSuite,
    ReadOrdersSuite,
    StoredPricesSuite,
    UpdateOrdersSuite,
    WebhookSuite,
    WritePricesSuite,
    WriteStockSuite,
)
from tests.connectors.oscar.running import OscarHarness, RunningShop, running_shop

pytestmark = pytest.mark.real

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


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
    ProductsSuite,
    ProductFeedSuite,
    WriteStockSuite,
    WritePricesSuite,
    ReadOrdersSuite,
    UpdateOrdersSuite,
    AccountsSuite,
    WebhookSuite,
):
    """Everything the connector declares, on the shop itself."""


@pytest.fixture(scope="module")
def storing_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    directory = tmp_path_factory.mktemp("oscar") / "storing"
    with running_shop(directory, contract_source="stored") as shop:
        yield shop


class TestOscarThatKeepsPrices(StoredPricesSuite):
    """A shop of its own, set to keep contract prices."""

    @pytest.fixture
    async def harness(self, storing_shop: RunningShop) -> AsyncIterator[OscarHarness]:
        async with FaultProxy("127.0.0.1", storing_shop.port) as proxy:
            harness = OscarHarness(storing_shop, proxy)
            await harness.connector.start()
            yield harness
            await harness.connector.close()

    async def test_a_hundred_changed_prices_cost_one_request(self, harness: OscarHarness) -> None:
        connector, name = harness.connector, ExternalId("budget")
        page = await connector.catalogue(None, 100)
        tiers = PriceTiers((PriceTier(Decimal(1), "agreed", Decimal("0.90")),), "EUR")
        writes = [TiersWrite(variant.id, tiers) for variant in page.variants]
        assert len(writes) == 100
        before = len(harness.proxy.requests)
        outcomes = await connector.write_tiers(name, writes)
        assert {outcome.state for outcome in outcomes} == {"done"}
        assert len(harness.proxy.requests) == before + 1
        kept = await connector.tiers(name, [write.product for write in writes])
        assert kept == {write.product: tiers for write in writes}
        assert len(harness.proxy.requests) == before + 2


async def test_a_shop_that_asks_is_told_no_prices(harness: OscarHarness) -> None:
    connector = harness.connector
    assert connector.capabilities.tiers_batch == 0
    id_ = await harness.add_variant("CONF-ASKS")
    with pytest.raises(RejectedError) as caught:
        await connector.write_tiers(ExternalId("none"), [TiersWrite(id_, PriceTiers((), "EUR"))])
    assert caught.value.code == "asks_for_prices"


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
    told, woke = set(), False
    for _ in range(3):
        message = await harness.next_message()
        found = harness.connector.receive(message.headers, message.body, message.received_at)
        told |= set(found.signals)
        woke |= found.wake
    assert told == {Signal("stock", id_), Signal("price", id_)}
    assert woke  # which product it was stands in the feed


async def test_a_product_goes_there_and_back_and_its_changes_are_listed(
    harness: OscarHarness,
) -> None:
    connector = harness.connector
    variant = VariantWrite(None, VariantFields(sku="CONF-PAGE", weight=Decimal("0.25")), "page-v")
    fields = ProductFields(name="Skodelica & krožnik", tax="22", categories=(("Dom",),))
    create = ProductWrite(None, fields, (variant,), "page")
    (made,) = await connector.write_products([create])
    assert made.product is not None, made
    (again,) = await connector.write_products([create])
    assert again.product == made.product
    image = Image("ab" * 32, "skodelica.png")
    await connector.add_image(made.product.id, image, PIXEL)
    assert await connector.image(made.product.id, image.digest) == PIXEL
    before = len(harness.proxy.requests)
    (read,) = await connector.products([made.product.id, harness.unknown_id])
    assert len(harness.proxy.requests) == before + 1
    assert isinstance(read.fields.images, tuple)
    assert [one.digest for one in read.fields.images] == [image.digest]
    late = ProductWrite(read.id, ProductFields(name="Prepozno"), version=made.product.version)
    (refused,) = await connector.write_products([late])
    assert (refused.state, refused.code) == ("refused", "changed_meanwhile")
    feed = await connector.pull(500)
    assert Signal("product", read.id) in feed.signals
    await connector.acknowledge(feed.receipts)
    await harness.rename_variant(read.id, "Drugo ime")
    assert (await connector.pull(500)).signals == (Signal("product", read.id),)
