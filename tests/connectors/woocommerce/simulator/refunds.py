"""Refunds: `/orders/{id}/refunds` and `/refunds` (recorded 37, WooCommerce 10.5).

The order's own total stays; a line that is named gives its goods back to stock unless
`api_restock` is false; the last cent refunded makes the order `refunded`. An amount is hardly
checked: left out, an empty refund is made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.connectors.woocommerce.simulator import order_status
from tests.connectors.woocommerce.simulator.answers import created, item, refused
from tests.connectors.woocommerce.simulator.listing import checked_query, listed, page_of
from tests.connectors.woocommerce.simulator.order_lines import amount, whole
from tests.connectors.woocommerce.simulator.order_store import kept, refunds_of, save, view_of
from tests.connectors.woocommerce.simulator.order_view import refund_json
from tests.connectors.woocommerce.simulator.router import Refused, WooAnswer, WooRequest, route
from tests.connectors.woocommerce.simulator.shop import SimWoo

_OWN = r"/orders/(?P<order>\d+)/refunds"
_ONE = _OWN + r"/(?P<id>\d+)"


@route("POST", _OWN)
def make(shop: SimWoo, request: WooRequest) -> WooAnswer:
    fields = request.fields()
    order = _order(shop, request)
    lines = fields.get("line_items") or []
    given = _given(fields, lines)
    total = Decimal(order["totals"]["total"])
    before = [Decimal(row["amount"] or 0) for row in refunds_of(shop, order["id"])]
    rest = total - sum(before, Decimal(0))
    if given and (not _numeric(given) or amount(given) > rest):
        raise _refused()
    if amount(given) < 0:
        code, text = "woocommerce_rest_invalid_order_refund", "Refund amount must be greater than"
        raise refused(code, f"{text} zero.", 400)
    full = amount(given) == rest and rest > 0
    reason = str(fields.get("reason") or "")
    refund = order_status.refund_document(shop, order["id"], given, reason, full=full)
    _fill(shop, order, refund, lines)
    shop.db.execute(
        "INSERT INTO refunds (id, order_id, created, body) VALUES (?, ?, ?, ?)",
        (refund["id"], order["id"], refund["created"], json.dumps(refund)),
    )
    if fields.get("api_restock", True) is not False:
        for posted in lines:
            line = _line(order, posted)
            if line is not None:
                pieces = whole(posted.get("quantity") or 0)
                order_status.give_back_line(shop, order, line, pieces)
    if full:
        order_status.change(shop, order, "refunded")
    order["modified"] = shop.stamp()
    save(shop, order)
    shop.emit("order.updated", order["id"])
    return created(request, refund_json(refund, view_of(shop, request)))


@route("GET", _OWN)
def of_order(shop: SimWoo, request: WooRequest) -> WooAnswer:
    order = _order(shop, request)
    return _page(shop, request, "WHERE order_id = ?", (order["id"],), parent=False)


@route("GET", "/refunds")
def all_listed(shop: SimWoo, request: WooRequest) -> WooAnswer:
    return _page(shop, request, "", (), parent=True)


@route("GET", _ONE)
def read(shop: SimWoo, request: WooRequest) -> WooAnswer:
    return item(request, refund_json(_wanted(shop, request), view_of(shop, request)))


@route("DELETE", _ONE)
def destroy(shop: SimWoo, request: WooRequest) -> WooAnswer:
    refund = _wanted(shop, request)
    if not request.flag("force"):
        text = "Order refunds do not support trashing."
        raise refused("woocommerce_rest_trash_not_supported", text, 501)
    shop.db.execute("DELETE FROM refunds WHERE id = ?", (refund["id"],))
    shop.emit("order.updated", refund["order_id"])
    return item(request, refund_json(refund, view_of(shop, request)))


def _page(
    shop: SimWoo, request: WooRequest, where: str, values: tuple[int, ...], *, parent: bool
) -> WooAnswer:
    query = checked_query(request)
    _, per_page, first = page_of(query)
    total = shop.db.execute(f"SELECT count(*) FROM refunds {where}", values).fetchone()[0]
    rows = shop.db.execute(
        f"SELECT body FROM refunds {where} ORDER BY created DESC, id DESC LIMIT ? OFFSET ?",
        (*values, per_page, first),
    ).fetchall()
    view = view_of(shop, request)
    shown = [refund_json(json.loads(row["body"]), view, parent=parent) for row in rows]
    linked = replace(request, query={**request.query, "dp": str(view.dp)})
    return listed(linked, query, total, shown)


def _given(fields: Mapping[str, Any], lines: list[Mapping[str, Any]]) -> str:
    """The amount sent; without one what the lines say together."""
    if fields.get("amount") is not None:
        return str(fields["amount"])
    if not lines:
        return ""
    whole_amount = Decimal(0)
    for line in lines:
        whole_amount += amount(line.get("refund_total", 0))
        for tax in line.get("refund_tax") or ():
            whole_amount += amount(tax.get("refund_total", 0))
    return str(whole_amount)


def _numeric(text: str) -> bool:
    return text.strip() in {"0", "0.0", "0.00"} or amount(text) != 0


def _refused() -> Refused:
    """Status 500, and `data` is a number here, not an object (recorded)."""
    code = "woocommerce_rest_cannot_create_order_refund"
    return Refused(WooAnswer(500, {"code": code, "message": "Invalid refund amount.", "data": 500}))


def _fill(
    shop: SimWoo, order: Mapping[str, Any], refund: dict[str, Any], lines: list[Mapping[str, Any]]
) -> None:
    """Lines of any kind are named by their number alone: goods, shipping and fees."""
    sums: dict[tuple[str, str], Decimal] = {}
    for posted in lines:
        for kind in ("line_items", "shipping_lines", "fee_lines"):
            line = _line(order, posted, kind)
            if line is None:
                continue
            row = _refunded(shop, line, posted)
            refund[kind].append(row)
            column = "shipping_tax_total" if kind == "shipping_lines" else "tax_total"
            for rate, tax in row["taxes"].items():
                before = sums.get((rate, column), Decimal(0))
                sums[rate, column] = before + Decimal(tax)
    for known in order["tax_lines"]:
        of_rate = {
            column: str(sums.get((str(known["rate_id"]), column), Decimal(0)))
            for column in ("tax_total", "shipping_tax_total")
        }
        if any(rate == str(known["rate_id"]) for rate, _ in sums):
            made = dict(known) | {"id": shop.next_id("order_item")} | of_rate
            refund["tax_lines"].append(made)


def _refunded(shop: SimWoo, line: Mapping[str, Any], posted: Mapping[str, Any]) -> dict[str, Any]:
    total = str(-amount(posted.get("refund_total", 0)))
    taxes = {
        str(tax["id"]): str(-amount(tax.get("refund_total", 0)))
        for tax in posted.get("refund_tax") or ()
    }
    meta = {"id": shop.next_id("item_meta"), "key": "_refunded_item_id", "value": str(line["id"])}
    row = dict(line) | {"id": shop.next_id("order_item"), "total": total, "taxes": taxes}
    row["meta_data"] = [meta]
    if "quantity" in line:
        row |= {"quantity": -whole(posted.get("quantity") or 0), "subtotal": total}
        row["subtotal_taxes"] = taxes
    return row


def _line(
    order: Mapping[str, Any], posted: Mapping[str, Any], kind: str = "line_items"
) -> dict[str, Any] | None:
    number = whole(posted.get("id") or 0)
    lines: list[dict[str, Any]] = order[kind]
    return next((line for line in lines if line["id"] == number), None)


def _order(shop: SimWoo, request: WooRequest) -> dict[str, Any]:
    order = kept(shop, request.number("order"))
    if order is None:
        raise refused("woocommerce_rest_invalid_order_id", "Invalid order ID.", 404)
    return order


def _wanted(shop: SimWoo, request: WooRequest) -> dict[str, Any]:
    row = shop.db.execute(
        "SELECT body FROM refunds WHERE order_id = ? AND id = ?",
        (request.number("order"), request.number()),
    ).fetchone()
    if row is None:
        raise refused("woocommerce_rest_shop_order_refund_invalid_id", "Invalid ID.", 404)
    refund: dict[str, Any] = json.loads(row["body"])
    return refund
