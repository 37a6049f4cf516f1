"""What WordPress checks of an order that is sent by itself (recorded 32 to 34)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.connectors.woocommerce.simulator.order_store import STATUSES
from tests.connectors.woocommerce.simulator.schema import Kind, ListOf, Shape, checked

__all__ = ["check_order"]

_META = ListOf("object")
_ADDRESS = Shape(
    dict.fromkeys(
        (
            "first_name", "last_name", "company", "address_1", "address_2", "city", "state",
            "postcode", "country", "phone",
        ),
        "string",
    )
)  # fmt: skip
_LINE = Shape({
    "id": "integer",
    "name": "mixed",
    "product_id": "mixed",
    "variation_id": "integer",
    "quantity": "integer",
    "tax_class": "string",
    "subtotal": "string",
    "total": "string",
    "meta_data": _META,
})
_SHIPPING = Shape({"id": "integer", "total": "string", "meta_data": _META})
_FEE = Shape({
    "id": "integer",
    "tax_class": "string",
    "tax_status": ("taxable", "none"),
    "total": "string",
})
_KINDS: Mapping[str, Kind] = {
    "status": STATUSES,
    "currency": "string",
    "customer_id": "integer",
    "customer_note": "string",
    "billing": _ADDRESS,
    "shipping": _ADDRESS,
    "payment_method": "string",
    "payment_method_title": "string",
    "transaction_id": "string",
    "set_paid": "boolean",
    "meta_data": _META,
    "line_items": ListOf(_LINE),
    "shipping_lines": ListOf(_SHIPPING),
    "fee_lines": ListOf(_FEE),
    "coupon_lines": ListOf(Shape({"code": "mixed"})),
}


def check_order(posted: Mapping[str, Any]) -> None:
    """Raises:
    Refused: 400 `rest_invalid_param`.
    """
    checked(posted, _KINDS)
