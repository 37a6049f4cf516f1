"""An order made or changed by a request: head, lines, coupons, then all sums anew.

Recorded 26 to 36 (WooCommerce 10.5). Nothing here knows a key by which a repeated request could
be recognised: the shop has none, and a second POST is a second order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.connectors.woocommerce.simulator import order_status
from tests.connectors.woocommerce.simulator.answers import refused
from tests.connectors.woocommerce.simulator.coupons import CouponError, apply_coupons
from tests.connectors.woocommerce.simulator.order_lines import (
    LineError,
    Till,
    fee_line,
    goods_line,
    set_meta,
    shipping_line,
    update_line,
    whole,
)
from tests.connectors.woocommerce.simulator.order_money import Rate, Totals, retax
from tests.connectors.woocommerce.simulator.order_store import STATUSES, save
from tests.connectors.woocommerce.simulator.order_view import ADDRESS
from tests.connectors.woocommerce.simulator.router import Refused, WooAnswer
from tests.connectors.woocommerce.simulator.trade_goods import (
    goods_of,
    id_by_sku,
    rates_at,
    rates_at_base,
)

if TYPE_CHECKING:
    from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["apply", "create", "new_order", "prepare", "recalculate", "till_of"]

_PLAIN = (
    "payment_method", "payment_method_title", "transaction_id", "customer_note", "currency",
    "customer_ip_address", "customer_user_agent", "created_via",
)  # fmt: skip
_LINES = ("line_items", "shipping_lines", "fee_lines")
_SUMMED = (*_LINES, "coupon_lines", "billing", "shipping")
_NAMING = ("product_id", "method_id", "method_title", "name")
"""A line with one of these null, or with quantity 0, is taken out."""


def new_order(shop: SimWoo, order_id: int, created_via: str = "rest-api") -> dict[str, Any]:
    """An empty order, pending, not yet written."""
    now = shop.stamp()
    return {
        "id": order_id,
        "status": "pending",
        "currency": shop.currency,
        "prices_include_tax": shop.prices_include_tax,
        "created": now,
        "modified": now,
        "completed": None,
        "paid": None,
        "customer_id": 0,
        "order_key": f"wc_order_{_token(order_id)}",
        "billing": dict.fromkeys((*ADDRESS, "email", "phone"), ""),
        "shipping": dict.fromkeys((*ADDRESS, "phone"), ""),
        "payment_method": "",
        "payment_method_title": "",
        "transaction_id": "",
        "customer_ip_address": "",
        "customer_user_agent": "",
        "created_via": created_via,
        "customer_note": "",
        "cart_hash": "",
        "stock_reduced": False,
        "meta_data": [],
        "line_items": [],
        "shipping_lines": [],
        "fee_lines": [],
        "coupon_lines": [],
        "tax_lines": [],
        "totals": dict.fromkeys(("total", "discount", "discount_tax", "shipping", "cart_tax",
                                 "shipping_tax"), "0"),
    }  # fmt: skip


def create(shop: SimWoo, posted: Mapping[str, Any]) -> dict[str, Any]:
    """Make an order and write it; one that is refused for its lines takes no number (recorded 32).

    Raises:
        Refused: for its customer, a line, or a coupon; after the last of these the order stays
            behind as a draft (recorded 29).
    """
    trial = new_order(shop, 0)
    _customer(shop, trial, posted)
    _lines(shop, trial, posted, till_of(shop, lambda _: 0))
    order = new_order(shop, shop.next_id("post"))
    prepare(shop, order, posted)
    if posted.get("coupon_lines"):
        _coupons(shop, order, posted["coupon_lines"], draft=True)
        recalculate(shop, order)
    save(shop, order)
    _status(shop, order, posted)
    save(shop, order)
    if order["status"] not in {"auto-draft", "checkout-draft"}:
        shop.emit("order.created", order["id"])
        shop.emit("order.updated", order["id"])
    return order


def prepare(shop: SimWoo, order: dict[str, Any], posted: Mapping[str, Any]) -> None:
    """Head, lines and sums of a new order, in place; nothing is written."""
    _customer(shop, order, posted)
    _head(shop, order, posted)
    _lines(shop, order, posted, till_of(shop))
    recalculate(shop, order)


def apply(shop: SimWoo, order: dict[str, Any], posted: Mapping[str, Any]) -> None:
    """Change an order as asked and write it; its date moves even where nothing else does."""
    _customer(shop, order, posted)
    _head(shop, order, posted)
    _lines(shop, order, posted, till_of(shop))
    if "coupon_lines" in posted:
        _coupons(shop, order, posted["coupon_lines"] or [], draft=False)
    if any(name in posted for name in _SUMMED):
        recalculate(shop, order)
    _status(shop, order, posted)
    order["modified"] = shop.stamp()
    save(shop, order)
    shop.emit("order.updated", order["id"])


def till_of(shop: SimWoo, next_id: Callable[[str], int] | None = None) -> Till:
    """What lines are made with in this shop."""
    gross = shop.prices_include_tax and shop.calc_taxes
    return Till(next_id or shop.next_id, rates_at_base(shop) if gross else None)


def recalculate(
    shop: SimWoo, order: dict[str, Any], next_id: Callable[[str], int] | None = None
) -> None:
    """All sums from the lines; a rate's tax line keeps its number for as long as it lives."""
    numbered = next_id or shop.next_id
    rates_of = rates_at(shop, order["shipping"], order["billing"])
    used: dict[str, Rate] = {}

    def remembered(tax_class: str) -> Sequence[Rate]:
        found = rates_of(tax_class)
        used.update({str(rate.rate_id): rate for rate in found})
        return found

    totals = retax(
        order,
        remembered,
        shop.decimals,
        gross=shop.prices_include_tax,
        at_subtotal=shop.tax_round_at_subtotal,
    )
    order["totals"] = {
        "total": str(totals.total),
        "discount": str(totals.discount),
        "discount_tax": str(totals.discount_tax),
        "shipping": str(totals.shipping),
        "cart_tax": str(totals.cart_tax),
        "shipping_tax": str(totals.shipping_tax),
    }
    order["tax_lines"] = _tax_lines(order, totals, used, numbered)


def _tax_lines(
    order: Mapping[str, Any],
    totals: Totals,
    used: Mapping[str, Rate],
    numbered: Callable[[str], int],
) -> list[dict[str, Any]]:
    numbers = {row["rate_id"]: row["id"] for row in order["tax_lines"]}
    lines = []
    for rate_id in {**totals.goods_tax, **totals.shipping_taxes}:
        rate = used[rate_id]
        lines.append({
            "id": numbers.get(rate.rate_id) or numbered("order_item"),
            "rate_code": rate.code,
            "rate_id": rate.rate_id,
            "label": rate.label,
            "compound": rate.compound,
            "tax_total": str(totals.goods_tax.get(rate_id, Decimal(0))),
            "shipping_tax_total": str(totals.shipping_taxes.get(rate_id, Decimal(0))),
            "rate_percent": str(rate.percent),
        })
    return lines


def _customer(shop: SimWoo, order: dict[str, Any], posted: Mapping[str, Any]) -> None:
    customer_id = whole(posted.get("customer_id", order["customer_id"]) or 0)
    if customer_id and customer_id != order["customer_id"]:
        known = shop.db.execute(
            "SELECT email FROM customers WHERE id = ?", (customer_id,)
        ).fetchone()
        if known is None:
            raise refused("woocommerce_rest_invalid_customer_id", "Customer ID is invalid.", 400)
        order["billing"]["email"] = order["billing"]["email"] or known["email"]
    order["customer_id"] = customer_id


def _head(shop: SimWoo, order: dict[str, Any], posted: Mapping[str, Any]) -> None:
    for name in _PLAIN:
        if name in posted and posted[name] is not None:
            order[name] = str(posted[name])
    for name in ("billing", "shipping"):
        given = posted.get(name) or {}
        fields = {key: str(text or "") for key, text in given.items() if key in order[name]}
        order[name] |= fields
    set_meta(order["meta_data"], posted.get("meta_data") or (), lambda: shop.next_id("order_meta"))


def _lines(shop: SimWoo, order: dict[str, Any], posted: Mapping[str, Any], till: Till) -> None:
    makers: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
        "line_items": lambda row: goods_line(row, goods_of(shop, _named(shop, row)), till),
        "shipping_lines": lambda row: shipping_line(row, till),
        "fee_lines": lambda row: fee_line(row, till),
    }
    try:
        for kind in _LINES:
            for row in posted.get(kind) or ():
                _line(shop, order, kind, row, makers[kind])
    except LineError as fault:
        if fault.code == "fatal":
            raise _fatal(fault.message) from None
        raise refused(fault.code, fault.message, 400) from None


def _line(
    shop: SimWoo,
    order: dict[str, Any],
    kind: str,
    row: Mapping[str, Any],
    made: Callable[[Mapping[str, Any]], dict[str, Any]],
) -> None:
    number = whole(row.get("id") or 0)
    lines: list[dict[str, Any]] = order[kind]
    found = next((line for line in lines if number and line["id"] == number), None)
    gone = any(name in row and row[name] is None for name in _NAMING)
    gone = gone or ("quantity" in row and whole(row["quantity"]) == 0)
    if gone and not number:
        raise LineError("fatal", "WC_REST_Orders_Controller::remove_item(): Argument #3 ($item_id)"
                        " must be of type int, null given")  # fmt: skip
    if number and found is None:
        text = "Order item ID provided is not associated with order."
        raise LineError("woocommerce_rest_invalid_item_id", text)
    if found is None:
        lines.append(made(row))
    elif gone:
        if kind == "line_items":
            order_status.adjust_line(shop, order, found, 0)
        lines.remove(found)
    elif kind == "line_items":
        named = any(row.get(name) for name in ("product_id", "variation_id", "sku"))
        goods = goods_of(shop, _named(shop, row)) if named else None
        update_line(found, row, goods, till_of(shop))
        order_status.adjust_line(shop, order, found, found["quantity"])
    else:
        _replace(found, row)


def _replace(line: dict[str, Any], row: Mapping[str, Any]) -> None:
    for name in ("method_title", "method_id", "instance_id", "name", "tax_class", "tax_status"):
        if name in row and name in line:
            line[name] = str(row[name])
    if "total" in row:
        line["total"] = str(row["total"])


def _named(shop: SimWoo, row: Mapping[str, Any]) -> int:
    """The goods a line names: by SKU before all else, then by variation, then by product."""
    if row.get("sku"):
        return id_by_sku(shop, str(row["sku"]))
    number = whole(row.get("variation_id") or row.get("product_id") or 0)
    if not number:
        code = "woocommerce_rest_required_product_reference"
        raise LineError(code, "Product ID or SKU is required.")
    return number


def _coupons(
    shop: SimWoo, order: dict[str, Any], posted: Sequence[Mapping[str, Any]], *, draft: bool
) -> None:
    codes = [str(row.get("code") or "") for row in posted]
    try:
        apply_coupons(shop, order, codes)
    except CouponError as fault:
        data = {}
        if draft:
            order["status"] = "checkout-draft"
            save(shop, order)
            data = {"new_draft_order_id": order["id"]}
        code = "woocommerce_rest_invalid_coupon"
        raise refused(code, fault.message, 400, keep=draft, **data) from None


def _status(shop: SimWoo, order: dict[str, Any], posted: Mapping[str, Any]) -> None:
    """A status that WooCommerce does not know becomes `pending` (recorded 34, in a batch)."""
    if posted.get("status"):
        wanted = str(posted["status"])
        order_status.change(shop, order, wanted if wanted in STATUSES else "pending")
    if posted.get("set_paid") is True:
        order_status.paid(shop, order)


def _fatal(message: str) -> Refused:
    """What WordPress says where PHP died (recorded 32)."""
    text = (
        '<p>There has been a critical error on this website.</p><p><a href="...">'
        "Learn more about troubleshooting WordPress.</a></p>"
    )
    fault = {"type": 1, "message": f"Uncaught TypeError: {message} ...", "file": "...", "line": 219}
    body = {
        "code": "internal_server_error",
        "message": text,
        "data": {"status": 500, "error": fault},
        "additional_errors": [],
    }
    return Refused(WooAnswer(500, body, allow=False))


def _token(number: int) -> str:
    """The part of an order's key that nobody guesses; here it need only differ."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    token = ""
    for place in range(13):
        number, rest = divmod(number * 31 + place * 7, len(letters))
        token += letters[rest]
    return token
