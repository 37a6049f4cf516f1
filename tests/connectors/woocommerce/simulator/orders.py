"""Orders: `/orders` one by one and in batches (recorded 26 to 41, WooCommerce 10.5)."""

from __future__ import annotations

from typing import Any

from tests.connectors.woocommerce.simulator import order_write
from tests.connectors.woocommerce.simulator.answers import created, item, refused, trimmed
from tests.connectors.woocommerce.simulator.batch import run_batch
from tests.connectors.woocommerce.simulator.order_list import page_of_orders
from tests.connectors.woocommerce.simulator.order_schema import check_order
from tests.connectors.woocommerce.simulator.order_store import forget, kept, save, shown
from tests.connectors.woocommerce.simulator.router import EDIT, WooAnswer, WooRequest, route
from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["trash"]


@route("POST", "/orders")
def make(shop: SimWoo, request: WooRequest) -> WooAnswer:
    posted = request.fields()
    if request.validated:
        check_order(posted)
    order = order_write.create(shop, posted)
    return created(request, shown(shop, request, [order])[0])


@route("GET", "/orders")
def listed(shop: SimWoo, request: WooRequest) -> WooAnswer:
    orders, headers = page_of_orders(shop, request)
    return WooAnswer(200, trimmed(request, shown(shop, request, orders)), headers)


@route("GET", r"/orders/(?P<id>\d+)")
def read(shop: SimWoo, request: WooRequest) -> WooAnswer:
    order = _wanted(shop, request.number(), 404)
    return item(request, shown(shop, request, [order])[0])


@route(EDIT, r"/orders/(?P<id>\d+)")
def edit(shop: SimWoo, request: WooRequest) -> WooAnswer:
    posted = request.fields()
    if request.validated:
        check_order(posted)
    order = _wanted(shop, request.number(), 400)
    order_write.apply(shop, order, posted)
    return item(request, shown(shop, request, [order])[0])


@route("DELETE", r"/orders/(?P<id>\d+)")
def remove(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """To the trash, or with `force` for good, which no webhook tells of (recorded 47)."""
    order = _wanted(shop, request.number(), 404)
    answer = item(request, shown(shop, request, [order])[0])
    if request.flag("force"):
        forget(shop, order["id"])
        return answer
    if order["status"] == "trash":
        text = "The shop_order has already been deleted."
        raise refused("woocommerce_rest_already_trashed", text, 410)
    trash(shop, order)
    return answer


def trash(shop: SimWoo, order: dict[str, Any]) -> None:
    """Into the trash: the date moves, stock stays where it is."""
    order["status_before_trash"] = order["status"]
    order["status"] = "trash"
    order["modified"] = shop.stamp()
    save(shop, order)
    shop.emit("order.deleted", order["id"])


@route(EDIT, "/orders/batch")
def batch(shop: SimWoo, request: WooRequest) -> WooAnswer:
    return run_batch(shop, request, make, edit, remove)


def _wanted(shop: SimWoo, number: int, status: int) -> dict[str, Any]:
    order = kept(shop, number)
    if order is None:
        raise refused("woocommerce_rest_shop_order_invalid_id", "Invalid ID.", status)
    return order
