"""Notes on an order: `/orders/{id}/notes` (recorded 35, WooCommerce 10.5)."""

from __future__ import annotations

import sqlite3
from typing import Any

from tests.connectors.woocommerce.simulator.answers import created, item, links, refused, trimmed
from tests.connectors.woocommerce.simulator.order_store import add_note, kept
from tests.connectors.woocommerce.simulator.router import WooAnswer, WooRequest, route
from tests.connectors.woocommerce.simulator.shop import SimWoo

_OWN = r"/orders/(?P<order>\d+)/notes"
_ONE = _OWN + r"/(?P<id>\d+)"


@route("POST", _OWN)
def make(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """The order's own date does not move."""
    fields = request.fields()
    if "note" not in fields:
        text = "Missing parameter(s): note"
        raise refused("rest_missing_callback_param", text, 400, params=["note"])
    order_id = _order(shop, request)
    for_customer = fields.get("customer_note") in {True, "1", "true"}
    number = add_note(shop, order_id, str(fields["note"]), for_customer=for_customer)
    if fields.get("added_by_user") in {True, "1", "true"}:
        shop.db.execute("UPDATE order_notes SET author = 'admin' WHERE id = ?", (number,))
    return created(request, _shown(shop, request, _row(shop, order_id, number)))


@route("GET", _OWN)
def listed(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """All of them, oldest first: there are no pages and no total (recorded)."""
    kind = request.query.get("type", "any")
    rows = shop.db.execute(
        "SELECT * FROM order_notes WHERE order_id = ? ORDER BY id", (_order(shop, request),)
    ).fetchall()
    wanted = [row for row in rows if kind == "any" or (kind == "customer") == row["for_customer"]]
    return WooAnswer(200, trimmed(request, [_shown(shop, request, row) for row in wanted]))


@route("GET", _ONE)
def read(shop: SimWoo, request: WooRequest) -> WooAnswer:
    return item(request, _shown(shop, request, _wanted(shop, request)))


@route("DELETE", _ONE)
def destroy(shop: SimWoo, request: WooRequest) -> WooAnswer:
    row = _wanted(shop, request)
    if not request.flag("force"):
        text = "Webhooks do not support trashing."
        raise refused("woocommerce_rest_trash_not_supported", text, 501)
    shop.db.execute("DELETE FROM order_notes WHERE id = ?", (row["id"],))
    return item(request, _shown(shop, request, row))


def _order(shop: SimWoo, request: WooRequest) -> int:
    number = request.number("order")
    if kept(shop, number) is None:
        raise refused("woocommerce_rest_order_invalid_id", "Invalid order ID.", 404)
    return number


def _row(shop: SimWoo, order_id: int, number: int) -> sqlite3.Row:
    row: sqlite3.Row | None = shop.db.execute(
        "SELECT * FROM order_notes WHERE order_id = ? AND id = ?", (order_id, number)
    ).fetchone()
    if row is None:
        raise refused("woocommerce_rest_invalid_id", "Invalid resource ID.", 404)
    return row


def _wanted(shop: SimWoo, request: WooRequest) -> sqlite3.Row:
    return _row(shop, _order(shop, request), request.number())


def _shown(shop: SimWoo, request: WooRequest, row: sqlite3.Row) -> dict[str, Any]:
    order = f"/orders/{row['order_id']}"
    return {
        "id": row["id"],
        "author": row["author"],
        "date_created": shop.local(row["created"]),
        "date_created_gmt": row["created"],
        "note": row["note"],
        "customer_note": bool(row["for_customer"]),
        "_links": links(request, f"{order}/notes/{row['id']}", f"{order}/notes", up=order),
    }
