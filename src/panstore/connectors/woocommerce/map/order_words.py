"""What the words and fields of a shop's orders mean."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from panstore.model.order import OrderStage

__all__ = ["DRAFTS", "LANGUAGE_KEYS", "STAGES", "UNPAID", "VAT_KEYS", "OrderWords"]

STAGES: dict[str, OrderStage] = {
    "pending": "open",
    "on-hold": "open",
    "processing": "open",
    "completed": "shipped",
    # The word alone gives no goods back; the refunds, of which there is always one, say which.
    "refunded": "shipped",
    "cancelled": "cancelled",
    # The payment was refused. Paid after all, it becomes `processing` and is taken up again.
    "failed": "cancelled",
    "trash": "cancelled",
}
"""WooCommerce's own statuses. Source: WooCommerce 10.5, recorded 38-order-list (the enum in the
refusal of an unknown one), 33-order-status-stock, 41-order-delete."""

DRAFTS = frozenset({"checkout-draft", "auto-draft"})
"""Statuses of what is not an order yet: a visitor is still at the checkout, or somebody opened an
empty form. Source: WooCommerce 10.5, recorded 29-order-coupon."""

UNPAID = "panstore_unpaid"
"""Field, with "yes" in it, of an order that PanStore moved on while it was not paid. WooCommerce
notes a date of payment by itself when an order is in progress or completed; this one means nothing.
A person who knows that the money came takes the field away."""

VAT_KEYS = (
    "_billing_vat_number",
    "_vat_number",
    "vat_number",
    "_billing_eu_vat_number",
    "yweu_billing_vat",
    "billing_vat",
    "_billing_vat_id",
    "_shipping_vat_id",
    "_billing_dic",
    "billing_vat_number",
    "billing_eu_vat_number",
    "billing_vat_id",
    "shipping_vat_id",
    "vat_id",
)
"""Where plugins keep the buyer's VAT id, in the meta of an order or account: WooCommerce's EU VAT
Number (from 2.3.21, and before), Aelia's EU VAT Assistant, WPFactory's EU VAT, YITH's EU VAT,
German Market, Germanized Pro (two), EU/UK VAT Manager; then how the accounts of the first, of
WPFactory's and of Germanized Pro spell it.

Source: the list with which "PDF Invoices & Packing Slips for WooCommerce" looks for it (read in
November 2026); `vat_id`: recorded 23-customer-create."""

LANGUAGE_KEYS = ("wpml_language", "trp_language")
"""Where WPML and TranslatePress note in which language the buyer used the shop."""


class OrderWords(msgspec.Struct, frozen=True):
    """How orders of one shop are understood.

    Attributes:
        stages: what each status means for the goods.
        vat_keys: meta keys that may hold a VAT id, the first that is filled counts.
        unpaid_methods: payment methods whose orders WooCommerce calls paid although nothing was
            received yet, such as a purchase on account.
        rates: VAT in per cent by the shop's id of a rate, for orders that do not say it.
    """

    stages: Mapping[str, OrderStage] = msgspec.field(default_factory=lambda: STAGES)
    vat_keys: tuple[str, ...] = VAT_KEYS
    unpaid_methods: frozenset[str] = frozenset()
    rates: Mapping[int, Decimal] = {}
