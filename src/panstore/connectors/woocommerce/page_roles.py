"""Products both ways."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from panstore.connectors.woocommerce.client import WooClient
from panstore.connectors.woocommerce.companion import Companion
from panstore.connectors.woocommerce.companion_check import PluginFacts
from panstore.connectors.woocommerce.map.pages import Shop
from panstore.connectors.woocommerce.map.settings import Terms
from panstore.connectors.woocommerce.memory import Echoes
from panstore.connectors.woocommerce.page_batches import Batches
from panstore.connectors.woocommerce.page_terms import TermBook
from panstore.connectors.woocommerce.page_writes import PageWriter
from panstore.connectors.woocommerce.pages import Pages
from panstore.connectors.woocommerce.pictures import Pictures, without_pictures
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.product import Image, Product, ProductWrite
from panstore.model.product_plan import ProductOutcome
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.errors import (
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
    RemoteError,
)

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
        _companion, _plugin_facts: the plugin in the shop, which alone exchanges pictures.
    """

    _id: ConnectionId
    _client: WooClient
    _terms: Terms
    _capabilities: Capabilities
    _echoes: Echoes
    _companion: Companion | None
    _plugin_facts: PluginFacts
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
        found = await self._pages.products(ids, await self._shop())
        pictures = self._pictures
        return found if pictures is None else await pictures.added_to("read images", found)

    async def write_products(self, writes: Sequence[ProductWrite]) -> Sequence[ProductOutcome]:
        """Those without variations in one batch, each other one in up to three calls.

        Pictures, where the shop has the plugin, are arranged after everything else is written.
        """
        pictures = self._pictures
        if pictures is None:
            return await self._write_pages(writes)
        refused = await pictures.refusals(writes)
        rest = [one for place, one in enumerate(writes) if place not in refused]
        written = iter(await self._write_pages([without_pictures(write) for write in rest]))
        outcomes = [refused.get(place) or next(written) for place in range(len(writes))]
        done = [
            (place, outcome.product)
            for place, outcome in enumerate(outcomes)
            if outcome.state == "done" and outcome.product is not None
        ]
        try:
            failed = await pictures.arrange({
                product.id: images
                for place, product in done
                if (images := writes[place].fields.images) is not UNSET
            })
            whole = await pictures.added_to("write images", [product for _, product in done])
        except RemoteError as error:
            # The rest is written, and the caller does not know it yet.
            raise OutcomeUnknownError(self._id, "write images", error.what) from error
        for (place, _), product in zip(done, whole, strict=True):
            outcomes[place] = failed.get(product.id) or ProductOutcome("done", product)
        return outcomes

    async def image(self, product: ExternalId, digest: str) -> bytes:
        """Of a picture that the plugin in the shop knows.

        Raises:
            NotFoundError: the product has no such picture, or the shop no plugin.
        """
        if self._pictures is not None:
            return await self._pictures.content(product, digest)
        what = f"pictures are not exchanged; {digest} of product {product} is not known"
        raise NotFoundError(self._id, "read image", what)

    async def add_image(self, product: ExternalId, image: Image, content: bytes) -> None:
        """By the plugin in the shop.

        Raises:
            RejectedError: it is no picture, or the shop has no plugin.
        """
        if self._pictures is not None:
            await self._pictures.add(product, image, content)
            return
        what = f"pictures are not exchanged; {image.name!r} of product {product} was not sent"
        raise RejectedError(self._id, "add image", what, code="not_an_image")

    @property
    def _pictures(self) -> Pictures | None:
        if self._companion is None or not self._plugin_facts.has_pictures:
            return None
        return Pictures(self._id, self._companion)

    async def _write_pages(self, writes: Sequence[ProductWrite]) -> Sequence[ProductOutcome]:
        if not writes:
            return []
        classes = self._capabilities.tax_classes
        return await self._writer.write(writes, await self._shop(), classes)

    async def _shop(self) -> Shop:
        return Shop(self._terms, await self._book.weight_unit(), {})
