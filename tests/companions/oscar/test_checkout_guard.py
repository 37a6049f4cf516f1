"""Several buyers, one piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.companions.oscar.client import Reply, Visitor
from tests.companions.oscar.conftest import RunningShop

pytestmark = pytest.mark.real

_BUYERS = 6


@pytest.fixture
def guard_off(shop: RunningShop) -> Iterator[None]:
    assert "off" in shop.manage("panstore_guard", "off")
    yield
    assert "on" in shop.manage("panstore_guard", "setting")


def _race(shop: RunningShop, one: int) -> tuple[list[Visitor], list[Reply]]:
    buyers = [shop.visitor() for _ in range(_BUYERS)]
    for buyer in buyers:
        assert buyer.put_in(one).status == 200
    with ThreadPoolExecutor(_BUYERS) as pool:
        return buyers, list(pool.map(Visitor.check_out, buyers))


def test_the_last_piece_is_sold_once(shop: RunningShop, product: Callable[..., int]) -> None:
    one = product(free=1)
    before = shop.api.watermark()
    buyers, replies = _race(shop, one)
    assert sorted(reply.status for reply in replies) == [200, *[406] * (_BUYERS - 1)]
    assert len(shop.api.orders_after(before)) == 1
    assert shop.api.product(one)["free"] == "0"
    loser, reply = next(
        (buyer, reply) for buyer, reply in zip(buyers, replies, strict=True) if reply.status == 406
    )
    assert "sold out" in reply.body["detail"]
    assert "Testni izdelek" in reply.body["detail"]
    kept = loser.get(f"{loser.basket}lines/")
    assert [line["quantity"] for line in kept] == [1]


@pytest.mark.usefixtures("guard_off")
def test_without_the_guard_it_is_sold_more_than_once(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product(free=1)
    _, replies = _race(shop, one)
    assert sum(reply.status == 200 for reply in replies) > 1
    assert int(shop.api.product(one)["free"]) < 0


def test_a_basket_with_more_than_is_left_is_told_how_many_there_are(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product(free=5)
    visitor = shop.visitor()
    visitor.put_in(one, 4)
    shop.api.set_stock(one, 2)
    reply = visitor.check_out()
    assert reply.status == 406
    assert "only 2 left" in reply.body["detail"]
    assert shop.api.product(one)["num_allocated"] == 0


def test_a_loser_in_the_browser_reads_why_and_keeps_the_basket(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    """The pages check the basket a moment before the order; this buyer loses in between."""
    one = product(free=1)
    found = shop.manage("shell", "-v0", "-c", _LOSES_BETWEEN.format(product=one))
    assert "has just sold out. Your basket is kept" in found
    assert found.split()[-1] == "1"


_LOSES_BETWEEN = """
import re
from django.test import Client
from oscar.core.loading import get_class, get_model
StockRecord = get_model("partner", "StockRecord")
buyer = Client(SERVER_NAME="127.0.0.1")
buyer.post("/basket/add/{product}/", {{"quantity": 1}})
buyer.post("/checkout/", {{"username": "pozna@example.com", "options": "anonymous"}})
address = dict(first_name="Eva", last_name="Kos", line1="Pot 1", line4="Celje", postcode="3000")
buyer.post("/checkout/shipping-address/", address | {{"country": "SI", "action": "ship_to"}})
buyer.post("/checkout/shipping-method/", {{"method_code": "posta"}})
view = get_class("checkout.views", "PaymentDetailsView")
checks = view.check_basket_is_valid

def last_check(self, request):
    checks(self, request)
    StockRecord.objects.filter(product={product}).update(num_in_stock=0)

view.check_basket_is_valid = last_check
page = buyer.post("/checkout/preview/", {{"action": "place_order"}})
print(re.findall("“[^<]*", page.content.decode()))
basket = buyer.get("/api/basket/").json()
print(sum(line["quantity"] for line in buyer.get(basket["lines"]).json()))
"""
