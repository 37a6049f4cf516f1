"""What the suite of products needs besides: writes are broken, not the questions before them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from panstore.testing.proxy import Request
from panstore.testing.suites import small_picture
from panstore.testing.suites.harness import Disturbance
from panstore.testing.suites.proxied import disturb_through
from tests.connectors.woocommerce.harness import WooHarness, woo_harness

__all__ = ["ProductHarness", "product_harness"]

_ASKED_BEFORE_A_WRITE = ("sku=", "/settings/", "/categories?", "/attributes")


class ProductHarness(WooHarness):
    """A shop with products."""

    pictures = 0

    def picture(self) -> bytes:
        self.pictures += 1
        return small_picture(self.pictures)

    def disturb(self, what: Disturbance, *, seconds: int = 7) -> None:
        disturb_through(self.proxy, what, seconds=seconds, only=_matters)


def _matters(request: Request) -> bool:
    return request.method != "GET" or not any(
        word in request.path for word in _ASKED_BEFORE_A_WRITE
    )


@asynccontextmanager
async def product_harness() -> AsyncIterator[ProductHarness]:
    """As `woo_harness`."""
    async with woo_harness() as found:
        harness = ProductHarness(found.shop, found.proxy)
        await harness.connector.start()
        yield harness
        await harness.connector.close()
