"""Orders, refunds and notes in the shop's database, and the places that take part in a sale.

An order is kept as one JSON document beside the columns it is looked up by, as WooCommerce's own
order tables hold the head in columns. Moments are text in UTC, to the second.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.connectors.woocommerce.simulator.answers import API
from tests.connectors.woocommerce.simulator.order_view import View, order_json
from tests.connectors.woocommerce.simulator.router import WooRequest, tables

if TYPE_CHECKING:
    from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = [
    "DRAFTS",
    "STATUSES",
    "add_note",
    "forget",
    "kept",
    "refunds_of",
    "save",
    "shown",
    "view_of",
]

STATUSES = (
    "auto-draft", "pending", "processing", "on-hold", "completed", "cancelled", "refunded",
    "failed", "checkout-draft",
)  # fmt: skip
DRAFTS = frozenset({"auto-draft", "checkout-draft"})
"""Not an order yet: their making is no `order.created`, their leaving is (source)."""

_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "CHF": "CHF"}

tables(
    """
    CREATE TABLE IF NOT EXISTS orders (
        id INTEGER PRIMARY KEY, status TEXT NOT NULL, created TEXT NOT NULL, modified TEXT NOT NULL,
        customer INTEGER NOT NULL, searched TEXT NOT NULL, body TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS orders_modified ON orders (modified, id);
    CREATE INDEX IF NOT EXISTS orders_created ON orders (created, id);
    CREATE TABLE IF NOT EXISTS order_goods (
        order_id INTEGER NOT NULL, product INTEGER NOT NULL, PRIMARY KEY (order_id, product)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS refunds (
        id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL, created TEXT NOT NULL, body TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS refunds_order ON refunds (order_id);
    CREATE TABLE IF NOT EXISTS order_notes (
        id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL, author TEXT NOT NULL,
        created TEXT NOT NULL, note TEXT NOT NULL, for_customer INTEGER NOT NULL
    );
    CREATE INDEX IF NOT EXISTS notes_order ON order_notes (order_id);
    """
)


def kept(shop: SimWoo, order_id: int) -> dict[str, Any] | None:
    """An order with this id, also a trashed one."""
    row = shop.db.execute("SELECT body FROM orders WHERE id = ?", (order_id,)).fetchone()
    return None if row is None else json.loads(row["body"])


def save(shop: SimWoo, order: Mapping[str, Any]) -> None:
    """Write an order as it is; the caller has set `modified` and emits."""
    searched = " ".join([
        str(order["id"]),
        *(str(text) for text in order["billing"].values()),
        *(str(text) for text in order["shipping"].values()),
        *(str(line["name"]) for line in order["line_items"]),
    ])
    row = (order["id"], order["status"], order["created"], order["modified"], order["customer_id"])
    shop.db.execute(
        "INSERT INTO orders (id, status, created, modified, customer, searched, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status,"
        " modified = excluded.modified, customer = excluded.customer,"
        " searched = excluded.searched, body = excluded.body",
        (*row, searched.lower(), json.dumps(order)),
    )
    shop.db.execute("DELETE FROM order_goods WHERE order_id = ?", (order["id"],))
    named = {line[key] for line in order["line_items"] for key in ("product_id", "variation_id")}
    shop.db.executemany(
        "INSERT INTO order_goods (order_id, product) VALUES (?, ?)",
        [(order["id"], number) for number in named if number],
    )


def forget(shop: SimWoo, order_id: int) -> None:
    """Destroy an order with all that hangs on it."""
    for table in ("order_goods", "refunds", "order_notes"):
        shop.db.execute(f"DELETE FROM {table} WHERE order_id = ?", (order_id,))
    shop.db.execute("DELETE FROM orders WHERE id = ?", (order_id,))


def refunds_of(shop: SimWoo, order_id: int) -> list[dict[str, Any]]:
    """Latest first; of one second the smaller id first (recorded 37, the last exchange)."""
    rows = shop.db.execute(
        "SELECT body FROM refunds WHERE order_id = ? ORDER BY created DESC, id", (order_id,)
    )
    return [json.loads(row["body"]) for row in rows]


def add_note(shop: SimWoo, order_id: int, text: str, *, for_customer: bool = False) -> int:
    """A note from the shop itself, such as that of a changed status; its id."""
    number = shop.next_id("comment")
    shop.db.execute(
        "INSERT INTO order_notes (id, order_id, author, created, note, for_customer)"
        " VALUES (?, ?, 'WooCommerce', ?, ?, ?)",
        (number, order_id, shop.stamp(), text, for_customer),
    )
    return number


def view_of(shop: SimWoo, request: WooRequest) -> View:
    """How this request wants its amounts and addresses."""
    dp = request.query.get("dp", "")
    return View(
        api=request.base + API,
        home=shop.home,
        zone=ZoneInfo(shop.zone),
        symbol=_SYMBOLS.get(shop.currency, shop.currency),
        dp=int(dp) if dp.isdigit() else shop.decimals,
    )


def shown(
    shop: SimWoo, request: WooRequest, orders: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Kept orders as the interface shows them."""
    view = view_of(shop, request)
    return [order_json(order, refunds_of(shop, order["id"]), view) for order in orders]
