"""Many orders at once, for sizes that matter (`shop.seed(orders=10_000)`)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.connectors.woocommerce.simulator.order_write import new_order, prepare
from tests.connectors.woocommerce.simulator.router import seeder
from tests.connectors.woocommerce.simulator.shop import SimWoo
from tests.connectors.woocommerce.simulator.visitors import ADDRESS_OF_BEA

__all__ = ["seed_orders"]

_TEMPLATES = 50
_APART = dt.timedelta(seconds=30)


@seeder("orders")
def seed_orders(shop: SimWoo, count: int) -> None:
    """So many orders of one or two products, 30 seconds apart, the last of them now.

    Every fourth is on hold, the others are in processing. They are old history to the shop: no
    stock is taken, no note made, no webhook told.
    """
    known = shop.db.execute(
        "SELECT id FROM product WHERE type = 'simple' AND status = 'publish' ORDER BY id LIMIT ?",
        (_TEMPLATES,),
    ).fetchall()
    templates = [_template(shop, [row["id"] for row in known], at) for at in range(len(known))]
    orders = list(_orders(shop, templates, count))
    shop.db.executemany(
        "INSERT INTO orders (id, status, created, modified, customer, searched, body)"
        " VALUES (?, ?, ?, ?, 0, ?, ?)",
        [
            (each["id"], each["status"], each["created"], each["modified"], str(each["id"]),
             json.dumps(each))
            for each in orders
        ],
    )  # fmt: skip
    shop.db.executemany(
        "INSERT INTO order_goods (order_id, product) VALUES (?, ?)",
        [(each["id"], line["product_id"]) for each in orders for line in each["line_items"]],
    )


def _template(shop: SimWoo, products: list[int], at: int) -> dict[str, Any]:
    order = new_order(shop, 0, "checkout")
    numbers = {products[at], products[(at * 7 + 3) % len(products)]}
    address = {**ADDRESS_OF_BEA, "email": f"buyer-{at}@shop.example"}
    posted = {
        "billing": address,
        "shipping": dict(ADDRESS_OF_BEA),
        "payment_method": "cod",
        "payment_method_title": "Cash on delivery",
        "line_items": [{"product_id": each, "quantity": 1 + at % 3} for each in sorted(numbers)],
        "shipping_lines": [{"method_id": "flat_rate", "total": "4.90"}],
    }
    prepare(shop, order, posted)
    return order


def _orders(
    shop: SimWoo, templates: list[dict[str, Any]], count: int
) -> Iterator[Mapping[str, Any]]:
    start = shop.now() - _APART * (count - 1)
    for at in range(count):
        order: dict[str, Any] = json.loads(json.dumps(templates[at % len(templates)]))
        moment = (start + _APART * at).strftime("%Y-%m-%dT%H:%M:%S")
        number = shop.next_id("post")
        order |= {
            "id": number,
            "order_key": f"wc_order_seeded{number:06}",
            "status": "on-hold" if at % 4 == 3 else "processing",
            "created": moment,
            "modified": moment,
            "stock_reduced": True,
            "counted_sold": True,
        }
        for kind in ("line_items", "shipping_lines", "tax_lines"):
            for line in order[kind]:
                line["id"] = shop.next_id("order_item")
        yield order
