"""What a write makes of a product or a variation: the fields one by one, with their traps."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.connectors.woocommerce.simulator import terms
from tests.connectors.woocommerce.simulator.answers import refused
from tests.connectors.woocommerce.simulator.attributes import attribute
from tests.connectors.woocommerce.simulator.media import pictures
from tests.connectors.woocommerce.simulator.product_store import Goods, find
from tests.connectors.woocommerce.simulator.product_values import write_prices, write_stock
from tests.connectors.woocommerce.simulator.schema import Kind, ListOf, Shape
from tests.connectors.woocommerce.simulator.shop import SimWoo
from tests.connectors.woocommerce.simulator.text import clean, decimal_text, kses, slug, whole

__all__ = ["PRODUCT_KINDS", "STATUSES", "TYPES", "VARIATION_KINDS", "apply"]

STATUSES = ("draft", "pending", "private", "publish", "future", "auto-draft", "trash")
TYPES = ("simple", "grouped", "external", "variable")

_META = ListOf(Shape({"id": "integer", "key": "string"}))
_IMAGE = Shape({"id": "integer", "src": "string", "name": "string", "alt": "string"})
_BOTH: dict[str, Kind] = {
    "id": "integer",
    "status": STATUSES,
    "description": "string",
    "sku": "string",
    "global_unique_id": "string",
    "regular_price": "string",
    "sale_price": "string",
    "date_on_sale_from": "date",
    "date_on_sale_from_gmt": "date",
    "date_on_sale_to": "date",
    "date_on_sale_to_gmt": "date",
    "virtual": "boolean",
    "downloadable": "boolean",
    "tax_status": ("taxable", "shipping", "none"),
    "tax_class": "string",
    "manage_stock": "boolean",
    "stock_quantity": "integer",
    "inventory_delta": "integer",
    "stock_status": ("instock", "outofstock", "onbackorder"),
    "backorders": ("no", "notify", "yes"),
    "low_stock_amount": "integer",
    "weight": "string",
    "dimensions": Shape({"length": "string", "width": "string", "height": "string"}),
    "shipping_class": "string",
    "menu_order": "integer",
    "meta_data": _META,
}
PRODUCT_KINDS: dict[str, Kind] = _BOTH | {
    "name": "string",
    "slug": "string",
    "type": TYPES,
    "featured": "boolean",
    "catalog_visibility": ("visible", "catalog", "search", "hidden"),
    "short_description": "string",
    "sold_individually": "boolean",
    "reviews_allowed": "boolean",
    "upsell_ids": ListOf("integer"),
    "cross_sell_ids": ListOf("integer"),
    "parent_id": "integer",
    "purchase_note": "string",
    "external_url": "string",
    "button_text": "string",
    "grouped_products": ListOf("integer"),
    "categories": ListOf(Shape({"id": "integer"})),
    "tags": ListOf(Shape({"id": "integer", "name": "string"})),
    "images": ListOf(_IMAGE),
    "attributes": ListOf(
        Shape({
            "id": "integer",
            "name": "string",
            "position": "integer",
            "visible": "boolean",
            "variation": "boolean",
            "options": ListOf("string"),
        })
    ),
    "default_attributes": ListOf(Shape({"id": "integer", "name": "string", "option": "string"})),
}
"""Fields of a product that can be written."""

VARIATION_KINDS: dict[str, Kind] = _BOTH | {
    "status": ("draft", "pending", "private", "publish"),
    "image": _IMAGE,
    "attributes": ListOf(Shape({"id": "integer", "name": "string", "option": "string"})),
}
"""Fields of a variation that can be written."""

_PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "featured": bool,
    "catalog_visibility": str,
    "description": kses,
    "short_description": kses,
    "virtual": bool,
    "downloadable": bool,
    "tax_status": str,
    "backorders": str,
    "low_stock_amount": whole,
    "sold_individually": bool,
    "weight": decimal_text,
    "reviews_allowed": bool,
    "upsell_ids": list,
    "cross_sell_ids": list,
    "purchase_note": kses,
    "external_url": str,
    "button_text": str,
    "grouped_products": list,
}


def apply(shop: SimWoo, goods: Goods, told: Mapping[str, Any]) -> None:
    """Write what was told into `goods`; null is nothing said here (single calls turned it before).

    Raises:
        Refused: 400 for a SKU or GTIN that another product has, or a picture.
    """
    told = {name: value for name, value in told.items() if value is not None}
    data = goods.data
    _post(goods, told)
    for name, turn in _PLAIN.items():
        if name in told:
            data[name] = turn(told[name])
    if "tax_class" in told:
        data["tax_class"] = _tax_class(goods, str(told["tax_class"]))
    if isinstance(told.get("dimensions"), dict):
        sizes = {name: decimal_text(value) for name, value in told["dimensions"].items()}
        data["dimensions"] = {**goods["dimensions"], **sizes}
    _codes(shop, goods, told)
    write_prices(shop, goods, told)
    write_stock(shop, goods, told)
    _terms(shop, goods, told)
    _attributes(shop, goods, told)
    if "images" in told:
        data["images"] = pictures(shop, told["images"])
    if "image" in told:
        data["images"] = pictures(
            shop, [told["image"]] if _names_one(told["image"]) else [], "variation"
        )
    _meta(shop, goods, told)


def _post(goods: Goods, told: Mapping[str, Any]) -> None:
    if "name" in told and not goods.is_variation:
        goods.name = kses(str(told["name"]))
    if told.get("slug"):
        goods.slug = slug(str(told["slug"]))
    if "status" in told:
        goods.status = told["status"] if told["status"] in STATUSES else "draft"
    if "menu_order" in told:
        goods.menu_order = whole(told["menu_order"])


def _tax_class(goods: Goods, told: str) -> str:
    """A variation may say `parent`; an unknown class counts as the standard one."""
    if told == "parent" and goods.is_variation:
        return told
    return told if told in {"reduced-rate", "zero-rate"} else ""


def _codes(shop: SimWoo, goods: Goods, told: Mapping[str, Any]) -> None:
    if "sku" in told:
        sku = clean(told["sku"])
        holder = _holder(shop, "sku", sku, goods.id)
        if holder is not None:
            number = 1
            while _holder(shop, "sku", f"{sku}-{number}", 0) is not None:
                number += 1
            raise refused(
                "product_invalid_sku",
                "Invalid or duplicated SKU.",
                400,
                resource_id=holder,
                unique_sku=f"{sku}-{number}",
            )
        goods.sku = sku
    if "global_unique_id" in told:
        gtin = re.sub(r"[^0-9-]", "", str(told["global_unique_id"]))
        holder = _holder(shop, "gtin", gtin, goods.id)
        if holder is not None:
            message = "Invalid or duplicated GTIN, UPC, EAN or ISBN."
            raise refused("product_invalid_global_unique_id", message, 400, resource_id=holder)
        goods.gtin = gtin


def _holder(shop: SimWoo, column: str, code: str, but: int) -> int | None:
    """Who has a code; the trash is not asked here, though it holds SKUs all the same."""
    if not code:
        return None
    row = shop.db.execute(
        f"SELECT id FROM product WHERE {column} = ? AND id <> ? AND status <> 'trash' ORDER BY id",
        (code, but),
    ).fetchone()
    return None if row is None else int(row["id"])


def _terms(shop: SimWoo, goods: Goods, told: Mapping[str, Any]) -> None:
    if goods.is_variation:
        return
    for name, taxonomy in (("categories", "product_cat"), ("tags", "product_tag")):
        if name in told and isinstance(told[name], list):
            given = [each for each in told[name] if isinstance(each, dict)]
            wanted = [_term_id(shop, taxonomy, each) for each in given]
            goods.data[name] = [
                each for each in dict.fromkeys(wanted) if terms.term(shop, taxonomy, each)
            ]
    if not goods["categories"]:
        goods.data["categories"] = [terms.UNCATEGORIZED]


def _term_id(shop: SimWoo, taxonomy: str, told: Mapping[str, Any]) -> int:
    """Categories go by number only; a tag that is named is made where it is new (source)."""
    if taxonomy == "product_tag" and told.get("name"):
        name = str(told["name"])
        row = terms.term_by_name(shop, taxonomy, name)
        return int((row or terms.add_term(shop, taxonomy, {"name": name}))["id"])
    return whole(told.get("id", 0))


def _attributes(shop: SimWoo, goods: Goods, told: Mapping[str, Any]) -> None:
    listed = told.get("attributes")
    if isinstance(listed, list):
        given = [each for each in listed if isinstance(each, dict)]
        if goods.is_variation:
            _choose(shop, goods, given)
        else:
            kept = (_product_attribute(shop, each) for each in given)
            goods.data["attributes"] = [each for each in kept if each is not None]
    if isinstance(told.get("default_attributes"), list):
        goods.data["default_attributes"] = [
            {
                "id": whole(each.get("id", 0)),
                "name": str(each.get("name", "")),
                "option": str(each.get("option", "")),
            }
            for each in told["default_attributes"]
            if isinstance(each, dict)
        ]


def _product_attribute(shop: SimWoo, told: Mapping[str, Any]) -> dict[str, Any] | None:
    """One attribute of a product; the values of a global one become terms where they are new."""
    options = told.get("options", [])
    if isinstance(options, str):
        options = [options]
    # The values of an attribute are kept joined by strokes, so one that holds a stroke is two.
    options = [clean(part) for each in options for part in str(each).split("|")]
    options = [each for each in options if each]
    row = attribute(shop, whole(told.get("id") or 0))
    kept: dict[str, Any] = {
        "id": 0,
        "name": clean(told.get("name", "")),
        "slug": clean(told.get("name", "")),
        "position": whole(told.get("position", 0)),
        "visible": bool(told.get("visible", False)),
        "variation": bool(told.get("variation", False)),
        "options": options,
    }
    if row is None:
        return kept if kept["name"] and options else None
    found = [
        terms.term_by_name(shop, row["slug"], each)
        or terms.add_term(shop, row["slug"], {"name": each})
        for each in options
    ]
    found.sort(key=lambda term: (term["menu_order"], term["name"]))
    numbers = [term["id"] for term in found]
    return kept | {"id": row["id"], "name": row["name"], "slug": row["slug"], "terms": numbers}


def _choose(shop: SimWoo, goods: Goods, told: list[dict[str, Any]]) -> None:
    """What a variation chooses among its parent's attributes; others are passed over."""
    parent = find(shop, goods.parent)
    chosen: dict[str, str] = {}
    for each in parent["attributes"] if parent is not None else []:
        if not each["variation"]:
            continue
        match = next((one for one in told if _means(one, each)), None)
        if match is None:
            continue
        option = clean(match.get("option", ""))
        if each["id"]:
            term = terms.term_by_name(shop, each["slug"], option)
            chosen[each["slug"]] = term["slug"] if term is not None else slug(option)
        else:
            chosen[slug(each["name"])] = option
    goods.data["attributes"] = chosen
    shown = []
    for key, value in chosen.items():
        term = terms.term_by_name(shop, key, value)
        shown.append(term["name"] if term is not None else value)
    goods.name = ", ".join(filter(None, shown))


def _means(told: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    if told.get("id"):
        return bool(whole(told["id"]) == known["id"])
    return slug(str(told.get("name", ""))) in {slug(known["name"]), slug(known["slug"])}


def _names_one(told: Any) -> bool:
    return isinstance(told, dict) and bool(told.get("id") or told.get("src"))


def _meta(shop: SimWoo, goods: Goods, told: Mapping[str, Any]) -> None:
    """Set by number or key; a null value removes (recorded 22-inventory-and-meta)."""
    listed = told.get("meta_data")
    if not isinstance(listed, list):
        return
    kept = [dict(each) for each in goods["meta"]]
    for each in listed:
        if not isinstance(each, dict) or not (each.get("key") or each.get("id")):
            continue
        field = "id" if each.get("id") else "key"
        known = next((one for one in kept if one[field] == each[field]), None)
        value = each.get("value")
        if known is not None and value is None:
            kept.remove(known)
        elif known is not None:
            known["value"] = value
        elif value is not None:
            kept.append({"id": shop.next_id("meta"), "key": str(each["key"]), "value": value})
    goods.data["meta"] = kept
