"""What the shop is told of an order, as the companion's call."""

from __future__ import annotations

from panstore.connectors.oscar.map.goods import product_id
from panstore.model.quantity import plain
from panstore.model.shipment import Shipment
from panstore.sdk.errors import MappingError
from panstore.sdk.order_roles import OrderUpdate

__all__ = ["update_body"]


def update_body(update: OrderUpdate) -> dict[str, object]:
    """Body of `POST orders/ID/updates`.

    Raises:
        MappingError: a parcel holds something that is no product of the shop.
    """
    body: dict[str, object] = {
        "key": update.key,
        "note": update.note,
        "shipments": [_parcel(update, parcel) for parcel in update.shipments],
        "invoices": list(update.invoices),
    }
    return body if update.status is None else {**body, "status": update.status}


def _parcel(update: OrderUpdate, parcel: Shipment) -> dict[str, object]:
    items: list[dict[str, object]] = []
    for goods in parcel.goods:
        product = product_id(goods.product)
        if product is None:
            raise MappingError(
                f"order {update.order}",
                f"parcel {parcel.number}",
                f"holds {goods.product!r}, which is no product id of the shop",
            )
        items.append({"product": product, "quantity": plain(goods.quantity)})
    return {
        "number": parcel.number,
        "carrier": parcel.carrier,
        "tracking": parcel.tracking,
        "items": items,
    }
