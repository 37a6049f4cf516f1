"""Products of a WooCommerce shop pass the suite of both ways, against the simulated shop."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from panstore.testing.suites import ProductsSuite
from tests.connectors.woocommerce.product_harness import ProductHarness, product_harness


@pytest.fixture
async def harness() -> AsyncIterator[ProductHarness]:
    async with product_harness() as found:
        yield found


class TestWooCommerceProducts(ProductsSuite):
    """Products with and without variations."""
