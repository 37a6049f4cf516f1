"""A buyer with an agreement sees his prices, pays them and is invoiced them; nobody else does."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from panstore.demo import catalogue
from tests.companions.oscar.client import Reply, ShopClient
from tests.companions.oscar.staff import Person
from tests.e2e.demo import Demo, eventually

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

_ROUTE = "contracts/shop"


class _Buyer:
    """One of the demo's accounts, at the API by password and on the pages."""

    def __init__(self, demo: Demo, *, contract: bool, number: int = 0) -> None:
        known = [one for one in demo.facts["shop"]["customers"] if one["contract"] == contract]
        self.email, self._password = known[number]["email"], known[number]["password"]
        self._demo = demo
        pair = base64.b64encode(f"{self.email}:{self._password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {pair}"}

    def price(self, shop_id: int) -> Decimal | None:
        """Net price of one piece as the shop's API shows it to him."""
        reply = self.get(f"/api/products/{shop_id}/price/")
        found = reply.body["excl_tax"]
        return None if found is None else Decimal(found)

    def get(self, path: str) -> Reply:
        reply = ShopClient(self._demo.facts["shop"]["url"]).call("GET", path, headers=self._headers)
        assert reply.status == 200, reply
        return reply

    def in_browser(self) -> Person:
        """Signed in on the pages, with a session of his own."""
        person = Person(self._demo.facts["shop"]["url"])
        person.send(
            "/accounts/login/",
            {
                "login-username": self.email,
                "login-password": self._password,
                "login_submit": "Log In",
            },
        )
        return person

    @property
    def account(self) -> str:
        found = self._demo.shop.get(f"/panstore/v1/accounts?email={self.email}")["accounts"]
        return str(found[0]["id"])


@pytest.fixture
def cafe(demo: Demo) -> _Buyer:
    return _Buyer(demo, contract=True)


@pytest.fixture
def hotel(demo: Demo) -> _Buyer:
    return _Buyer(demo, contract=True, number=1)


@pytest.fixture
def stranger(demo: Demo) -> _Buyer:
    return _Buyer(demo, contract=False)


@pytest.fixture
def article(demo: Demo) -> Iterator[dict[str, Any]]:
    """An article with a line of its own in the contract list, which the test may write."""
    erp = demo.erp
    # One that no other test touches: the last of those that may be bought in any number.
    entry = dict(demo.facts["skus"][39])
    [chosen] = erp.call(
        "product.price_list.search", [["name", "=", catalogue.CONTRACT_LIST]], 0, 1, None
    )
    line = erp.create(
        "product.price_list.line",
        price_list=chosen,
        sequence=0,
        product=entry["erp_id"],
        formula="unit_price",
    )
    yield {**entry, "line": line}
    if erp.call("product.price_list.line.search", [["id", "=", line]], 0, 1, None):
        erp.call("product.price_list.line.delete", [line])


def _agree(demo: Demo, article: dict[str, Any], price: str) -> None:
    demo.erp.call("product.price_list.line.write", [article["line"]], {"formula": price})


def _shop_price(demo: Demo, shop_id: int) -> Decimal:
    return Decimal(demo.visitor().get(f"/api/products/{shop_id}/price/")["excl_tax"])


def test_each_buyer_sees_his_own_prices(
    demo: Demo, cafe: _Buyer, hotel: _Buyer, stranger: _Buyer
) -> None:
    by_sku = {variant.sku: variant for _, variant in catalogue.variants()}
    for entry in demo.facts["skus"][20:40:4]:
        usual, agreed = demo.price(entry["shop_id"]), cafe.price(entry["shop_id"])
        assert agreed is not None
        assert agreed < usual
        assert hotel.price(entry["shop_id"]) == agreed
        assert stranger.price(entry["shop_id"]) == usual == _shop_price(demo, entry["shop_id"])
        variant = by_sku[entry["sku"]]
        if usual == variant.list_price:
            assert agreed == catalogue.contract_price(variant)


def test_a_change_of_the_list_is_the_buyers_and_nobody_elses(
    demo: Demo, cafe: _Buyer, stranger: _Buyer, article: dict[str, Any]
) -> None:
    usual = demo.price(article["shop_id"])
    for price in ("7.77", "7.66"):
        _agree(demo, article, price)
        seen = eventually(lambda: cafe.price(article["shop_id"]), lambda p: p == Decimal(price))  # noqa: B023
        assert seen == Decimal(price)
    assert stranger.price(article["shop_id"]) == usual
    assert _shop_price(demo, article["shop_id"]) == usual


def test_what_he_buys_is_charged_booked_and_invoiced_as_agreed(
    demo: Demo, cafe: _Buyer, article: dict[str, Any]
) -> None:
    _agree(demo, article, "6.54")
    eventually(lambda: cafe.price(article["shop_id"]), lambda p: p == Decimal("6.54"))
    person = cafe.in_browser()
    place = f"/catalogue/x_{article['shop_id']}/"
    person.send(f"/basket/add/{article['shop_id']}/", {"quantity": "3"}, form=place)
    before = demo.shop.watermark()
    company = next(one for one in catalogue.customers() if one.email == cafe.email)
    receiver = {
        "first_name": "Ema",
        "last_name": "Kos",
        "line1": company.street,
        "line4": company.city,
        "postcode": company.postcode,
        "country": "SI",
    }
    person.send("/checkout/shipping-address/", receiver)
    person.send("/checkout/shipping-method/", {"method_code": "posta"})
    person.send(
        "/checkout/preview/", {"payment_method": "invoice"}, form="/checkout/payment-details/"
    )
    person.send("/checkout/preview/", {"action": "place_order"})
    [order] = demo.shop.orders_after(before)
    [sale] = eventually(lambda: demo.sales_of(order["number"]), bool)
    assert sale["party"] == _party(demo, company.email)
    [line] = demo.erp.call(
        "sale.line.search_read",
        [["sale", "=", sale["id"]], ["product", "=", article["erp_id"]]],
        *(0, 10, None, ["quantity", "unit_price"]),
    )
    assert (line["quantity"], line["unit_price"]) == (3, Decimal("6.5400"))
    invoices = eventually(lambda: _invoices(demo, sale["id"]), bool)
    assert [one["total_amount"] for one in invoices] == [sale["total_amount"]]
    assert [one for one in demo.console("parked")["parked"] if one["module"] == "orders"] == []


def test_from_twelve_pieces_on_it_costs_less(demo: Demo, cafe: _Buyer) -> None:
    [entry] = [one for one in demo.facts["skus"] if one["sku"] in catalogue.CONTRACT_BREAKS]
    least, price = catalogue.CONTRACT_BREAKS[entry["sku"]]
    person = cafe.in_browser()
    person.send(
        f"/basket/add/{entry['shop_id']}/",
        {"quantity": str(least)},
        form=f"/catalogue/x_{entry['shop_id']}/",
    )
    lines = json.loads(person.page("/api/basket/"))["lines"].removeprefix(person.url)
    [line] = [
        one
        for one in json.loads(person.page(lines))
        if one["product"].endswith(f"/{entry['shop_id']}/")
    ]
    assert Decimal(line["price_excl_tax"]) == price * line["quantity"]


def test_who_is_unlinked_pays_what_everybody_pays_at_once(
    demo: Demo, hotel: _Buyer, article: dict[str, Any]
) -> None:
    _agree(demo, article, "5.43")
    shop_id = article["shop_id"]
    eventually(lambda: hotel.price(shop_id), lambda p: p == Decimal("5.43"))
    console = demo.facts["console"]
    api = ShopClient(console["url"], console["api_token"])
    account, party = hotel.account, _party(demo, hotel.email)
    reply = api.call("POST", f"/api/v1/{_ROUTE}/unlink", {"account": account})
    assert reply.status < 300, reply
    # No event, no cache stands between a person's word and the next look.
    assert hotel.price(shop_id) == demo.price(shop_id)
    reply = api.call("POST", f"/api/v1/{_ROUTE}/link", {"account": account, "party": str(party)})
    assert reply.status < 300, reply
    assert hotel.price(shop_id) == Decimal("5.43")


def test_a_price_of_zero_is_for_nobody(demo: Demo, cafe: _Buyer, article: dict[str, Any]) -> None:
    _agree(demo, article, "0.0")
    shop_id = article["shop_id"]
    assert eventually(lambda: cafe.price(shop_id), lambda p: p is None) is None
    waits = eventually(
        lambda: [one for one in demo.console("parked")["parked"] if one["module"] == "S5"], bool
    )
    assert "contract.zero" in {one["code"] for one in waits}
    _agree(demo, article, "5.55")
    assert eventually(lambda: cafe.price(shop_id), lambda p: p == Decimal("5.55")) == Decimal(
        "5.55"
    )

    def open_zeros() -> list[Any]:
        parked = demo.console("parked")["parked"]
        return [one for one in parked if one["code"] == "contract.zero"]

    assert eventually(open_zeros, lambda found: not found) == []


def _party(demo: Demo, email: str) -> int:
    found: list[dict[str, Any]] = demo.erp.gateway("find_parties", {"email": email})
    return int(found[0]["id"])


def _invoices(demo: Demo, sale: int) -> list[dict[str, Any]]:
    ids = demo.erp.read("sale.sale", sale, "invoices")["invoices"]
    rows: list[dict[str, Any]] = demo.erp.call(
        "account.invoice.read", list(ids), ["state", "total_amount"]
    )
    return [row for row in rows if row["state"] in {"posted", "paid"}]
