"""`GET /products`: what is asked for, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.connectors.woocommerce.simulator.listing import (
    Where,
    bound,
    checked_query,
    listed,
    page_of,
)
from tests.connectors.woocommerce.simulator.product_store import from_row
from tests.connectors.woocommerce.simulator.product_view import product_body
from tests.connectors.woocommerce.simulator.product_write import TYPES
from tests.connectors.woocommerce.simulator.router import WooAnswer, WooRequest, route
from tests.connectors.woocommerce.simulator.schema import ListOf
from tests.connectors.woocommerce.simulator.shop import SimWoo
from tests.connectors.woocommerce.simulator.text import kses

__all__ = ["conditions", "meta_filtered", "ordered"]

_ORDERS = (
    "date", "id", "include", "title", "slug", "modified", "popularity", "rating", "post__in",
    "price", "sales", "menu_order", "random", "popularity", "rating", "menu_order", "price",
    "popularity", "rating",
)  # fmt: skip
_QUERY: Mapping[str, Any] = {
    "orderby": _ORDERS,
    "status": ("any", "future", "trash", "draft", "pending", "private", "publish"),
    "type": TYPES,
    "stock_status": ("instock", "outofstock", "onbackorder"),
    "sku": "string",
    "search": "string",
    "search_sku": "string",
    "slug": "string",
    "global_unique_id": "string",
    "category": "string",
    "tag": "string",
    "on_sale": "boolean",
    "featured": "boolean",
    "include_types": ListOf(TYPES),
    "exclude_types": ListOf(TYPES),
    "parent": ListOf("integer"),
    "include_status": ListOf("string"),
    "exclude_status": ListOf("string"),
    "min_price": "string",
    "max_price": "string",
    "include_meta": "string",
    "exclude_meta": "string",
}
_COLUMNS = {
    "date": "created",
    "id": "id",
    "title": "name",
    "slug": "slug",
    "modified": "modified",
    "price": "price",
    "menu_order": "menu_order",
}


def conditions(shop: SimWoo, request: WooRequest, query: Mapping[str, Any]) -> Where:
    """What products and variations are filtered by alike."""
    where = Where()
    _states(where, query)
    for name, column, sign in (
        ("after", "created", ">"),
        ("before", "created", "<"),
        ("modified_after", "modified", ">"),
        ("modified_before", "modified", "<"),
    ):
        moment = bound(shop, query, name)
        if moment is not None:
            where.add(f"{column} {sign} ?", moment)
    for name, column, sign in (
        ("min_price", "price", ">="),
        ("max_price", "price", "<="),
        ("slug", "slug", "="),
        ("stock_status", "stock_status", "="),
    ):
        if query.get(name):
            where.add(f"{column} {sign} ?", query[name])
    if query.get("parent"):
        where.among("parent", query["parent"])
    for name, never in (("include", False), ("exclude", True)):
        numbers = request.listed(name)
        if numbers:
            where.among("id", [int(each) for each in numbers], never=never)
    _codes(where, query)
    _search(where, str(query.get("search", "")))
    return where


def _states(where: Where, query: Mapping[str, Any]) -> None:
    """Which states; what is in the trash shows only where it is asked for."""
    wanted = query.get("status", "any")
    if query.get("include_status"):
        where.among("status", query["include_status"])
    elif wanted == "any":
        where.add("status NOT IN ('trash', 'auto-draft')")
    else:
        where.add("status = ?", wanted)
    if query.get("exclude_status"):
        where.among("status", query["exclude_status"], never=True)


def _codes(where: Where, query: Mapping[str, Any]) -> None:
    """Codes; part of a SKU wins over whole ones. A SKU with commas is found as well (source)."""
    if query.get("global_unique_id"):
        where.among("gtin", _parts(query["global_unique_id"]))
    if query.get("search_sku"):
        where.add("sku LIKE ?", f"%{query['search_sku']}%")
    elif query.get("sku"):
        where.among("sku", list({*query["sku"].split(","), query["sku"]}))


def _search(where: Where, text: str) -> None:
    """Every word somewhere in the name or a description."""
    for word in text.split():
        pattern = f"%{kses(word)}%"
        where.add(
            "(name LIKE ? OR json_extract(doc, '$.description') LIKE ?"
            " OR json_extract(doc, '$.short_description') LIKE ?)",
            pattern,
            pattern,
            pattern,
        )


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def ordered(query: Mapping[str, Any], include: list[str] | None) -> str:
    """The order: newest first unless told otherwise, of equals the higher number first."""
    way = "ASC" if query.get("order") == "asc" else "DESC"
    by = query.get("orderby", "date")
    if by in {"include", "post__in"} and include:
        ranks = " ".join(f"WHEN {int(each)} THEN {rank}" for rank, each in enumerate(include))
        return f"CASE id {ranks} END"
    column = _COLUMNS.get(by, "created")
    return f"{column} {way}, id {way}"


def meta_filtered(body: dict[str, Any], query: Mapping[str, Any]) -> dict[str, Any]:
    """`include_meta` and `exclude_meta` choose among the meta rows shown."""
    if query.get("include_meta"):
        wanted = _parts(query["include_meta"])
        body["meta_data"] = [each for each in body["meta_data"] if each["key"] in wanted]
    elif query.get("exclude_meta"):
        unwanted = _parts(query["exclude_meta"])
        body["meta_data"] = [each for each in body["meta_data"] if each["key"] not in unwanted]
    return body


@route("GET", "/products")
def every(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Products; variations only where codes are asked for (recorded 05, exchange 2; source)."""
    query = checked_query(request, _QUERY)
    where = conditions(shop, request, query)
    if not any(query.get(name) for name in ("sku", "search_sku", "global_unique_id")):
        where.add("type <> 'variation'")
    if query.get("include_types"):
        where.among("type", query["include_types"])
    elif query.get("type"):
        where.add("type = ?", query["type"])
    if query.get("exclude_types"):
        where.among("type", query["exclude_types"], never=True)
    for name in ("category", "tag"):
        if query.get(name):
            numbers = [part for part in _parts(query[name]) if part.isdigit()]
            marks = ",".join("?" * len(numbers))
            where.add(f"id IN (SELECT product FROM product_term WHERE term IN ({marks}))", *numbers)
    if query.get("featured"):
        where.add("json_extract(doc, '$.featured') = 1")
    _, per_page, first = page_of(query)
    total = shop.db.execute(
        f"SELECT count(*) FROM product WHERE {where.sql}", where.values
    ).fetchone()[0]
    order = ordered(query, request.listed("include"))
    if shop.shuffles_ties and query.get("orderby") == "modified":
        order = order.rsplit(",", 1)[0] + ", random()"
    rows = shop.db.execute(
        f"SELECT * FROM product WHERE {where.sql} ORDER BY {order} LIMIT ? OFFSET ?",
        (*where.values, per_page, first),
    ).fetchall()
    context = request.query.get("context", "view")
    bodies = [
        meta_filtered(product_body(shop, request, from_row(row), context), query) for row in rows
    ]
    return listed(request, query, total, bodies)
