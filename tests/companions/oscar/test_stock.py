"""The stock call: absolute, with the watermark of the orders it accounts for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.companions.oscar.conftest import RunningShop

pytestmark = pytest.mark.real


def test_free_is_absolute_and_repeatable(shop: RunningShop, product: Callable[..., int]) -> None:
    one = product(free=0)
    for _ in range(2):
        item = shop.api.set_stock(one, 12)
        assert (item["free"], item["num_in_stock"], item["num_allocated"]) == ("12", 12, 0)
    availability = shop.visitor().get(f"/api/products/{one}/availability/")
    assert availability["num_available"] == 12


def test_an_order_before_the_watermark_is_not_subtracted(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product(free=10)
    shop.visitor().buy(one, 3)
    item = shop.api.set_stock(one, 7)  # the ERP knows the order: 10 - 3
    assert (item["later"], item["free"]) == (0, "7")
    assert (item["num_in_stock"], item["num_allocated"]) == (10, 3)
    assert shop.api.product(one)["free"] == "7"


def test_an_order_after_the_watermark_is_subtracted(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one, other = product(free=10), product(free=10)
    shop.visitor().buy(one, 2)
    seen = shop.api.watermark()
    shop.visitor().buy(one, 3)
    shop.visitor().buy(other, 4)
    item = shop.api.set_stock(one, 20, watermark=seen)  # knows of the 2, not of the 3
    assert (item["later"], item["free"]) == (3, "17")
    assert (item["num_in_stock"], item["num_allocated"]) == (22, 5)
    too_few = shop.api.set_stock(one, 1, watermark=seen)
    assert (too_few["free"], too_few["num_in_stock"]) == ("0", 5)


def test_a_cancelled_order_after_the_watermark_takes_nothing(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product(free=10)
    seen = shop.api.watermark()
    shop.visitor().buy(one, 3)
    order = shop.api.orders_after(seen)[-1]["id"]
    shop.api.post(
        f"/panstore/v1/orders/{order}/status", {"key": f"cancel-{order}", "status": "Cancelled"}
    )
    item = shop.api.set_stock(one, 10, watermark=seen)
    assert (item["later"], item["free"], item["num_allocated"]) == (0, "10", 0)


def test_a_shipped_order_after_the_watermark_still_counts(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product(free=10)
    seen = shop.api.watermark()
    shop.visitor().buy(one, 3)
    order = shop.api.orders_after(seen)[-1]["id"]
    shop.api.post(
        f"/panstore/v1/orders/{order}/status", {"key": f"ship-{order}", "status": "Shipped"}
    )
    assert shop.api.product(one)["free"] == "7"
    item = shop.api.set_stock(one, 10, watermark=seen)
    assert (item["later"], item["free"], item["num_allocated"]) == (3, "7", 0)


def test_one_refused_item_does_not_stop_the_others(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one, other = product(free=1), product(free=1)
    parent = shop.api.post(
        "/panstore/v1/products", [{"key": f"page-{one}", "title": "Stran", "structure": "parent"}]
    )["products"][0]["product"]
    body = {
        "watermark": shop.api.watermark(),
        "items": [
            {"product": one, "free": "5"},
            {"product": 99_999_999, "free": "5"},
            {"product": other, "free": "1.5"},
            {"product": parent, "free": "5"},
            {"product": other, "free": "many"},
            {"product": "x", "free": "5"},
            "nonsense",
            {"product": other, "free": "6.0"},
        ],
    }
    items = shop.api.post("/panstore/v1/stock", body)["items"]
    assert [item["outcome"] for item in items] == ["done", *["refused"] * 6, "done"]
    assert [item["error"]["code"] for item in items[1:7]] == [
        "unknown_product",
        "fraction",
        "no_stockrecord",
        "invalid",
        "invalid",
        "invalid",
    ]
    assert (shop.api.product(one)["free"], shop.api.product(other)["free"]) == ("5", "6")


def test_a_watermark_ahead_of_the_journal_is_refused_whole(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product(free=3)
    ahead = {
        "watermark": shop.api.watermark() + 1,
        "items": [{"product": one, "free": "9"}],
    }
    reply = shop.api.call("POST", "/panstore/v1/stock", ahead)
    assert (reply.status, reply.body["error"]["code"]) == (422, "watermark_ahead")
    assert reply.body["error"]["present"] == shop.api.watermark()
    assert shop.api.product(one)["free"] == "3"


def test_negative_free_becomes_nothing_for_sale(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product(free=3)
    item = shop.api.set_stock(one, -4)
    assert (item["outcome"], item["free"], item["num_in_stock"]) == ("done", "0", 0)
