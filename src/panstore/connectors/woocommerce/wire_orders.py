"""Shapes of WooCommerce's orders, refunds, notes and customers, as its REST API v3 answers.

Unknown fields are ignored, and what a plugin may leave out has a default. Amounts are decimal
strings and stay strings here; the few numbers that are no amounts (a quantity, a rate in per cent)
are decoded as Decimal from their digits, never through a float.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta

__all__ = [
    "Amount",
    "Id",
    "WireAddress",
    "WireCoupon",
    "WireCustomer",
    "WireFee",
    "WireLine",
    "WireLineTax",
    "WireMeta",
    "WireNote",
    "WireOrder",
    "WireOrderHead",
    "WireOrderState",
    "WireRefund",
    "WireRefundSummary",
    "WireRefundedCharge",
    "WireRefundedLine",
    "WireShipping",
    "WireTaxLine",
]

Amount = Annotated[str, Meta(pattern=r"^(-?[0-9]{1,15}(\.[0-9]{1,10})?)?\Z")]
"""A decimal without exponent, such as "12.50"; empty where WooCommerce has no value."""

Id = Annotated[int, Meta(ge=1)]
Reference = Annotated[int, Meta(ge=0)]
"""An id, 0 for none."""


class WireMeta(msgspec.Struct):
    """One entry of `meta_data`; keys that begin with `_` are hidden from people in WordPress.

    `value` is what a plugin stored: mostly text, but any JSON. `display_*` only on lines.

    Source: WooCommerce 10.5, recorded 31-order-own-line-prices, 28-order-create-variation.
    """

    key: str
    value: Any = None
    display_key: Any = None
    display_value: Any = None


class WireLineTax(msgspec.Struct):
    """Tax of one rate on a line; `total` is empty for a rate that does not touch it.

    Source: WooCommerce 10.5, recorded 30-order-shipping-fee.
    """

    id: int
    total: Amount | None = ""


class WireLine(msgspec.Struct):
    """One line; all amounts are for the whole quantity and net, tax beside them.

    `subtotal` is before, `total` after discounts. A product that does not exist is 0, its SKU then
    null.

    Source: WooCommerce 10.5, recorded 26-order-create-customer, 32-order-bad-lines.
    """

    id: Id
    quantity: Decimal
    total: Amount
    name: str | None = ""
    product_id: Reference = 0
    variation_id: Reference = 0
    subtotal: Amount = ""
    subtotal_tax: Amount = ""
    total_tax: Amount = ""
    taxes: list[WireLineTax] = []
    meta_data: list[WireMeta] = []
    sku: str | None = None


class WireTaxLine(msgspec.Struct):
    """A rate that was charged in the order; `rate_percent` is a JSON number.

    Source: WooCommerce 10.5, recorded 39-order-tax-22.
    """

    rate_id: int
    compound: bool = False
    rate_percent: Decimal | None = None


class WireShipping(msgspec.Struct):
    """A shipping line; `instance_id` tells methods of one kind apart.

    Source: WooCommerce 10.5, recorded 42-storefront-checkout.
    """

    id: Id
    method_id: str | None = ""
    instance_id: str | None = ""
    method_title: str | None = ""
    total: Amount = ""
    total_tax: Amount = ""
    taxes: list[WireLineTax] = []
    meta_data: list[WireMeta] = []


class WireFee(msgspec.Struct):
    """A fee, negative for a reduction.

    Source: WooCommerce 10.5, recorded 30-order-shipping-fee.
    """

    id: Id
    name: str | None = ""
    total: Amount = ""
    total_tax: Amount = ""
    taxes: list[WireLineTax] = []


class WireCoupon(msgspec.Struct):
    """A coupon that was used; its discount is in the lines already.

    Source: WooCommerce 10.5, recorded 29-order-coupon.
    """

    code: str


class WireAddress(msgspec.Struct):
    """An address; `country` is ISO 3166-1 alpha-2 or empty, `vat_id` some plugins put here.

    Source: WooCommerce 10.5, recorded 26-order-create-customer.
    """

    first_name: str | None = ""
    last_name: str | None = ""
    company: str | None = ""
    address_1: str | None = ""
    address_2: str | None = ""
    city: str | None = ""
    state: str | None = ""
    postcode: str | None = ""
    country: str | None = ""
    email: str | None = ""
    phone: str | None = ""
    vat_id: str | None = ""


class WireRefundSummary(msgspec.Struct):
    """A refund as its order tells of it: not for what. `total` may be a bare "-".

    Source: WooCommerce 10.5, recorded 37-order-refunds.
    """

    id: Id
    total: str = ""


class WireOrderHead(msgspec.Struct):
    """What a feed has to know of an order before it is translated.

    Source: WooCommerce 10.5, recorded 38-order-list.
    """

    id: Id
    status: str
    date_modified_gmt: str | None = None
    refunds: list[WireRefundSummary] = []


class WireOrderState(msgspec.Struct):
    """An order as far as it is told something; its field names are asked for by `_fields`.

    Source: WooCommerce 10.5, recorded 36-order-meta.
    """

    id: Id
    status: str
    meta_data: list[WireMeta] = []
    date_paid_gmt: str | None = None
    payment_method: str | None = ""


class WireOrder(msgspec.Struct):
    """An order in its present state; the times are UTC without a zone.

    Source: WooCommerce 10.5, recorded 26 to 42.
    """

    id: Id
    status: str
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")]
    total: Annotated[Amount, Meta(min_length=1)]
    date_created_gmt: str
    number: str = ""
    customer_id: Reference = 0
    billing: WireAddress = msgspec.field(default_factory=WireAddress)
    shipping: WireAddress = msgspec.field(default_factory=WireAddress)
    payment_method: str | None = ""
    transaction_id: str | None = ""
    created_via: str | None = ""
    customer_note: str | None = ""
    date_paid_gmt: str | None = None
    meta_data: list[WireMeta] = []
    line_items: list[WireLine] = []
    tax_lines: list[WireTaxLine] = []
    shipping_lines: list[WireShipping] = []
    fee_lines: list[WireFee] = []
    coupon_lines: list[WireCoupon] = []


class WireRefundedLine(msgspec.Struct):
    """Part of a line that is given back: quantity and amounts are negative or zero.

    The line is named by the meta `_refunded_item_id`.

    Source: WooCommerce 10.5, recorded 37-order-refunds.
    """

    quantity: Decimal = Decimal(0)
    total: Amount = ""
    total_tax: Amount = ""
    meta_data: list[WireMeta] = []


class WireRefundedCharge(msgspec.Struct):
    """Shipping or a fee that is given back; amounts are negative or zero.

    Source: WooCommerce 10.5, recorded 37-order-refunds (the empty lists); the shape is a line's.
    """

    total: Amount = ""
    total_tax: Amount = ""
    taxes: list[WireLineTax] = []
    meta_data: list[WireMeta] = []


class WireRefund(msgspec.Struct):
    """`GET orders/ID/refunds`; `amount` is positive, or empty for a refund of nothing.

    Source: WooCommerce 10.5, recorded 37-order-refunds.
    """

    id: Id
    date_created_gmt: str
    amount: Amount = ""
    reason: str | None = ""
    line_items: list[WireRefundedLine] = []
    shipping_lines: list[WireRefundedCharge] = []
    fee_lines: list[WireRefundedCharge] = []


class WireNote(msgspec.Struct):
    """A note in an order's history.

    Source: WooCommerce 10.5, recorded 35-order-notes.
    """

    id: Id
    note: str


class WireCustomer(msgspec.Struct):
    """`GET customers`: somebody who can log in.

    Source: WooCommerce 10.5, recorded 24-customer-read.
    """

    id: Id
    email: str
    date_created_gmt: str | None = None
    role: str | None = ""
    first_name: str | None = ""
    last_name: str | None = ""
    billing: WireAddress = msgspec.field(default_factory=WireAddress)
    meta_data: list[WireMeta] = []
