"""Run inside the shop's environment on PostgreSQL; prints the name of each check that held."""

# mypy: ignore-errors
# Django and Oscar live in the shop's environment only; the type checker does not see them.

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402 - after setup, as Django wants it
from django.contrib.auth import get_user_model  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402
from oscar.core.loading import get_model  # noqa: E402
from oscar_panstore import contract_memory  # noqa: E402
from oscar_panstore.models import JournalEntry  # noqa: E402
from oscar_panstore.quotes import Offer, Quote, Wish  # noqa: E402

settings.PANSTORE_API_TOKENS = ["token"]
settings.ALLOWED_HOSTS = ["*"]
Order = get_model("order", "Order")
Category = get_model("catalogue", "Category")
Product = get_model("catalogue", "Product")
Country = get_model("address", "Country")
PaymentEventType = get_model("order", "PaymentEventType")


def call(method: str, path: str, body: Any = None) -> Any:
    client = Client(SERVER_NAME="127.0.0.1", HTTP_AUTHORIZATION="Bearer token")
    answer = client.generic(
        method, f"/panstore/v1/{path}", json.dumps(body), content_type="application/json"
    )
    connection.close()
    assert answer.status_code == 200, (answer.status_code, answer.content)
    return answer.json()


def make(key: str, free: int) -> int:
    product: int = call("POST", "products", [{"key": key, "sku": key, "title": key}])["products"][
        0
    ]["product"]
    stock = {"watermark": call("GET", "ping")["watermark"]}
    call("POST", "stock", {**stock, "items": [{"product": product, "free": str(free)}]})
    call("POST", "prices", [{"product": product, "price": "10.00", "tax_class": "22"}])
    return product


def buy(product: int) -> int:
    client = Client(SERVER_NAME="127.0.0.1")
    basket = client.get("/api/basket/").json()["url"]
    wanted = {"url": f"http://127.0.0.1/api/products/{product}/", "quantity": 1}
    client.post("/api/basket/add-product/", wanted, content_type="application/json")
    address = {
        "country": "http://127.0.0.1/api/countries/SI/",
        "first_name": "Nina",
        "last_name": "Zupan",
        "line1": "Dunajska 5",
        "line4": "Ljubljana",
        "postcode": "1000",
    }
    body = {"basket": basket, "guest_email": "n@example.com", "shipping_address": address}
    status: int = client.post("/api/checkout/", body, content_type="application/json").status_code
    connection.close()
    return status


def numbers_appear_in_the_order_of_commits() -> None:
    product = make("journal", 5)
    assert [buy(product), buy(product)] == [200, 200]
    first, second = Order.objects.order_by("pk")
    start = call("GET", "ping")["watermark"]
    opened, done = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            Order.objects.filter(pk=first.pk).update(status="Being processed")
            opened.set()
            time.sleep(0.6)
            assert not done.is_set()  # the later one waits for the counter
        connection.close()

    def quick() -> None:
        opened.wait()
        Order.objects.filter(pk=second.pk).update(status="Being processed")
        done.set()
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        work = [pool.submit(slow), pool.submit(quick)]
        opened.wait()
        time.sleep(0.2)
        assert call("GET", f"orders?after={start}")["orders"] == []
        for one in work:
            one.result(10)
    entries = JournalEntry.objects.filter(seq__gt=start).values_list("order_id", flat=True)
    assert list(entries) == [first.pk, second.pk]


def a_stock_write_counts_orders_after_its_watermark() -> None:
    product = make("stock", 10)
    seen = call("GET", "ping")["watermark"]
    assert buy(product) == 200
    items = [{"product": product, "free": "20"}]
    (item,) = call("POST", "stock", {"watermark": seen, "items": items})["items"]
    assert (item["later"], item["free"], item["num_in_stock"]) == (1, "19", 20)


def the_last_piece_is_sold_once() -> None:
    product = make("race", 1)
    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(lambda _: buy(product), range(6)))
    assert statuses == [200, *[406] * 5], statuses


def stock_writes_and_orders_of_many_lines_do_not_block_each_other() -> None:
    products = [make(f"line-{number}", 500) for number in range(4)]
    items = [{"product": one, "free": "500"} for one in reversed(products)]

    def write(_: int) -> None:
        call("POST", "stock", {"watermark": call("GET", "ping")["watermark"], "items": items})

    with ThreadPoolExecutor(6) as pool:
        orders = [pool.submit(buy, one) for one in products * 5]
        writes = [pool.submit(write, number) for number in range(10)]
        assert [one.result(60) for one in orders] == [200] * 20
        for one in writes:
            one.result(60)


def an_order_is_one_entry_and_every_later_change_another() -> None:
    product = make("life", 5)
    start = call("GET", "ping")["watermark"]
    assert buy(product) == 200
    page = call("GET", f"orders?after={start}&limit=1")
    (order,) = page["orders"]
    assert (page["more"], page["watermark"]) == (False, call("GET", "ping")["watermark"])
    changed = Order.objects.get(pk=order["id"])
    paid, _ = PaymentEventType.objects.get_or_create(name="Paid")
    for change in (
        lambda: changed.payment_events.create(event_type=paid, amount=order["total_incl_tax"]),
        lambda: changed.lines.update(status="Cancelled"),
        lambda: changed.surcharges.create(name="Packing", code="pack", incl_tax=1),
    ):
        mark = call("GET", "ping")["watermark"]
        change()
        assert [one["id"] for one in call("GET", f"orders?after={mark}")["orders"]] == [changed.pk]
    assert call("GET", f"orders/{changed.pk}")["payments"][0]["debited"] == order["total_incl_tax"]


def the_same_update_at_once_is_done_once() -> None:
    product = make("update", 5)
    start = call("GET", "ping")["watermark"]
    assert buy(product) == 200
    (order,) = call("GET", f"orders?after={start}")["orders"]
    parcel = {"number": "S-1", "items": [{"product": product, "quantity": "1"}]}
    body = {"key": "once", "status": "Shipped", "shipments": [parcel], "invoices": ["2026-1"]}
    with ThreadPoolExecutor(6) as pool:
        told = list(
            pool.map(lambda _: call("POST", f"orders/{order['id']}/updates", body), "123456")
        )
    assert sorted(one["repeated"] for one in told) == [False] + [True] * 5
    changed = Order.objects.get(pk=order["id"])
    assert (changed.status, changed.shipping_events.count()) == ("Shipped", 1)


def changed_products_are_listed_until_acknowledged() -> None:
    def listed() -> dict[int, int]:
        rows = call("GET", "changes")["changes"]
        return {row["product"]: row["number"] for row in rows}

    def written(**said: object) -> dict[str, object]:
        (outcome,) = call("POST", "products/write", {"products": [said]})["products"]
        page: dict[str, object] = outcome["page"]
        return page

    variants = [
        {"key": f"goods-{number}", "fields": {"sku": f"GOODS-{number}", "weight": "0.5"}}
        for number in range(2)
    ]
    fields = {"title": "Goods", "categories": [["Root", "Leaf"]]}
    page = written(key="goods", fields=fields, variants=variants)
    while rows := call("GET", "changes")["changes"]:
        call("POST", "changes/ack", {"changes": rows})
    Product.objects.filter(pk=page["id"]).update(title="Renamed")
    before = listed()
    assert set(before) == {page["id"]}
    Category.objects.filter(name="Root").update(name="Tree")
    seen = [{"product": product, "number": number} for product, number in before.items()]
    assert call("POST", "changes/ack", {"changes": seen}) == {"acknowledged": 0}
    assert listed().keys() == before.keys()
    with ThreadPoolExecutor(4) as pool:
        titles = [f"Title {number}" for number in range(8)]
        list(pool.map(lambda title: written(id=page["id"], fields={"title": title}), titles))
    late = {"id": page["id"], "version": page["version"], "fields": {"title": "Late"}}
    (refused,) = call("POST", "products/write", {"products": [late]})["products"]
    assert refused["error"]["code"] == "changed_meanwhile"


def contract_prices_written_at_once_stand_whole() -> None:
    settings.PANSTORE_CONTRACT_SOURCE = "stored"
    products = [make(f"tiers-{number}", 1) for number in range(3)]

    def write(number: int) -> None:
        tiers = [{"least": "1", "state": "agreed", "amount": f"{number + 1}.00"}]
        items = [{"product": one, "currency": "EUR", "tiers": tiers} for one in products]
        # Each call in another order, as nothing tells callers to sort.
        body = {"agreement": "list", "items": items[number % 3 :] + items[: number % 3]}
        (*outcomes,) = call("PUT", "contract-prices", body)["items"]
        assert {one["outcome"] for one in outcomes} == {"done"}

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(18)))
    path = f"contract-prices?agreement=list&products={','.join(map(str, products))}"
    kept = call("GET", path)["items"]
    assert [one["product"] for one in kept] == products
    assert len({one["tiers"][0]["amount"] for one in kept}) == 1
    none = [{"product": one, "currency": "EUR", "tiers": []} for one in products[1:]]
    call("PUT", "contract-prices", {"agreement": "list", "items": none})
    assert [one["product"] for one in call("GET", path)["items"]] == products[:1]
    assert call("DELETE", "contract-prices?agreement=list") == {"deleted": 1}


def answers_that_come_together_are_kept_one_after_the_other() -> None:
    user = get_user_model().objects.create(username="buyer")
    start = timezone.now() - dt.timedelta(minutes=1)
    wish = Wish(1, 1)

    def tell(second: int) -> None:
        offers = {wish: Offer("agreed", Decimal(second))}
        quote = Quote(True, "List", offers=offers, mark=f"{second}.list")
        contract_memory.remember(user.pk, quote, start + dt.timedelta(seconds=second))
        connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(tell, [4, 9, 2, 8, 7, 3] * 5))
    kept = contract_memory.recall(user.pk, [wish])
    assert (kept.mark, kept.offers[wish].amount) == ("9.list", Decimal(9)), kept


if __name__ == "__main__":
    names = {"printable_name": "Slovenia", "name": "Slovenia", "is_shipping_country": True}
    Country.objects.get_or_create(iso_3166_1_a2="SI", defaults=names)
    for name, check in (
        ("journal", numbers_appear_in_the_order_of_commits),
        ("stock", a_stock_write_counts_orders_after_its_watermark),
        ("race", the_last_piece_is_sold_once),
        ("life", an_order_is_one_entry_and_every_later_change_another),
        ("update", the_same_update_at_once_is_done_once),
        ("lines", stock_writes_and_orders_of_many_lines_do_not_block_each_other),
        ("products", changed_products_are_listed_until_acknowledged),
        ("tiers", contract_prices_written_at_once_stand_whole),
        ("memory", answers_that_come_together_are_kept_one_after_the_other),
    ):
        check()
        print(name)  # noqa: T201 - the test reads it
