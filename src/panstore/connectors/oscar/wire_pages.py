"""Shapes of the companion's calls for products with all that is said of them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from panstore.connectors.oscar.wire import Amount, Id, WireError

__all__ = [
    "WireChange",
    "WireChanges",
    "WireImage",
    "WireImageContent",
    "WirePage",
    "WirePageError",
    "WirePageOutcome",
    "WirePageVariant",
    "WirePages",
    "WirePagesWritten",
]

Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class WireImage(msgspec.Struct):
    """An image of a page.

    Source: companions/oscar/oscar_panstore/api/product_pages.py, 0.1, 2026-11-24.
    """

    digest: Digest
    name: str = ""


class WireImageContent(msgspec.Struct):
    """`GET products/ID/images/DIGEST`; msgspec reads the base64.

    Source: companions/oscar/oscar_panstore/api/page_images.py `read_image`, 0.1, 2026-11-24.
    """

    base64: bytes


class WirePageVariant(msgspec.Struct):
    """A variant; a single article is its own. Its price is net.

    Source: companions/oscar/oscar_panstore/api/product_pages.py `_variant`, 0.1, 2026-11-24.
    """

    id: Id
    sku: str
    upc: str
    title: str
    weight: Amount | None
    attributes: dict[str, str]
    is_public: bool
    price: Amount | None = None


class WirePage(msgspec.Struct):
    """A product's page.

    Source: companions/oscar/oscar_panstore/api/product_pages.py `_described`, 0.1, 2026-11-24.
    """

    id: Id
    title: str
    description: str
    tax_class: str
    categories: list[list[str]]
    images: list[WireImage]
    is_public: bool
    tracks_stock: bool
    variants: list[WirePageVariant]
    version: str


class WirePages(msgspec.Struct):
    """`GET products/pages`.

    Source: companions/oscar/oscar_panstore/api/product_pages.py `list_pages`, 0.1, 2026-11-24.
    """

    products: list[WirePage]


class WirePageError(WireError):
    """Why a page was not written; `product` holds the code or EAN already.

    Source: companions/oscar/oscar_panstore/api/page_variants.py, 0.1, 2026-11-24.
    """

    product: Id | None = None


class WirePageOutcome(msgspec.Struct):
    """One item of `POST products/write`, in the order asked.

    Source: companions/oscar/oscar_panstore/api/page_writing.py `_outcome`, 0.1, 2026-11-24.
    """

    outcome: Literal["done", "refused"]
    error: WirePageError | None = None
    page: WirePage | None = None


class WirePagesWritten(msgspec.Struct):
    """`POST products/write`.

    Source: companions/oscar/oscar_panstore/api/page_writing.py `write_pages`, 0.1, 2026-11-24.
    """

    products: list[WirePageOutcome]


class WireChange(msgspec.Struct):
    """A product that changed; its number is another when it changes again.

    Source: companions/oscar/oscar_panstore/api/product_changes.py, 0.1, 2026-11-24.
    """

    product: Id
    number: int


class WireChanges(msgspec.Struct):
    """`GET changes`, the longest waiting first.

    Source: companions/oscar/oscar_panstore/api/product_changes.py, 0.1, 2026-11-24.
    """

    changes: list[WireChange]
    more: bool
