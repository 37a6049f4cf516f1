"""What an order's status does to stock, dates, notes and refunds (recorded 33, 34 and 37).

Stock is taken once at on-hold, processing and completed, and given back at cancelled and at
pending; what a line has taken stands in its meta `_reduced_stock`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.connectors.woocommerce.simulator.order_store import DRAFTS, add_note, refunds_of
from tests.connectors.woocommerce.simulator.trade_goods import change_stock, count_sold

if TYPE_CHECKING:
    from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["TAKEN", "adjust_line", "change", "give_back_line", "paid", "refund_document"]

TAKEN = frozenset({"on-hold", "processing", "completed"})
"""Statuses in which an order's goods are taken from stock."""

_RETURNED = frozenset({"cancelled", "pending"})
_NAMES = {
    "pending": "Pending payment",
    "processing": "Processing",
    "on-hold": "On hold",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "refunded": "Refunded",
    "failed": "Failed",
    "checkout-draft": "Draft",
    "auto-draft": "auto-draft",
    "trash": "trash",
}


def change(shop: SimWoo, order: dict[str, Any], status: str) -> None:
    """Give `order` a status, in place, with all that follows; the caller saves and emits."""
    before = order["status"]
    order["status"] = status
    if before == status:
        return
    if order["paid"] is None and _means_paid(order, status):
        order["paid"] = shop.stamp()
    if status == "completed":
        order["completed"] = shop.stamp()
    names = f"{_NAMES.get(before, before)} to {_NAMES.get(status, status)}"
    add_note(shop, order["id"], f"Order status changed from {names}.")
    if status in TAKEN:
        _count_sold(shop, order)
        _take(shop, order)
    if status in _RETURNED:
        _give_back(shop, order)
    if status == "refunded":
        _refund_rest(shop, order)
    if before in DRAFTS and status not in DRAFTS:
        shop.emit("order.created", order["id"])


def paid(shop: SimWoo, order: dict[str, Any]) -> None:
    """`set_paid`: the payment is complete (only where it was awaited)."""
    if order["status"] not in {"pending", "on-hold", "failed", "cancelled"}:
        return
    if order["paid"] is None:
        order["paid"] = shop.stamp()
    change(shop, order, _when_paid(order))


def _when_paid(order: Mapping[str, Any]) -> str:
    """The status that a payment brings; cash on delivery is paid at the door only (recorded 38)."""
    working = any(line["needs_processing"] for line in order["line_items"])
    return "processing" if working and order["payment_method"] != "cod" else "completed"


def _means_paid(order: Mapping[str, Any], status: str) -> bool:
    return status == "completed" or (status == "processing" and _when_paid(order) == status)


def refund_document(
    shop: SimWoo, order_id: int, amount: str, reason: str, *, full: bool
) -> dict[str, Any]:
    """A refund without lines, not yet written."""
    meta = {"id": shop.next_id("order_meta"), "key": "_refund_type"}
    return {
        "id": shop.next_id("post"),
        "order_id": order_id,
        "created": shop.stamp(),
        "amount": amount,
        "reason": reason,
        "meta_data": [meta | {"value": "full" if full else "partial"}],
        "line_items": [],
        "shipping_lines": [],
        "tax_lines": [],
        "fee_lines": [],
    }


def adjust_line(shop: SimWoo, order: dict[str, Any], line: dict[str, Any], quantity: int) -> None:
    """Stock follows a line that is edited after its goods were taken (source)."""
    held = _meta(line, "_reduced_stock")
    if order["status"] not in TAKEN or (held is None and not order["stock_reduced"]):
        return
    taken = int(held["value"]) if held else 0
    if quantity == taken:
        return
    moved = change_stock(shop, line["variation_id"] or line["product_id"], taken - quantity)
    if moved is None:
        return
    _set_held(shop, line, quantity)
    add_note(shop, order["id"], f"Adjusted stock: {_called(line)} ({moved[0]}→{moved[1]})")


def give_back_line(shop: SimWoo, order: dict[str, Any], line: dict[str, Any], pieces: int) -> None:
    """Goods refunded with `api_restock` go back, no more of them than were taken (recorded 37)."""
    held = _meta(line, "_reduced_stock")
    pieces = min(pieces, int(held["value"]) if held else 0)
    if pieces <= 0:
        return
    moved = change_stock(shop, line["variation_id"] or line["product_id"], pieces)
    if held is None or moved is None:
        return
    held["value"] = str(int(held["value"]) - pieces)
    back = _meta(line, "_restock_refunded_items")
    if back is None:
        back = {"id": shop.next_id("item_meta"), "key": "_restock_refunded_items", "value": "0"}
        line["meta_data"].append(back)
    back["value"] = str(int(back["value"]) + pieces)
    text = f"Item #{line['product_id']} stock increased from {moved[0]} to {moved[1]}."
    add_note(shop, order["id"], text)


def _count_sold(shop: SimWoo, order: dict[str, Any]) -> None:
    if not order.get("counted_sold"):
        order["counted_sold"] = True
        for line in order["line_items"]:
            count_sold(shop, line["product_id"], line["quantity"])


def _take(shop: SimWoo, order: dict[str, Any]) -> None:
    if order["stock_reduced"]:
        return
    order["stock_reduced"] = True
    notes = []
    for line in order["line_items"]:
        if _meta(line, "_reduced_stock") is not None:
            continue
        goods = line["variation_id"] or line["product_id"]
        moved = change_stock(shop, goods, -line["quantity"])
        if moved is not None:
            _set_held(shop, line, line["quantity"])
            notes.append(f"{_called(line)} {moved[0]}→{moved[1]}")
    if notes:
        add_note(shop, order["id"], f"Stock levels reduced: {', '.join(notes)}")


def _give_back(shop: SimWoo, order: dict[str, Any]) -> None:
    if not order["stock_reduced"]:
        return
    order["stock_reduced"] = False
    notes = []
    for line in order["line_items"]:
        held = _meta(line, "_reduced_stock")
        if held is None:
            continue
        line["meta_data"].remove(held)
        goods = line["variation_id"] or line["product_id"]
        moved = change_stock(shop, goods, int(held["value"]))
        if moved is not None:
            notes.append(f"{_called(line)} {moved[0]}→{moved[1]}")
    if notes:
        add_note(shop, order["id"], f"Stock levels increased: {', '.join(notes)}")


def _refund_rest(shop: SimWoo, order: dict[str, Any]) -> None:
    """The status `refunded` makes a refund of all that is not refunded yet (recorded 33)."""
    given = sum((Decimal(row["amount"] or 0) for row in refunds_of(shop, order["id"])), Decimal(0))
    rest = Decimal(order["totals"]["total"]) - given
    if rest <= 0:
        return
    refund = refund_document(shop, order["id"], str(rest), "Order fully refunded.", full=True)
    shop.db.execute(
        "INSERT INTO refunds (id, order_id, created, body) VALUES (?, ?, ?, ?)",
        (refund["id"], order["id"], refund["created"], json.dumps(refund)),
    )


def _set_held(shop: SimWoo, line: dict[str, Any], pieces: int) -> None:
    held = _meta(line, "_reduced_stock")
    if held is None:
        held = {"id": shop.next_id("item_meta"), "key": "_reduced_stock"}
        line["meta_data"].append(held)
    held["value"] = str(pieces)


def _meta(line: dict[str, Any], key: str) -> dict[str, Any] | None:
    rows: list[dict[str, Any]] = line["meta_data"]
    return next((row for row in rows if row["key"] == key), None)


def _called(line: dict[str, Any]) -> str:
    return f"{line['name']} ({line['sku'] or '#' + str(line['product_id'])})"
