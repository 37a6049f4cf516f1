"""A cart as the Store API shows it (recorded 42, WooCommerce 10.5): money in cents, as text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.connectors.woocommerce.simulator import product_store, stock
from tests.connectors.woocommerce.simulator.order_lines import Goods, goods_line, shipping_line
from tests.connectors.woocommerce.simulator.order_money import rounded
from tests.connectors.woocommerce.simulator.order_view import ADDRESS
from tests.connectors.woocommerce.simulator.order_write import new_order, recalculate, till_of
from tests.connectors.woocommerce.simulator.trade_goods import goods_of

if TYPE_CHECKING:
    from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["FLAT_RATE", "cart_json", "item_key"]

FLAT_RATE = Decimal("4.90")
"""Of shipping, net, for every cart."""

_MOST = 9999


def cart_json(shop: SimWoo, items: Mapping[str, int]) -> dict[str, Any]:
    """Pieces by the id of their product or variation, with every sum."""
    order = new_order(shop, 0)
    counter = iter(range(1, _MOST))
    till = till_of(shop, lambda _: next(counter))
    found = {number: goods_of(shop, int(number)) for number in items}
    order["line_items"] = [
        goods_line({"quantity": pieces}, found[number], till) for number, pieces in items.items()
    ]
    if items:
        order["shipping_lines"] = [shipping_line({"total": str(FLAT_RATE)}, till)]
    recalculate(shop, order, lambda _: next(counter))
    cents = _cents(shop)
    lines = [
        _item(shop, number, pieces, found[number], line, cents)
        for (number, pieces), line in zip(items.items(), order["line_items"], strict=True)
    ]
    country, _, state = shop.country.partition(":")
    place = dict.fromkeys((*ADDRESS, "phone"), "") | {"country": country, "state": state}
    return {
        "items": lines,
        "coupons": [],
        "fees": [],
        "totals": _totals(shop, order, cents),
        "shipping_address": place,
        "billing_address": place | {"email": ""},
        "needs_payment": bool(items),
        "needs_shipping": bool(items),
        "payment_requirements": ["products"],
        "has_calculated_shipping": bool(items),
        "shipping_rates": [_shipping(shop, order, lines, place, cents)] if items else [],
        "items_count": sum(items.values()),
        "items_weight": 0,
        "cross_sells": [],
        "errors": [],
        "payment_methods": ["cod"],
        "extensions": {},
    }


def _totals(
    shop: SimWoo, order: Mapping[str, Any], cents: Callable[[Decimal], str]
) -> dict[str, Any]:
    head = {name: Decimal(text) for name, text in order["totals"].items()}
    goods = sum((Decimal(line["subtotal"]) for line in order["line_items"]), Decimal(0))
    carried = bool(order["shipping_lines"])
    tax = head["cart_tax"] + head["shipping_tax"]
    return {
        "total_items": cents(goods),
        "total_items_tax": cents(head["cart_tax"]),
        "total_fees": "0",
        "total_fees_tax": "0",
        "total_discount": "0",
        "total_discount_tax": "0",
        "total_shipping": cents(head["shipping"]) if carried else None,
        "total_shipping_tax": cents(head["shipping_tax"]) if carried else None,
        "total_price": cents(head["total"]),
        "total_tax": cents(tax),
        "tax_lines": [
            {
                "name": row["label"],
                "price": cents(Decimal(row["tax_total"]) + Decimal(row["shipping_tax_total"])),
                "rate": f"{Decimal(row['rate_percent']):f}%",
            }
            for row in order["tax_lines"]
        ],
        **_currency(shop),
    }


def _item(
    shop: SimWoo,
    number: str,
    pieces: int,
    goods: Goods,
    line: Mapping[str, Any],
    cents: Callable[[Decimal], str],
) -> dict[str, Any]:
    kept = product_store.find(shop, int(number))
    keeper = stock.keeper(shop, int(number))
    price = Decimal(goods.price)
    regular = Decimal(str(kept["regular_price"] or price)) if kept else price
    prices = {"price": cents(price), "regular_price": cents(regular), "sale_price": cents(price)}
    raw = {name: text + "0" * (6 - shop.decimals) for name, text in prices.items()}
    taxes = sum((Decimal(tax) for tax in line["taxes"].values()), Decimal(0))
    slug = kept.slug if kept else ""
    return {
        "key": item_key(number),
        "id": int(number),
        "type": kept.type if kept else "simple",
        "quantity": pieces,
        "quantity_limits": {
            "minimum": 1,
            "maximum": int(keeper["stock_quantity"] or 0) if keeper else _MOST,
            "multiple_of": 1,
            "editable": True,
        },
        "name": goods.name,
        "short_description": "",
        "description": "",
        "sku": goods.sku,
        "low_stock_remaining": None,
        "backorders_allowed": False,
        "show_backorder_badge": False,
        "sold_individually": False,
        "permalink": f"{shop.home}/product/{slug}/",
        "images": [],
        "variation": [
            {"raw_attribute": f"attribute_{key}", "attribute": label, "value": text}
            for key, _, label, text in goods.attributes
        ],
        "item_data": [],
        "prices": {
            **prices,
            "price_range": None,
            **_currency(shop),
            "raw_prices": {"precision": 6, **raw},
        },
        "totals": {
            "line_subtotal": cents(Decimal(line["subtotal"])),
            "line_subtotal_tax": cents(taxes),
            "line_total": cents(Decimal(line["total"])),
            "line_total_tax": cents(taxes),
            **_currency(shop),
        },
        "catalog_visibility": "visible",
        "extensions": {},
    }


def _shipping(
    shop: SimWoo,
    order: Mapping[str, Any],
    lines: list[dict[str, Any]],
    place: Mapping[str, str],
    cents: Callable[[Decimal], str],
) -> dict[str, Any]:
    names = ", ".join(f"{line['name']} &times; {line['quantity']}" for line in lines)
    head = order["totals"]
    wanted = ("address_1", "address_2", "city", "state", "postcode", "country")
    return {
        "package_id": 0,
        "name": "Shipment 1",
        "destination": {name: place[name] for name in wanted},
        "items": [{name: line[name] for name in ("key", "name", "quantity")} for line in lines],
        "shipping_rates": [
            {
                "rate_id": "flat_rate:1",
                "name": "Flat rate",
                "description": "",
                "delivery_time": "",
                "price": cents(Decimal(head["shipping"])),
                "taxes": cents(Decimal(head["shipping_tax"])),
                "instance_id": 1,
                "method_id": "flat_rate",
                "meta_data": [{"key": "Items", "value": names}],
                "selected": True,
                **_currency(shop),
            }
        ],
    }


def item_key(number: str) -> str:
    """What a cart calls its line."""
    return hashlib.md5(number.encode()).hexdigest()


def _cents(shop: SimWoo) -> Callable[[Decimal], str]:
    return lambda value: str(int(rounded(value, shop.decimals).scaleb(shop.decimals)))


def _currency(shop: SimWoo) -> dict[str, Any]:
    symbol = "€" if shop.currency == "EUR" else shop.currency
    return {
        "currency_code": shop.currency,
        "currency_symbol": symbol,
        "currency_minor_unit": shop.decimals,
        "currency_decimal_separator": ".",
        "currency_thousand_separator": ",",
        "currency_prefix": symbol,
        "currency_suffix": "",
    }
