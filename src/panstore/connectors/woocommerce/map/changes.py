"""The cursor of the goods that were changed, and what a changed row says where to look."""

from __future__ import annotations

import msgspec

from panstore.connectors.woocommerce.map.modified import Position
from panstore.model.change import Signal
from panstore.model.ids import ExternalId

__all__ = ["LISTS", "GoodsCursor", "GoodsHead", "decoded", "encoded", "signals"]

LISTS = ("products", "variations", "trash")
"""Products, variations of all products, and products that were thrown away: each a list of its own,
for the list of products leaves the other two out (WooCommerce 10.5, recorded 14, 17)."""


class GoodsHead(msgspec.Struct):
    """What is read of a changed row.

    Source: WooCommerce 10.5, recorded 14-variations-batch.
    """

    id: int
    parent_id: int | None = 0
    date_modified_gmt: str | None = None


class GoodsCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far each list was read."""

    products: Position = Position()
    variations: Position = Position()
    trash: Position = Position()


_CURSOR = msgspec.json.Decoder(GoodsCursor)


def encoded(cursor: GoodsCursor) -> str:
    """As text; equal for equal cursors."""
    return msgspec.json.encode(cursor).decode()


def decoded(text: str) -> GoodsCursor:
    """What `encoded` wrote.

    Raises:
        ValueError: somebody else wrote it.
    """
    return _CURSOR.decode(text)


def signals(number: int, parent: int | None, *, deleted: bool) -> tuple[Signal, ...]:
    """Everything about what is sold, and the page of its product: nobody says what was changed.

    Args:
        number: id of a product or variation.
        parent: of a variation, else 0 or None.
        deleted: it is gone, or in the trash.
    """
    id_ = ExternalId(str(number))
    if deleted:
        return (Signal("product", id_, deleted=True),)
    found = (Signal("stock", id_), Signal("price", id_), Signal("product", id_))
    if not parent:
        return found
    return (*found, Signal("product", ExternalId(str(parent))))
