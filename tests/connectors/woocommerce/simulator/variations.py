"""Variations: written only below their parent, read across all parents as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.connectors.woocommerce.simulator.answers import created, item, refused
from tests.connectors.woocommerce.simulator.batch import run_batch
from tests.connectors.woocommerce.simulator.listing import (
    Where,
    checked_query,
    listed,
    page_of,
)
from tests.connectors.woocommerce.simulator.product_lists import (
    conditions,
    meta_filtered,
    ordered,
)
from tests.connectors.woocommerce.simulator.product_store import (
    Goods,
    destroy,
    find,
    from_row,
    insert,
    refresh_parent,
    save,
    slug_free,
)
from tests.connectors.woocommerce.simulator.product_view import EDIT_CONTEXT, variation_body
from tests.connectors.woocommerce.simulator.product_write import VARIATION_KINDS, apply
from tests.connectors.woocommerce.simulator.products import move_to_trash, sku_in_lookup
from tests.connectors.woocommerce.simulator.router import EDIT, WooAnswer, WooRequest, route
from tests.connectors.woocommerce.simulator.schema import Kind, ListOf, checked
from tests.connectors.woocommerce.simulator.shop import SimWoo
from tests.connectors.woocommerce.simulator.text import slug

__all__ = ["update"]

_LIST = r"/products/(?P<product_id>\d+)/variations"
_ITEM = _LIST + r"/(?P<id>\d+)"
_QUERY: Mapping[str, Kind] = {
    "orderby": (
        "date", "id", "include", "title", "slug", "modified", "menu_order",
    ),
    "status": ("any", "future", "trash", "draft", "pending", "private", "publish"),
    "stock_status": ("instock", "outofstock", "onbackorder"),
    "sku": "string",
    "search": "string",
    "search_sku": "string",
    "slug": "string",
    "global_unique_id": "string",
    "parent": ListOf("integer"),
    "include_status": ListOf("string"),
    "exclude_status": ListOf("string"),
    "min_price": "string",
    "max_price": "string",
    "include_meta": "string",
    "exclude_meta": "string",
}  # fmt: skip


def _found(shop: SimWoo, request: WooRequest) -> Goods:
    """The variation of the route; one of another parent is unknown (recorded 13, exchange 9)."""
    goods = find(shop, request.number())
    if goods is None or not goods.is_variation or goods.parent != request.number("product_id"):
        raise refused(
            "woocommerce_rest_product_variation_invalid_id", "Invalid ID.", 404, allow=False
        )
    return goods


def _below(shop: SimWoo, request: WooRequest) -> int:
    parent = find(shop, request.number("product_id"))
    if parent is None or parent.is_variation:
        message = "Cannot set attributes due to invalid parent product."
        raise refused("woocommerce_rest_product_variation_invalid_parent", message, 404)
    return parent.id


@route("GET", _LIST)
def of_product(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """A product's variations, the newest first; of an unknown product there are none (source)."""
    query = checked_query(request, _QUERY)
    where = conditions(shop, request, query)
    where.add("parent = ?", request.number("product_id"))
    return _page(shop, request, query, where)


@route("GET", "/variations")
def every(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """The variations of all products."""
    query = checked_query(request, _QUERY)
    return _page(shop, request, query, conditions(shop, request, query))


def _page(shop: SimWoo, request: WooRequest, query: dict[str, Any], where: Where) -> WooAnswer:
    where.add("type = 'variation'")
    _, per_page, first = page_of(query)
    total = shop.db.execute(
        f"SELECT count(*) FROM product WHERE {where.sql}", where.values
    ).fetchone()[0]
    order = ordered(query, request.listed("include"))
    rows = shop.db.execute(
        f"SELECT * FROM product WHERE {where.sql} ORDER BY {order} LIMIT ? OFFSET ?",
        (*where.values, per_page, first),
    ).fetchall()
    bodies = [meta_filtered(variation_body(shop, request, from_row(row)), query) for row in rows]
    return listed(request, query, total, bodies)


@route("POST", _LIST)
def create(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """A new variation."""
    told = request.fields()
    told = checked(told, VARIATION_KINDS) if request.validated else told
    goods = Goods(type="variation", parent=_below(shop, request))
    goods.data["tax_class"] = "parent"
    goods.data["attributes"] = {}
    apply(shop, goods, told)
    parent = find(shop, goods.parent)
    title = f"{parent.name if parent else ''} {goods.name}"
    goods.slug = slug_free(shop, slug(title))
    sku_in_lookup(shop, goods, "product_variation")
    insert(shop, goods)
    refresh_parent(shop, goods.parent)
    shop.emit("product.created", goods.id)
    shop.emit("product.updated", goods.parent)
    return created(request, variation_body(shop, request, goods, EDIT_CONTEXT))


@route("GET", _ITEM)
def read(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """One variation."""
    context = request.query.get("context", "view")
    return item(request, variation_body(shop, request, _found(shop, request), context))


@route(EDIT, _ITEM)
def update(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Change a variation; its parent's date moves too."""
    goods = _found(shop, request)
    told = request.fields()
    apply(shop, goods, checked(told, VARIATION_KINDS) if request.validated else told)
    save(shop, goods)
    refresh_parent(shop, goods.parent)
    shop.emit("product.updated", goods.id)
    return item(request, variation_body(shop, request, goods, EDIT_CONTEXT))


@route("DELETE", _ITEM)
def delete(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Into the trash, or with `force` for good."""
    goods = _found(shop, request)
    body = variation_body(shop, request, goods, EDIT_CONTEXT)
    if request.flag("force"):
        destroy(shop, [goods.id])
    elif goods.status == "trash":
        message = "The variation has already been deleted."
        raise refused("woocommerce_rest_already_trashed", message, 410)
    else:
        move_to_trash(shop, goods)
        shop.emit("product.deleted", goods.id)
    refresh_parent(shop, goods.parent)
    return item(request, body)


@route(EDIT, _LIST + "/batch")
def batch(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Many variations of one parent at once."""
    return run_batch(shop, request, create, update, delete)
