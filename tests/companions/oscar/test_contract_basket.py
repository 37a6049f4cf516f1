"""What a buyer was shown is what he is charged; a price that changed is told, never slipped in."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.companions.oscar.client import Visitor
from tests.companions.oscar.conftest import RunningShop
from tests.companions.oscar.contract_world import (
    ADDRESS,
    World,
    empty,
    inside,
    log_in,
    put_in,
    to_preview,
)
from tests.companions.oscar.price_service import agreed
from tests.companions.oscar.staff import Person

pytestmark = pytest.mark.real

CHANGED = "Your price of"


@pytest.fixture
def shop(asking: World) -> RunningShop:
    """Where products are made."""
    return asking.running


@pytest.fixture
def alice(world: World) -> Person:
    """Logged in, with an empty basket."""
    person = world.person(world.alice)
    empty(person)
    return person


def orders(world: World, before: int) -> list[dict[str, Any]]:
    return world.running.api.orders_after(before)


def test_basket_checkout_and_order_have_the_agreed_price(
    world: World, alice: Person, product: Callable[..., int]
) -> None:
    one, other = product(), product(price="2.00")
    world.service.prices[world.alice.account, one] = {1: agreed("7.00"), 3: agreed("6.00")}
    put_in(alice, one, 3)
    put_in(alice, other)
    asked = len(world.service.questions)
    basket = alice.page("/basket/")
    assert len(world.service.questions) - asked == 1
    lines = {(line["product"], line["quantity"]) for line in world.service.questions[-1]["lines"]}
    assert {(str(one), "3"), (str(other), "1")} <= lines
    assert "€21.96" in basket  # 3 x 6.00 and 22 %
    # The price for three is no new price of the one that the product's page showed.
    assert "creased from" not in basket
    before = world.running.api.watermark()
    preview = to_preview(alice)
    assert "€21.96" in preview
    alice.send("/checkout/preview/", {"action": "place_order"})
    (order,) = orders(world, before)
    charged = {line["product"]: line["line_price_excl"] for line in order["lines"]}
    assert charged == {one: "18.00", other: "2.00"}


def test_a_price_that_changed_in_the_basket_is_told(
    world: World, alice: Person, product: Callable[..., int]
) -> None:
    one = product()
    prices = world.service.prices
    prices[world.alice.account, one] = {1: agreed("7.00")}
    put_in(alice, one)
    assert "creased from" not in alice.page("/basket/")
    prices[world.alice.account, one] = {1: agreed("8.00")}
    assert "increased from €8.54 to €9.76" in alice.page("/basket/")


def test_goods_put_in_before_the_log_in_get_the_buyers_price_with_a_word(
    world: World, alice: Person, product: Callable[..., int]
) -> None:
    one = product()
    world.service.prices[world.alice.account, one] = {1: agreed("7.00")}
    person = world.person()
    put_in(person, one)
    assert "€12.20" in person.page("/basket/")
    log_in(person, world.alice)
    basket = person.page("/basket/")
    assert "decreased from €12.20 to €8.54" in basket
    person.page("/accounts/logout/")
    assert "€8.54" not in person.page("/basket/")
    empty(alice)


def test_a_price_that_changes_at_the_last_step_is_shown_before_it_is_charged(
    world: World, alice: Person, product: Callable[..., int]
) -> None:
    one, other = product(), product()
    prices = world.service.prices
    prices[world.alice.account, one] = {1: agreed("7.00")}
    put_in(alice, one)
    before = world.running.api.watermark()
    assert "€8.54" in to_preview(alice)
    prices[world.alice.account, one] = {1: agreed("9.00")}
    shown = alice.send(
        "/checkout/preview/", {"action": "place_order"}, form=f"/catalogue/x_{other}/"
    )
    assert CHANGED in shown
    assert "€10.98" in shown
    assert orders(world, before) == []
    thanks = alice.send(
        "/checkout/preview/", {"action": "place_order"}, form=f"/catalogue/x_{other}/"
    )
    assert CHANGED not in thanks
    (order,) = orders(world, before)
    assert order["lines"][0]["line_price_excl"] == "9.00"


@pytest.mark.parametrize("linked", [True, False])
def test_who_is_linked_or_unlinked_at_the_last_step_sees_it_before_he_pays(
    world: World, alice: Person, product: Callable[..., int], linked: bool
) -> None:
    one, other = product(), product()
    service, account = world.service, world.alice.account
    service.prices[account, one] = {1: agreed("7.00")}
    if linked:
        del service.contracts[account]
    put_in(alice, one)
    before = world.running.api.watermark()
    assert ("€12.20" if linked else "€8.54") in to_preview(alice)
    if linked:
        service.contracts[account] = "Wholesale"
    else:
        del service.contracts[account]
    place, form = {"action": "place_order"}, f"/catalogue/x_{other}/"
    shown = alice.send("/checkout/preview/", place, form=form)
    assert CHANGED in shown
    assert ("€8.54" if linked else "€12.20") in shown
    assert orders(world, before) == []
    alice.send("/checkout/preview/", place, form=form)
    (order,) = orders(world, before)
    assert order["lines"][0]["line_price_excl"] == ("7.00" if linked else "10.00")


def test_an_order_of_what_is_withheld_meanwhile_is_refused(
    world: World, alice: Person, product: Callable[..., int]
) -> None:
    one, other = product(), product()
    prices = world.service.prices
    prices[world.alice.account, one] = {1: agreed("7.00")}
    put_in(alice, one)
    before = world.running.api.watermark()
    to_preview(alice)
    prices[world.alice.account, one] = {1: {"state": "withheld", "currency": "EUR"}}
    shown = alice.send(
        "/checkout/preview/", {"action": "place_order"}, form=f"/catalogue/x_{other}/"
    )
    assert "no longer available" in shown
    assert orders(world, before) == []
    empty(alice)


def test_what_is_withheld_in_the_last_moment_leads_back_to_the_basket(
    world: World, alice: Person, product: Callable[..., int]
) -> None:
    one = product()
    world.service.prices[world.alice.account, one] = {1: agreed("7.00")}
    put_in(alice, one)
    body = f"""
View = get_class("checkout.views", "PaymentDetailsView")
check = View.check_basket_is_valid


def last_check(self, request):
    check(self, request)
    quotes.ask = lambda account, wishes, opened_at=None: quotes.Quote(
        True, "Wholesale", offers={{wish: quotes.Offer(quotes.WITHHELD) for wish in wishes}}
    )


client.post("/checkout/shipping-address/", {ADDRESS})
client.post("/checkout/shipping-method/", {{"method_code": "posta"}})
client.post("/checkout/preview/", {{"payment_method": "invoice"}})
client.get("/checkout/preview/")
View.check_basket_is_valid = last_check
answer = client.post("/checkout/preview/", {{"action": "place_order"}})
found["answer"] = [answer.status_code, answer.headers.get("Location")]
found["basket"] = client.get("/basket/").content.decode()
"""
    before = world.running.api.watermark()
    found = inside(world, one, body)
    assert found["answer"] == [302, "/basket/"]
    assert "is not for sale any more" in found["basket"]
    assert "There is no total" in found["basket"]
    assert orders(world, before) == []
    empty(alice)


def test_by_the_api_a_changed_price_is_refused_once(
    world: World, alice: Person, product: Callable[..., int]
) -> None:
    del alice  # her basket is empty
    one = product()
    prices = world.service.prices
    prices[world.alice.account, one] = {1: agreed("7.00")}
    buyer, headers = Visitor(world.running.url), world.alice.basic
    basket = buyer.call("GET", "/api/basket/", headers=headers).body["url"]
    wanted = {"url": f"{world.running.url}/api/products/{one}/", "quantity": 1}
    assert buyer.call("POST", "/api/basket/add-product/", wanted, headers=headers).status == 200
    prices[world.alice.account, one] = {1: agreed("8.00")}
    before = world.running.api.watermark()
    refused = buyer.check_out(headers=headers, basket=basket)
    assert refused.status == 406
    assert CHANGED in str(refused.body)
    assert orders(world, before) == []
    assert buyer.check_out(headers=headers, basket=basket).status == 200
    (order,) = orders(world, before)
    assert order["lines"][0]["line_price_excl"] == "8.00"


def test_nothing_is_paid_before_the_price_is_sure(
    world: World, alice: Person, product: Callable[..., int]
) -> None:
    one = product()
    world.service.prices[world.alice.account, one] = {1: agreed("7.00")}
    put_in(alice, one)
    body = f"""
View = get_class("checkout.views", "PaymentDetailsView")
paid, pay = [], View.handle_payment
View.handle_payment = lambda self, *args, **kwargs: (paid.append(1), pay(self, *args, **kwargs))
client.post("/checkout/shipping-address/", {ADDRESS})
client.post("/checkout/shipping-method/", {{"method_code": "posta"}})
client.post("/checkout/preview/", {{"payment_method": "card"}})
client.get("/checkout/preview/")
# As if the page had been rendered while another price held.
session = client.session
shown = session["panstore_shown"]
session["panstore_shown"] = dict.fromkeys(shown, "6.00")
session.save()
place = {{"action": "place_order"}}
found["shown"] = list(shown.values())
found["first"] = client.post("/checkout/preview/", place).content.decode()
found["paid"] = len(paid)
found["second"] = client.post("/checkout/preview/", place).status_code
found["paid_then"] = len(paid)
"""
    found = inside(world, one, body)
    assert found["shown"] == ["7"]
    assert CHANGED in found["first"]
    assert found["paid"] == 0
    assert (found["second"], found["paid_then"]) == (302, 1)


def test_a_line_without_a_price_does_not_lock_its_buyer_out(
    world: World, alice: Person, product: Callable[..., int]
) -> None:
    one, other = product(), product()
    prices = world.service.prices
    withheld = {"state": "withheld", "currency": "EUR"}
    prices[world.alice.account, one] = {1: agreed("7.00"), 5: withheld}
    put_in(alice, other)
    assert "not for sale in this quantity" in put_in(alice, one, 5)
    put_in(alice, one, 3)
    prices[world.alice.account, one][3] = withheld
    for path in ("/", "/catalogue/", "/basket/", f"/catalogue/x_{one}/", "/accounts/profile/"):
        assert "Vrt" in alice.page(path), path
    assert world.api_price(one, world.alice) == "7.00"
    before = world.running.api.watermark()
    shown = to_preview(alice)
    alice.send("/checkout/preview/", {"action": "place_order"}, form=f"/catalogue/x_{other}/")
    assert orders(world, before) == []
    assert "no longer available" in shown + alice.page("/basket/")
    empty(alice)
    assert "empty" in alice.page("/basket/")


def test_a_basket_with_a_line_without_a_price_shows_no_total_and_leads_nowhere(
    world: World, alice: Person, product: Callable[..., int]
) -> None:
    one, other = product(), product(price="2.00")
    prices = world.service.prices
    prices[world.alice.account, one] = {1: agreed("7.00"), 3: agreed("7.00")}
    put_in(alice, other)
    put_in(alice, one, 3)
    assert "Proceed to checkout" in alice.page("/basket/")
    prices[world.alice.account, one][3] = {"state": "withheld", "currency": "EUR"}
    basket = alice.page("/basket/")
    assert "Proceed to checkout" not in basket
    assert "There is no total while an item has no price" in basket
    # The other line's own price is all the money on the page.
    assert set(re.findall(r"€[\d.]+", basket)) == {"€2.44"}
    assert "It is not for sale in this quantity at present." in basket
    assert "no price for this quantity at present, so nothing can be ordered yet" in basket
    assert "no longer available" not in basket
    corner = re.search(r'class="basket-mini.*?</div>', alice.page("/catalogue/"), re.DOTALL)
    assert corner
    assert "€" not in corner[0]
    told = put_in(alice, other)
    assert "Your basket has no total" in told
    assert "Checkout now" not in told
    empty(alice)
    put_in(alice, other)
    basket = alice.page("/basket/")
    assert "Proceed to checkout" in basket
    assert "There is no total" not in basket


def test_what_was_paid_is_ordered_at_the_price_that_was_paid(
    world: World, alice: Person, product: Callable[..., int]
) -> None:
    one = product()
    world.service.prices[world.alice.account, one] = {1: agreed("7.00")}
    put_in(alice, one)
    before = world.running.api.watermark()
    body = f"""
View = get_class("checkout.views", "PaymentDetailsView")
paid, pay = [], View.handle_payment


def slow(self, *args, **kwargs):
    # Meanwhile PanStore has another price, or none at all.
    quotes.ask = lambda account, wishes, opened_at=None: quotes.Quote(
        True, "Wholesale", offers={{wish: quotes.Offer(quotes.WITHHELD) for wish in wishes}}
    )
    paid.append(1)
    return pay(self, *args, **kwargs)


View.handle_payment = slow
client.post("/checkout/shipping-address/", {ADDRESS})
client.post("/checkout/shipping-method/", {{"method_code": "posta"}})
client.post("/checkout/preview/", {{"payment_method": "card"}})
client.get("/checkout/preview/")
found["status"] = client.post("/checkout/preview/", {{"action": "place_order"}}).status_code
found["paid"] = len(paid)
"""
    found = inside(world, one, body)
    assert (found["status"], found["paid"]) == (302, 1)
    (order,) = orders(world, before)
    assert order["lines"][0]["line_price_excl"] == "7.00"
