"""Shapes of WooCommerce's webhooks and of what they deliver; unknown fields are ignored."""

from __future__ import annotations

import msgspec

from panstore.connectors.woocommerce.wire_orders import Id

__all__ = ["WireDelivery", "WireWebhook"]


class WireWebhook(msgspec.Struct):
    """A registered webhook; its secret can never be read.

    Attributes:
        status: `active`, `paused` or `disabled`; the shop sets the last one by itself.

    Source: WooCommerce 10.5, recorded 46-webhook-crud, 50-webhook-disabled.
    """

    id: Id
    status: str
    topic: str
    delivery_url: str


class WireDelivery(msgspec.Struct):
    """What is read of a delivery: which record it is about, and when that was last changed.

    The body is the record as the API shows it, built when it is sent; of a deleted one only the id.

    Source: WooCommerce 10.5, recorded 47-webhook-order, 48-webhook-product.
    """

    id: Id
    parent_id: int | None = 0
    date_modified_gmt: str | None = None
