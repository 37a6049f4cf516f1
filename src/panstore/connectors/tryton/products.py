"""Tryton's products in both directions: read whole, written one at a time."""

from __future__ import annotations

from collections.abc import Sequence

from panstore.connectors.tryton.calls import GATEWAY, READ_BATCH, TrytonCalls
from panstore.connectors.tryton.map.products import page_values, product, refused
from panstore.connectors.tryton.map.rows import number_of, numbers_of, parts, row, rows
from panstore.connectors.tryton.wire_products import ImageContentRow, PageRow, RepeatedRow
from panstore.model.ids import ExternalId
from panstore.model.product import Image, Product, ProductWrite
from panstore.model.product_plan import ProductOutcome
from panstore.sdk.errors import MappingError, NotFoundError, OutcomeUnknownError, RejectedError

__all__ = ["TrytonProducts"]


class TrytonProducts(TrytonCalls):
    """ReadProducts and WriteProducts."""

    async def products(self, ids: Sequence[ExternalId]) -> Sequence[Product]:
        found: list[Product] = []
        for numbers in parts(numbers_of(ids), READ_BATCH):
            answer = await self._client.call("products", f"{GATEWAY}.product_pages", numbers)
            found += [product(page) for page in rows(answer, PageRow, "product", "id")]
        return found

    async def image(self, product: ExternalId, digest: str) -> bytes:
        operation = f"image {digest[:8]} of product {product}"
        try:
            answer = await self._client.call(
                operation, f"{GATEWAY}.image", number_of(product), digest
            )
        except RejectedError as error:
            if error.code not in {"unknown_image", "unknown_product"}:
                raise
            raise NotFoundError(self._id, operation, error.what) from None
        return row(answer, ImageContentRow, operation).content

    async def write_products(self, writes: Sequence[ProductWrite]) -> Sequence[ProductOutcome]:
        return [await self._write_product(write) for write in writes]

    async def add_image(self, product: ExternalId, image: Image, content: bytes) -> None:
        await self._write(
            f"add image {image.name or image.digest[:8]} to product {product}",
            "add_image",
            RepeatedRow,
            number_of(product),
            image.digest,
            image.name,
            content,
        )

    async def _write_product(self, write: ProductWrite) -> ProductOutcome:
        operation = f"write product {write.id or write.key}"
        try:
            values = page_values(write)
        except MappingError as error:
            return ProductOutcome("refused", code="unknown_product", message=str(error))
        try:
            page = await self._write(operation, "write_page", PageRow, values)
        except RejectedError as error:
            return refused(error)
        except OutcomeUnknownError as error:
            return ProductOutcome("unknown", message=error.what)
        return ProductOutcome("done", product=product(page))
