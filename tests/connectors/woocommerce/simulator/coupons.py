"""Coupons: `/coupons`, and what one takes off an order (recorded 29 and 39, WooCommerce 10.5)."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tests.connectors.woocommerce.simulator.answers import created, item, links, refused, trimmed
from tests.connectors.woocommerce.simulator.order_lines import amount, set_meta, whole
from tests.connectors.woocommerce.simulator.order_money import discounted, rounded
from tests.connectors.woocommerce.simulator.router import (
    EDIT,
    WooAnswer,
    WooRequest,
    route,
    tables,
)
from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["CouponError", "apply_coupons"]

tables(
    """
    CREATE TABLE IF NOT EXISTS coupons (
        id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, body TEXT NOT NULL
    );
    """
)

_LISTS = ("product_ids", "excluded_product_ids", "product_categories",
          "excluded_product_categories", "email_restrictions")  # fmt: skip
_FLAGS = ("individual_use", "free_shipping", "exclude_sale_items")
_LIMITS = ("usage_limit", "usage_limit_per_user", "limit_usage_to_x_items")
_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("amount", "minimum_amount", "maximum_amount"), lambda told: str(amount(told))),
    **dict.fromkeys(("discount_type", "description", "status"), str),
    **dict.fromkeys(_LISTS, lambda told: list(told or ())),
    **dict.fromkeys(_FLAGS, bool),
    **dict.fromkeys(_LIMITS, lambda told: whole(told) or None),
}


class CouponError(Exception):
    """A coupon that cannot be applied; `message` as WooCommerce words it, HTML-escaped."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def apply_coupons(shop: SimWoo, order: dict[str, Any], codes: Sequence[str]) -> None:
    """Take the coupons off the lines of `order`, in place; its taxes are the caller's.

    Raises:
        CouponError: for a code the shop does not have, or one that is used up.
    """
    if any(not code for code in codes):
        raise CouponError("Coupon code is required.")
    known = [_found(shop, code.lower(), order) for code in codes]
    numbers = {row["code"]: row["id"] for row in order["coupon_lines"]}
    lines = order["line_items"]
    for line in lines:
        if numbers or known:
            line["total"] = line["subtotal"]
    order["coupon_lines"] = []
    for coupon in known:
        off = _off(shop, order, coupon)
        tax = sum((_tax(line, taken) for line, taken in zip(lines, off, strict=True)), Decimal(0))
        for line, taken in zip(lines, off, strict=True):
            line["total"] = str(Decimal(line["total"]) - taken)
        order["coupon_lines"].append({
            "id": numbers.get(coupon["code"]) or shop.next_id("order_item"),
            "code": coupon["code"],
            "discount": str(sum(off, Decimal(0))),
            "discount_tax": str(tax),
            "meta_data": [
                {
                    "id": shop.next_id("item_meta"),
                    "key": "coupon_info",
                    "value": _info(coupon),
                }
            ],
            "discount_type": coupon["discount_type"],
            "nominal_amount": coupon["amount"],
            "free_shipping": coupon["free_shipping"],
        })
        if coupon["code"] not in numbers:
            _used(shop, coupon, order)


def _found(shop: SimWoo, code: str, order: Mapping[str, Any]) -> dict[str, Any]:
    row = shop.db.execute("SELECT body FROM coupons WHERE code = ?", (code,)).fetchone()
    name = html.escape(f'"{code}"')
    quoted = f"Coupon {name} cannot be applied because"
    if row is None:
        raise CouponError(f"{quoted} it does not exist.")
    coupon: dict[str, Any] = json.loads(row["body"])
    expires = coupon["date_expires_gmt"]
    if expires is not None and expires < shop.stamp():
        raise CouponError(f"{quoted} it has expired.")
    if coupon["usage_limit"] and coupon["usage_count"] >= coupon["usage_limit"]:
        raise CouponError(f"Usage limit for coupon {name} has been reached.")
    allowed = [email.lower() for email in coupon["email_restrictions"]]
    if allowed and order["billing"]["email"].lower() not in allowed:
        raise CouponError(f"{quoted} it is not valid for your email address.")
    return coupon


def _off(shop: SimWoo, order: Mapping[str, Any], coupon: Mapping[str, Any]) -> list[Decimal]:
    chosen = []
    for line in order["line_items"]:
        goods = {line["product_id"], line["variation_id"]}
        wanted = not coupon["product_ids"] or goods & set(coupon["product_ids"])
        fits = bool(wanted) and not goods & set(coupon["excluded_product_ids"])
        costs = rounded(Decimal(line["total"]), shop.decimals) if fits else Decimal(0)
        chosen.append((costs, Decimal(max(line["quantity"], 0))))
    value = Decimal(coupon["amount"])
    return discounted(chosen, coupon["discount_type"], value, shop.decimals)


def _tax(line: Mapping[str, Any], taken: Decimal) -> Decimal:
    """The tax of what is taken off, in proportion to the line's own."""
    before = Decimal(line["subtotal"])
    whole_tax = sum((Decimal(tax) for tax in line["subtotal_taxes"].values()), Decimal(0))
    return taken * whole_tax / before if before else Decimal(0)


def _used(shop: SimWoo, coupon: dict[str, Any], order: Mapping[str, Any]) -> None:
    who = order["billing"]["email"] or str(order["customer_id"] or "")
    coupon["usage_count"] += 1
    coupon["used_by"] = [*coupon["used_by"], *([who] if who else [])]
    _save(shop, coupon)


def _info(coupon: Mapping[str, Any]) -> str:
    value = Decimal(coupon["amount"])
    number: int | float = int(value) if value == value.to_integral_value() else float(value)
    parts = [coupon["id"], coupon["code"], coupon["discount_type"], number]
    return json.dumps(parts, separators=(",", ":"))


def _save(shop: SimWoo, coupon: Mapping[str, Any]) -> None:
    shop.db.execute(
        "INSERT INTO coupons (id, code, body) VALUES (?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET code = excluded.code, body = excluded.body",
        (coupon["id"], coupon["code"], json.dumps(coupon)),
    )


def _fill(shop: SimWoo, coupon: dict[str, Any], fields: Mapping[str, Any]) -> None:
    if "code" in fields:
        coupon["code"] = str(fields["code"]).lower()
        taken = shop.db.execute(
            "SELECT id FROM coupons WHERE code = ? AND id <> ?", (coupon["code"], coupon["id"])
        ).fetchone()
        if taken is not None:
            code = "woocommerce_rest_coupon_code_already_exists"
            raise refused(code, "The coupon code already exists", 400)
    for name, turned in _FIELDS.items():
        if name in fields:
            coupon[name] = turned(fields[name])
    if "date_expires" in fields:
        day = fields["date_expires"]
        coupon["date_expires_gmt"] = shop.to_utc(str(day)) if day else None
    set_meta(coupon["meta_data"], fields.get("meta_data") or (), lambda: shop.next_id("meta"))


def _shown(shop: SimWoo, request: WooRequest, coupon: Mapping[str, Any]) -> dict[str, Any]:
    own = f"/coupons/{coupon['id']}"

    def money(name: str) -> str:
        return str(rounded(Decimal(coupon[name]), shop.decimals))

    return {
        "id": coupon["id"],
        "code": coupon["code"],
        "amount": money("amount"),
        "status": coupon["status"],
        "date_created": shop.local(coupon["created"]),
        "date_created_gmt": coupon["created"],
        "date_modified": shop.local(coupon["modified"]),
        "date_modified_gmt": coupon["modified"],
        "discount_type": coupon["discount_type"],
        "description": coupon["description"],
        "date_expires": shop.local(coupon["date_expires_gmt"]),
        "date_expires_gmt": coupon["date_expires_gmt"],
        "usage_count": coupon["usage_count"],
        "individual_use": coupon["individual_use"],
        "product_ids": coupon["product_ids"],
        "excluded_product_ids": coupon["excluded_product_ids"],
        "usage_limit": coupon["usage_limit"],
        "usage_limit_per_user": coupon["usage_limit_per_user"],
        "limit_usage_to_x_items": coupon["limit_usage_to_x_items"],
        "free_shipping": coupon["free_shipping"],
        "product_categories": coupon["product_categories"],
        "excluded_product_categories": coupon["excluded_product_categories"],
        "exclude_sale_items": coupon["exclude_sale_items"],
        "minimum_amount": money("minimum_amount"),
        "maximum_amount": money("maximum_amount"),
        "email_restrictions": coupon["email_restrictions"],
        "used_by": coupon["used_by"],
        "meta_data": coupon["meta_data"],
        "_links": links(request, own, "/coupons"),
    }


def _wanted(shop: SimWoo, request: WooRequest) -> dict[str, Any]:
    number = request.number()
    row = shop.db.execute("SELECT body FROM coupons WHERE id = ?", (number,)).fetchone()
    if row is None:
        status = 400 if request.method in EDIT else 404
        raise refused("woocommerce_rest_shop_coupon_invalid_id", "Invalid ID.", status)
    found: dict[str, Any] = json.loads(row["body"])
    return found


@route("POST", "/coupons")
def make(shop: SimWoo, request: WooRequest) -> WooAnswer:
    fields = request.fields()
    if "code" not in fields:
        text = "Missing parameter(s): code"
        raise refused("rest_missing_callback_param", text, 400, params=["code"])
    now = shop.stamp()
    coupon: dict[str, Any] = {
        "id": 0, "code": "", "amount": "0", "status": "publish", "created": now, "modified": now,
        "discount_type": "fixed_cart", "description": "", "date_expires_gmt": None,
        "usage_count": 0, "minimum_amount": "0", "maximum_amount": "0", "used_by": [],
        "meta_data": [],
    }  # fmt: skip
    coupon |= {name: [] for name in _LISTS}
    coupon |= dict.fromkeys(_FLAGS, False) | dict.fromkeys(_LIMITS)
    _fill(shop, coupon, fields)
    coupon["id"] = shop.next_id("post")
    _save(shop, coupon)
    shop.emit("coupon.created", coupon["id"])
    return created(request, _shown(shop, request, coupon))


@route("GET", "/coupons")
def listed(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """All of them on one page: nothing here has many."""
    code = request.query.get("code", "").lower()
    rows = shop.db.execute(
        "SELECT body FROM coupons WHERE ? = '' OR code = ? ORDER BY id DESC", (code, code)
    ).fetchall()
    shown = [_shown(shop, request, json.loads(row["body"])) for row in rows]
    headers = {"x-wp-total": str(len(shown)), "x-wp-totalpages": "1" if shown else "0"}
    return WooAnswer(200, trimmed(request, shown), headers)


@route("GET", r"/coupons/(?P<id>\d+)")
def read(shop: SimWoo, request: WooRequest) -> WooAnswer:
    return item(request, _shown(shop, request, _wanted(shop, request)))


@route(EDIT, r"/coupons/(?P<id>\d+)")
def edit(shop: SimWoo, request: WooRequest) -> WooAnswer:
    coupon = _wanted(shop, request)
    _fill(shop, coupon, request.fields())
    coupon["modified"] = shop.stamp()
    _save(shop, coupon)
    shop.emit("coupon.updated", coupon["id"])
    return item(request, _shown(shop, request, coupon))


@route("DELETE", r"/coupons/(?P<id>\d+)")
def destroy(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Always for good: the trash of coupons concerns nobody here."""
    coupon = _wanted(shop, request)
    shop.db.execute("DELETE FROM coupons WHERE id = ?", (coupon["id"],))
    return item(request, _shown(shop, request, coupon))
