"""A shop that asks PanStore for its buyers' prices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.companions.oscar.price_service import PriceService, agreed
from tests.companions.woocommerce.buyers import Session
from tests.companions.woocommerce.shop import Shop

pytestmark = pytest.mark.wordpress


@pytest.fixture
def service(shop: Shop) -> Iterator[PriceService]:
    service = PriceService(shop.secret)
    shop.wordpress.settings(source="ask", price_url=service.url)
    shop.wordpress.php("return delete_transient( 'panstore_rest_prices' );")
    yield service
    if not service.stopped:
        service.stop()


@pytest.fixture
def buyer(shop: Shop, service: PriceService) -> tuple[str, Session]:
    account = shop.account()
    service.contracts[str(account)] = "Veleprodaja"
    service.marks[str(account)] = "p1.a1"
    return str(account), shop.log_in(account)


def _rested(shop: Shop) -> None:
    """As two seconds later."""
    shop.wordpress.php("return delete_transient( 'panstore_rest_prices' );")


def test_a_buyer_pays_what_panstore_says(
    shop: Shop, service: PriceService, buyer: tuple[str, Session]
) -> None:
    account, session = buyer
    product = shop.product()
    service.prices[account, product] = {1: agreed("7.00"), 5: agreed("6.50")}
    assert shop.seen(session, product)["price"] == "7.00"
    assert session.cart((product, 5))["lines"] == {"line0": "6.50"}
    question = service.questions[0]
    assert (question["account"], question["currency"]) == (account, "EUR")
    service.prices[account, product] = {1: agreed("7.50")}
    assert shop.seen(session, product)["price"] == "7.50", "from the next page on"
    assert service.forged == 0


def test_one_question_a_page(shop: Shop, service: PriceService, buyer: tuple[str, Session]) -> None:
    products = [shop.product() for _ in range(8)]
    shop.wordpress.set_options(standin_page=products, posts_per_page=500)
    asked = service.since(lambda: buyer[1].fetch("/?post_type=product", nonce=False))
    assert len(asked) == 1
    assert {line["product"] for line in asked[0]["lines"]} >= {str(one) for one in products}
    lines = [(product, 3) for product in products]
    asked = service.since(lambda: buyer[1].cart(*lines))
    assert len(asked) == 1
    assert len(asked[0]["lines"]) == 2 * len(products), "one piece for what may be bought, too"


def test_nothing_is_asked_for_guests_and_little_for_who_has_no_agreement(
    shop: Shop, service: PriceService
) -> None:
    product = shop.product()
    assert service.since(lambda: shop.seen(None, product)) == []
    stranger = shop.log_in(shop.account())
    asked = service.since(lambda: [shop.seen(stranger, product) for _ in range(3)])
    assert len(asked) == 1
    assert shop.seen(stranger, product)["price"] == "10.00"


def test_a_new_link_is_seen_at_the_checkout_at_the_latest(
    shop: Shop, service: PriceService
) -> None:
    product, account = shop.product(), shop.account()
    session = shop.log_in(account)
    assert session.cart((product, 1))["lines"] == {"line0": "10.00"}
    service.contracts[str(account)] = "Veleprodaja"
    service.prices[str(account), product] = {1: agreed("7.00")}
    assert session.checkout((product, 1))["errors"] == ["panstore_price_changed"]
    assert session.checkout((product, 1)) == {"errors": [], "total": 7}


@pytest.mark.parametrize(
    ("down", "known", "unknown"),
    [("last_known", "7.00", ""), ("usual", "10.00", "10.00"), ("withhold", "", "")],
)
def test_while_panstore_is_silent_the_setting_decides(
    shop: Shop,
    service: PriceService,
    buyer: tuple[str, Session],
    down: str,
    known: str,
    unknown: str,
) -> None:
    account, session = buyer
    seen, new = shop.product(), shop.product()
    service.prices[account, seen] = {1: agreed("7.00")}
    assert shop.seen(session, seen)["price"] == "7.00"
    shop.wordpress.settings(source="ask", price_url=service.url, down=down)
    service.stop()
    for _ in range(2):
        assert shop.seen(session, seen)["price"] == known
        assert shop.seen(session, new)["price"] == unknown
    stranger = shop.log_in(shop.account())
    assert shop.seen(stranger, seen)["price"] == "10.00"


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, b"nonsense"),
        (200, json.dumps({"contract": True, "account": "1", "lines": []}).encode()),
        (200, b'{"contract":false,"certain":false}'),
        (401, b"{}"),
        (404, b"{}"),
        (500, b""),
        (302, b""),
    ],
)
def test_an_answer_that_is_none_is_not_believed(
    shop: Shop, service: PriceService, buyer: tuple[str, Session], status: int, content: bytes
) -> None:
    account, session = buyer
    product = shop.product()
    service.prices[account, product] = {1: agreed("7.00")}
    shop.wordpress.settings(source="ask", price_url=service.url, down="last_known")
    assert shop.seen(session, product)["price"] == "7.00"
    service.prices[account, product] = {1: agreed("5.00")}
    service.next_answers = [(status, content)] * 2
    assert shop.seen(session, product)["price"] == "7.00"
    service.next_answers = []
    _rested(shop)
    assert shop.seen(session, product)["price"] == "5.00"


def test_after_a_failure_it_is_left_alone_for_two_seconds(
    shop: Shop, service: PriceService, buyer: tuple[str, Session]
) -> None:
    product = shop.product()
    service.next_answers = [(500, b"")]

    def looks() -> None:
        for _ in range(3):
            shop.seen(buyer[1], product)

    assert len(service.since(looks)) == 1


def test_who_signs_with_another_secret_is_told_nothing(
    shop: Shop, service: PriceService, buyer: tuple[str, Session]
) -> None:
    product = shop.product()
    service.strangers_secret = True
    assert shop.seen(buyer[1], product)["price"] == "10.00", "he was never told to have one"
    assert service.forged >= 1


def test_another_agreement_forgets_what_was_known(
    shop: Shop, service: PriceService, buyer: tuple[str, Session]
) -> None:
    account, session = buyer
    product, other = shop.product(), shop.product()
    service.prices[account, product] = {1: agreed("7.00")}
    shop.wordpress.settings(source="ask", price_url=service.url, down="last_known")
    assert shop.seen(session, product)["price"] == "7.00"
    service.marks[account] = "p1.a2"
    assert shop.seen(session, other)["price"] == "10.00"
    service.stop()
    assert shop.seen(session, product)["price"] == "", "a price of the agreement before"


def test_a_shop_without_an_address_has_no_own_prices(
    shop: Shop, service: PriceService, buyer: tuple[str, Session]
) -> None:
    shop.wordpress.settings(source="ask")
    asked = service.since(lambda: shop.seen(buyer[1], shop.product()))
    assert asked == []


def test_pages_are_kept_by_no_cache(
    shop: Shop, service: PriceService, buyer: tuple[str, Session]
) -> None:
    del service
    _, headers, _ = buyer[1].fetch("/", nonce=False)
    assert headers["cache-control"] == "private, no-store"
    _, headers, _ = shop.wordpress.fetch("/")
    assert "private" not in headers.get("cache-control", "")


def test_the_question_says_nothing_that_the_visitor_sent(
    shop: Shop, service: PriceService, buyer: tuple[str, Session]
) -> None:
    account, session = buyer
    other = shop.account()
    service.contracts[str(other)] = "Somebody else's"
    product = shop.product()
    service.prices[str(other), product] = {1: agreed("1.00")}
    path = f"/wp-json/wc/store/v1/products?include={product}&account={other}&user={other}"
    told: Any = session.get(path)
    assert told[str(product)]["price"] == "10.00"
    assert {question["account"] for question in service.questions} == {account}
