"""PanStore tells the shop of an order: all of it or nothing, once per key."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from tests.companions.oscar.client import Reply
from tests.companions.oscar.conftest import RunningShop
from tests.companions.oscar.staff import Staff

pytestmark = pytest.mark.real
_keys = itertools.count(1)


def parcel(product: int, quantity: str, number: str = "S-1") -> dict[str, Any]:
    return {
        "number": number,
        "carrier": "Pošta Slovenije",
        "tracking": "RR123456785SI",
        "items": [{"product": product, "quantity": quantity}],
    }


def tell(shop: RunningShop, order: dict[str, Any], **what: Any) -> Reply:
    body = {"key": f"update-{next(_keys)}", **what}
    return shop.api.call("POST", f"/panstore/v1/orders/{order['id']}/updates", body)


def history(shop: RunningShop, order: dict[str, Any]) -> list[str]:
    """What the shop holds of it: shipping events, notes, invoices, in words."""
    script = f"""
from oscar.core.loading import get_model
order = get_model("order", "Order").objects.get(pk={order["id"]})
for event in order.shipping_events.order_by("pk"):
    pieces = [row.quantity for row in event.line_quantities.order_by("line_id")]
    print(event.event_type.name, event.notes, pieces)
for note in order.notes.order_by("pk"):
    print(note.note_type, note.message)
for invoice in order.panstore_invoices.all():
    print(invoice.number)
"""
    return shop.manage("shell", "-v0", "-c", script).splitlines()


def test_parcels_in_parts_then_all_with_status_invoice_and_note(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product(free=5)
    order = shop.order(one, 3)
    first = tell(shop, order, status="Partly shipped", shipments=[parcel(one, "2")])
    assert (first.status, first.body["status"], first.body["former"]) == (
        200,
        "Partly shipped",
        "Pending",
    )
    stored = shop.api.product(one)
    assert (stored["num_in_stock"], stored["num_allocated"], stored["free"]) == (3, 1, "2")
    second = tell(
        shop,
        order,
        status="Shipped",
        shipments=[parcel(one, "1", "S-2")],
        invoices=["2026-17"],
        note="Hvala za nakup",
    )
    assert second.body["status"] == "Shipped"
    stored = shop.api.product(one)
    assert (stored["num_in_stock"], stored["num_allocated"], stored["free"]) == (2, 0, "2")
    assert history(shop, order) == [
        "Shipped Pošta Slovenije RR123456785SI (S-1) [2]",
        "Shipped Pošta Slovenije RR123456785SI (S-2) [1]",
        "System Invoice 2026-17",
        "System Hvala za nakup",
        "2026-17",
    ]


def test_the_same_key_gives_the_first_answer_and_another_content_is_refused(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product(free=5)
    order = shop.order(one, 2)
    what: dict[str, Any] = {
        "key": f"twice-{order['id']}",
        "status": "Shipped",
        "shipments": [parcel(one, "2")],
        "invoices": ["2026-18"],
    }
    first = tell(shop, order, **what)
    mark, told = shop.api.watermark(), history(shop, order)
    again = tell(shop, order, **what)
    assert again.body == {**first.body, "repeated": True}
    assert (shop.api.watermark(), history(shop, order)) == (mark, told)
    other = tell(shop, order, **{**what, "invoices": ["2026-19"]})
    assert (other.status, other.body["error"]["code"]) == (409, "key_reused")


def test_a_parcel_or_an_invoice_told_again_under_another_key_is_noted_once(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product()
    order = shop.order(one)
    for _ in range(2):
        done = tell(shop, order, shipments=[parcel(one, "1")], invoices=["2026-20"])
        assert done.status == 200, done
    assert len(history(shop, order)) == 3


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ({"shipments": "more"}, "more_than_ordered"),
        ({"shipments": "foreign"}, "more_than_ordered"),
        ({"status": "Complete", "shipments": "all"}, "impossible_transition"),
        ({"shipments": "half"}, "fraction"),
        ({"invoices": [""]}, "invalid"),
        ({"shipments": {}}, "invalid"),
    ],
)
def test_what_cannot_be_changes_nothing(
    shop: RunningShop, product: Callable[..., int], what: dict[str, Any], code: str
) -> None:
    one = product()
    order = shop.order(one, 2)
    parcels = {
        "more": [parcel(one, "1"), parcel(one, "2", "S-2")],
        "foreign": [parcel(product(), "1")],
        "all": [parcel(one, "2")],
        "half": [parcel(one, "0.5")],
    }
    asked = {"status": "Shipped", "invoices": ["2026-21"], **what}
    if isinstance(asked.get("shipments"), str):
        asked["shipments"] = parcels[asked["shipments"]]
    mark = shop.api.watermark()
    refused = tell(shop, order, **asked)
    assert (refused.status, refused.body["error"]["code"]) == (422, code)
    assert shop.api.watermark() == mark
    assert shop.read(order) == order
    assert history(shop, order) == []


def test_a_cancelled_line_is_not_shipped(
    shop: RunningShop, staff: Staff, product: Callable[..., int]
) -> None:
    one = product()
    order = shop.order(one, 2)
    staff.set_line_status(order["number"], order["lines"][0]["id"], 2, "Cancelled")
    refused = tell(shop, order, shipments=[parcel(one, "1")])
    assert refused.body["error"]["code"] == "more_than_ordered"


def test_only_a_note(shop: RunningShop, product: Callable[..., int]) -> None:
    order = shop.order(product())
    done = tell(shop, order, note="Čaka na blago")
    assert (done.body["status"], done.body["former"]) == ("Pending", "Pending")
    assert history(shop, order) == ["System Čaka na blago"]
    unknown = tell(shop, {"id": 999999}, note="x")
    assert (unknown.status, unknown.body["error"]["code"]) == (404, "unknown_order")


def test_all_of_an_update_makes_one_notice(shop: RunningShop, product: Callable[..., int]) -> None:
    one = product()
    order = shop.order(one)
    shop.receiver.wait_for(lambda message: order["id"] in message["ids"])
    shop.receiver.deliveries.clear()
    tell(shop, order, status="Shipped", shipments=[parcel(one, "1")], invoices=["2026-22"])
    later = shop.order(product())
    shop.receiver.wait_for(lambda message: later["id"] in message["ids"])
    told = [delivery.message for delivery in shop.receiver.deliveries]
    assert sum(order["id"] in message["ids"] for message in told) == 1
