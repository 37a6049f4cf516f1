"""The price call, and what visitors see of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.companions.oscar.conftest import RunningShop

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("net", "tax_class", "tax", "gross"),
    [
        ("7.17", "9.5", "0.68", "7.85"),
        ("16.31", "22", "3.59", "19.90"),
        ("0.25", "22", "0.06", "0.31"),  # 0.055: half a cent goes up
        ("5.00", "0", "0.00", "5.00"),
    ],
)
def test_a_visitor_sees_the_net_price_and_its_tax(
    shop: RunningShop,
    product: Callable[..., int],
    net: str,
    tax_class: str,
    tax: str,
    gross: str,
) -> None:
    one = product(free=1, price="1.00", tax_class="0")
    item = shop.api.set_price(one, net, tax_class)
    assert (item["outcome"], item["price"], item["tax_class"]) == ("done", net, tax_class)
    seen = shop.visitor().get(f"/api/products/{one}/price/")
    assert seen == {"currency": "EUR", "excl_tax": net, "tax": tax, "incl_tax": gross}
    stored = shop.api.product(one)
    assert (stored["price"], stored["tax_class"]) == (net, tax_class)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"price": "0"}, "not_positive"),
        ({"price": "0.00"}, "not_positive"),
        ({"price": "-3.00"}, "not_positive"),
        ({"price": "1.005"}, "fraction_of_cent"),
        ({"price": "10000000000.00"}, "too_long"),
        ({"price": "1e3"}, "invalid"),
        ({"price": None}, "invalid"),
        ({"price": True}, "invalid"),
        ({"tax_class": "19"}, "unknown_tax_class"),
        ({"currency": "USD"}, "currency"),
        ({"product": 99_999_999}, "unknown_product"),
    ],
)
def test_what_is_no_price_is_refused_and_changes_nothing(
    shop: RunningShop, product: Callable[..., int], change: dict[str, Any], code: str
) -> None:
    one, other = product(price="2.00"), product(price="2.00")
    wanted = {"product": one, "price": "3.00", "currency": "EUR", "tax_class": "22", **change}
    good = {"product": other, "price": "4.00"}
    items = shop.api.post("/panstore/v1/prices", {"items": [wanted, good]})["items"]
    assert (items[0]["outcome"], items[0]["error"]["code"]) == ("refused", code)
    assert items[1]["outcome"] == "done"
    assert (shop.api.product(one)["price"], shop.api.product(other)["price"]) == ("2.00", "4.00")


def test_a_product_without_a_price_cannot_be_bought(shop: RunningShop) -> None:
    wanted = {"key": "priceless", "sku": "PRICELESS", "title": "Brez cene"}
    one = shop.api.post("/panstore/v1/products", [wanted])["products"][0]["product"]
    shop.api.set_stock(one, 5)
    visitor = shop.visitor()
    assert not visitor.get(f"/api/products/{one}/availability/")["is_available_to_buy"]
    assert visitor.put_in(one).status == 406
    page = visitor.call("GET", f"/catalogue/x_{one}/")
    assert page.status == 200
    assert "Price on request" in page.body


def test_a_lines_tax_is_rounded_once_and_lines_add_up_to_the_total(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    # 7 x 11.39 = 79.73, tax 17.5406 -> 17.54; per piece it would be 7 x 2.51 = 17.57.
    first, second = product(price="11.39", tax_class="22"), product(price="7.17", tax_class="9.5")
    visitor = shop.visitor()
    before = shop.api.watermark()
    assert visitor.put_in(first, 7).status == 200
    assert visitor.put_in(second, 3).status == 200
    basket = visitor.call("GET", "/basket/").body
    assert "has decreased" not in basket
    assert "has increased" not in basket
    assert visitor.check_out().status == 200
    order = shop.api.orders_after(before)[0]
    lines = {line["product"]: line for line in order["lines"]}
    assert (lines[first]["line_price_excl"], lines[first]["line_price_incl"]) == ("79.73", "97.27")
    assert (lines[second]["line_price_excl"], lines[second]["line_price_incl"]) == (
        "21.51",
        "23.55",
    )
    assert order["shipping"] == {
        "code": "posta",
        "name": "Pošta Slovenije, parcel",
        "excl": "3.20",
        "incl": "3.90",
        "tax_code": "22",
        "tax_rate": "22",
    }
    assert (order["total_excl_tax"], order["total_incl_tax"]) == ("104.44", "124.72")
