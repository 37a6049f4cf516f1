"""Change notices: signed, not for values that were written by us, never in a buyer's way."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.companions.oscar.conftest import RunningShop

pytestmark = pytest.mark.real


def _tells(kind: str, record: int, message: dict[str, Any]) -> bool:
    return message["type"] == kind and record in message["ids"]


def test_an_order_is_told_at_once_and_signed(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product()
    before = shop.api.watermark()
    shop.visitor().buy(one)
    order = shop.api.orders_after(before)[0]
    delivery = shop.receiver.wait_for(
        lambda message: message["type"] == "order.changed" and order["id"] in message["ids"]
    )
    verified: dict[str, Any] = Webhook(shop.secret).verify(delivery.body.decode(), delivery.headers)
    assert verified["seq"] >= order["seq"]
    forged = {**delivery.headers, "webhook-id": "msg_other"}
    with pytest.raises(WebhookVerificationError):
        Webhook(shop.secret).verify(delivery.body.decode(), forged)


def test_changes_in_the_back_office_are_told_by_kind(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product(free=5, price="2.00")
    shop.receiver.deliveries.clear()
    shop.manage("shell", "-v0", "-c", _EDIT.format(product=one))
    for kind in ("product.changed", "stock.changed", "price.changed"):
        delivery = shop.receiver.wait_for(partial(_tells, kind, one))
        assert "seq" not in delivery.message


# The command's process would end before its daemon thread has sent, so it waits a moment.
_EDIT = """
import time
from oscar.core.loading import get_model
product = get_model("catalogue", "Product").objects.get(pk={product})
product.title = "Novo ime"
product.save()
record = product.stockrecords.get()
record.num_in_stock = 9
record.price = "3.00"
record.save()
time.sleep(1)
"""


def test_of_own_writes_only_what_became_of_the_order_is_told(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product()
    before = shop.api.watermark()
    shop.visitor().buy(one)
    order = shop.api.orders_after(before)[0]["id"]
    shop.receiver.wait_for(lambda message: order in message["ids"])
    shop.receiver.deliveries.clear()
    shop.api.set_stock(one, 4)
    shop.api.set_price(one, "5.55")
    shop.api.post(f"/panstore/v1/orders/{order}/status", {"key": f"w-{order}", "status": "Shipped"})
    last = product()
    shop.visitor().buy(last)  # a later notice: what was to come before it has come
    shop.receiver.wait_for(lambda message: message["type"] == "order.changed")
    told = [delivery.message for delivery in shop.receiver.deliveries]
    assert [message for message in told if message["type"] != "order.changed"] == []
    assert sum(order in message["ids"] for message in told) == 1


def test_a_written_page_wakes_the_feed_it_has_left_a_row_in(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product()
    shop.receiver.deliveries.clear()
    write = {"id": one, "fields": {"title": "Zapisano"}, "variants": []}
    [done] = shop.api.post("/panstore/v1/products/write", {"products": [write]})["products"]
    assert done["outcome"] == "done", done
    shop.receiver.wait_for(partial(_tells, "product.changed", one))


def test_a_slow_receiver_does_not_slow_the_buyer(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product(free=20)
    shop.receiver.delay_s = 5.0
    try:
        started = time.monotonic()
        for _ in range(3):
            shop.visitor().buy(one)
        assert time.monotonic() - started < 5.0  # not even one delivery was waited for
    finally:
        shop.receiver.delay_s = 0.0
        time.sleep(3.5)  # the shop leaves a receiver that timed out alone for two seconds
    before = shop.api.watermark()
    shop.visitor().buy(one)
    order = shop.api.orders_after(before)[0]["id"]
    shop.receiver.wait_for(lambda message: order in message["ids"])
