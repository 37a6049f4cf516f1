"""Global attributes and their terms."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from typing import Any

from tests.connectors.woocommerce.simulator import terms
from tests.connectors.woocommerce.simulator.answers import created, item, links, refused, trimmed
from tests.connectors.woocommerce.simulator.batch import run_batch
from tests.connectors.woocommerce.simulator.categories import KINDS
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
from tests.connectors.woocommerce.simulator.text import clean, slug

__all__ = ["add_attribute", "attribute", "attribute_named"]

tables(
    """
    CREATE TABLE attribute (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, slug TEXT NOT NULL, type TEXT NOT NULL,
        order_by TEXT NOT NULL, has_archives INTEGER NOT NULL
    );
    """
)

_LIST = "/products/attributes"
_ITEM = r"/products/attributes/(?P<id>\d+)"
_TERMS = r"/products/attributes/(?P<attribute_id>\d+)/terms"
_TERM = _TERMS + r"/(?P<id>\d+)"
_KINDS: Mapping[str, Kind] = {
    "name": "string",
    "slug": "string",
    "type": ("select",),
    "order_by": ("menu_order", "name", "name_num", "id"),
    "has_archives": "boolean",
}
_QUERY: Mapping[str, Kind] = {
    "search": "string",
    "slug": "string",
    "hide_empty": "boolean",
    "orderby": "string",
}
_LONGEST = 28


def attribute(shop: SimWoo, identity: int) -> sqlite3.Row | None:
    """A global attribute by its id."""
    row: sqlite3.Row | None = shop.db.execute(
        "SELECT * FROM attribute WHERE id = ?", (identity,)
    ).fetchone()
    return row


def attribute_named(shop: SimWoo, slug_or_name: str) -> sqlite3.Row | None:
    """A global attribute by its slug, `pa_` included."""
    row: sqlite3.Row | None = shop.db.execute(
        "SELECT * FROM attribute WHERE slug = ?", (slug_or_name,)
    ).fetchone()
    return row


def add_attribute(shop: SimWoo, told: dict[str, Any]) -> sqlite3.Row:
    """A new attribute; its slug gets `pa_` before it.

    Raises:
        Refused: 400 where the slug is taken or too long, or the name is missing.
    """
    name = clean(told.get("name") or "")
    if not name:
        message = "Please, provide an attribute name."
        raise refused("woocommerce_rest_cannot_create", message, 400)
    short = re.sub(r"^pa_", "", slug(told.get("slug") or name))
    if len(short) > _LONGEST:
        message = f'Slug "{short}" is too long (28 characters max). Shorten it, please.'
        raise refused("woocommerce_rest_cannot_create", message, 400)
    if attribute_named(shop, f"pa_{short}") is not None:
        message = f'Slug "{short}" is already in use. Change it, please.'
        raise refused("woocommerce_rest_cannot_create", message, 400)
    identity = shop.next_id("attribute")
    kind, order = told.get("type") or "select", told.get("order_by") or "menu_order"
    values = (identity, name, f"pa_{short}", kind, order, bool(told.get("has_archives")))
    shop.db.execute("INSERT INTO attribute VALUES (?,?,?,?,?,?)", values)
    made = attribute(shop, identity)
    assert made is not None
    return made


def _body(request: WooRequest, row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "slug": row["slug"],
        "type": row["type"],
        "order_by": row["order_by"],
        "has_archives": bool(row["has_archives"]),
        "_links": links(request, f"{_LIST}/{row['id']}", _LIST),
    }


def _one(shop: SimWoo, request: WooRequest, name: str = "id") -> sqlite3.Row:
    row = attribute(shop, request.number(name))
    if row is None:
        raise refused(
            "woocommerce_rest_taxonomy_invalid", "Resource does not exist.", 404, allow=False
        )
    return row


@route("GET", _LIST)
def every(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """All of them on one page: WooCommerce does not page attributes."""
    rows = shop.db.execute("SELECT * FROM attribute ORDER BY name, id").fetchall()
    headers = {"x-wp-total": str(len(rows)), "x-wp-totalpages": "1"}
    return WooAnswer(200, trimmed(request, [_body(request, row) for row in rows]), headers)


@route("POST", _LIST)
def create(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """A new attribute."""
    told = request.fields()
    row = add_attribute(shop, checked(told, _KINDS) if request.validated else told)
    return created(request, _body(request, row))


@route("GET", _ITEM)
def read(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """One attribute."""
    return item(request, _body(request, _one(shop, request)))


@route(EDIT, _ITEM)
def update(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Change an attribute's name, order or archive."""
    row = _one(shop, request)
    told = request.fields()
    told = checked(told, _KINDS) if request.validated else told
    for column in ("name", "type", "order_by", "has_archives"):
        if told.get(column) is not None:
            shop.db.execute(
                f"UPDATE attribute SET {column} = ? WHERE id = ?", (told[column], row["id"])
            )
    return read(shop, request)


@route("DELETE", _ITEM)
def delete(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Remove an attribute and its terms; there is no trash for it."""
    row = _one(shop, request)
    if not request.flag("force"):
        message = "Resource does not support trashing."
        raise refused("woocommerce_rest_trash_not_supported", message, 501)
    body = _body(request, row)
    for each in shop.db.execute("SELECT id FROM term WHERE taxonomy = ?", (row["slug"],)):
        terms.remove(shop, each["id"])
    shop.db.execute("DELETE FROM attribute WHERE id = ?", (row["id"],))
    return item(request, body)


@route(EDIT, _LIST + "/batch")
def batch(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Many at once."""
    return run_batch(shop, request, create, update, delete)


def _term_body(shop: SimWoo, request: WooRequest, row: sqlite3.Row) -> dict[str, Any]:
    collection = f"{_LIST}/{request.captured['attribute_id']}/terms"
    return {
        "id": row["id"],
        "name": row["name"],
        "slug": row["slug"],
        "description": row["description"],
        "menu_order": row["menu_order"],
        "count": terms.count_of(shop, row["id"]),
        "_links": links(request, f"{collection}/{row['id']}", collection),
    }


def _term(shop: SimWoo, request: WooRequest) -> sqlite3.Row:
    row = terms.term(shop, _one(shop, request, "attribute_id")["slug"], request.number())
    if row is None:
        raise refused("woocommerce_rest_term_invalid", "Resource does not exist.", 404, allow=False)
    return row


@route("GET", _TERMS)
def every_term(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """An attribute's terms by name."""
    query = checked_query(request, _QUERY)
    _, per_page, first = page_of(query)
    taxonomy = _one(shop, request, "attribute_id")["slug"]
    total, rows = terms.page(shop, taxonomy, query, per_page, first)
    return listed(request, query, total, [_term_body(shop, request, row) for row in rows])


@route("POST", _TERMS)
def create_term(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """A new term."""
    taxonomy = _one(shop, request, "attribute_id")["slug"]
    told = request.fields()
    row = terms.add_term(shop, taxonomy, checked(told, KINDS) if request.validated else told)
    return created(request, _term_body(shop, request, row))


@route("GET", _TERM)
def read_term(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """One term."""
    return item(request, _term_body(shop, request, _term(shop, request)))


@route(EDIT, _TERM)
def update_term(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Change a term."""
    row = _term(shop, request)
    told = request.fields()
    terms.update_term(shop, row["id"], checked(told, KINDS) if request.validated else told)
    return read_term(shop, request)


@route("DELETE", _TERM)
def delete_term(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Remove a term; there is no trash for it."""
    row = _term(shop, request)
    if not request.flag("force"):
        message = "Resource does not support trashing."
        raise refused("woocommerce_rest_trash_not_supported", message, 501)
    body = _term_body(shop, request, row)
    terms.remove(shop, row["id"])
    return WooAnswer(200, item(request, body).body, allow=False)


@route(EDIT, _TERMS + "/batch")
def batch_terms(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Many at once."""
    return run_batch(shop, request, create_term, update_term, delete_term)
