"""Orders as PanStore reads them, and their status."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.companions.oscar.conftest import RunningShop

pytestmark = pytest.mark.real


def test_a_guests_order_is_whole(shop: RunningShop, product: Callable[..., int]) -> None:
    one = product(price="10.00")
    before = shop.api.watermark()
    bought = shop.visitor().buy(one, 2, method="prevzem")
    answer = shop.api.get(f"/panstore/v1/orders?after={before}")
    assert (answer["more"], answer["gone"]) == (False, [])
    assert answer["watermark"] == shop.api.watermark() > before
    (order,) = answer["orders"]
    assert order["number"] == bought["number"]
    assert (order["status"], order["currency"]) == ("Pending", "EUR")
    assert (order["total_excl_tax"], order["total_incl_tax"]) == ("20.00", "24.40")
    assert order["customer"] == {
        "id": None,
        "email": "nina@example.com",
        "first_name": "Nina",
        "last_name": "Zupančič",
        "company": "",
        "vat_id": "",
    }
    assert order["is_guest"] is True
    assert (order["shipping"]["code"], order["shipping"]["incl"]) == ("prevzem", "0.00")
    address = order["shipping_address"]
    assert (address["line1"], address["line4"], address["postcode"], address["country"]) == (
        "Dunajska cesta 5",
        "Ljubljana",
        "1000",
        "SI",
    )
    assert address["phone"] == "+38640123456"
    assert order["note"] == "Pozvonite"
    (line,) = order["lines"]
    assert (line["product"], line["quantity"], line["tax_class"], line["tax_rate"]) == (
        one,
        "2",
        "22",
        "22",
    )
    assert (line["unit_price_excl"], line["line_price_excl"], line["line_price_incl"]) == (
        "10.00",
        "20.00",
        "24.40",
    )
    assert order["placed_at"].endswith("Z")
    assert shop.api.get(f"/panstore/v1/orders/{order['id']}") == order


def test_a_reader_from_the_future_is_told_that_the_shop_went_back(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    shop.visitor().buy(product(price="10.00"), 1)
    end = shop.api.watermark()
    reply = shop.api.call("GET", f"/panstore/v1/orders?after={end + 1}")
    assert (reply.status, reply.body["error"]["code"]) == (422, "watermark_ahead")
    assert reply.body["error"]["present"] == end
    assert shop.api.get(f"/panstore/v1/orders?after={end}")["orders"] == []


def test_pages_cover_every_order_and_end(shop: RunningShop, product: Callable[..., int]) -> None:
    one = product(free=50)
    before = shop.api.watermark()
    numbers = [shop.visitor().buy(one)["number"] for _ in range(5)]
    seen: list[str] = []
    mark, more = before, True
    while more:
        page = shop.api.get(f"/panstore/v1/orders?after={mark}&limit=2")
        seen += [order["number"] for order in page["orders"]]
        assert page["watermark"] > mark
        mark, more = page["watermark"], page["more"]
    assert seen == numbers
    assert shop.api.get(f"/panstore/v1/orders?after={mark}")["orders"] == []
    assert shop.api.get(f"/panstore/v1/orders?after={mark}")["watermark"] == mark


def test_a_changed_order_comes_again_once_per_page_with_its_present_state(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product()
    before = shop.api.watermark()
    shop.visitor().buy(one)
    order = shop.api.orders_after(before)[0]
    for status in ("Being processed", "Shipped"):
        shop.api.post(
            f"/panstore/v1/orders/{order['id']}/status",
            {"key": f"{order['id']}-{status}", "status": status, "note": "Paket 12345"},
        )
    (again,) = shop.api.orders_after(before)
    assert (again["status"], again["id"]) == ("Shipped", order["id"])
    assert again["seq"] > order["seq"]
    assert [change["to"] for change in again["status_changes"]] == ["Being processed", "Shipped"]
    assert {line["status"] for line in again["lines"]} == {"Shipped"}


def test_status_is_changed_once_per_key(shop: RunningShop, product: Callable[..., int]) -> None:
    one = product(free=5)
    before = shop.api.watermark()
    shop.visitor().buy(one, 2)
    order = shop.api.orders_after(before)[0]["id"]
    path, wanted = f"/panstore/v1/orders/{order}/status", {"key": f"s-{order}", "status": "Shipped"}
    first = shop.api.post(path, wanted)
    mark = shop.api.watermark()
    again = shop.api.post(path, wanted)
    assert (first["status"], first["former"], first["repeated"]) == ("Shipped", "Pending", False)
    assert again == {**first, "repeated": True}
    assert shop.api.watermark() == mark
    stored = shop.api.product(one)
    assert (stored["num_in_stock"], stored["num_allocated"], stored["free"]) == (3, 0, "3")
    reused = shop.api.call("POST", path, {**wanted, "status": "Complete"})
    assert (reused.status, reused.body["error"]["code"]) == (409, "key_reused")


def test_an_impossible_status_is_refused_with_the_possible_ones(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product()
    before = shop.api.watermark()
    shop.visitor().buy(one)
    order = shop.api.orders_after(before)[0]["id"]
    path = f"/panstore/v1/orders/{order}/status"
    reply = shop.api.call("POST", path, {"key": f"i-{order}", "status": "Complete"})
    assert (reply.status, reply.body["error"]["code"]) == (422, "impossible_transition")
    assert reply.body["error"]["allowed"] == [
        "Waiting for goods",
        "Being processed",
        "Partly shipped",
        "Shipped",
        "Cancelled",
        "Refunded",
    ]
    assert shop.api.get(f"/panstore/v1/orders/{order}")["status"] == "Pending"
    missing = shop.api.call(
        "POST", "/panstore/v1/orders/999999/status", {"key": "m", "status": "x"}
    )
    assert missing.status == 404


def test_cancelling_gives_the_pieces_back(shop: RunningShop, product: Callable[..., int]) -> None:
    one = product(free=5)
    before = shop.api.watermark()
    shop.visitor().buy(one, 2)
    assert shop.api.product(one)["free"] == "3"
    order = shop.api.orders_after(before)[0]["id"]
    shop.api.post(
        f"/panstore/v1/orders/{order}/status", {"key": f"c-{order}", "status": "Cancelled"}
    )
    assert shop.api.product(one)["free"] == "5"


def test_a_voucher_shows_as_a_discount_and_all_adds_up(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one, other = product(price="11.39", tax_class="22"), product(price="7.17", tax_class="9.5")
    shop.manage("shell", "-v0", "-c", _VOUCHER)
    before = shop.api.watermark()
    visitor = shop.visitor()
    visitor.put_in(one, 3)
    visitor.put_in(other, 2)
    added = visitor.call("POST", "/api/basket/add-voucher/", {"vouchercode": "POMLAD"})
    assert added.status == 200, added
    assert visitor.check_out().status == 200
    (order,) = shop.api.orders_after(before)
    (discount,) = order["discounts"]
    assert (discount["code"], discount["category"]) == ("POMLAD", "basket")
    for kind in ("excl", "incl"):
        lines = [Decimal(line[f"line_price_{kind}"]) for line in order["lines"]]
        shipping = Decimal(order["shipping"][kind])
        assert sum(lines) + shipping == Decimal(order[f"total_{kind}_tax"])
    full = sum(Decimal(line["line_price_before_discounts_excl"]) for line in order["lines"])
    paid = sum(Decimal(line["line_price_excl"]) for line in order["lines"])
    assert (full, full - paid) == (Decimal("48.51"), Decimal(discount["amount"]))
    for line in order["lines"]:
        net, gross = Decimal(line["line_price_excl"]), Decimal(line["line_price_incl"])
        exact = net * (1 + Decimal(line["tax_rate"]) / 100)
        assert abs(gross - exact) <= Decimal("0.01")


_VOUCHER = """
from datetime import timedelta
from django.utils import timezone
from oscar.core.loading import get_model
everything = get_model("offer", "Range").objects.create(name="Vse", includes_all_products=True)
offer = get_model("offer", "ConditionalOffer").objects.create(
    name="Pomladni popust",
    offer_type="Voucher",
    condition=get_model("offer", "Condition").objects.create(
        range=everything, type="Count", value=1),
    benefit=get_model("offer", "Benefit").objects.create(
        range=everything, type="Percentage", value=10),
)
now = timezone.now()
voucher = get_model("voucher", "Voucher").objects.create(
    name="Pomlad", code="POMLAD", usage="Multi-use",
    start_datetime=now - timedelta(days=1), end_datetime=now + timedelta(days=9),
)
voucher.offers.add(offer)
"""


def test_the_language_the_buyer_used_is_noted_with_the_order(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    number = product()
    assert shop.order(number)["language"] == "en-gb"
    before = shop.api.watermark()
    visitor = shop.visitor()
    visitor.put_in(number)
    done = visitor.check_out(headers={"Accept-Language": "sl-SI,sl;q=0.9,en;q=0.5"})
    assert done.status == 200, done
    (found,) = shop.api.orders_after(before)
    assert found["language"] == "sl"
