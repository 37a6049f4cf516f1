"""Product categories and tags."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from tests.connectors.woocommerce.simulator import terms
from tests.connectors.woocommerce.simulator.answers import created, item, links, refused
from tests.connectors.woocommerce.simulator.batch import run_batch
from tests.connectors.woocommerce.simulator.listing import checked_query, listed, page_of
from tests.connectors.woocommerce.simulator.router import EDIT, WooAnswer, WooRequest, route
from tests.connectors.woocommerce.simulator.schema import Kind, checked
from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["KINDS"]

_TAXONOMIES = {"categories": "product_cat", "tags": "product_tag"}
_ITEM = r"/products/(?P<kind>categories|tags)/(?P<id>\d+)"
_LIST = r"/products/(?P<kind>categories|tags)"

KINDS: Mapping[str, Kind] = {
    "name": "string",
    "slug": "string",
    "parent": "integer",
    "description": "string",
    "display": ("default", "products", "subcategories", "both"),
    "menu_order": "integer",
}
"""Fields of a term that can be written."""

_QUERY: Mapping[str, Kind] = {
    "search": "string",
    "slug": "string",
    "parent": "integer",
    "hide_empty": "boolean",
    "orderby": ("id", "include", "name", "slug", "term_group", "description", "count"),
}


def _body(
    shop: SimWoo, request: WooRequest, row: sqlite3.Row, *, gone: bool = False
) -> dict[str, Any]:
    kind = request.captured["kind"]
    collection = f"/products/{kind}"
    up = f"{collection}/{row['parent']}" if row["parent"] else None
    body = {
        "id": row["id"],
        "name": row["name"],
        "slug": row["slug"],
        "description": row["description"],
        "count": terms.count_of(shop, row["id"]),
        "_links": links(request, f"{collection}/{row['id']}", collection, up=up),
    }
    if gone:
        del body["_links"]["self"][0]["targetHints"]
    if kind == "categories":
        body |= {
            "parent": row["parent"],
            "display": row["display"],
            "image": None,
            "menu_order": row["menu_order"],
        }
    return body


def _one(shop: SimWoo, request: WooRequest) -> sqlite3.Row:
    row = terms.term(shop, _TAXONOMIES[request.captured["kind"]], request.number())
    if row is None:
        raise refused("woocommerce_rest_term_invalid", "Resource does not exist.", 404, allow=False)
    return row


@route("GET", _LIST)
def every(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """The terms by name."""
    query = checked_query(request, _QUERY)
    _, per_page, first = page_of(query)
    taxonomy = _TAXONOMIES[request.captured["kind"]]
    total, rows = terms.page(shop, taxonomy, query, per_page, first)
    return listed(request, query, total, [_body(shop, request, row) for row in rows])


@route("POST", _LIST)
def create(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """A new term."""
    told = request.fields()
    told = checked(told, KINDS) if request.validated else told
    row = terms.add_term(shop, _TAXONOMIES[request.captured["kind"]], told)
    return created(request, _body(shop, request, row))


@route("GET", _ITEM)
def read(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """One term."""
    return item(request, _body(shop, request, _one(shop, request)))


@route(EDIT, _ITEM)
def update(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Change a term."""
    row = _one(shop, request)
    told = request.fields()
    terms.update_term(shop, row["id"], checked(told, KINDS) if request.validated else told)
    return read(shop, request)


@route("DELETE", _ITEM)
def delete(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Remove a term; there is no trash for it, and its own route is not allowed afterwards."""
    row = _one(shop, request)
    if not request.flag("force"):
        message = "Resource does not support trashing."
        raise refused("woocommerce_rest_trash_not_supported", message, 501)
    body = _body(shop, request, row, gone=True)
    terms.remove(shop, row["id"])
    return WooAnswer(200, item(request, body).body, allow=False)


@route(EDIT, _LIST + "/batch")
def batch(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Many at once."""
    return run_batch(shop, request, create, update, delete)
