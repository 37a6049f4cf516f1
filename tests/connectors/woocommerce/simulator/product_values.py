"""What a write makes of prices and stock, with their traps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.connectors.woocommerce.simulator.product_store import Goods
from tests.connectors.woocommerce.simulator.text import decimal_text, whole

if TYPE_CHECKING:
    from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["stock_state", "write_prices", "write_stock"]


def write_prices(shop: SimWoo, goods: Goods, told: Mapping[str, Any]) -> None:
    data = goods.data
    if goods.type == "variable":
        data["regular_price"] = data["sale_price"] = ""
        return
    for name in ("regular_price", "sale_price"):
        if name in told:
            data[name] = decimal_text(told[name], shop.decimal_separator)
    for name in ("from", "to"):
        if f"date_on_sale_{name}" in told:
            data[f"sale_{name}"] = _moment(str(told[f"date_on_sale_{name}"]), shop.zone)
        if f"date_on_sale_{name}_gmt" in told:
            data[f"sale_{name}"] = _moment(str(told[f"date_on_sale_{name}_gmt"]), "UTC")
    sale, regular = goods["sale_price"], goods["regular_price"]
    # A sale that saves nothing is dropped without a word (recorded 08, exchange 22).
    if sale and (not regular or Decimal(sale) >= Decimal(regular)):
        data["sale_price"] = ""


def _moment(text: str, zone: str) -> str | None:
    """A date as kept; one without a zone is in `zone`, one that is none is nothing."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")


def write_stock(shop: SimWoo, goods: Goods, told: Mapping[str, Any]) -> None:
    """Quantity and stock status.

    With stock management off for the whole shop, quantities of products are dropped (source).
    """
    if not shop.manage_stock and not goods.is_variation:
        told = {name: value for name, value in told.items() if name == "stock_status"}
    data = goods.data
    if "manage_stock" in told:
        _manage(goods, managed=told["manage_stock"])
    if goods.type in {"grouped", "external"}:
        _manage(goods, managed=False)
    if goods["manage_stock"]:
        quantity = goods["stock_quantity"] or 0
        if "stock_quantity" in told:
            quantity = whole(told["stock_quantity"])
        elif "inventory_delta" in told:
            quantity += whole(told["inventory_delta"])
        data["stock_quantity"] = quantity
        goods.stock_status = stock_state(goods)
    elif goods.type == "variable":
        # It follows its variations, and a new one has none.
        goods.stock_status = goods.stock_status if goods.id else "outofstock"
    elif told.get("stock_status") in {"instock", "outofstock", "onbackorder"}:
        goods.stock_status = told["stock_status"]


def _manage(goods: Goods, *, managed: object) -> None:
    goods.data["manage_stock"] = managed not in {"parent", "false", "no", "0"} and bool(managed)
    if not goods["manage_stock"]:
        goods.data["stock_quantity"] = None
        if goods.is_variation:
            goods.data["backorders"] = "no"


def stock_state(goods: Goods) -> str:
    """What the quantity makes of the stock status."""
    if goods["stock_quantity"] > 0:
        return "instock"
    return "outofstock" if goods["backorders"] == "no" else "onbackorder"
