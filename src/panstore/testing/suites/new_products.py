"""CreateProducts: a product first seen in an order is created once under its key."""

from __future__ import annotations

import pytest

from panstore.model.ids import ConnectionId, ExternalId, order_key
from panstore.sdk.roles import CreateProducts, NewProduct, ReadCatalogue
from panstore.testing.suites.breaking import assert_unavailable, assert_unknown
from panstore.testing.suites.harness import ErpHarness
from panstore.testing.suites.suite import Suite

__all__ = ["CreateProductsSuite"]


def _writer(harness: ErpHarness) -> CreateProducts:
    connector = harness.connector
    assert isinstance(connector, CreateProducts)
    return connector


def _product(harness: ErpHarness, sku: str) -> NewProduct:
    key = order_key(ConnectionId("conformance"), ExternalId(sku), "product")
    return NewProduct(key, sku, "Čajnik 1 l", "15.99", f"{harness.vat_rate.normalize():f}")


class CreateProductsSuite(Suite):
    """For ERPs in which PanStore may create products."""

    async def test_a_new_product_is_there_with_its_data(self, harness: ErpHarness) -> None:
        id_ = await _writer(harness).create_product(_product(harness, "CONF-MAKE-1"))
        assert await harness.count_variants("CONF-MAKE-1") == 1
        reader = harness.connector
        assert isinstance(reader, ReadCatalogue)
        (variant,) = await reader.variants([id_])
        assert variant.sku == "CONF-MAKE-1"
        assert "Čajnik 1 l" in variant.title
        assert harness.vat_rate in variant.tax_rates

    async def test_the_same_product_key_twice_is_one_product(self, harness: ErpHarness) -> None:
        if not harness.connector.capabilities.keyed_documents:
            pytest.skip("declared: documents are not keyed")
        product = _product(harness, "CONF-MAKE-2")
        first = await _writer(harness).create_product(product)
        assert await _writer(harness).create_product(product) == first
        assert await harness.count_variants("CONF-MAKE-2") == 1

    async def test_after_a_lost_reply_the_product_is_there_once(self, harness: ErpHarness) -> None:
        product = _product(harness, "CONF-MAKE-3")
        for what in ("dropped", "lost", "cut", "garbage"):
            await assert_unknown(harness, what, lambda: _writer(harness).create_product(product))
            if not harness.connector.capabilities.keyed_documents:
                return
        await _writer(harness).create_product(product)
        assert await harness.count_variants("CONF-MAKE-3") == 1

    async def test_a_product_that_was_not_taken_is_not_there(self, harness: ErpHarness) -> None:
        product = _product(harness, "CONF-MAKE-4")
        await assert_unavailable(harness, lambda: _writer(harness).create_product(product))
        assert await harness.count_variants("CONF-MAKE-4") == 0
