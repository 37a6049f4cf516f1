"""What a page showed is what is ordered from it, however many windows its buyer has open."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.companions.oscar.conftest import RunningShop
from tests.companions.oscar.contract_world import (
    ADDRESS,
    World,
    change,
    empty,
    inside,
    put_in,
    to_preview,
)
from tests.companions.oscar.price_service import agreed
from tests.companions.oscar.staff import Person

pytestmark = pytest.mark.real

PRICE_CHANGED, BASKET_CHANGED = "Your price of", "Your basket has changed"
_SHOWN = re.compile(r'name="panstore_shown" value="([^"]+)"')


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


def place_order(alice: Person, page: str, elsewhere: int) -> str:
    """She presses the button of a page that she was shown, whenever that was.

    Args:
        elsewhere: A product that is not in her basket, whose page lends its form's token.
    """
    shown = _SHOWN.search(page)
    assert shown, "the page does not say what it shows"
    fields = {"action": "place_order", "panstore_shown": shown[1]}
    return alice.send("/checkout/preview/", fields, form=f"/catalogue/x_{elsewhere}/")


def test_an_old_window_orders_nothing_at_a_price_it_did_not_show(
    world: World, alice: Person, product: Callable[..., int]
) -> None:
    one, other = product(), product()
    world.service.prices[world.alice.account, one] = {1: agreed("7.00")}
    put_in(alice, one)
    old = to_preview(alice)
    assert "€8.54" in old
    world.service.prices[world.alice.account, one] = {1: agreed("9.00")}
    # Another window: she has seen the new price there, and has not ordered.
    assert "€10.98" in alice.page("/basket/")
    before = world.running.api.watermark()
    again = place_order(alice, old, other)
    assert PRICE_CHANGED in again
    assert "€10.98" in again
    assert world.running.api.orders_after(before) == []
    assert PRICE_CHANGED not in place_order(alice, again, other)
    (order,) = world.running.api.orders_after(before)
    assert order["lines"][0]["line_price_excl"] == "9.00"


def test_an_old_window_orders_no_basket_that_it_did_not_show(
    world: World, alice: Person, product: Callable[..., int]
) -> None:
    one, other = product(), product()
    world.service.prices[world.alice.account, one] = {1: agreed("7.00")}
    put_in(alice, one)
    old = to_preview(alice)
    change(alice, 3)
    before = world.running.api.watermark()
    again = place_order(alice, old, other)
    assert BASKET_CHANGED in again
    assert PRICE_CHANGED not in again
    assert world.running.api.orders_after(before) == []
    place_order(alice, again, other)
    (order,) = world.running.api.orders_after(before)
    assert order["lines"][0]["line_price_excl"] == "21.00"


@pytest.mark.parametrize("sent", ["", "x", "= =", "1:1:EUR=NaN", "\x00"])
def test_a_form_that_says_nonsense_orders_nothing(
    world: World, alice: Person, product: Callable[..., int], sent: str
) -> None:
    one, other = product(), product()
    world.service.prices[world.alice.account, one] = {1: agreed("7.00")}
    put_in(alice, one)
    to_preview(alice)
    before = world.running.api.watermark()
    fields = {"action": "place_order", "panstore_shown": sent}
    assert BASKET_CHANGED in alice.send("/checkout/preview/", fields, form=f"/catalogue/x_{other}/")
    assert world.running.api.orders_after(before) == []


def test_a_visitors_page_says_nothing_of_prices(world: World, product: Callable[..., int]) -> None:
    one = product()
    visitor = world.person()
    put_in(visitor, one)
    visitor.send("/checkout/", {"username": "gost@example.com", "options": "anonymous"})
    before = world.running.api.watermark()
    assert not _SHOWN.search(to_preview(visitor))
    visitor.send("/checkout/preview/", {"action": "place_order"})
    assert len(world.running.api.orders_after(before)) == 1


def test_another_basket_seen_while_he_pays_elsewhere_hides_no_change(
    world: World, alice: Person, product: Callable[..., int]
) -> None:
    one, other = product(), product()
    for each in (one, other):
        world.service.prices[world.alice.account, each] = {1: agreed("7.00")}
    put_in(alice, one)
    body = f"""
from oscar_panstore import shown_prices
from oscar.apps.payment.exceptions import RedirectRequired
View = get_class("checkout.views", "PaymentDetailsView")


def away(self, *args, **kwargs):
    raise RedirectRequired("/catalogue/")


View.handle_payment = away
client.post("/checkout/shipping-address/", {ADDRESS})
client.post("/checkout/shipping-method/", {{"method_code": "posta"}})
client.post("/checkout/preview/", {{"payment_method": "card"}})
client.get("/checkout/preview/")
client.post("/checkout/preview/", {{"action": "place_order"}})
paid = dict(client.session["panstore_shown"])
client.post("/basket/add/{other}/", {{"quantity": "1"}})
client.get("/basket/")
found["paid"] = list(paid)
found["kept"] = [line for line in paid if line in shown_prices.shown_last(client)]
"""
    found = inside(world, one, body)
    assert found["paid"]
    assert found["kept"] == found["paid"]
