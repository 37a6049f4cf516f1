"""The roles for products, which both simulated connectors play in the same way."""

from __future__ import annotations

from collections.abc import Sequence

from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.product import Image, Product, ProductWrite
from panstore.model.product_plan import ProductOutcome
from panstore.sdk.errors import NotFoundError, RejectedError
from panstore.testing.world.pages import Pages
from panstore.testing.world.session import Session

__all__ = ["PageRoles"]


class PageRoles:
    """Reads and writes pages of products through a session, with its faults.

    Attributes:
        _id, _session: of the connector.
        _pages: of its system.
    """

    _id: ConnectionId
    _session: Session
    _pages: Pages

    async def products(self, ids: Sequence[ExternalId]) -> Sequence[Product]:
        return await self._session.call(
            "products", f"{len(ids)} ids", lambda: self._pages.products(ids)
        )

    async def image(self, product: ExternalId, digest: str) -> bytes:
        def work() -> bytes:
            content = self._pages.image(product, digest)
            if content is None:
                raise NotFoundError(self._id, "image", f"{product} has no image {digest}")
            return content

        return await self._session.call("image", digest[:8], work)

    async def write_products(self, writes: Sequence[ProductWrite]) -> Sequence[ProductOutcome]:
        return await self._session.call(
            "write_products",
            f"{len(writes)} products",
            lambda: [self._pages.write(one) for one in writes],
            writes=True,
        )

    async def add_image(self, product: ExternalId, image: Image, content: bytes) -> None:
        def work() -> None:
            if not content:
                what = f"{image.name} is empty, nothing was stored"
                raise RejectedError(self._id, "add_image", what, code="not_an_image")
            self._pages.add_image(product, image, content)

        await self._session.call("add_image", image.digest[:8], work, writes=True)
