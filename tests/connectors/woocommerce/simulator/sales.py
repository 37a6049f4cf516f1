"""What WooCommerce's own daily work does to sales that are over."""

from __future__ import annotations

from tests.connectors.woocommerce.simulator.product_store import from_row, refresh_parent, save
from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["end_sales"]


def end_sales(shop: SimWoo) -> list[int]:
    """Remove sale prices and dates of the sales that are over, as the shop does by itself (source).

    Returns:
        Ids of what was changed; each has a new date and is told of.
    """
    with shop.changing() as database:
        rows = database.execute(
            "SELECT * FROM product WHERE json_extract(doc, '$.sale_to') < ? ORDER BY id",
            (shop.stamp(),),
        ).fetchall()
        for row in rows:
            goods = from_row(row)
            goods.data |= {"sale_price": "", "sale_from": None, "sale_to": None}
            save(shop, goods)
            if goods.is_variation:
                refresh_parent(shop, goods.parent)
            shop.emit("product.updated", goods.id)
    return [row["id"] for row in rows]
