"""The simulated shop sells as WooCommerce does, in what no recording shows side by side."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.connectors.woocommerce.desk import Clock, Desk
from tests.connectors.woocommerce.recorded_shop import recorded_shop
from tests.connectors.woocommerce.simulator.router import WooRequest
from tests.connectors.woocommerce.simulator.shop import SimWoo
from tests.connectors.woocommerce.simulator.visitors import NotSoldError, Visitor, set_status


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop(clock: Clock) -> Iterator[SimWoo]:
    made = recorded_shop(clock)
    yield made
    made.close()


@pytest.fixture
def desk(shop: SimWoo) -> Desk:
    return Desk(shop)


def stock(desk: Desk, product: int = 13) -> int:
    quantity: int = desk.call("GET", f"products/{product}")["stock_quantity"]
    return quantity


def refused(desk: Desk, method: str, path: str, body: Any) -> str:
    """The code of a refusal."""
    with pytest.raises(AssertionError) as caught:
        desk.call(method, path, body)
    code: str = caught.value.args[0]["code"]
    return code


def test_a_repeated_order_is_a_second_order(desk: Desk) -> None:
    meta = [{"key": "erp_order", "value": "A-1"}]
    assert desk.order(meta_data=meta) != desk.order(meta_data=meta)
    assert stock(desk) == 98


def test_stock_is_taken_once_and_given_back_once(shop: SimWoo, desk: Desk) -> None:
    number = desk.order(quantity=3, status="pending")
    seen = []
    for status in ("on-hold", "processing", "completed", "pending", "processing", "cancelled",
                   "failed", "cancelled"):  # fmt: skip
        set_status(shop, number, status)
        seen.append(stock(desk))
    assert seen == [97, 97, 97, 100, 97, 100, 100, 100]


def test_a_visitor_cannot_buy_what_is_not_there_and_the_interface_can(
    shop: SimWoo, desk: Desk
) -> None:
    assert Visitor(shop).buys({13: 99})
    assert stock(desk) == 1
    with pytest.raises(NotSoldError, match="1 remaining") as caught:
        Visitor(shop).buys({13: 2})
    assert caught.value.code == "woocommerce_rest_product_partially_out_of_stock"
    Visitor(shop).buys({13: 1})
    with pytest.raises(NotSoldError, match="out of stock"):
        Visitor(shop).buys({13: 1})
    desk.order(quantity=5)
    assert stock(desk) == -5


def test_an_order_has_its_number_and_date_from_the_moment_the_checkout_was_opened(
    shop: SimWoo, desk: Desk, clock: Clock
) -> None:
    draft, orders = Visitor(shop).hesitates({13: 2})
    later = desk.order(quantity=1)
    (seen,) = desk.call("GET", "orders", status="checkout-draft")
    assert (seen["id"], seen["total"]) == (draft, "29.63")
    assert draft < later
    assert stock(desk) == 99
    clock.tick(600)
    assert orders() == draft
    placed = desk.call("GET", f"orders/{draft}")
    assert placed["status"] == "processing"
    assert placed["date_created_gmt"] == seen["date_created_gmt"] < placed["date_modified_gmt"]
    assert len(placed["line_items"]) == 1
    assert stock(desk) == 97


def test_a_visitor_buys_a_variation_and_pays_by_transfer(shop: SimWoo, desk: Desk) -> None:
    number = Visitor(shop, method="bacs").buys({853: 2})
    order = desk.call("GET", f"orders/{number}")
    (line,) = order["line_items"]
    assert (line["product_id"], line["variation_id"], line["name"]) == (
        851,
        853,
        "Var shirt - Red, M",
    )
    assert (order["status"], order["created_via"], order["total"]) == (
        "on-hold",
        "store-api",
        "53.19",
    )
    assert stock(desk, 853) == 5


def test_what_a_sale_takes_moves_the_dates_of_the_variation_and_of_its_parent(
    shop: SimWoo, desk: Desk, clock: Clock
) -> None:
    clock.tick(60)
    Visitor(shop).buys({853: 1})
    moved = {desk.call("GET", f"products/{each}")["date_modified_gmt"] for each in (851, 853)}
    assert moved == {"2026-11-25T12:01:00"}


def test_stock_follows_a_line_that_is_edited_after_its_goods_were_taken(desk: Desk) -> None:
    number = desk.order(quantity=3)
    line = desk.call("GET", f"orders/{number}")["line_items"][0]["id"]
    desk.edit(number, line_items=[{"id": line, "quantity": 5}])
    assert stock(desk) == 95
    desk.edit(number, line_items=[{"id": line, "quantity": 0}])
    assert (stock(desk), desk.call("GET", f"orders/{number}")["line_items"]) == (100, [])
    assert refused(desk, "PUT", f"orders/{number}", {"line_items": [{"id": 1, "quantity": 1}]}) == (
        "woocommerce_rest_invalid_item_id"
    )


def test_cash_on_delivery_is_paid_at_the_door(shop: SimWoo, desk: Desk) -> None:
    number = Visitor(shop).buys({13: 1})
    assert desk.call("GET", f"orders/{number}")["date_paid_gmt"] is None
    set_status(shop, number, "completed")
    assert desk.call("GET", f"orders/{number}")["date_paid_gmt"] is not None


def test_a_change_of_status_leaves_its_notes(shop: SimWoo, desk: Desk) -> None:
    number = desk.order(quantity=2, status="pending")
    set_status(shop, number, "processing")
    notes = [each["note"] for each in desk.call("GET", f"orders/{number}/notes")]
    assert notes == [
        "Order status changed from Pending payment to Processing.",
        "Stock levels reduced: Sample product 0000 (ART-0000) 100→98",
    ]


def test_a_trashed_order_moves_its_date_and_keeps_its_stock(desk: Desk, clock: Clock) -> None:
    number = desk.order(quantity=2)
    clock.tick(30)
    desk.trash(number)
    order = desk.call("GET", f"orders/{number}")
    assert (order["status"], order["date_modified_gmt"]) == ("trash", "2026-11-25T12:00:30")
    assert stock(desk) == 98
    assert desk.call("GET", "orders", status="any") == []
    assert [each["id"] for each in desk.call("GET", "orders", status="trash")] == [number]


def test_a_batch_checks_no_status_and_no_number_and_destroys(desk: Desk) -> None:
    lines = [{"product_id": 13, "quantity": 1.9}]
    items = [{"status": "weird", "line_items": lines}, {"customer_id": 999}]
    told = desk.call("POST", "orders/batch", {"create": items})
    made, failed = told["create"]
    assert (made["status"], made["line_items"][0]["quantity"]) == ("pending", 1)
    assert (failed["id"], failed["error"]["code"]) == (0, "woocommerce_rest_invalid_customer_id")
    desk.call("POST", "orders/batch", {"delete": [made["id"]]})
    assert refused(desk, "GET", f"orders/{made['id']}", None) == (
        "woocommerce_rest_shop_order_invalid_id"
    )


def test_meta_data_is_kept_as_text_and_taken_away_by_null(desk: Desk) -> None:
    number = desk.order(meta_data=[{"key": "n", "value": 7}, {"key": "rows", "value": [1, 2]}])
    kept = {row["key"]: row for row in desk.call("GET", f"orders/{number}")["meta_data"]}
    assert (kept["n"]["value"], kept["rows"]["value"]) == ("7", [1, 2])
    desk.edit(number, meta_data=[{"id": kept["n"]["id"], "value": None}])
    assert [row["key"] for row in desk.call("GET", f"orders/{number}")["meta_data"]] == ["rows"]


def test_shipping_and_fees_are_refunded_by_their_numbers(desk: Desk) -> None:
    number = desk.order(
        quantity=2,
        shipping_lines=[{"method_id": "flat_rate", "method_title": "Parcel", "total": "4.90"}],
        fee_lines=[{"name": "Fee", "total": "1.00"}],
    )
    order = desk.call("GET", f"orders/{number}")
    rows = [order["line_items"][0], order["shipping_lines"][0], order["fee_lines"][0]]
    lines = [
        {
            "id": row["id"],
            "quantity": row.get("quantity", 0),
            "refund_total": row["total"],
            "refund_tax": [{"id": 1, "refund_total": row["total_tax"]}],
        }
        for row in rows
    ]
    refund = desk.call("POST", f"orders/{number}/refunds", {"line_items": lines})
    assert refund["amount"] == order["total"]
    assert refund["shipping_lines"][0]["total"] == "-4.90"
    assert refund["fee_lines"][0]["total_tax"] == "-0.19"
    (tax,) = refund["tax_lines"]
    assert (tax["tax_total"], tax["shipping_tax_total"]) == ("-3.99", "-0.93")
    assert desk.call("GET", f"orders/{number}")["status"] == "refunded"
    assert stock(desk) == 100


def test_a_refund_without_restock_leaves_the_goods_away(desk: Desk) -> None:
    number = desk.order(quantity=2)
    line = desk.call("GET", f"orders/{number}")["line_items"][0]["id"]
    body = {"amount": "1.00", "api_restock": False, "line_items": [{"id": line, "quantity": 2}]}
    desk.call("POST", f"orders/{number}/refunds", body)
    assert stock(desk) == 98
    body = {"line_items": [{"id": line, "quantity": 9}], "amount": "1.00"}
    desk.call("POST", f"orders/{number}/refunds", body)
    assert stock(desk) == 100, "no more than was taken goes back"


def test_a_coupon_is_kept_to_its_limits(desk: Desk) -> None:
    desk.call("POST", "coupons", {"code": "once", "amount": "1", "usage_limit": 1})
    coupon = [{"code": "ONCE"}]
    number = desk.order(coupon_lines=coupon)
    assert desk.call("GET", f"orders/{number}")["discount_total"] == "1.00"
    line = [{"product_id": 13, "quantity": 1}]
    body = {"line_items": line, "coupon_lines": coupon}
    assert refused(desk, "POST", "orders", body) == "woocommerce_rest_invalid_coupon"
    assert [each["status"] for each in desk.call("GET", "orders", status="checkout-draft")] == [
        "checkout-draft"
    ]


def test_prices_with_tax_inside_add_up(shop: SimWoo, desk: Desk) -> None:
    shop.prices_include_tax = True
    order = desk.call("GET", f"orders/{desk.order(quantity=3)}")
    assert (order["total"], order["prices_include_tax"]) == ("30.00", True)
    (line,) = order["line_items"]
    assert Decimal(line["total"]) + Decimal(line["total_tax"]) == Decimal("30.00")


def test_a_customer_is_not_found_by_the_time_of_a_change(desk: Desk) -> None:
    everybody = desk.call("GET", "customers", modified_after="2099-01-01T00:00:00")
    assert [each["email"] for each in everybody] == ["ann@shop.example"]


def test_old_orders_by_the_thousand_take_no_stock_and_end_now(shop: SimWoo, desk: Desk) -> None:
    shop.seed(orders=1000)
    assert stock(desk) == 100
    latest = desk.call("GET", "orders", orderby="modified", per_page="1")
    assert latest[0]["date_modified_gmt"] == "2026-11-25T12:00:00"
    read = desk.call("GET", "orders", per_page="100", page="10", order="asc", orderby="id")
    assert len({each["id"] for each in read}) == 100
    found = desk.call("GET", "orders", product="13", per_page="100")
    assert found
    assert all(13 in {line["product_id"] for line in each["line_items"]} for each in found)


def test_a_cart_is_changed_by_its_owner_only(shop: SimWoo) -> None:
    body = b'{"id": 13, "quantity": 1}'
    path = "/wp-json/wc/store/v1/cart/add-item"
    assert shop.handle(WooRequest("POST", path, {}, body)).body["code"] == (
        "woocommerce_rest_missing_nonce"
    )
    added = shop.handle(WooRequest("POST", path, {}, body, {"nonce": "n"}))
    token = {"cart-token": added.headers["cart-token"]}
    key = added.body["items"][0]["key"].encode()
    path = path.replace("add-item", "remove-item")
    left = shop.handle(WooRequest("POST", path, {}, b'{"key": "' + key + b'"}', token))
    assert (left.body["items"], left.body["totals"]["total_price"]) == ([], "0")


def test_an_order_in_the_middle_of_a_stock_write_is_lost_to_it(shop: SimWoo, desk: Desk) -> None:
    """What makes an absolute write dangerous, and why orders are read again after it."""

    def buy(*_: object) -> None:
        shop.between_items = None
        Visitor(shop).buys({13: 4})

    shop.between_items = buy
    desk.call("POST", "products/batch", {"update": [{"id": 13, "stock_quantity": 50}]})
    assert stock(desk) == 50
    assert [each["total"] for each in desk.call("GET", "orders")] == ["53.43"]
