"""What a request says about an order's lines, and the lines kept from it. Pure.

Recorded 26 to 32 (WooCommerce 10.5): a line that names goods the shop does not have is kept with
product 0 and nothing to pay; a quantity below zero costs nothing; a changed quantity leaves the
line's totals alone; quantity 0 takes the line away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.connectors.woocommerce.simulator.order_money import Rate, net_of

__all__ = ["NO_GOODS", "Goods", "LineError", "Till", "amount", "fee_line", "goods_line", "set_meta",
           "shipping_line", "update_line", "whole"]  # fmt: skip


class LineError(Exception):
    """A line that fails the request.

    Attributes:
        code: as WooCommerce's answer has it, or `fatal` where PHP itself dies of it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Goods:
    """What a line takes from the product or variation it names.

    Attributes:
        product_id: of a variation: its parent's.
        price: what it costs now, as the shop enters prices; empty if it has none.
        attributes: (key, value, label, what is shown) of a variation.
    """

    product_id: int = 0
    variation_id: int = 0
    name: str = ""
    sku: str | None = None
    global_unique_id: str | None = None
    price: str = ""
    tax_class: str = ""
    taxable: bool = True
    needs_processing: bool = False
    image: Mapping[str, Any] = field(default_factory=lambda: {"id": 0, "src": ""})
    parent_name: str | None = None
    attributes: Sequence[tuple[str, str, str, str]] = ()


NO_GOODS = Goods()


@dataclass(frozen=True, slots=True)
class Till:
    """Args a line is made with.

    Attributes:
        next_id: the next number of a kind, `order_item` or `item_meta`.
        base_rates: the rates of a tax class at the shop's own place, where prices are entered
            with tax; None where they are entered without.
    """

    next_id: Callable[[str], int]
    base_rates: Callable[[str], Sequence[Rate]] | None = None


def goods_line(posted: Mapping[str, Any], goods: Goods, till: Till) -> dict[str, Any]:
    """A new line; `posted` may give its own `subtotal` and `total` (net)."""
    quantity = whole(posted.get("quantity", 1))
    line: dict[str, Any] = {"id": till.next_id("order_item"), "quantity": quantity}
    line |= {"meta_data": [], "taxes": {}, "subtotal_taxes": {}}
    _set_goods(line, goods, till)
    costs = str(_price(goods, quantity, till))
    line |= {"subtotal": costs, "total": costs}
    _set_given(line, posted, till)
    return line


def update_line(
    line: dict[str, Any], posted: Mapping[str, Any], goods: Goods | None, till: Till
) -> None:
    """Change `line` in place: only what was sent. `goods`: the newly named ones, if any."""
    if goods is not None:
        _set_goods(line, goods, till)
    if "quantity" in posted:
        line["quantity"] = whole(posted["quantity"])
    _set_given(line, posted, till)


def shipping_line(posted: Mapping[str, Any], till: Till) -> dict[str, Any]:
    line: dict[str, Any] = {
        "id": till.next_id("order_item"),
        "method_title": str(posted.get("method_title") or ""),
        "method_id": str(posted.get("method_id") or ""),
        "instance_id": str(posted.get("instance_id") or ""),
        "total": str(amount(posted.get("total", "0"))),
        "taxes": {},
        "meta_data": [],
    }
    set_meta(line["meta_data"], posted.get("meta_data") or (), lambda: till.next_id("item_meta"))
    return line


def fee_line(posted: Mapping[str, Any], till: Till) -> dict[str, Any]:
    line: dict[str, Any] = {
        "id": till.next_id("order_item"),
        "name": str(posted.get("name") or ""),
        "tax_class": str(posted.get("tax_class") or ""),
        "tax_status": str(posted.get("tax_status") or "taxable"),
        "total": str(amount(posted.get("total", "0"))),
        "taxes": {},
        "meta_data": [],
    }
    set_meta(line["meta_data"], posted.get("meta_data") or (), lambda: till.next_id("item_meta"))
    return line


def set_meta(
    rows: list[dict[str, Any]], posted: Sequence[Mapping[str, Any]], next_id: Callable[[], int]
) -> None:
    """Meta data in place: the same id or else key is changed, null takes it away.

    A number or truth value is kept as text, as WordPress keeps it.
    """
    for given in posted:
        key, value = str(given.get("key", "")), given.get("value")
        found = next((row for row in rows if row["id"] == given.get("id")), None) or next(
            (row for row in rows if "id" not in given and row["key"] == key), None
        )
        if value is None:
            if found is not None:
                rows.remove(found)
            continue
        if isinstance(value, bool):
            value = "1" if value else ""
        kept = str(value) if isinstance(value, int | float) else value
        if found is None:
            rows.append({"id": next_id(), "key": key, "value": kept})
        else:
            found |= {"key": key or found["key"], "value": kept}
            found.pop("display_value", None)


def whole(value: object) -> int:
    """PHP's `intval`, which the unchecked items of a batch meet: "abc" is 0, 1.5 is 1."""
    return int(amount(value))


def amount(value: object) -> Decimal:
    """A number from what was sent; what is none counts as zero, as in PHP."""
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() else Decimal(0)


def _set_goods(line: dict[str, Any], goods: Goods, till: Till) -> None:
    for name in ("product_id", "variation_id", "name", "sku", "global_unique_id", "tax_class",
                 "taxable", "needs_processing", "parent_name"):  # fmt: skip
        line[name] = getattr(goods, name)
    line["image"] = dict(goods.image)
    keys = {key for key, *_ in goods.attributes}
    line["meta_data"] = [row for row in line["meta_data"] if row["key"] not in keys]
    for key, value, label, shown in goods.attributes:
        row = {"id": till.next_id("item_meta"), "key": key, "value": value}
        line["meta_data"].append(row | {"display_key": label, "display_value": shown})


def _set_given(line: dict[str, Any], posted: Mapping[str, Any], till: Till) -> None:
    if "name" in posted:
        line["name"] = str(posted["name"])
    if "tax_class" in posted:
        line["tax_class"] = str(posted["tax_class"])
    for name in ("subtotal", "total"):
        if name in posted:
            line[name] = str(amount(posted[name]))
    set_meta(line["meta_data"], posted.get("meta_data") or (), lambda: till.next_id("item_meta"))


def _price(goods: Goods, quantity: int, till: Till) -> Decimal:
    costs = amount(goods.price or "0") * max(quantity, 0)
    if till.base_rates is None or not goods.taxable:
        return costs
    return net_of(costs, till.base_rates(goods.tax_class))
