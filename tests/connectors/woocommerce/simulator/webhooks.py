"""Webhooks: `/webhooks` (recorded 46 and 50, WooCommerce 10.5). What they send: `deliveries`."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from tests.connectors.woocommerce.simulator.answers import created, item, links, refused
from tests.connectors.woocommerce.simulator.batch import run_batch
from tests.connectors.woocommerce.simulator.listing import (
    Where,
    checked_query,
    listed,
    page_of,
)
from tests.connectors.woocommerce.simulator.router import (
    EDIT,
    WooAnswer,
    WooRequest,
    route,
    tables,
)
from tests.connectors.woocommerce.simulator.schema import Kind, checked
from tests.connectors.woocommerce.simulator.shop import SimWoo

STATUSES = ("active", "paused", "disabled")

tables(
    """
    CREATE TABLE IF NOT EXISTS webhooks (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, status TEXT NOT NULL, topic TEXT NOT NULL,
        url TEXT NOT NULL, secret TEXT NOT NULL, created TEXT NOT NULL, modified TEXT NOT NULL,
        failures INTEGER NOT NULL DEFAULT 0
    );
    """
)

_CALLBACKS: Mapping[str, tuple[str, ...]] = {
    "order.created": ("woocommerce_new_order",),
    "order.updated": ("woocommerce_update_order", "woocommerce_order_refunded"),
    "order.deleted": ("wp_trash_post", "woocommerce_trash_order"),
    "order.restored": ("untrashed_post", "woocommerce_untrash_order"),
    "product.created": (
        "woocommerce_process_product_meta",
        "woocommerce_new_product",
        "woocommerce_new_product_variation",
    ),
    "product.updated": (
        "woocommerce_process_product_meta",
        "woocommerce_update_product",
        "woocommerce_update_product_variation",
    ),
    "product.deleted": ("wp_trash_post",),
    "product.restored": ("untrashed_post",),
    "customer.created": (
        "user_register",
        "woocommerce_created_customer",
        "woocommerce_new_customer",
    ),
    "customer.updated": ("profile_update", "woocommerce_update_customer"),
    "customer.deleted": ("delete_user",),
    "coupon.created": ("woocommerce_process_shop_coupon_meta", "woocommerce_new_coupon"),
    "coupon.updated": ("woocommerce_process_shop_coupon_meta", "woocommerce_update_coupon"),
    "coupon.deleted": ("wp_trash_post",),
    "coupon.restored": ("untrashed_post",),
}
_KINDS: Mapping[str, Kind] = {
    "name": "string",
    "status": STATUSES,
    "topic": "string",
    "secret": "string",
    "delivery_url": "string",
}


@route("POST", "/webhooks")
def make(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Made, and told so by an unsigned ping; `date_modified` is null in this answer only."""
    fields = request.fields()
    for name in ("topic", "delivery_url"):
        if name not in fields:
            text = f"Missing parameter(s): {name}"
            raise refused("rest_missing_callback_param", text, 400, params=[name])
    if request.validated:
        checked(fields, _KINDS)
    _check(fields)
    number, now, topic = shop.next_id("webhook"), shop.stamp(), str(fields["topic"])
    name = str(fields.get("name") or "") or f"Webhook created on {now}"
    # Left out, a secret is drawn by lot and never told (source).
    secret = str(fields.get("secret") or f"drawn-by-lot-{number}")
    shop.db.execute(
        "INSERT INTO webhooks (id, name, status, topic, url, secret, created, modified)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (number, name, fields.get("status") or "active", topic, str(fields["delivery_url"]),
         secret, now, now),
    )  # fmt: skip
    shop.courier.ping(number)
    body = _shown(shop, request, _row(shop, number))
    return created(request, body | {"date_modified": None, "date_modified_gmt": None})


@route("GET", "/webhooks")
def every(shop: SimWoo, request: WooRequest) -> WooAnswer:
    query = checked_query(request, {"status": ("all", *STATUSES), "search": "string"})
    where = Where()
    if query.get("status", "all") != "all":
        where.add("status = ?", query["status"])
    if query.get("search"):
        where.add("name LIKE ?", f"%{query['search']}%")
    _, per_page, first = page_of(query)
    total = shop.db.execute(
        f"SELECT count(*) FROM webhooks WHERE {where.sql}", where.values
    ).fetchone()[0]
    rows = shop.db.execute(
        f"SELECT * FROM webhooks WHERE {where.sql} ORDER BY id"
        f" {'ASC' if query.get('order') == 'asc' else 'DESC'} LIMIT ? OFFSET ?",
        (*where.values, per_page, first),
    )
    return listed(request, query, total, [_shown(shop, request, row) for row in rows])


@route("GET", r"/webhooks/(?P<id>\d+)")
def read(shop: SimWoo, request: WooRequest) -> WooAnswer:
    return item(request, _shown(shop, request, _row(shop, request.number())))


@route(EDIT, r"/webhooks/(?P<id>\d+)")
def edit(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Set active again it sends nothing that was missed (recorded 50)."""
    fields = request.fields()
    number = request.number()
    if request.validated:
        checked(fields, _KINDS)
    _row(shop, number, 400)
    _check(fields)
    columns = {"name": "name", "status": "status", "topic": "topic", "secret": "secret",
               "delivery_url": "url"}  # fmt: skip
    for name, column in columns.items():
        if fields.get(name) is not None:
            shop.db.execute(
                f"UPDATE webhooks SET {column} = ? WHERE id = ?", (str(fields[name]), number)
            )
    shop.db.execute("UPDATE webhooks SET modified = ? WHERE id = ?", (shop.stamp(), number))
    return item(request, _shown(shop, request, _row(shop, number)))


@route("DELETE", r"/webhooks/(?P<id>\d+)")
def destroy(shop: SimWoo, request: WooRequest) -> WooAnswer:
    row = _row(shop, request.number(), text="Invalid ID.")
    if not request.flag("force"):
        text = "Webhooks do not support trashing."
        raise refused("woocommerce_rest_trash_not_supported", text, 501)
    body = _shown(shop, request, row)
    shop.db.execute("DELETE FROM webhooks WHERE id = ?", (row["id"],))
    return item(request, body)


@route(EDIT, "/webhooks/batch")
def batch(shop: SimWoo, request: WooRequest) -> WooAnswer:
    return run_batch(shop, request, make, edit, destroy)


def _check(fields: Mapping[str, Any]) -> None:
    topic, url = fields.get("topic"), fields.get("delivery_url")
    if topic is not None and not _hooks(str(topic)):
        code = "woocommerce_rest_shop_webhook_invalid_topic"
        raise refused(code, "Webhook topic is required and must be valid.", 400)
    if url is not None and not str(url).startswith(("http://", "https://")):
        code = "woocommerce_rest_shop_webhook_invalid_delivery_url"
        text = "Webhook delivery URL must be a valid URL starting with http:// or https://."
        raise refused(code, text, 400)


def _hooks(topic: str) -> tuple[str, ...]:
    resource, _, event = topic.partition(".")
    if resource == "action" and event:
        return (event,)
    return _CALLBACKS.get(topic, ())


def _row(shop: SimWoo, number: int, status: int = 404, text: str = "ID is invalid.") -> sqlite3.Row:
    row: sqlite3.Row | None = shop.db.execute(
        "SELECT * FROM webhooks WHERE id = ?", (number,)
    ).fetchone()
    if row is None:
        raise refused("woocommerce_rest_shop_webhook_invalid_id", text, status)
    return row


def _shown(shop: SimWoo, request: WooRequest, row: sqlite3.Row) -> dict[str, Any]:
    """The secret is never told."""
    resource, _, event = row["topic"].partition(".")
    return {
        "id": row["id"],
        "name": row["name"],
        "status": row["status"],
        "topic": row["topic"],
        "resource": resource,
        "event": event,
        "hooks": list(_hooks(row["topic"])),
        "delivery_url": row["url"],
        "date_created": shop.local(row["created"]),
        "date_created_gmt": row["created"],
        "date_modified": shop.local(row["modified"]),
        "date_modified_gmt": row["modified"],
        "_links": links(request, f"/webhooks/{row['id']}", "/webhooks"),
    }
