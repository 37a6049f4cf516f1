"""How the interface shows a product or a variation.

A read shows texts as a page would (`view`), an answer to a write as they are kept (`edit`); some
fields stand in the latter only (WooCommerce 10.5, recorded 06 and 07).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import quote

from tests.connectors.woocommerce.simulator import terms
from tests.connectors.woocommerce.simulator.answers import links
from tests.connectors.woocommerce.simulator.attributes import attribute, attribute_named
from tests.connectors.woocommerce.simulator.product_store import (
    Goods,
    children,
    find,
    name_of,
    on_sale,
    price_of,
)
from tests.connectors.woocommerce.simulator.router import WooRequest
from tests.connectors.woocommerce.simulator.shop import SimWoo
from tests.connectors.woocommerce.simulator.text import paragraphs, slug

__all__ = ["EDIT_CONTEXT", "VIEW_CONTEXT", "product_body", "variation_body"]

VIEW_CONTEXT = "view"
EDIT_CONTEXT = "edit"

_SYMBOLS = {"EUR": "&euro;", "USD": "&#36;", "GBP": "&pound;"}
_RELATED = 5


def product_body(
    shop: SimWoo,
    request: WooRequest,
    goods: Goods,
    context: str = VIEW_CONTEXT,
) -> dict[str, Any]:
    """A product, or a variation in a product's shape, as `/products` shows it."""
    own = f"/products/{goods.id}"
    up = f"/products/{goods.parent}" if goods.parent else None
    kids = children(shop, goods.id) if goods.type == "variable" else []
    price = _price(shop, goods, kids)
    body = _common(shop, goods, context) | {
        "id": goods.id,
        "name": name_of(shop, goods),
        "slug": goods.slug,
        "permalink": _permalink(shop, goods),
        "price": price,
        "purchasable": _purchasable(shop, goods, price),
        "featured": goods["featured"],
        "catalog_visibility": goods["catalog_visibility"],
        "short_description": _text(goods["short_description"], context),
        "total_sales": str(goods["total_sales"]) if goods.is_variation else goods["total_sales"],
        "external_url": goods["external_url"],
        "button_text": goods["button_text"],
        "sold_individually": goods["sold_individually"],
        "shipping_required": not goods["virtual"],
        "shipping_taxable": not goods["virtual"],
        "reviews_allowed": goods["reviews_allowed"] and not goods.is_variation,
        "average_rating": "0" if context == EDIT_CONTEXT else "0.00",
        "rating_count": 0,
        "upsell_ids": goods["upsell_ids"],
        "cross_sell_ids": goods["cross_sell_ids"],
        "purchase_note": goods["purchase_note"],
        "categories": _terms(shop, "product_cat", goods["categories"]),
        "brands": [],
        "tags": _terms(shop, "product_tag", goods["tags"]),
        "images": [_gallery_image(shop, each) for each in goods["images"]],
        "attributes": _attributes(shop, goods),
        "default_attributes": goods["default_attributes"],
        "variations": [each.id for each in kids],
        "grouped_products": goods["grouped_products"],
        "price_html": _price_html(shop, goods, kids, price),
        "related_ids": _related(shop, goods),
        "has_options": goods.type == "variable",
        "post_password": "",
        "_links": links(request, own, "/products", up=up),
    }
    if context == EDIT_CONTEXT:
        body["permalink_template"] = f"{shop.home}/product/%pagename%/"
        body["generated_slug"] = _generated_slug(shop, goods)
    return body


def variation_body(
    shop: SimWoo, request: WooRequest, goods: Goods, context: str = VIEW_CONTEXT
) -> dict[str, Any]:
    """A variation as its own routes show it."""
    if request.path.startswith("/wp-json/wc/v3/variations"):
        # The list of all variations links past every parent (recorded 14, exchange 2).
        own, collection, up = f"/variations/{goods.id}", "/variations", "/products/0"
    else:
        up = f"/products/{goods.parent}"
        collection = f"{up}/variations"
        own = f"{collection}/{goods.id}"
    price = price_of(shop, goods)
    images = goods["images"]
    return _common(shop, goods, context) | {
        "id": goods.id,
        "permalink": _permalink(shop, goods),
        "price": price,
        "purchasable": _purchasable(shop, goods, price),
        "image": _image(shop, images[0]) if images else None,
        "attributes": _attributes(shop, goods),
        "name": goods.name,
        "_links": links(request, own, collection, up=up),
    }


def _common(shop: SimWoo, goods: Goods, context: str) -> dict[str, Any]:
    manages, quantity, backorders = _stock(shop, goods, context)
    manages = manages if shop.manage_stock else False
    tax_class, sku = goods["tax_class"], goods.sku
    if not sku and goods.parent and context == VIEW_CONTEXT:
        # Shown with its product's (source: `get_sku` of class-wc-product-variation.php).
        parent = find(shop, goods.parent)
        sku = parent.sku if parent is not None else ""
    if tax_class == "parent" and context == VIEW_CONTEXT:
        parent = find(shop, goods.parent)
        tax_class = parent["tax_class"] if parent is not None else ""
    return {
        "type": goods.type,
        "status": goods.status,
        "date_created": shop.local(goods.created),
        "date_created_gmt": goods.created,
        "date_modified": shop.local(goods.modified),
        "date_modified_gmt": goods.modified,
        "description": _text(goods["description"], context),
        "sku": sku,
        "global_unique_id": goods.gtin,
        "regular_price": goods["regular_price"],
        "sale_price": goods["sale_price"],
        "date_on_sale_from": shop.local(goods["sale_from"]),
        "date_on_sale_from_gmt": goods["sale_from"],
        "date_on_sale_to": shop.local(goods["sale_to"]),
        "date_on_sale_to_gmt": goods["sale_to"],
        "on_sale": on_sale(shop, goods),
        "virtual": goods["virtual"],
        "downloadable": goods["downloadable"],
        "downloads": [],
        "download_limit": -1,
        "download_expiry": -1,
        "tax_status": goods["tax_status"],
        "tax_class": tax_class,
        "manage_stock": manages,
        "stock_quantity": quantity,
        "stock_status": goods.stock_status,
        "backorders": backorders,
        "backorders_allowed": backorders != "no",
        "backordered": quantity is not None and quantity < 0 and backorders != "no",
        "low_stock_amount": goods["low_stock_amount"],
        "weight": goods["weight"],
        "dimensions": goods["dimensions"],
        "shipping_class": "",
        "shipping_class_id": 0,
        "menu_order": goods.menu_order,
        "parent_id": goods.parent,
        "meta_data": goods["meta"],
    }


def _stock(shop: SimWoo, goods: Goods, context: str) -> tuple[Any, int | None, str]:
    """(manages stock, quantity, backorders); a variation may share its parent's."""
    if goods.is_variation and not goods["manage_stock"] and context == VIEW_CONTEXT:
        parent = find(shop, goods.parent)
        if parent is not None and parent["manage_stock"]:
            return "parent", parent["stock_quantity"], parent["backorders"]
    return goods["manage_stock"], goods["stock_quantity"], goods["backorders"]


def _text(text: str, context: str) -> str:
    return text if context == EDIT_CONTEXT else paragraphs(text)


def _price(shop: SimWoo, goods: Goods, kids: list[Goods]) -> str:
    """A variable product asks what its cheapest variation does."""
    if goods.type != "variable":
        return price_of(shop, goods)
    prices = [price for each in kids if (price := price_of(shop, each))]
    return min(prices, key=Decimal, default="")


def _purchasable(shop: SimWoo, goods: Goods, price: str) -> bool:
    if goods.is_variation:
        parent = find(shop, goods.parent)
        if parent is None or parent.status not in {"publish", "private"}:
            return False
    return price != "" and goods.status in {"publish", "private"}


def _permalink(shop: SimWoo, goods: Goods) -> str:
    if goods.is_variation:
        parent = find(shop, goods.parent)
        above = _permalink(shop, parent) if parent is not None else f"{shop.home}/"
        chosen = "&".join(
            f"attribute_{key}={quote(value)}" for key, value in goods["attributes"].items()
        )
        return f"{above}?{chosen}" if chosen else above
    if goods.status in {"draft", "pending", "auto-draft"}:
        return f"{shop.home}/?post_type=product&p={goods.id}"
    return f"{shop.home}/product/{goods.slug}/"


def _generated_slug(shop: SimWoo, goods: Goods) -> str:
    wanted = slug(name_of(shop, goods))
    return goods.slug if goods.slug.startswith(wanted) else wanted


def _terms(shop: SimWoo, taxonomy: str, numbers: list[int]) -> list[dict[str, Any]]:
    found = (terms.term(shop, taxonomy, each) for each in numbers)
    rows = [row for row in found if row is not None]
    return [{"id": row["id"], "name": row["name"], "slug": row["slug"]} for row in rows]


def _attributes(shop: SimWoo, goods: Goods) -> list[dict[str, Any]]:
    if goods.is_variation:
        return [_chosen(shop, goods, *each) for each in goods["attributes"].items() if each[1]]
    shown = []
    for each in goods["attributes"]:
        known = {name: value for name, value in each.items() if name != "terms"}
        if each["id"]:
            row = attribute(shop, each["id"])
            found = (
                (terms.term(shop, row["slug"], number) for number in each["terms"]) if row else ()
            )
            known["options"] = [term["name"] for term in found if term is not None]
        shown.append(known)
    return shown


def _chosen(shop: SimWoo, goods: Goods, key: str, value: str) -> dict[str, Any]:
    row = attribute_named(shop, key)
    if row is not None:
        term = terms.term_by_name(shop, key, value)
        option = term["name"] if term is not None else value
        return {"id": row["id"], "name": row["name"], "slug": key, "option": option}
    parent = find(shop, goods.parent)
    names = [each["name"] for each in parent["attributes"]] if parent is not None else []
    name = next((each for each in names if slug(each) == key), key)
    return {"id": 0, "name": name, "slug": key, "option": value}


def _image(shop: SimWoo, kept: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": kept["id"],
        "date_created": shop.local(kept["created"]),
        "date_created_gmt": kept["created"],
        "date_modified": shop.local(kept["created"]),
        "date_modified_gmt": kept["created"],
        "src": kept["src"],
        "name": kept["name"],
        "alt": kept["alt"],
    }


def _gallery_image(shop: SimWoo, kept: Mapping[str, Any]) -> dict[str, Any]:
    """A product's picture; that of a variation has no sizes (source)."""
    sizes = {"srcset": "", "sizes": "", "thumbnail": kept["src"]}
    return _image(shop, kept) | sizes


def _related(shop: SimWoo, goods: Goods) -> list[int]:
    """Some others of the same categories; WooCommerce draws lots, the first ones will do."""
    if not goods["categories"]:
        return []
    marks = ",".join("?" * len(goods["categories"]))
    rows = shop.db.execute(
        f"SELECT product FROM product_term WHERE term IN ({marks}) AND product <> ? LIMIT ?",
        (*goods["categories"], goods.id, _RELATED),
    )
    return [row["product"] for row in rows]


def _money(shop: SimWoo, price: str) -> str:
    exact = Decimal(price).quantize(Decimal(1).scaleb(-shop.decimals), ROUND_HALF_UP)
    return f"{exact:,f}"


def _amount(shop: SimWoo, price: str, *, hidden: bool = False) -> str:
    symbol = f'<span class="woocommerce-Price-currencySymbol">{_symbol(shop)}</span>'
    aria = ' aria-hidden="true"' if hidden else ""
    inside = f"<bdi>{symbol}{_money(shop, price)}</bdi>"
    return f'<span class="woocommerce-Price-amount amount"{aria}>{inside}</span>'


def _symbol(shop: SimWoo) -> str:
    return _SYMBOLS.get(shop.currency, shop.currency)


def _reader(text: str) -> str:
    return f'<span class="screen-reader-text">{text}</span>'


def _price_html(shop: SimWoo, goods: Goods, kids: list[Goods], price: str) -> str:
    if not price:
        return ""
    symbol = _symbol(shop)
    if kids:
        highest = max((p for each in kids if (p := price_of(shop, each))), key=Decimal)
        if Decimal(highest) != Decimal(price):
            low, high = (_amount(shop, each, hidden=True) for each in (price, highest))
            told = (
                f"Price range: {symbol}{_money(shop, price)} through "
                f"{symbol}{_money(shop, highest)}"
            )
            return f'{low} <span aria-hidden="true">&ndash;</span> {high}{_reader(told)}'
    if on_sale(shop, goods):
        regular = goods["regular_price"]
        was = _reader(f"Original price was: {symbol}{_money(shop, regular)}.")
        now = _reader(f"Current price is: {symbol}{_money(shop, price)}.")
        old = f'<del aria-hidden="true">{_amount(shop, regular)}</del>'
        return f'{old} {was}<ins aria-hidden="true">{_amount(shop, price)}</ins>{now}'
    return _amount(shop, price)
