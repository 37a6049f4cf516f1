"""Products both ways: the calls for pages, images and changes."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import msgspec

from panstore.connectors.oscar import map as translate
from panstore.connectors.oscar import wire_pages
from panstore.connectors.oscar.client import Call, OscarClient, id_groups
from panstore.model.change import Signal
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.product import Image, Product, ProductWrite
from panstore.model.product_plan import ProductOutcome
from panstore.sdk.errors import NotFoundError
from panstore.sdk.roles import FeedBatch

__all__ = ["PAGE_BATCH", "PAGE_FIELDS", "Pages"]

PAGE_BATCH = 50
"""Most pages in one write: a second or two of the shop's time, in one transaction."""

PAGE_FIELDS = frozenset({
    *("name", "description", "tax", "categories", "images", "active"),
    *("sku", "gtin", "title", "weight", "attributes", "price"),
})

# A page is some kilobytes, and the shop needs some milliseconds for it.
_READ_BATCH = 100
_LARGEST_ACK = 500

_PAGES = msgspec.json.Decoder(wire_pages.WirePages)
_WRITTEN = msgspec.json.Decoder(wire_pages.WirePagesWritten)
_CHANGES = msgspec.json.Decoder(wire_pages.WireChanges)
_IMAGE = msgspec.json.Decoder(wire_pages.WireImageContent)
_ANY = msgspec.json.Decoder(msgspec.Raw)


class Pages:
    """Reads and writes the pages of one shop.

    Args:
        id: name of the connection.
        client: how the shop is asked.
        rates: VAT in per cent by tax class, as far as known now.
    """

    def __init__(
        self,
        id: ConnectionId,  # noqa: A002 - the role's word
        client: OscarClient,
        rates: Callable[[], Mapping[str, Decimal]],
    ) -> None:
        self._id = id
        self._client = client
        self._rates = rates

    async def read(self, ids: Sequence[ExternalId]) -> Sequence[Product]:
        """Pages by id, in calls of at most 100; the id of a variant gives its page."""
        known = list(dict.fromkeys(id_ for id_ in ids if translate.product_id(id_) is not None))
        found: dict[ExternalId, Product] = {}
        for some in id_groups(known, _READ_BATCH):
            call = Call("read products", f"products/pages?ids={','.join(some)}")
            for page in (await self._client.ask(call, _PAGES)).products:
                product = translate.product(page, self._rates())
                found[product.id] = product
        return list(found.values())

    async def write(
        self, writes: Sequence[ProductWrite], tax_classes: Mapping[str, str]
    ) -> Sequence[ProductOutcome]:
        """One call for all that can be said to the shop."""
        said = [translate.page_item(write, tax_classes) for write in writes]
        items = [one for one in said if not isinstance(one, ProductOutcome)]
        answers: list[wire_pages.WirePageOutcome] = []
        if items:
            body = msgspec.json.encode({"products": items})
            call = Call("write products", "products/write", body)
            answers = (await self._client.ask(call, _WRITTEN)).products
        answered = iter(answers)
        return [
            one if isinstance(one, ProductOutcome) else self._outcome(next(answered, None))
            for one in said
        ]

    def _outcome(self, answer: wire_pages.WirePageOutcome | None) -> ProductOutcome:
        if answer is None:
            message = "the shop's answer does not mention it"
            return ProductOutcome("unknown", code="unmentioned", message=message)
        return translate.page_outcome(answer, self._rates())

    async def image(self, product: ExternalId, digest: str) -> bytes:
        """The stored file."""
        path = f"{self._number(product, 'read image')}/images/{digest}"
        return (await self._client.ask(Call("read image", f"products/{path}"), _IMAGE)).base64

    async def add_image(self, product: ExternalId, image: Image, content: bytes) -> None:
        """Once per digest; the shop says no to what is no image."""
        said = {
            "digest": image.digest,
            "name": image.name,
            "base64": base64.b64encode(content).decode(),
        }
        path = f"products/{self._number(product, 'add image')}/images"
        await self._client.ask(Call("add image", path, msgspec.json.encode(said)), _ANY)

    def _number(self, product: ExternalId, operation: str) -> int:
        number = translate.product_id(product)
        if number is None:
            raise NotFoundError(self._id, operation, f"{product!r} is no product id of the shop")
        return number

    async def pull(self, limit: int) -> FeedBatch:
        """Changed products, unacknowledged ones again and again."""
        page = await self._client.ask(Call("read changes", f"changes?limit={limit}"), _CHANGES)
        return FeedBatch(
            signals=tuple(Signal("product", ExternalId(str(one.product))) for one in page.changes),
            receipts=tuple(f"{one.product}:{one.number}" for one in page.changes),
            more=page.more,
        )

    async def acknowledge(self, receipts: Sequence[str]) -> None:
        """A product that changed again since stays on the list."""
        rows = [[int(part) for part in receipt.split(":")] for receipt in receipts]
        for start in range(0, len(rows), _LARGEST_ACK):
            some = [
                {"product": product, "number": number}
                for product, number in rows[start : start + _LARGEST_ACK]
            ]
            body = msgspec.json.encode({"changes": some})
            await self._client.ask(Call("acknowledge changes", "changes/ack", body), _ANY)
