"""Fills a shop in bulk, as if somebody had been at it for years."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from tests.connectors.woocommerce.simulator import terms
from tests.connectors.woocommerce.simulator.product_store import Goods, insert, row_of
from tests.connectors.woocommerce.simulator.router import seeder
from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["add_simple", "add_uncategorized", "keep_all", "seed_products", "seed_variable"]

_VARIATIONS = 4


def add_uncategorized(shop: SimWoo) -> None:
    """The category that every shop has; the next term gets the number after it."""
    shop.db.execute(
        "INSERT OR IGNORE INTO term VALUES (?, 'product_cat', 'Uncategorized', 'uncategorized',"
        " 0, '', 'default', 0, '')",
        (terms.UNCATEGORIZED,),
    )
    shop.jump("term", terms.UNCATEGORIZED + 1)


def add_simple(shop: SimWoo, sku: str, price: str = "10.00", **data: Any) -> int:
    """One simple product with managed stock (100 unless told otherwise); its id."""
    add_uncategorized(shop)
    goods = _simple(sku, price, shop.stamp())
    goods.data |= data
    if goods["manage_stock"] and goods["stock_quantity"] <= 0:
        goods.stock_status = "outofstock"
    return insert(shop, goods).id


def _simple(sku: str, price: str, moment: str, name: str = "") -> Goods:
    return Goods(
        name=name or f"Product {sku}",
        slug=(name or f"product-{sku}").lower().replace(" ", "-"),
        sku=sku,
        created=moment,
        modified=moment,
        data={
            "regular_price": price,
            "manage_stock": True,
            "stock_quantity": 100,
            "categories": [terms.UNCATEGORIZED],
        },
    )


def keep_all(shop: SimWoo, goods: Iterable[Goods]) -> int:
    """Keep many new products at once, without a word to anybody; how many."""

    def numbered() -> Iterator[Goods]:
        for each in goods:
            each.id = shop.next_id("post")
            yield each

    made = list(numbered())
    shop.db.executemany(
        "INSERT INTO product VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (row_of(shop, each) for each in made),
    )
    shop.db.executemany(
        "INSERT INTO product_term VALUES (?, ?)",
        ((term, each.id) for each in made for term in each["categories"]),
    )
    return len(made)


@seeder("products")
def seed_products(shop: SimWoo, count: int) -> None:
    """Simple products ART-0000 on, 10.00 + number/100 (repeating after 10,000), stock 100."""
    add_uncategorized(shop)
    start = shop.now() - dt.timedelta(days=365)

    def made() -> Iterator[Goods]:
        for number in range(count):
            moment = (start + dt.timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S")
            price = f"{10 + number % 10_000 // 100}.{number % 100:02d}"
            yield _simple(f"ART-{number:04d}", price, moment, f"Sample product {number:04d}")

    keep_all(shop, made())


@seeder("variable")
def seed_variable(shop: SimWoo, count: int) -> None:
    """Variable products VAR-0000 on with four variations each (-0 to -3), 19.90, stock 7."""
    add_uncategorized(shop)
    start = shop.now() - dt.timedelta(days=180)
    for number in range(count):
        moment = (start + dt.timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S")
        options = [f"C{each}" for each in range(_VARIATIONS)]
        parent = Goods(
            type="variable",
            name=f"Variable product {number:04d}",
            slug=f"variable-product-{number:04d}",
            sku=f"VAR-{number:04d}",
            created=moment,
            modified=moment,
            data={
                "categories": [terms.UNCATEGORIZED],
                "attributes": [
                    {
                        "id": 0,
                        "name": "Color",
                        "slug": "Color",
                        "position": 0,
                        "visible": True,
                        "variation": True,
                        "options": options,
                    }
                ],
            },
        )
        keep_all(shop, [parent])
        keep_all(
            shop,
            [_variation(parent, option, place) for place, option in enumerate(options)],
        )


def _variation(parent: Goods, option: str, place: int) -> Goods:
    return Goods(
        parent=parent.id,
        type="variation",
        name=option,
        slug=f"{parent.slug}-{option.lower()}",
        sku=f"{parent.sku}-{place}",
        menu_order=place,
        created=parent.created,
        modified=parent.modified,
        data={
            "regular_price": "19.90",
            "manage_stock": True,
            "stock_quantity": 7,
            "tax_class": "parent",
            "attributes": {"color": option},
        },
    )
