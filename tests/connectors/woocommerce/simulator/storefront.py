"""A shopper without an account: cart and checkout of the Store API (recorded 42, WooCommerce 10.5).

The cart hangs on the `Cart-Token` that every answer carries; changing it needs that token or a
`Nonce`. The checkout looks at the stock and takes it in one step, so that what is not there is not
sold, other than over wc/v3. Shipping is the flat rate, payment on delivery (or `bacs`: on hold).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from tests.connectors.woocommerce.simulator import (
    order_status,
    order_store,
    product_store,
    stock,
)
from tests.connectors.woocommerce.simulator.answers import refused
from tests.connectors.woocommerce.simulator.cart_view import FLAT_RATE, cart_json, item_key
from tests.connectors.woocommerce.simulator.order_lines import goods_line, shipping_line, whole
from tests.connectors.woocommerce.simulator.order_store import save
from tests.connectors.woocommerce.simulator.order_view import ADDRESS
from tests.connectors.woocommerce.simulator.order_write import new_order, recalculate, till_of
from tests.connectors.woocommerce.simulator.router import WooAnswer, WooRequest, route, tables
from tests.connectors.woocommerce.simulator.shop import SimWoo
from tests.connectors.woocommerce.simulator.trade_goods import goods_of, rates_at

_STORE = "/wp-json/wc/store/v1"
_METHODS = {"cod": "Cash on delivery", "bacs": "Direct bank transfer"}
_EMPTY_HASH = hashlib.md5(b"[]").hexdigest()

tables("CREATE TABLE IF NOT EXISTS carts (token TEXT PRIMARY KEY, body TEXT NOT NULL);")


@route("GET", "/cart", namespace=_STORE, public=True)
def cart(shop: SimWoo, request: WooRequest) -> WooAnswer:
    return _answer(shop, _cart(shop, request), 200)


@route("POST", "/cart/add-item", namespace=_STORE, public=True)
def add_item(shop: SimWoo, request: WooRequest) -> WooAnswer:
    kept = _cart(shop, request, changing=True)
    fields = request.fields()
    number, quantity = whole(fields.get("id") or 0), whole(fields.get("quantity") or 1)
    goods = product_store.find(shop, number)
    if goods is None or goods.status != "publish" or not goods_of(shop, number).price:
        text = "This product cannot be added to the cart."
        raise refused("woocommerce_rest_cart_invalid_product", text, 400)
    pieces = kept["items"].get(str(number), 0) + quantity
    _enough(shop, number, pieces)
    kept["items"][str(number)] = pieces
    return _answer(shop, kept, 201)


@route("POST", "/cart/remove-item", namespace=_STORE, public=True)
def remove_item(shop: SimWoo, request: WooRequest) -> WooAnswer:
    kept = _cart(shop, request, changing=True)
    key = str(request.fields().get("key") or "")
    kept["items"] = {
        number: pieces for number, pieces in kept["items"].items() if item_key(number) != key
    }
    return _answer(shop, kept, 200)


@route("GET", "/checkout", namespace=_STORE, public=True)
def open_checkout(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """The checkout page: the order is there from now on, as a draft that no webhook tells of.

    It keeps its number and its date when it is placed, maybe an hour later (source).
    """
    kept = _cart(shop, request)
    if not kept["items"]:
        text = "Cannot create order from empty cart."
        raise refused("woocommerce_rest_cart_empty", text, 400)
    order = _draft(shop, kept)
    _fill(shop, order, kept["items"])
    order["status"] = "checkout-draft"
    save(shop, order)
    kept["order"] = order["id"]
    _answer(shop, kept, 200)
    return WooAnswer(200, _sold(shop, order), _headers(kept["token"]))


@route(("POST", "PUT", "PATCH"), "/checkout", namespace=_STORE, public=True)
def check_out(shop: SimWoo, request: WooRequest) -> WooAnswer:
    kept = _cart(shop, request, changing=True)
    fields = request.fields()
    method = str(fields.get("payment_method") or "")
    if not kept["items"]:
        text = "Cannot create order from empty cart."
        raise refused("woocommerce_rest_cart_empty", text, 400)
    if method not in _METHODS:
        text = "No payment method provided."
        raise refused("woocommerce_rest_checkout_missing_payment_method", text, 400)
    for number, pieces in kept["items"].items():
        _enough(shop, int(number), pieces)
    order = _draft(shop, kept)
    billing, shipping = fields.get("billing_address") or {}, fields.get("shipping_address") or {}
    for name, given in (("billing", billing), ("shipping", shipping or billing)):
        order[name] |= {key: str(text) for key, text in given.items() if key in order[name]}
    _fill(shop, order, kept["items"])
    order |= {
        "payment_method": method,
        "payment_method_title": _METHODS[method],
        "customer_note": str(fields.get("customer_note") or ""),
        "customer_ip_address": "203.0.113.7",
        "customer_user_agent": request.headers.get("user-agent", "Mozilla/5.0"),
        "modified": shop.stamp(),
        "cart_hash": hashlib.md5(json.dumps(kept["items"]).encode()).hexdigest(),
    }
    save(shop, order)
    order_status.change(shop, order, "processing" if method == "cod" else "on-hold")
    save(shop, order)
    shop.emit("order.created", order["id"])
    shop.emit("order.updated", order["id"])
    shop.db.execute("DELETE FROM carts WHERE token = ?", (kept["token"],))
    return WooAnswer(200, _sold(shop, order), _headers(kept["token"]))


def _draft(shop: SimWoo, kept: Mapping[str, Any]) -> dict[str, Any]:
    """The order that the checkout page has made of this cart, else a new one."""
    order = order_store.kept(shop, kept["order"]) if kept.get("order") else None
    return order or new_order(shop, shop.next_id("post"), "store-api")


def _sold(shop: SimWoo, order: Mapping[str, Any]) -> dict[str, Any]:
    where = f"{shop.home}/checkout/order-received/{order['id']}/?key={order['order_key']}"
    billing = {name: order["billing"][name] for name in (*ADDRESS, "email", "phone")}
    shipping = {name: order["shipping"][name] for name in (*ADDRESS, "phone")}
    details = [{"key": "result", "value": "success"}, {"key": "redirect", "value": where}]
    return {
        "order_id": order["id"],
        "status": order["status"],
        "order_key": order["order_key"],
        "order_number": str(order["id"]),
        "customer_note": order["customer_note"],
        "customer_id": order["customer_id"],
        "billing_address": billing,
        "shipping_address": shipping,
        "payment_method": order["payment_method"],
        "payment_result": {
            "payment_status": "success",
            "payment_details": details,
            "redirect_url": where,
        },
        "additional_fields": {},
        "__experimentalCart": None,
        "extensions": {},
    }


def _fill(shop: SimWoo, order: dict[str, Any], items: Mapping[str, int]) -> None:
    """Lines, shipping and sums; the tax line has the first number here (recorded 42)."""
    found = {number: goods_of(shop, int(number)) for number in items}
    rates_of = rates_at(shop, order["shipping"], order["billing"])
    used = {
        rate.rate_id for goods in found.values() if goods.taxable
        for rate in rates_of(goods.tax_class)
    }  # fmt: skip
    order["tax_lines"] = [
        {"rate_id": rate_id, "id": shop.next_id("order_item")} for rate_id in sorted(used)
    ]
    till = till_of(shop)
    order["line_items"] = [
        goods_line({"quantity": pieces}, found[number], till) for number, pieces in items.items()
    ]
    names = ", ".join(f"{found[number].name} &times; {n}" for number, n in items.items())
    posted = {
        "method_id": "flat_rate",
        "method_title": "Flat rate",
        "instance_id": "1",
        "total": str(FLAT_RATE),
        "meta_data": [{"key": "Items", "value": names}],
    }
    order["shipping_lines"] = [shipping_line(posted, till)]
    hashes = ("_coupons_hash", "_debug_log_source_pending_deletion", "_fees_hash",
              "_shipping_hash", "_taxes_hash")  # fmt: skip
    order["meta_data"] = [
        {"id": shop.next_id("order_meta"), "key": name, "value": _EMPTY_HASH} for name in hashes
    ]
    exempt = {"id": shop.next_id("order_meta"), "key": "is_vat_exempt", "value": "no"}
    order["meta_data"].append(exempt)
    recalculate(shop, order)


def _enough(shop: SimWoo, number: int, pieces: int) -> None:
    goods = product_store.find(shop, number)
    if goods is None:
        return
    keeper = stock.keeper(shop, number)
    name = goods_of(shop, number).name
    if keeper is None or keeper["backorders"] != "no":
        if goods.stock_status != "outofstock":
            return
        left = 0
    else:
        left = int(keeper["stock_quantity"] or 0)
    if left <= 0:
        text = f"&quot;{name}&quot; is out of stock and cannot be purchased."
        raise refused("woocommerce_rest_product_out_of_stock", text, 400)
    if left < pieces:
        text = (
            f"You cannot add that amount of &quot;{name}&quot; to the cart because there is not"
            f" enough stock ({left} remaining)."
        )
        raise refused("woocommerce_rest_product_partially_out_of_stock", text, 400)


def _cart(shop: SimWoo, request: WooRequest, *, changing: bool = False) -> dict[str, Any]:
    token = request.headers.get("cart-token", "")
    row = shop.db.execute("SELECT body FROM carts WHERE token = ?", (token,)).fetchone()
    if row is not None:
        kept: dict[str, Any] = json.loads(row["body"])
        return kept
    if changing and "nonce" not in request.headers:
        text = "Missing the Nonce header. This endpoint requires a valid nonce."
        raise refused("woocommerce_rest_missing_nonce", text, 401)
    number = shop.next_id("cart")
    return {"token": hashlib.sha256(f"cart-{number}".encode()).hexdigest(), "items": {}}


def _headers(token: str) -> dict[str, str]:
    return {"cart-token": token, "nonce": token[:10]}


def _answer(shop: SimWoo, kept: Mapping[str, Any], status: int) -> WooAnswer:
    shop.db.execute(
        "INSERT INTO carts (token, body) VALUES (?, ?)"
        " ON CONFLICT (token) DO UPDATE SET body = excluded.body",
        (kept["token"], json.dumps(kept)),
    )
    return WooAnswer(status, cart_json(shop, kept["items"]), _headers(kept["token"]))
