"""Roles for products in both directions; ids are those of products, not of variants.

Both sides play the same roles. `ReadCatalogue` lists variants with the product each belongs to
(`Variant.parent`; a single article without parent is a product of its own under its own id).
A `product` signal names a variant or a product, whichever changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from panstore.model.ids import ExternalId
from panstore.model.product import Image, Product, ProductWrite
from panstore.model.product_plan import ProductOutcome

__all__ = ["ReadProducts", "WriteProducts"]


@runtime_checkable
class ReadProducts(Protocol):
    """Products with everything that can be exchanged."""

    async def products(self, ids: Sequence[ExternalId]) -> Sequence[Product]:
        """Those of `ids` that exist, archived ones included, in any order.

        Args:
            ids: of products; at most `capabilities.read_batch`.
        """

    async def image(self, product: ExternalId, digest: str) -> bytes:
        """Content of one image of a product, in the form in which the system stores it.

        Raises:
            NotFoundError: the product has no such image (any more).
        """


@runtime_checkable
class WriteProducts(Protocol):
    """Creates and changes products. Nothing is ever deleted: `active` False archives."""

    async def write_products(self, writes: Sequence[ProductWrite]) -> Sequence[ProductOutcome]:
        """Create or change products, each whole or not at all.

        Args:
            writes: at most `capabilities.product_batch`, each product at most once.

        Returns:
            One outcome per write, in the same order. Codes with a meaning: `changed_meanwhile`,
            `sku_taken` (with `taken`), `gtin_taken`, `unknown_tax`, `unknown_unit`,
            `unknown_product`, `unknown_image`, `too_long`.
        """

    async def add_image(self, product: ExternalId, image: Image, content: bytes) -> None:
        """Give a product an image, after those it has; one it has already stays as it is.

        Raises:
            RejectedError: `not_an_image` or `too_large`; nothing was stored.
        """
