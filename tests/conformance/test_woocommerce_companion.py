"""The WooCommerce connector keeps contract prices through its plugin, in a real WordPress."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import itertools
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import pytest
from msgspec import UNSET

from panstore.model.change import Signal
from panstore.model.ids import ExternalId
from panstore.model.price_tiers import PriceTier, PriceTiers, TiersWrite
from panstore.model.product import Image, Product, ProductFields, ProductWrite
from panstore.sdk.errors import AuthError, ForgedError, OutcomeUnknownError, RejectedError
from panstore.testing.proxy import FaultProxy, Request
from panstore.testing.suites import ProductsSuite, StoredPricesSuite
from tests.companions.woocommerce.buyers import secret_of
from tests.companions.woocommerce.front import front
from tests.companions.woocommerce.harness import WRONG_SECRET, CompanionHarness
from tests.companions.woocommerce.wordpress import WordPress, running_wordpress
from tests.connectors.woocommerce.harness import SECRET, woo_harness
from tests.connectors.woocommerce.product_harness import ProductHarness
from tests.connectors.woocommerce.simulator.shop import SimWoo

pytestmark = pytest.mark.wordpress

_shops = itertools.count(1)
TIERS = PriceTiers((PriceTier(Decimal(1), "agreed", Decimal("0.90")),), "EUR")


@pytest.fixture(scope="module")
def wordpress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPress]:
    with running_wordpress(tmp_path_factory.mktemp("wordpress")) as running:
        running.set_options(
            woocommerce_currency="EUR",
            woocommerce_calc_taxes="yes",
            woocommerce_prices_include_tax="no",
            woocommerce_default_country="SI",
        )
        yield running


@pytest.fixture
async def harness(wordpress: WordPress) -> AsyncIterator[CompanionHarness]:
    async with FaultProxy("127.0.0.1", wordpress.port) as proxy:
        harness = CompanionHarness(wordpress, proxy)
        await harness.connector.start()
        yield harness
        await harness.connector.close()


class TestWooCommerceWithItsPlugin(StoredPricesSuite):
    """What is kept of buyers' prices is what the shop's Store API charges them."""

    async def test_a_hundred_changed_prices_cost_one_request(
        self, harness: CompanionHarness
    ) -> None:
        connector, name = harness.connector, ExternalId("budget")
        ids = [await harness.add_variant(f"BUDGET-{n}", price=Decimal(1)) for n in range(3)]
        # The plugin looks at 100 as it does at three; 97 that are not there cost the same call.
        ids += [ExternalId(str(88_000_000 + n)) for n in range(97)]
        before = len(harness.proxy.requests)
        outcomes = await connector.write_tiers(name, [TiersWrite(one, TIERS) for one in ids])
        assert len(outcomes) == len(ids)
        assert len(harness.proxy.requests) == before + 1
        assert await connector.tiers(name, ids) == dict.fromkeys(ids[:3], TIERS)
        assert len(harness.proxy.requests) == before + 2


async def test_a_wrong_secret_leaves_the_rest_of_the_shop_and_is_told(
    harness: CompanionHarness,
) -> None:
    connector = harness.connect(WRONG_SECRET)
    await connector.start()
    assert connector.capabilities.tiers_batch == 0
    with pytest.raises(AuthError, match="companion_secret"):
        await connector.stored_agreements()
    await connector.close()


async def test_a_call_cannot_be_made_again_nor_changed(harness: CompanionHarness) -> None:
    product = await harness.add_variant("REPLAY-1", price=Decimal(1))
    await harness.connector.write_tiers(ExternalId("replay"), [TiersWrite(product, TIERS)])
    request = harness.proxy.requests[-1][0]
    head, _, body = request.raw.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    status, _, answer = harness.wordpress.fetch(
        request.path, method="PUT", body=body, headers=headers
    )
    assert (status, b'"replayed"' in answer) == (401, True)
    changed = body.replace(b"replay", b"others")
    status, _, answer = harness.wordpress.fetch(
        request.path, method="PUT", body=changed, headers=headers
    )
    assert (status, b'"signature_wrong"' in answer) == (401, True)
    assert ExternalId("others") not in await harness.connector.stored_agreements()


async def test_a_shop_without_a_secret_says_what_is_missing(harness: CompanionHarness) -> None:
    connector = harness.connect(None)
    await connector.start()
    assert connector.capabilities.tiers_batch == 0
    with pytest.raises(RejectedError) as caught:
        await connector.stored_agreements()
    assert caught.value.code == "no_companion"
    await connector.close()


async def test_a_shop_that_asks_is_told_no_prices(harness: CompanionHarness) -> None:
    harness.wordpress.settings(source="ask")
    connector = harness.connect(harness.secret)
    try:
        await connector.start()
        assert connector.capabilities.tiers_batch == 0
        id_ = await harness.add_variant("CONF-ASKS", price=Decimal(1))
        with pytest.raises(RejectedError) as caught:
            await connector.write_tiers(ExternalId("none"), [TiersWrite(id_, TIERS)])
        assert caught.value.code == "asks_for_prices"
    finally:
        harness.wordpress.settings()
        await connector.close()


async def test_notices_and_questions_of_the_shop_are_taken(harness: CompanionHarness) -> None:
    """What WordPress itself signs, by its own functions."""
    connector, now = harness.connector, dt.datetime.now(dt.UTC)
    code = """
    $body = wp_json_encode( $given['body'] );
    $secret = PanStore_Settings::secret();
    return array( PanStore_Signature::headers( $secret, 'msg_1', time(), $body ), $body );
    """
    notice = {"type": "product.deleted", "ids": [7]}
    headers, body = await asyncio.to_thread(lambda: harness.wordpress.php(code, body=notice))
    delivery = connector.receive(headers, body.encode(), now)
    assert delivery.wake
    assert delivery.signals == (Signal("product", ExternalId("7"), deleted=True),)
    connector.trusted(headers, body.encode(), now)
    with pytest.raises(ForgedError):
        connector.receive(headers, body.replace("7", "8").encode(), now)


async def test_a_clock_that_is_off_is_named(harness: CompanionHarness) -> None:
    settings = harness.connector._settings
    ahead = type(harness.connector)(
        harness.connector.id,
        settings,
        now=lambda: dt.datetime.now(dt.UTC) + dt.timedelta(minutes=6),
    )
    with pytest.raises(AuthError, match="clocks"):
        await ahead.stored_agreements()
    await ahead.close()


@pytest.fixture
async def whole(wordpress: WordPress) -> AsyncIterator[ProductHarness]:
    """Goods of the simulated shop, pictures of the plugin in WordPress."""
    shop = SimWoo()
    # WordPress outlives the simulated shop, so each has numbers of its own.
    shop.jump("post", 100_000 * next(_shops))
    async with (
        woo_harness(shop) as plain,
        front(plain.proxy.url, wordpress) as port,
        FaultProxy("127.0.0.1", port) as proxy,
    ):
        harness = ProductHarness(plain.shop, proxy)
        secret = secret_of(wordpress)
        harness.connector = harness.connect(SECRET, companion_secret=secret)
        await harness.connector.start()
        yield harness
        await harness.connector.close()


class TestWooCommerceProductsWithPictures(ProductsSuite):
    """Products both ways, with the plugin's pictures."""

    @pytest.fixture
    async def harness(self, whole: ProductHarness) -> ProductHarness:
        assert "images" in whole.connector.capabilities.product_fields
        return whole


async def test_what_is_written_before_its_pictures_fail_is_unknown(whole: ProductHarness) -> None:
    connector = whole.connector
    id_ = await whole.add_variant("PICTURES-1", price=Decimal(1))
    images = []
    for _ in range(2):
        content = whole.picture()
        images.append(Image(hashlib.sha256(content).hexdigest(), "slika.png"))
        await connector.add_image(id_, images[-1], content)
    fields = ProductFields(name="Novo ime", images=tuple(reversed(images)))
    whole.proxy.script("dropped", only=_arranges)
    with pytest.raises(OutcomeUnknownError):
        await connector.write_products([ProductWrite(id_, fields)])
    (read,) = await connector.products([id_])
    assert read.fields.name == "Novo ime"
    assert [image.digest for image in _images(read)] == [image.digest for image in images]
    (outcome,) = await connector.write_products([ProductWrite(id_, fields)])
    assert outcome.product is not None
    assert [image.digest for image in _images(outcome.product)] == [
        image.digest for image in reversed(images)
    ]


async def test_a_shop_without_the_plugin_has_no_pictures(whole: ProductHarness) -> None:
    connector = whole.connect(SECRET)
    await connector.start()
    assert "images" not in connector.capabilities.product_fields
    id_ = await whole.add_variant("PICTURES-2", price=Decimal(1))
    (read,) = await connector.products([id_])
    assert read.fields.images is UNSET
    await connector.close()


def _arranges(request: Request) -> bool:
    return request.method == "PUT" and "product-images" in request.path


def _images(product: Product) -> tuple[Image, ...]:
    assert product.fields.images is not UNSET
    return product.fields.images
