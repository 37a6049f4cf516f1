"""An order as wc/v3 shows it. Pure: the kept order in, the JSON out (recorded 26 to 42).

Money is text with the decimals asked for (`dp`), except a line's `price`, which is a JSON number
in WooCommerce 10.5 (`10.299999999999999` was recorded): a division of two floats, made here the
same way so that a reader meets what a real shop sends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.connectors.woocommerce.simulator.order_money import rounded

__all__ = ["ADDRESS", "VERSION", "View", "line_json", "local", "order_json", "refund_json"]

VERSION = "10.5.0"
ADDRESS = (
    "first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode",
    "country",
)  # fmt: skip
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_EDITABLE = {"pending", "on-hold", "auto-draft"}
_PAYABLE = {"pending", "failed"}


@dataclass(frozen=True, slots=True)
class View:
    """What the answer depends on besides the order.

    Attributes:
        api: `https://shop.example/wp-json/wc/v3`.
        home: `https://shop.example`.
        dp: decimals of amounts.
    """

    api: str
    home: str
    zone: ZoneInfo
    symbol: str
    dp: int


def local(moment: str | None, zone: ZoneInfo) -> str | None:
    """A kept moment (UTC without a zone, as WooCommerce's `_gmt`) in the shop's time."""
    if moment is None:
        return None
    aware = datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(zone)
    return aware.strftime("%Y-%m-%dT%H:%M:%S")


def order_json(
    order: Mapping[str, Any], refunds: Sequence[Mapping[str, Any]], view: View
) -> dict[str, Any]:
    """Args:
    order: as kept; `refunds`: as kept, in the order they shall be shown.
    """
    head = order["totals"]
    dates = {name: order[name] for name in ("created", "modified", "completed", "paid")}
    here = {name: local(moment, view.zone) for name, moment in dates.items()}

    def money(text: str) -> str:
        return _money(text, view.dp)

    taxes = [_tax_line_json(row, view.dp) for row in order["tax_lines"]]
    cart, carried = head["cart_tax"], head["shipping_tax"]
    shown: dict[str, Any] = {
        "id": order["id"],
        "parent_id": 0,
        "status": order["status"],
        "currency": order["currency"],
        "version": VERSION,
        "prices_include_tax": order["prices_include_tax"],
        "date_created": here["created"],
        "date_modified": here["modified"],
        "discount_total": money(head["discount"]),
        "discount_tax": money(head["discount_tax"]),
        "shipping_total": money(head["shipping"]),
        "shipping_tax": money(carried),
        "cart_tax": money(cart),
        "total": money(head["total"]),
        "total_tax": money(str(Decimal(cart) + Decimal(carried))),
        "customer_id": order["customer_id"],
        "order_key": order["order_key"],
        "billing": {name: order["billing"].get(name, "") for name in (*ADDRESS, "email", "phone")},
        "shipping": {name: order["shipping"].get(name, "") for name in (*ADDRESS, "phone")},
        "payment_method": order["payment_method"],
        "payment_method_title": order["payment_method_title"],
        "transaction_id": order["transaction_id"],
        "customer_ip_address": order["customer_ip_address"],
        "customer_user_agent": order["customer_user_agent"],
        "created_via": order["created_via"],
        "customer_note": order["customer_note"],
        "date_completed": here["completed"],
        "date_paid": here["paid"],
        "cart_hash": order["cart_hash"],
        "number": str(order["id"]),
        "meta_data": [dict(row) for row in order["meta_data"]],
        "line_items": [line_json(row, view.dp) for row in order["line_items"]],
        "tax_lines": taxes,
        "shipping_lines": [_shipping_json(row, view.dp) for row in order["shipping_lines"]],
        "fee_lines": [_fee_json(row, view.dp) for row in order["fee_lines"]],
        "coupon_lines": [_coupon_json(row, view.dp) for row in order["coupon_lines"]],
        "refunds": [
            {
                "id": row["id"],
                "reason": row["reason"],
                "total": "-" + _amount(row["amount"], view.dp),
            }
            for row in refunds
        ],
        "payment_url": f"{view.home}/checkout/order-pay/{order['id']}/"
        f"?pay_for_order=true&key={order['order_key']}",
        "is_editable": order["status"] in _EDITABLE,
        "needs_payment": order["status"] in _PAYABLE and Decimal(head["total"]) > 0,
        "needs_processing": any(row["needs_processing"] for row in order["line_items"]),
        "date_created_gmt": dates["created"],
        "date_modified_gmt": dates["modified"],
        "date_completed_gmt": dates["completed"],
        "date_paid_gmt": dates["paid"],
        "currency_symbol": view.symbol,
    }
    return shown | {"_links": _links(order, view)}


def refund_json(refund: Mapping[str, Any], view: View, *, parent: bool = False) -> dict[str, Any]:
    """One refund; with its order's id where it is shown outside the order (recorded 37)."""
    here = local(refund["created"], view.zone)
    own = f"{view.api}/orders/{refund['order_id']}"
    shown: dict[str, Any] = {
        "id": refund["id"],
        **({"parent_id": refund["order_id"]} if parent else {}),
        "date_created": here,
        "date_created_gmt": refund["created"],
        "amount": _amount(refund["amount"], view.dp),
        "reason": refund["reason"],
        "refunded_by": 1,
        "refunded_payment": False,
        "meta_data": [dict(row) for row in refund["meta_data"]],
        "line_items": [line_json(row, view.dp) for row in refund["line_items"]],
        "shipping_lines": [_shipping_json(row, view.dp) for row in refund["shipping_lines"]],
        "tax_lines": [_tax_line_json(row, view.dp) for row in refund["tax_lines"]],
        "fee_lines": [_fee_json(row, view.dp) for row in refund["fee_lines"]],
        "_links": {
            "self": [
                {
                    "href": f"{own}/refunds/{refund['id']}",
                    "targetHints": {"allow": ["GET", "DELETE"]},
                }
            ],
            "collection": [{"href": f"{own}/refunds"}],
            "up": [{"href": own}],
        },
    }
    return shown


def line_json(line: Mapping[str, Any], dp: int) -> dict[str, Any]:
    """A goods line; `sku` is null where the line names no goods (recorded 32)."""
    return {
        "id": line["id"],
        "name": line["name"],
        "product_id": line["product_id"],
        "variation_id": line["variation_id"],
        "quantity": line["quantity"],
        "tax_class": line["tax_class"],
        "subtotal": _money(line["subtotal"], dp),
        "subtotal_tax": _money(_tax(line["subtotal_taxes"]), dp),
        "total": _money(line["total"], dp),
        "total_tax": _money(_tax(line["taxes"]), dp),
        "taxes": [
            {
                "id": int(rate),
                "total": _money(tax, dp),
                "subtotal": _money(line["subtotal_taxes"].get(rate, "0"), dp),
            }
            for rate, tax in line["taxes"].items()
        ],
        "meta_data": [_shown_meta(row) for row in line["meta_data"]],
        "sku": line["sku"],
        "global_unique_id": line["global_unique_id"],
        "price": _number(Decimal(line["total"]), line["quantity"]),
        "image": line["image"],
        "parent_name": line["parent_name"],
    }


def _shown_meta(row: Mapping[str, Any]) -> dict[str, Any]:
    key, value = row["key"], row["value"]
    return {
        "id": row["id"],
        "key": key,
        "value": value,
        "display_key": row.get("display_key", key),
        "display_value": row.get("display_value", value),
    }


def _tax_line_json(row: Mapping[str, Any], dp: int) -> dict[str, Any]:
    return {
        "id": row["id"],
        "rate_code": row["rate_code"],
        "rate_id": row["rate_id"],
        "label": row["label"],
        "compound": row["compound"],
        "tax_total": _money(row["tax_total"], dp),
        "shipping_tax_total": _money(row["shipping_tax_total"], dp),
        "rate_percent": _number(Decimal(row["rate_percent"]), 1),
        "meta_data": [],
    }


def _shipping_json(row: Mapping[str, Any], dp: int) -> dict[str, Any]:
    return {
        "id": row["id"],
        "method_title": row["method_title"],
        "method_id": row["method_id"],
        "instance_id": row["instance_id"],
        "total": _money(row["total"], dp),
        "total_tax": _money(_tax(row["taxes"]), dp),
        "taxes": _outer_taxes(row["taxes"], dp),
        "tax_status": "taxable",
        "meta_data": [_shown_meta(meta) for meta in row["meta_data"]],
    }


def _fee_json(row: Mapping[str, Any], dp: int) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "tax_class": row["tax_class"],
        "tax_status": row["tax_status"],
        "amount": "",
        "total": _money(row["total"], dp),
        "total_tax": _money(_tax(row["taxes"]), dp),
        "taxes": _outer_taxes(row["taxes"], dp),
        "meta_data": [_shown_meta(meta) for meta in row["meta_data"]],
    }


def _coupon_json(row: Mapping[str, Any], dp: int) -> dict[str, Any]:
    return {
        "id": row["id"],
        "code": row["code"],
        "discount": _money(row["discount"], dp),
        "discount_tax": _money(row["discount_tax"], dp),
        "meta_data": [_shown_meta(meta) for meta in row["meta_data"]],
        "discount_type": row["discount_type"],
        "nominal_amount": _number(Decimal(row["nominal_amount"]), 1),
        "free_shipping": row["free_shipping"],
    }


def _outer_taxes(taxes: Mapping[str, str], dp: int) -> list[dict[str, Any]]:
    return [
        {"id": int(rate), "total": _money(tax, dp), "subtotal": ""} for rate, tax in taxes.items()
    ]


def _tax(taxes: Mapping[str, str]) -> str:
    """A line's tax is the sum of its rates' rounded ones (recorded 39 with dp=4: 6.8400)."""
    return str(sum((rounded(Decimal(tax), 2) for tax in taxes.values()), Decimal(0)))


def _money(text: str, dp: int) -> str:
    shown = rounded(Decimal(text), dp)
    return str(abs(shown) if shown == 0 else shown)


def _amount(text: str, dp: int) -> str:
    """A refund without an amount shows an empty text (recorded 37)."""
    return _money(text, dp) if text else ""


def _number(total: Decimal, quantity: int) -> float | int:
    if quantity == 0:
        return 0
    value = float(total) / quantity
    return int(value) if value.is_integer() else value


def _links(order: Mapping[str, Any], view: View) -> dict[str, Any]:
    own = f"{view.api}/orders/{order['id']}"
    links: dict[str, Any] = {
        "self": [{"href": own, "targetHints": {"allow": _METHODS}}],
        "collection": [{"href": f"{view.api}/orders"}],
        "email_templates": [{"embeddable": True, "href": f"{own}/actions/email_templates"}],
    }
    if order["customer_id"]:
        links["customer"] = [{"href": f"{view.api}/customers/{order['customer_id']}"}]
    return links
