"""`/products`: list, read, create, change, trash, destroy, and batches of these."""

from __future__ import annotations

from typing import Any

from tests.connectors.woocommerce.simulator.answers import created, item, refused
from tests.connectors.woocommerce.simulator.batch import run_batch
from tests.connectors.woocommerce.simulator.product_store import (
    Goods,
    children,
    destroy,
    find,
    insert,
    save,
    slug_free,
)
from tests.connectors.woocommerce.simulator.product_view import EDIT_CONTEXT, product_body
from tests.connectors.woocommerce.simulator.product_write import PRODUCT_KINDS, apply
from tests.connectors.woocommerce.simulator.router import EDIT, WooAnswer, WooRequest, route
from tests.connectors.woocommerce.simulator.schema import checked
from tests.connectors.woocommerce.simulator.shop import SimWoo
from tests.connectors.woocommerce.simulator.text import slug, whole

__all__ = ["move_to_trash", "sku_in_lookup"]

_ITEM = r"/products/(?P<id>\d+)"
_ROUTE_OF_VARIATIONS = (
    "To manipulate product variations you should use the "
    "/products/&lt;product_id&gt;/variations/&lt;id&gt; endpoint."
)


def _found(shop: SimWoo, identity: int, status: int) -> Goods:
    goods = find(shop, identity)
    if goods is None:
        raise refused("woocommerce_rest_product_invalid_id", "Invalid ID.", status)
    return goods


def _no_variation(goods: Goods) -> None:
    if goods.is_variation:
        raise refused("woocommerce_rest_invalid_product_id", _ROUTE_OF_VARIATIONS, 404)


def sku_in_lookup(shop: SimWoo, goods: Goods, kind: str) -> None:
    """A new product whose SKU one in the trash holds (recorded 17, exchange 6).

    Raises:
        Refused: 400; the number that the new one would have had is used up.
    """
    held = (
        goods.sku
        and shop.db.execute("SELECT 1 FROM product WHERE sku = ?", (goods.sku,)).fetchone()
    )
    if held:
        shop.next_id("post")
        message = (
            f"The product with SKU ({goods.sku}) you are trying to insert is already present in "
            "the lookup table"
        )
        raise refused(f"woocommerce_rest_{kind}_not_created", message, 400)


@route("POST", "/products")
def create(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """A new product."""
    told = request.fields()
    told = checked(told, PRODUCT_KINDS) if request.validated else told
    if whole(told.get("id") or 0):
        message = "Cannot create existing product."
        raise refused("woocommerce_rest_product_exists", message, 400)
    goods = Goods(type=_type(told.get("type")), name="Product")
    apply(shop, goods, told)
    goods.name = goods.name or "Product"
    goods.slug = slug_free(shop, goods.slug or slug(goods.name))
    sku_in_lookup(shop, goods, "product")
    insert(shop, goods)
    shop.emit("product.created", goods.id)
    return created(request, product_body(shop, request, goods, EDIT_CONTEXT))


def _type(told: Any) -> str:
    return told if told in {"simple", "grouped", "external", "variable"} else "simple"


@route("GET", _ITEM)
def read(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """One product; a variation is shown as well, in a product's shape."""
    goods = _found(shop, request.number(), 404)
    context = request.query.get("context", "view")
    return item(request, product_body(shop, request, goods, context))


@route(EDIT, _ITEM)
def update(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Change a product. An id in the body wins over that of the route (recorded 09, 10)."""
    told = request.fields()
    told = checked(told, PRODUCT_KINDS) if request.validated else told
    identity = whole(told["id"]) if told.get("id") is not None else request.number()
    goods = _found(shop, identity, 400)
    _no_variation(goods)
    if told.get("type") is not None:
        goods.type = _type(told["type"])
    apply(shop, goods, told)
    if told.get("slug"):
        goods.slug = slug_free(shop, goods.slug, goods.id)
    save(shop, goods)
    shop.emit("product.updated", goods.id)
    return item(request, product_body(shop, request, goods, EDIT_CONTEXT))


@route("DELETE", _ITEM)
def delete(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Into the trash, or with `force` for good; the answer shows what was there before."""
    goods = _found(shop, request.number(), 404)
    _no_variation(goods)
    body = product_body(shop, request, goods, EDIT_CONTEXT)
    if request.flag("force"):
        # No hook tells of what is destroyed (facts, webhooks: "not delivered").
        destroy(shop, [goods.id])
    elif goods.status == "trash":
        message = "The product has already been deleted."
        raise refused("woocommerce_rest_already_trashed", message, 410)
    else:
        move_to_trash(shop, goods)
        for each in children(shop, goods.id):
            move_to_trash(shop, each)
        shop.emit("product.deleted", goods.id)
    return item(request, body)


def move_to_trash(shop: SimWoo, goods: Goods) -> None:
    """Into the trash, with the notes that WordPress keeps for the way back."""
    goods.data["meta"] = [
        *goods["meta"],
        {
            "id": shop.next_id("meta"),
            "key": "_wp_trash_meta_status",
            "value": goods.status,
        },
        {
            "id": shop.next_id("meta"),
            "key": "_wp_trash_meta_time",
            "value": str(int(shop.now().timestamp())),
        },
    ]
    goods.status = "trash"
    save(shop, goods)


@route(EDIT, "/products/batch")
def batch(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """Many products at once."""
    return run_batch(shop, request, create, update, delete)
