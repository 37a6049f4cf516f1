"""Pictures of products, by the plugin PanStore in the shop.

WooCommerce's own API takes pictures by address only and does not say what is in them.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import UNSET

from panstore.connectors.woocommerce.companion import Companion, id_groups
from panstore.connectors.woocommerce.map.goods import number
from panstore.connectors.woocommerce.wire_tiers import WirePicture, WirePicturePage, WireTiersReply
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.product import Image, Product, ProductWrite
from panstore.model.product_plan import ProductOutcome
from panstore.sdk.errors import NotFoundError

__all__ = ["Pictures", "without_pictures"]

_BATCH = 100
_PAGE = msgspec.json.Decoder(WirePicturePage)
_ONE = msgspec.json.Decoder(WirePicture)
_ANY = msgspec.json.Decoder(msgspec.Raw)
_ARRANGED = msgspec.json.Decoder(WireTiersReply)

Shown = Mapping[ExternalId, tuple[Image, ...]]
"""What products show, in order; absent where the shop has no such product."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of one shop.

    Attributes:
        connection: its name, for errors.
        companion: the plugin.
    """

    connection: ConnectionId
    companion: Companion

    async def shown(self, operation: str, products: Sequence[ExternalId]) -> Shown:
        """In calls of at most a hundred products."""
        found: dict[ExternalId, tuple[Image, ...]] = {}
        asked = dict.fromkeys(one for one in products if number(one) is not None)
        for some in id_groups(list(asked), _BATCH):
            query = {"ids": ",".join(some)}
            page = await self.companion.ask(operation, "product-images", _PAGE, query=query)
            for item in page.items:
                images = tuple(Image(one.digest, one.name) for one in item.images)
                found[ExternalId(str(item.product))] = images
        return found

    async def content(self, product: ExternalId, digest: str) -> bytes:
        """The stored file.

        Raises:
            NotFoundError: the product has no such picture.
        """
        operation = "read image"
        if number(product) is None:
            raise NotFoundError(self.connection, operation, f"{product!r} is no product id")
        query = {"product": product, "digest": digest}
        found = await self.companion.ask(operation, "product-image", _ONE, query=query)
        return found.base64

    async def add(self, product: ExternalId, image: Image, content: bytes) -> None:
        """After those there are, once per digest; the shop says no to what is no picture."""
        operation, id_ = "add image", number(product)
        if id_ is None:
            raise NotFoundError(self.connection, operation, f"{product!r} is no product id")
        said = {
            "product": id_,
            "digest": image.digest,
            "name": image.name,
            "base64": base64.b64encode(content).decode(),
        }
        body = msgspec.json.encode(said)
        await self.companion.ask(operation, "product-images", _ANY, body=body)

    async def refusals(self, writes: Sequence[ProductWrite]) -> Mapping[int, ProductOutcome]:
        """By place: writes that name a picture the product was never given; nothing is done yet."""
        named = [(place, write) for place, write in enumerate(writes) if write.fields.images]
        ids = [write.id for _, write in named if write.id is not None]
        shown = await self.shown("write images", ids)
        refused: dict[int, ProductOutcome] = {}
        for place, write in named:
            there = {image.digest for image in shown.get(write.id or ExternalId(""), ())}
            images = () if write.fields.images is UNSET else write.fields.images
            missing = [image for image in images if image.digest not in there]
            if missing:
                words = f"the product has no picture {missing[0].digest[:12]}...; add it first"
                refused[place] = ProductOutcome("refused", code="unknown_image", message=words)
        return refused

    async def arrange(
        self, wanted: Mapping[ExternalId, Sequence[Image]]
    ) -> Mapping[ExternalId, ProductOutcome]:
        """Show exactly these pictures in this order; products that could not be arranged."""
        items = [
            {"product": int(id_), "images": [image.digest for image in images]}
            for id_, images in wanted.items()
        ]
        if not items:
            return {}
        body = msgspec.json.encode({"items": items})
        reply = await self.companion.ask(
            "write images", "product-images", _ARRANGED, body=body, method="PUT"
        )
        answered = {str(item.product): item for item in reply.items}
        failed: dict[ExternalId, ProductOutcome] = {}
        for id_ in wanted:
            item = answered.get(id_)
            if item is None:
                words = "the shop's answer does not mention its pictures"
                failed[id_] = ProductOutcome("unknown", code="unmentioned", message=words)
            elif item.outcome == "refused":
                code, words = ("refused", "the shop did not say why")
                if item.error is not None:
                    code, words = item.error.code, item.error.message
                failed[id_] = ProductOutcome("refused", code=code, message=words)
        return failed

    async def added_to(self, operation: str, products: Sequence[Product]) -> Sequence[Product]:
        """The same products with the pictures they show."""
        shown = await self.shown(operation, [one.id for one in products])
        return [
            msgspec.structs.replace(
                one, fields=msgspec.structs.replace(one.fields, images=shown.get(one.id, ()))
            )
            for one in products
        ]


def without_pictures(write: ProductWrite) -> ProductWrite:
    """The write of everything else."""
    fields = msgspec.structs.replace(write.fields, images=UNSET)
    return msgspec.structs.replace(write, fields=fields)
