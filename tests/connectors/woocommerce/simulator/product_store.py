"""Products and variations in the database: one table, as WordPress keeps both as posts.

What lists filter by stands in columns, the rest in one JSON document. Stamps are UTC.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.connectors.woocommerce.simulator.router import tables

if TYPE_CHECKING:
    from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = [
    "DEFAULTS",
    "Goods",
    "children",
    "destroy",
    "find",
    "from_row",
    "insert",
    "name_of",
    "on_sale",
    "price_of",
    "refresh_parent",
    "row_of",
    "save",
    "slug_free",
]

tables(
    """
    CREATE TABLE product (
        id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL,
        name TEXT NOT NULL, slug TEXT NOT NULL, sku TEXT NOT NULL COLLATE NOCASE,
        gtin TEXT NOT NULL, price NUMERIC, stock_status TEXT NOT NULL, menu_order INTEGER NOT NULL,
        created TEXT NOT NULL, modified TEXT NOT NULL, doc TEXT NOT NULL
    );
    CREATE INDEX product_parent ON product(parent);
    CREATE INDEX product_sku ON product(sku);
    CREATE INDEX product_gtin ON product(gtin);
    CREATE INDEX product_slug ON product(slug);
    CREATE INDEX product_created ON product(created, id);
    CREATE INDEX product_modified ON product(modified, id);
    CREATE INDEX product_listed ON product(type, status);
    CREATE TABLE product_term (
        term INTEGER NOT NULL, product INTEGER NOT NULL, PRIMARY KEY (term, product)
    ) WITHOUT ROWID;
    CREATE INDEX product_term_product ON product_term(product);
    """
)

DEFAULTS: dict[str, Any] = {
    "featured": False,
    "catalog_visibility": "visible",
    "description": "",
    "short_description": "",
    "regular_price": "",
    "sale_price": "",
    "sale_from": None,
    "sale_to": None,
    "total_sales": 0,
    "virtual": False,
    "downloadable": False,
    "external_url": "",
    "button_text": "",
    "tax_status": "taxable",
    "tax_class": "",
    "manage_stock": False,
    "stock_quantity": None,
    "backorders": "no",
    "low_stock_amount": None,
    "sold_individually": False,
    "weight": "",
    "dimensions": {"length": "", "width": "", "height": ""},
    "reviews_allowed": True,
    "upsell_ids": [],
    "cross_sell_ids": [],
    "purchase_note": "",
    "categories": [],
    "tags": [],
    "images": [],
    "attributes": [],
    "default_attributes": [],
    "grouped_products": [],
    "meta": [],
}
"""The document of a product that nothing was said about."""


@dataclass
class Goods:
    """A product (parent 0) or a variation.

    Attributes:
        data: The document; missing names have the value of `DEFAULTS`. A variation's
            `attributes` are {key: value}, a product's the list of the interface.
    """

    id: int = 0
    parent: int = 0
    type: str = "simple"
    status: str = "publish"
    name: str = ""
    slug: str = ""
    sku: str = ""
    gtin: str = ""
    stock_status: str = "instock"
    menu_order: int = 0
    created: str = ""
    modified: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.data[name] if name in self.data else DEFAULTS[name]

    @property
    def is_variation(self) -> bool:
        return self.type == "variation"


def price_of(shop: SimWoo, goods: Goods) -> str:
    """The price asked now: the sale's while it runs, else the regular one."""
    return str(goods["sale_price"] if on_sale(shop, goods) else goods["regular_price"])


def on_sale(shop: SimWoo, goods: Goods) -> bool:
    """Whether the sale price is the one asked now."""
    sale, regular = goods["sale_price"], goods["regular_price"]
    if not sale or not regular or Decimal(sale) >= Decimal(regular):
        return False
    now = shop.stamp()
    start, end = goods["sale_from"], goods["sale_to"]
    return (start is None or start <= now) and (end is None or now <= end)


def from_row(row: sqlite3.Row) -> Goods:
    """A row of the table."""
    return Goods(
        row["id"],
        row["parent"],
        row["type"],
        row["status"],
        row["name"],
        row["slug"],
        row["sku"],
        row["gtin"],
        row["stock_status"],
        row["menu_order"],
        row["created"],
        row["modified"],
        json.loads(row["doc"]),
    )


def find(shop: SimWoo, identity: int) -> Goods | None:
    """A product or variation by its id."""
    row = shop.db.execute("SELECT * FROM product WHERE id = ?", (identity,)).fetchone()
    return None if row is None else from_row(row)


def children(shop: SimWoo, parent: int) -> list[Goods]:
    """A product's variations that are not in the trash, in their order."""
    rows = shop.db.execute(
        "SELECT * FROM product WHERE parent = ? AND status <> 'trash' ORDER BY menu_order, id",
        (parent,),
    )
    return [from_row(row) for row in rows]


def row_of(shop: SimWoo, goods: Goods) -> tuple[Any, ...]:
    """The values of a row, in the table's order."""
    price = price_of(shop, goods)
    return (
        goods.id,
        goods.parent,
        goods.type,
        goods.status,
        goods.name,
        goods.slug,
        goods.sku,
        goods.gtin,
        price or None,
        goods.stock_status,
        goods.menu_order,
        goods.created,
        goods.modified,
        json.dumps(goods.data, ensure_ascii=False),
    )


def insert(shop: SimWoo, goods: Goods) -> Goods:
    """Keep a new product under the next number."""
    goods.id = shop.next_id("post")
    goods.created = goods.created or shop.stamp()
    goods.modified = goods.modified or shop.stamp()
    shop.db.execute("INSERT INTO product VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", row_of(shop, goods))
    _keep_terms(shop, goods)
    return goods


def save(shop: SimWoo, goods: Goods, *, touch: bool = True) -> None:
    """Keep a product; its date moves even where nothing else did (recorded 06, exchange 3)."""
    if touch:
        goods.modified = shop.stamp()
    shop.db.execute(
        "REPLACE INTO product VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", row_of(shop, goods)
    )
    _keep_terms(shop, goods)


def _keep_terms(shop: SimWoo, goods: Goods) -> None:
    if goods.is_variation:
        return
    wanted = {*goods["categories"], *goods["tags"]}
    for attribute in goods["attributes"]:
        wanted |= set(attribute.get("terms", ()))
    known = {
        row["term"]
        for row in shop.db.execute("SELECT term FROM product_term WHERE product = ?", (goods.id,))
    }
    if wanted != known:
        shop.db.execute("DELETE FROM product_term WHERE product = ?", (goods.id,))
        shop.db.executemany(
            "INSERT INTO product_term VALUES (?, ?)", [(term, goods.id) for term in wanted]
        )


def destroy(shop: SimWoo, identities: Iterable[int]) -> None:
    """Remove for good."""
    for identity in identities:
        shop.db.execute("DELETE FROM product WHERE id = ? OR parent = ?", (identity, identity))
        shop.db.execute("DELETE FROM product_term WHERE product = ?", (identity,))


def refresh_parent(shop: SimWoo, parent: int) -> None:
    """After a change of a variation: the parent's stock status and its date (facts, dates)."""
    goods = find(shop, parent)
    if goods is None:
        return
    if not goods["manage_stock"]:
        states = {each.stock_status for each in children(shop, parent)}
        ranked = ("instock", "onbackorder", "outofstock")
        goods.stock_status = next((each for each in ranked if each in states), "outofstock")
    save(shop, goods)


def slug_free(shop: SimWoo, wanted: str, identity: int = 0) -> str:
    """`wanted`, or `wanted-2` and so on where another product has it."""
    name, number = wanted, 1
    while shop.db.execute(
        "SELECT 1 FROM product WHERE slug = ? AND id <> ?", (name, identity)
    ).fetchone():
        number += 1
        name = f"{wanted}-{number}"
    return name


def name_of(shop: SimWoo, goods: Goods) -> str:
    """The whole name, a variation's with that of its parent before it."""
    if not goods.is_variation:
        return goods.name
    parent = find(shop, goods.parent)
    return f"{parent.name if parent else ''} - {goods.name}" if goods.name else goods.name
