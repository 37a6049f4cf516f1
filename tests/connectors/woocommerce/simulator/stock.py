"""Stock as orders move it: the quantity, the status that follows it, and the dates."""

from __future__ import annotations

from tests.connectors.woocommerce.simulator.product_store import (
    Goods,
    find,
    refresh_parent,
    save,
)
from tests.connectors.woocommerce.simulator.product_values import stock_state
from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["keeper", "moved", "sold"]


def keeper(shop: SimWoo, identity: int) -> Goods | None:
    """Who keeps the stock of a product or variation: itself, or the parent of a variation."""
    goods = find(shop, identity) if shop.manage_stock else None
    if goods is None or goods["manage_stock"]:
        return goods
    if goods.is_variation:
        parent = find(shop, goods.parent)
        if parent is not None and parent["manage_stock"]:
            return parent
    return None


def moved(shop: SimWoo, identity: int, by: int) -> int | None:
    """Take (`by` below 0) or give back stock, as an order does.

    Returns:
        The quantity after it; None where nobody keeps the stock.
    """
    goods = keeper(shop, identity)
    if goods is None:
        return None
    goods.data["stock_quantity"] = quantity = int(goods["stock_quantity"] or 0) + by
    goods.stock_status = stock_state(goods)
    save(shop, goods)
    if goods.is_variation:
        refresh_parent(shop, goods.parent)
    shop.emit("product.updated", goods.id)
    return quantity


def sold(shop: SimWoo, identity: int, quantity: int) -> None:
    """Count pieces as sold (below 0: not sold after all)."""
    goods = find(shop, identity)
    if goods is not None:
        goods.data["total_sales"] = int(goods["total_sales"]) + quantity
        save(shop, goods, touch=False)
