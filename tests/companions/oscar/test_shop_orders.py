"""The demo's shop as its buyers and its people see an order: paying, mails, pages, back office."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from panstore.demo import catalogue
from tests.companions.oscar.buying import check_out, mails_to
from tests.companions.oscar.conftest import RunningShop
from tests.companions.oscar.staff import Person, Staff

pytestmark = pytest.mark.real


def bought(shop: RunningShop, before: int) -> dict[str, Any]:
    (order,) = shop.api.orders_after(before)
    return order


@pytest.mark.parametrize(
    ("method", "name", "paid"),
    [
        ("invoice", "Invoice", "0.00"),
        ("card", "Card", "28.30"),
        ("transfer", "Bank transfer", "0.00"),
    ],
)
def test_a_buyer_chooses_how_to_pay(
    shop: RunningShop, product: Callable[..., int], method: str, name: str, paid: str
) -> None:
    one = product()
    before = shop.api.watermark()
    check_out(shop.url, one, method, f"{method}@example.com")
    order = bought(shop, before)
    assert [
        (row["method"], row["allocated"], row["debited"], row["failed"])
        for row in order["payments"]
    ] == [(name, "28.30", paid, False)]
    assert order["surcharges"] == []
    (confirmation,) = mails_to(shop.directory, f"{method}@example.com", 1)
    assert order["number"] in confirmation[1]


def test_cash_on_delivery_costs_a_fee(shop: RunningShop, product: Callable[..., int]) -> None:
    one = product()
    before = shop.api.watermark()
    check_out(shop.url, one, "cod", "cod@example.com")
    order = bought(shop, before)
    (fee,) = order["surcharges"]
    assert (fee["code"], fee["incl"], fee["excl"], fee["tax_rate"]) == ("cod", "1.50", "1.23", "22")
    assert order["total_incl_tax"] == "29.80"


def test_the_buyer_hears_and_sees_how_the_order_goes_on(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product()
    before = shop.api.watermark()
    check_out(shop.url, one, "invoice", "novice@example.com")
    order = bought(shop, before)
    for key, status, pieces in (("1", "Partly shipped", "1"), ("2", "Shipped", "1")):
        parcel = {
            "number": f"S-{key}",
            "carrier": "Pošta Slovenije",
            "tracking": f"RR00{key}SI",
            "items": [{"product": one, "quantity": pieces}],
        }
        body = {
            "key": f"{order['id']}-{key}",
            "status": status,
            "shipments": [parcel],
            "invoices": [f"2026-9{key}"],
        }
        shop.api.post(f"/panstore/v1/orders/{order['id']}/updates", body)
    mails = mails_to(shop.directory, "novice@example.com", 3)
    assert [subject for subject, _ in mails[1:]] == [
        f"Your order {order['number']} is partly on its way",
        f"Your order {order['number']} is on its way",
    ]
    assert "RR001SI" in mails[1][1]
    assert "RR002SI" not in mails[1][1]
    assert "Invoice 2026-92" in mails[2][1]
    link = re.search(r"Your order: (\S+)", mails[2][1])
    assert link
    assert link[1].startswith(shop.url)
    # Oscar asks a guest for his e-mail address before it shows him the order.
    person = Person(shop.url)
    asked = person.arrives_at(link[1].removeprefix(shop.url))
    page = person.send(asked, {"email": "novice@example.com"})
    for text in ("Shipped", "Pošta Slovenije RR001SI (S-1)", "RR002SI", "2026-91", "2026-92"):
        assert text in page


def test_an_account_sees_its_order(shop: RunningShop, product: Callable[..., int]) -> None:
    one = product()
    order = shop.order(one)
    ana = catalogue.customers()[0]
    script = (
        "from oscar.core.loading import get_model\n"
        "Order = get_model('order', 'Order')\n"
        "User = Order._meta.get_field('user').related_model\n"
        f"Order.objects.filter(pk={order['id']}).update("
        f"user=User.objects.get(email='{ana.email}'), guest_email='')"
    )
    shop.manage("shell", "-v0", "-c", script)
    body = {"key": f"seen-{order['id']}", "status": "Being processed", "invoices": ["2026-95"]}
    shop.api.post(f"/panstore/v1/orders/{order['id']}/updates", body)
    person = Person(shop.url)
    person.send(
        "/accounts/login/",
        {
            "login-username": ana.email,
            "login-password": ana.password,
            "login_submit": "Log In",
        },
    )
    page = person.page(f"/accounts/orders/{order['number']}/")
    assert "2026-95" in page
    assert "Being processed" in page
    (news, *_) = mails_to(shop.directory, ana.email, 1)
    assert news[0] == f"Your order {order['number']} is being packed"


def test_a_visitor_of_the_api_gets_the_mails_too(
    shop: RunningShop, staff: Staff, product: Callable[..., int]
) -> None:
    one = product()
    visitor = shop.visitor()
    visitor.put_in(one)
    done = visitor.check_out(guest_email="api@example.com")
    assert done.status == 200, done
    staff.set_status(done.body["number"], "Cancelled")
    subjects = [subject for subject, _ in mails_to(shop.directory, "api@example.com", 2)]
    assert subjects[1] == f"Your order {done.body['number']} is cancelled"


def test_people_see_money_and_parcels_in_the_back_office(
    shop: RunningShop, staff: Staff, product: Callable[..., int]
) -> None:
    one = product()
    order = shop.order(one)
    staff.note_money(order["number"], "paid", "10.00")
    body = {
        "key": f"office-{order['id']}",
        "shipments": [
            {
                "number": "S-8",
                "carrier": "DPD",
                "tracking": "088",
                "items": [{"product": one, "quantity": "1"}],
            }
        ],
        "invoices": ["2026-88"],
    }
    shop.api.post(f"/panstore/v1/orders/{order['id']}/updates", body)
    page = staff.order(order["number"])
    for text in ("Paid: €10.00", "DPD 088 (S-8)", "Invoice 2026-88"):
        assert text in page


def test_a_mail_server_that_is_down_stops_no_order(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    """Nobody listens on the port; the status is changed all the same."""
    order = shop.order(product())
    script = (
        "from django.conf import settings\n"
        "settings.EMAIL_BACKEND = 'django.core.mail.backends.smtp.EmailBackend'\n"
        "settings.EMAIL_HOST, settings.EMAIL_PORT = '127.0.0.1', 9\n"
        "from oscar.core.loading import get_class, get_model\n"
        f"order = get_model('order', 'Order').objects.get(pk={order['id']})\n"
        "get_class('order.processing', 'EventHandler')().handle_order_status_change("
        "order, 'Shipped')\n"
    )
    shop.manage("shell", "-v0", "-c", script)
    assert shop.read(order)["status"] == "Shipped"
