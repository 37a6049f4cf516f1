"""A buyer with an account has goods sent elsewhere; the invoice stays his."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from panstore.demo import catalogue
from tests.companions.oscar.conftest import RunningShop
from tests.companions.oscar.staff import Person

pytestmark = pytest.mark.real


def test_a_company_pays_what_is_sent_to_somebody_else(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product()
    company = next(one for one in catalogue.customers() if one.company)
    person = Person(shop.url)
    login = {
        "login-username": company.email,
        "login-password": company.password,
        "login_submit": "Log In",
    }
    person.send("/accounts/login/", login)
    person.send(f"/basket/add/{one}/", {"quantity": "1"}, form=f"/catalogue/x_{one}/")
    receiver = {
        "first_name": "Jan",
        "last_name": "Černič",
        "line1": "Slovenska cesta 1",
        "line4": "Ljubljana",
        "postcode": "1000",
        "country": "SI",
    }
    person.send("/checkout/shipping-address/", receiver)
    person.send("/checkout/shipping-method/", {"method_code": "posta"})
    shown = person.send(
        "/checkout/preview/", {"payment_method": "invoice"}, form="/checkout/payment-details/"
    )
    assert shown.count("to be paid within 8 days") == 1
    before = shop.api.watermark()
    person.send("/checkout/preview/", {"action": "place_order"})
    (order,) = shop.api.orders_after(before)
    assert order["shipping_address"]["line1"] == "Slovenska cesta 1"
    assert order["billing_address"]["line1"] == company.street
    buyer = order["customer"]
    assert (buyer["company"], buyer["vat_id"]) == (company.name, company.vat_id)
    assert (order["is_guest"], order["tags"]) == (False, ["business"])
