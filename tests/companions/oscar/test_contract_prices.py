"""Each buyer sees his own prices wherever the shop shows any, and nobody else's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.companions.oscar.client import ShopClient, Visitor
from tests.companions.oscar.conftest import RunningShop
from tests.companions.oscar.contract_world import World, log_in
from tests.companions.oscar.price_service import agreed
from tests.companions.oscar.staff import Person

pytestmark = pytest.mark.real

SORTED = "Sorting and filtering by price go by the usual price"


@pytest.fixture
def shop(asking: World) -> RunningShop:
    """Where products are made."""
    return asking.running


def questions(world: World, person: Person, path: str) -> tuple[str, list[dict[str, Any]]]:
    before = len(world.service.questions)
    page = person.page(path)
    return page, world.service.questions[before:]


def test_a_page_is_one_question_and_shows_each_his_own(
    world: World, product: Callable[..., int]
) -> None:
    one = product()
    forged = world.service.forged
    world.service.prices[world.alice.account, one] = {1: agreed("7.00")}
    alice, bob, visitor = world.person(world.alice), world.person(world.bob), world.person()
    pages: dict[str, str] = {}
    for path in ("/", "/catalogue/", "/search/?q=kava", f"/catalogue/x_{one}/"):
        pages[path], asked = questions(world, alice, path)
        assert [question["account"] for question in asked] == [world.alice.account], path
        assert {question["currency"] for question in asked} == {"EUR"}
        opened = {dt.datetime.fromisoformat(question["opened_at"]) for question in asked}
        assert max(opened) < dt.datetime.now(dt.UTC)
        assert questions(world, visitor, path)[1] == []
    assert len(questions(world, alice, "/catalogue/")[1][0]["lines"]) >= 20
    detail = pages[f"/catalogue/x_{one}/"]
    assert "€8.54" in detail  # 7.00 and 22 %
    assert "€12.20" not in detail
    assert "Your prices by <strong>Wholesale</strong>" in detail
    assert SORTED in pages["/catalogue/"]
    assert SORTED in pages["/search/?q=kava"]
    for other in (bob, visitor):
        shown = other.page(f"/catalogue/x_{one}/")
        assert "€12.20" in shown
        assert "€8.54" not in shown
        assert "Wholesale" not in shown + other.page("/catalogue/")
    assert world.service.forged == forged


def test_a_list_shows_all_agreed_prices_to_their_buyer_only(world: World) -> None:
    alice = world.person(world.alice)
    _, (question,) = questions(world, alice, "/catalogue/")
    for line in question["lines"]:
        world.service.prices[world.alice.account, int(line["product"])] = {1: agreed("0.02")}
    assert alice.page("/catalogue/").count("€0.02") >= 15
    for other in (world.person(), world.person(world.bob)):
        assert "€0.02" not in other.page("/catalogue/")


def test_variants_are_asked_for_together_and_the_lowest_is_shown(world: World) -> None:
    listed = world.running.api.get("/panstore/v1/products?limit=500&structure=all")["products"]
    children: dict[int, list[int]] = {}
    for one in listed:
        if one["parent_id"]:
            children.setdefault(one["parent_id"], []).append(one["id"])
    parent, (first, *others) = next(iter(children.items()))
    prices = world.service.prices
    prices[world.alice.account, first] = {1: agreed("0.50")}
    page, asked = questions(world, world.person(world.alice), f"/catalogue/x_{parent}/")
    assert len(asked) == 1
    products = {int(line["product"]) for line in asked[0]["lines"]}
    assert {first, *others} <= products
    assert parent not in products
    assert "€0.61" in page or "€0.55" in page


def test_what_is_withheld_is_not_for_sale_to_him_alone(
    world: World, product: Callable[..., int]
) -> None:
    one = product()
    offer = {"state": "withheld", "currency": "EUR", "code": "zero_price", "reason": "free"}
    world.service.prices[world.alice.account, one] = {1: offer}
    page = world.person(world.alice).page(f"/catalogue/x_{one}/")
    assert "Price on request" in page
    assert "add_to_basket_form" not in page
    assert world.api_price(one, world.alice) is None
    assert world.api_price(one, world.bob) == world.api_price(one) == "10.00"


@pytest.mark.parametrize(
    "offer",
    [
        agreed("7.00", includes_tax=True),
        agreed("7.00", currency="USD"),
        agreed("0.00"),
        agreed("-1.00"),
        agreed("7.005"),
        agreed("NaN"),
        agreed("1E+20"),
        {"state": "agreed", "currency": "EUR", "amount": None},
        {"state": "agreed", "currency": "EUR", "amount": 7.0},
    ],
)
def test_a_price_the_shop_cannot_charge_is_withheld(
    world: World, product: Callable[..., int], offer: dict[str, Any]
) -> None:
    one, other = product(), product()
    world.service.prices[world.alice.account, one] = {1: offer}
    world.service.prices[world.alice.account, other] = {1: agreed("7.00")}
    assert world.api_price(one, world.alice) is None
    assert world.api_price(other, world.alice) == "7.00"


def test_the_api_knows_the_buyer_by_session_and_by_basic(
    world: World, product: Callable[..., int]
) -> None:
    one = product()
    world.service.prices[world.alice.account, one] = {1: agreed("7.00")}
    url = f"/api/products/{one}/price/"
    alice = world.person(world.alice)
    assert '"excl_tax":"7.00"' in alice.page(url).replace(" ", "")
    assert world.api_price(one, world.alice) == "7.00"
    assert world.api_price(one, world.bob) == "10.00"
    assert world.api_price(one) == "10.00"
    # Nothing that a visitor can send says who he is.
    stranger = ShopClient(world.running.url)
    for path in (f"{url}?account={world.alice.account}", f"{url}?user={world.alice.account}"):
        headers = {"X-Account": world.alice.account, "Cookie": f"account={world.alice.account}"}
        assert stranger.call("GET", path, headers=headers).body["excl_tax"] == "10.00"


def test_an_order_by_the_api_is_charged_as_agreed(
    world: World, product: Callable[..., int]
) -> None:
    one = product()
    world.service.prices[world.alice.account, one] = {1: agreed("7.00"), 3: agreed("6.00")}
    api, buyer = world.running.api, Visitor(world.running.url)
    headers = world.alice.basic
    before = api.watermark()
    basket = buyer.call("GET", "/api/basket/", headers=headers).body["url"]
    wanted = {"url": f"{world.running.url}/api/products/{one}/", "quantity": 3}
    added = buyer.call("POST", "/api/basket/add-product/", wanted, headers=headers)
    assert added.status == 200, added
    assert added.body["total_excl_tax"] == "18.00"
    done = buyer.check_out(headers=headers, basket=basket)
    assert done.status == 200, done
    (order,) = api.orders_after(before)
    assert str(order["customer"]["id"]) == world.alice.account
    (line,) = order["lines"]
    assert (line["quantity"], line["line_price_excl"], line["line_price_incl"]) == (
        "3",
        "18.00",
        "21.96",
    )


def test_a_log_in_and_a_log_out_change_the_price_at_once(
    world: World, product: Callable[..., int]
) -> None:
    one = product()
    world.service.prices[world.alice.account, one] = {1: agreed("7.00")}
    person = world.person()
    path = f"/catalogue/x_{one}/"
    assert "€12.20" in person.page(path)
    log_in(person, world.alice)
    assert "€8.54" in person.page(path)
    person.page("/accounts/logout/")
    shown = person.page(path)
    assert "€12.20" in shown
    assert "€8.54" not in shown
    log_in(person, world.bob)
    assert "€12.20" in person.page(path)


def test_unlinked_means_the_usual_price_from_the_next_page_on(
    world: World, product: Callable[..., int]
) -> None:
    one = product()
    world.service.prices[world.alice.account, one] = {1: agreed("7.00")}
    alice = world.person(world.alice)
    assert "€8.54" in alice.page(f"/catalogue/x_{one}/")
    world.service.contracts.clear()
    shown = alice.page(f"/catalogue/x_{one}/")
    assert "€12.20" in shown
    assert "Wholesale" not in shown


def test_two_buyers_and_a_visitor_at_the_same_time(
    world: World, product: Callable[..., int]
) -> None:
    one = product()
    world.service.contracts[world.bob.account] = "Hotels"
    world.service.prices[world.alice.account, one] = {1: agreed("7.00")}
    world.service.prices[world.bob.account, one] = {1: agreed("8.00")}
    expected = {world.alice: "7.00", world.bob: "8.00", None: "10.00"}
    turns = [world.alice, None, world.bob] * 8
    with ThreadPoolExecutor(6) as pool:
        seen = list(pool.map(lambda buyer: (buyer, world.api_price(one, buyer)), turns))
    assert [price for _, price in seen] == [expected[buyer] for buyer in turns]


def test_a_buyers_page_is_kept_by_no_cache(world: World, product: Callable[..., int]) -> None:
    one = product()
    client = ShopClient(world.running.url)
    path = f"/api/products/{one}/price/"
    own = client.call("GET", path, headers=world.alice.basic).headers
    assert {part.strip() for part in own["Cache-Control"].split(",")} == {"private", "no-store"}
    assert "ETag" not in own
    for headers in (own, client.call("GET", path).headers):
        varies = {part.strip().lower() for part in headers["Vary"].split(",")}
        assert {"cookie", "authorization", "session-id"} <= varies


def test_connections_are_kept_and_a_closed_one_is_opened_again(
    world: World, product: Callable[..., int]
) -> None:
    one = product()
    service = world.service
    service.prices[world.alice.account, one] = {1: agreed("7.00")}
    before = service.connections
    for _ in range(12):
        assert world.api_price(one, world.alice) == "7.00"
    assert service.connections - before <= 4  # one for each thread of the shop
    service.close_idle()
    assert world.api_price(one, world.alice) == "7.00"
