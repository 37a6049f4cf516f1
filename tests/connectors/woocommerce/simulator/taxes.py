"""Tax rates and tax classes."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.connectors.woocommerce.simulator.answers import created, item, links, refused, trimmed
from tests.connectors.woocommerce.simulator.listing import checked_query, listed, page_of
from tests.connectors.woocommerce.simulator.router import (
    EDIT,
    WooAnswer,
    WooRequest,
    route,
    tables,
)
from tests.connectors.woocommerce.simulator.schema import Kind, checked
from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["CLASSES", "add_rate"]

CLASSES = {"standard": "Standard rate", "reduced-rate": "Reduced rate", "zero-rate": "Zero rate"}
"""Tax classes of a new shop; an unknown one in a product counts as the standard class."""

tables(
    """
    CREATE TABLE tax_rate (
        id INTEGER PRIMARY KEY, country TEXT, state TEXT, rate TEXT, name TEXT,
        priority INTEGER, compound INTEGER, shipping INTEGER, position INTEGER, class TEXT
    );
    """
)

_KINDS: Mapping[str, Kind] = {
    "country": "string",
    "state": "string",
    "rate": "string",
    "name": "string",
    "priority": "integer",
    "compound": "boolean",
    "shipping": "boolean",
    "order": "integer",
    "class": tuple(CLASSES),
}
_COLUMNS = {"order": "position"}


def add_rate(
    shop: SimWoo,
    country: str,
    rate: str,
    *,
    name: str = "VAT",
    tax_class: str = "standard",
    order: int = 0,
) -> int:
    """A new rate of so many percent; its id."""
    identity = shop.next_id("tax")
    shop.db.execute(
        "INSERT INTO tax_rate VALUES (?, ?, '', ?, ?, 1, 0, 1, ?, ?)",
        (identity, country, _rate(rate), name, order, tax_class),
    )
    return identity


def _rate(text: str) -> str:
    try:
        return f"{Decimal(text):.4f}"
    except InvalidOperation:
        return "0.0000"


def _body(request: WooRequest, row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "country": row["country"],
        "state": row["state"],
        "postcode": "",
        "city": "",
        "rate": row["rate"],
        "name": row["name"],
        "priority": row["priority"],
        "compound": bool(row["compound"]),
        "shipping": bool(row["shipping"]),
        "order": row["position"],
        "class": row["class"],
        "postcodes": [],
        "cities": [],
        "_links": links(request, f"/taxes/{row['id']}", "/taxes"),
    }


@route("GET", "/taxes")
def every(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """The rates, in their order; `class` filters."""
    query = checked_query(request, {"class": tuple(CLASSES)})
    _, per_page, first = page_of(query)
    wanted = query.get("class", "%")
    total = shop.db.execute(
        "SELECT count(*) FROM tax_rate WHERE class LIKE ?", (wanted,)
    ).fetchone()[0]
    rows = shop.db.execute(
        "SELECT * FROM tax_rate WHERE class LIKE ? ORDER BY position, id LIMIT ? OFFSET ?",
        (wanted, per_page, first),
    )
    return listed(request, query, total, [_body(request, row) for row in rows])


@route("POST", "/taxes")
def create(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """A new rate."""
    told = checked(request.fields(), _KINDS)
    identity = add_rate(
        shop,
        told.get("country", "").upper(),
        told.get("rate", ""),
        name=told.get("name", "") or "Tax",
        tax_class=told.get("class", "standard"),
        order=told.get("order", 0),
    )
    return created(request, _body(request, _row(shop, identity)))


def _row(shop: SimWoo, identity: int, status: int = 404) -> sqlite3.Row:
    row: sqlite3.Row | None = shop.db.execute(
        "SELECT * FROM tax_rate WHERE id = ?", (identity,)
    ).fetchone()
    if row is None:
        raise refused("woocommerce_rest_invalid_id", "Invalid resource ID.", status)
    return row


@route("GET", r"/taxes/(?P<id>\d+)")
def read(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """One rate."""
    return item(request, _body(request, _row(shop, request.number())))


@route(EDIT, r"/taxes/(?P<id>\d+)")
def update(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Change a rate."""
    identity = request.number()
    _row(shop, identity)
    for name, value in checked(request.fields(), _KINDS).items():
        kept = _rate(value) if name == "rate" else value
        column = _COLUMNS.get(name, name)
        shop.db.execute(f"UPDATE tax_rate SET {column} = ? WHERE id = ?", (kept, identity))
    return read(shop, request)


@route("DELETE", r"/taxes/(?P<id>\d+)")
def delete(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Remove a rate; there is no trash for it. An unknown one is 400 here (recorded 43, 22)."""
    if not request.flag("force"):
        message = "Taxes do not support trashing."
        raise refused("woocommerce_rest_trash_not_supported", message, 501)
    body = _body(request, _row(shop, request.number(), 400))
    shop.db.execute("DELETE FROM tax_rate WHERE id = ?", (request.number(),))
    return item(request, body)


@route("GET", "/taxes/classes")
def classes(_shop: SimWoo, request: WooRequest) -> WooAnswer:
    """The three classes of a new shop."""
    up = {"collection": [{"href": f"{request.base}/wp-json/wc/v3/taxes/classes"}]}
    bodies = [{"slug": slug, "name": name, "_links": up} for slug, name in CLASSES.items()]
    headers = {"x-wp-total": str(len(bodies)), "x-wp-totalpages": "1"}
    return WooAnswer(200, trimmed(request, bodies), headers)


@route("POST", "/taxes/classes")
def create_class(_shop: SimWoo, _request: WooRequest) -> WooAnswer:
    """Not simulated: nobody here makes classes."""
    raise refused("woocommerce_rest_cannot_create", "Not simulated.", 400)
