"""Products both ways."""

from __future__ import annotations

from collections.abc import Sequence

from panstore.connectors.woocommerce.client import WooClient
from panstore.connectors.woocommerce.map.pages import Shop
from panstore.connectors.woocommerce.map.settings import Terms
from panstore.connectors.woocommerce.memory import Echoes
from panstore.connectors.woocommerce.page_batches import Batches
from panstore.connectors.woocommerce.page_terms import TermBook
from panstore.connectors.woocommerce.page_writes import PageWriter
from panstore.connectors.woocommerce.pages import Pages
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.product import Image, Product, ProductWrite
from panstore.model.product_plan import ProductOutcome
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.errors import NotFoundError, RejectedError

__all__ = ["PAGE_BATCH", "PAGE_FIELDS_SAID", "PRODUCT_WINDOW", "PageRoles"]

PAGE_BATCH = 50
"""Most products in one write; what a shop under load does in some ten seconds."""

PAGE_FIELDS_SAID = frozenset({
    *("name", "description", "tax", "categories", "active"),
    *("sku", "gtin", "weight", "attributes", "price"),
})
"""What can be written; a variation has no name of its own, and goods have no unit."""

PRODUCT_WINDOW = (
    "from when PanStore reads a product until it writes it, in the same call: an edit of the same"
    " field in between is overwritten; the shop has no write under a lock"
)


class PageRoles:
    """Reads and writes whole products.

    Attributes:
        _id, _client, _terms, _capabilities, _echoes: of the connector.
    """

    _id: ConnectionId
    _client: WooClient
    _terms: Terms
    _capabilities: Capabilities
    _echoes: Echoes
    _book: TermBook
    _pages: Pages
    _writer: PageWriter

    def _open_pages(self) -> None:
        self._book = TermBook(self._client)
        self._pages = Pages(self._client, self._book)
        batches = Batches(self._id, self._client, self._echoes)
        self._writer = PageWriter(self._pages, self._book, batches)

    async def products(self, ids: Sequence[ExternalId]) -> Sequence[Product]:
        """In three calls for a hundred, whatever variations they have; the trash one by one."""
        return await self._pages.products(ids, await self._shop())

    async def write_products(self, writes: Sequence[ProductWrite]) -> Sequence[ProductOutcome]:
        """Those without variations in one batch, each other one in up to three calls."""
        classes = self._capabilities.tax_classes
        return await self._writer.write(writes, await self._shop(), classes)

    async def image(self, product: ExternalId, digest: str) -> bytes:
        """No picture is known by its content here.

        Raises:
            NotFoundError: always.
        """
        what = f"pictures are not exchanged; {digest} of product {product} is not known"
        raise NotFoundError(self._id, "read image", what)

    async def add_image(
        self,
        product: ExternalId,
        image: Image,
        content: bytes,  # noqa: ARG002 - the role's signature
    ) -> None:
        """Pictures are not taken.

        Raises:
            RejectedError: always.
        """
        what = f"pictures are not exchanged; {image.name!r} of product {product} was not sent"
        raise RejectedError(self._id, "add image", what, code="not_an_image")

    async def _shop(self) -> Shop:
        return Shop(self._terms, await self._book.weight_unit(), {})
