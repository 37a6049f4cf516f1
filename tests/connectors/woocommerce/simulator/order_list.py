"""Lists of orders (recorded 36 and 38, WooCommerce 10.5).

Drafts of the checkout stand in them by default, automatic drafts and the trash do not. Orders
cannot be found by their meta data. A page past the end says that there is nothing at all, and links
back to page 0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.connectors.woocommerce.simulator.answers import page_headers
from tests.connectors.woocommerce.simulator.listing import Where, bound, checked_query, page_of
from tests.connectors.woocommerce.simulator.order_store import STATUSES
from tests.connectors.woocommerce.simulator.router import WooRequest
from tests.connectors.woocommerce.simulator.schema import Kind, ListOf

if TYPE_CHECKING:
    from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["page_of_orders"]

_KINDS: Mapping[str, Kind] = {
    "status": ListOf(("any", "trash", *STATUSES)),
    "customer": "integer",
    "product": "integer",
    "dp": "integer",
    "search": "string",
    "created_via": ListOf("string"),
    "orderby": ("date", "id", "include", "title", "slug", "modified", "date_completed"),
}
_COLUMNS = {"modified": "modified", "id": "id"}
_BOUNDS = (
    ("after", "created", ">"),
    ("before", "created", "<"),
    ("modified_after", "modified", ">"),
    ("modified_before", "modified", "<"),
)


def page_of_orders(
    shop: SimWoo, request: WooRequest
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The kept orders of the page asked for, and the list's headers."""
    query = checked_query(request, _KINDS)
    where = _conditions(shop, query)
    page, per_page, first = page_of(query)
    column = _COLUMNS.get(query.get("orderby", "date"), "created")
    way = "ASC" if query.get("order") == "asc" else "DESC"
    rows = shop.db.execute(
        f"SELECT body FROM orders WHERE {where.sql} ORDER BY {column} {way}, id {way}"
        " LIMIT ? OFFSET ?",
        (*where.values, per_page, first),
    ).fetchall()
    total = shop.db.execute(
        f"SELECT count(*) FROM orders WHERE {where.sql}", where.values
    ).fetchone()[0]
    asked = replace(request, query=_as_linked(request, query, read=bool(rows)))
    if total and not rows and page > 1:
        back = page_headers(asked, 1, 1, 2)["link"]
        none = {"x-wp-total": "0", "x-wp-totalpages": "0"}
        return [], none | {"link": re.sub(r"(?<=[?&])page=1(?=[&>])", "page=0", back)}
    return [json.loads(row["body"]) for row in rows], page_headers(asked, total, per_page, page)


def _conditions(shop: SimWoo, query: Mapping[str, Any]) -> Where:
    where = Where()
    wanted = set(query.get("status") or ["any"])
    if "any" in wanted:
        # Those the shop knows now; not what a plugin brought that is switched off (source).
        where.among("status", [status for status in STATUSES if status != "auto-draft"])
    else:
        where.among("status", sorted(wanted))
    for name, column, sign in _BOUNDS:
        moment = bound(shop, query, name)
        if moment is not None:
            where.add(f"{column} {sign} ?", moment)
    if query.get("include"):
        where.among("id", query["include"])
    if query.get("exclude"):
        where.among("id", query["exclude"], never=True)
    if "customer" in query:
        where.add("customer = ?", query["customer"])
    if "product" in query:
        where.add("id IN (SELECT order_id FROM order_goods WHERE product = ?)", query["product"])
    if query.get("created_via"):
        where.among("json_extract(body, '$.created_via')", query["created_via"])
    if query.get("search"):
        where.add("instr(searched, ?) > 0", query["search"].lower())
    return where


def _as_linked(request: WooRequest, query: Mapping[str, Any], *, read: bool) -> dict[str, str]:
    """The query as it has become by the time links are made: with defaults, status as a list."""
    linked: dict[str, str] = {}
    for name, value in request.query.items():
        if name == "status":
            linked |= {f"status[{at}]": each for at, each in enumerate(query["status"])}
        else:
            linked[name] = value
    if "status" not in request.query:
        linked["status[0]"] = "any"
    if read:
        linked.setdefault("dp", str(query.get("dp", 2)))
        linked.setdefault("context", "view")
    return linked
