"""PanStore is down, slow or talks nonsense: pages stay quick, and nobody sees another's price."""

from __future__ import annotations

import email
import email.policy
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.companions.oscar.conftest import RunningShop
from tests.companions.oscar.contract_world import World, empty, inside, put_in, to_preview
from tests.companions.oscar.price_service import PriceService, agreed

pytestmark = pytest.mark.real

UNCONFIRMED = "Your agreed prices could not be confirmed when you ordered"


@pytest.fixture
def shop(asking: World) -> RunningShop:
    """Where products are made."""
    return asking.running


@pytest.fixture
def service(world: World) -> Iterator[PriceService]:
    """Up again and asked again afterwards."""
    yield world.service
    if world.service.stopped:
        world.service.start()
    world.reset()


def test_while_it_is_down_the_last_known_price_holds_for_its_buyer_only(
    world: World, service: PriceService, product: Callable[..., int]
) -> None:
    known, new = product(), product()
    service.prices[world.alice.account, known] = {1: agreed("7.00")}
    alice, bob = world.person(world.alice), world.person(world.bob)
    assert "€8.54" in alice.page(f"/catalogue/x_{known}/")
    service.stop()
    page = alice.page(f"/catalogue/x_{known}/")
    assert "€8.54" in page
    assert "As last known" in page
    # Never asked before: nobody knows what she pays.
    assert "Price on request" in alice.page(f"/catalogue/x_{new}/")
    assert world.api_price(new, world.alice) is None
    for path in (f"/catalogue/x_{known}/", f"/catalogue/x_{new}/"):
        for other in (bob, world.person()):
            shown = other.page(path)
            assert "€12.20" in shown
            assert "€8.54" not in shown
            assert "As last known" not in shown


def test_an_order_can_be_placed_at_the_last_known_price(
    world: World, service: PriceService, product: Callable[..., int]
) -> None:
    one = product()
    service.prices[world.alice.account, one] = {1: agreed("7.00")}
    assert world.api_price(one, world.alice) == "7.00"
    service.stop()
    buyer = world.running.visitor()
    headers = world.alice.basic
    basket = buyer.call("GET", "/api/basket/", headers=headers).body["url"]
    wanted = {"url": f"{world.running.url}/api/products/{one}/", "quantity": 1}
    assert buyer.call("POST", "/api/basket/add-product/", wanted, headers=headers).status == 200
    before = world.running.api.watermark()
    assert buyer.check_out(headers=headers, basket=basket).status == 200
    (order,) = world.running.api.orders_after(before)
    assert order["lines"][-1]["line_price_excl"] == "7.00"


def test_who_ordered_at_a_price_nobody_could_confirm_keeps_that_in_writing(
    world: World, service: PriceService, product: Callable[..., int]
) -> None:
    one = product()
    service.prices[world.alice.account, one] = {1: agreed("7.00")}
    alice = world.person(world.alice)
    for known in ("now", "by PanStore's memory", "by the shop's memory"):
        unsure = known != "now"
        put_in(alice, one)
        to_preview(alice)
        if known == "by PanStore's memory":
            offer = agreed("7.00", as_of="2026-11-25T08:00:00Z")
            service.prices[world.alice.account, one] = {1: offer}
        elif unsure:
            service.stop()
        placed = alice.send("/checkout/preview/", {"action": "place_order"})
        number = re.search(r"order number is\s+<strong>(\d+)", placed)
        assert number, placed[:2000]
        assert (UNCONFIRMED in placed) == unsure
        text, html = mail_about(world.running.directory, number[1])
        for part in (text, html):
            assert "8.54" in part
            assert (UNCONFIRMED in part) == unsure


def mail_about(shop: Path, number: str) -> tuple[str, str]:
    """Text and HTML of the mail that confirms an order."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        for file in (shop / "mail").glob("*.log"):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            parts = [message.get_body((kind,)) for kind in ("plain", "html")]
            contents = [part.get_content() for part in parts if part is not None]
            if len(contents) == 2 and number in contents[0]:
                text, html = (re.sub(r"\s+", " ", content) for content in contents)
                return text, html
        time.sleep(0.05)
    raise AssertionError(f"no mail about {number}")


def test_an_answer_that_is_none_is_not_believed(
    world: World, service: PriceService, product: Callable[..., int]
) -> None:
    one = product()
    service.prices[world.alice.account, one] = {1: agreed("7.00")}
    assert world.api_price(one, world.alice) == "7.00"
    other = {"product": str(one + 1), "sku": "", "quantity": "1", "offer": agreed("1.00")}
    spoilt = [
        {"contract": False, "lines": [], "certain": False},
        {"contract": True, "lines": []},
        {"contract": True, "lines": [other], "title": "Wholesale", "certain": True},
        {"contract": True, "lines": [{**other, "product": str(one), "quantity": "2"}]},
        {"contract": True, "lines": [{**other, "product": str(one), "offer": {"state": "free"}}]},
        {"contract": "false", "lines": []},
        None,
        [],
    ]
    nonsense = [
        *((200, json.dumps(answer).encode()) for answer in spoilt),
        (200, b""),
        (200, b"<html>it works</html>"),
        (302, b""),
        (404, b"{}"),
        (500, b'{"contract": false}'),
    ]
    service.next_answers += nonsense
    body = f'found["prices"] = [net({one}) for _ in range({len(nonsense)})]'
    assert inside(world, one, body)["prices"] == ["7.00"] * len(nonsense)
    assert service.next_answers == [], "every answer was heard"
    service.next_answers += nonsense[:1]
    assert world.api_price(one, world.bob) == "10.00"


def test_a_secret_of_somebody_else_gets_no_prices(
    world: World, service: PriceService, product: Callable[..., int]
) -> None:
    one = product()
    service.prices[world.alice.account, one] = {1: agreed("7.00")}
    service.strangers_secret = True
    forged = service.forged
    assert world.api_price(one, world.alice) is None
    assert service.forged == forged + 1


def test_after_a_time_out_nothing_is_asked_for_a_while(
    world: World, service: PriceService, product: Callable[..., int]
) -> None:
    one = product()
    service.prices[world.alice.account, one] = {1: agreed("7.00")}
    assert world.api_price(one, world.alice) == "7.00"
    service.delay_s = 4.5
    asked = len(service.questions)
    assert [world.api_price(one, world.alice) for _ in range(5)] == ["7.00"] * 5
    assert len(service.questions) - asked == 1


def test_what_a_price_was_until_and_what_settings_say(
    world: World, service: PriceService, product: Callable[..., int]
) -> None:
    known, past, old = product(), product(), product()
    prices = service.prices
    prices[world.alice.account, known] = {1: agreed("7.00")}
    prices[world.alice.account, past] = {
        1: agreed("7.00", valid_until="2020-01-01T00:00:00Z"),
    }
    prices[world.alice.account, old] = {1: agreed("7.00")}
    body = f"""
found["up"] = [net({known}), net({past}), net({old})]
found["first"] = writes()
found["second"] = writes()
index = get_class("partner.strategy", "Selector")().strategy()
known = get_model("catalogue", "Product").objects.get(pk={known})
found["index"] = str(index.fetch_for_product(known).price.excl_tax)
ContractOffer.objects.filter(product_id={old}).update(
    known_at=timezone.now() - dt.timedelta(hours=25)
)
for mode in ("last_known", "usual", "withhold"):
    with override_settings(PANSTORE_PRICE_URL="http://127.0.0.1:1/", PANSTORE_PRICE_DOWN=mode):
        found[mode] = [net({known}), net({past}), net({old})]
with override_settings(PANSTORE_PRICE_URL=""):
    found["off"] = net({known})
ContractBuyer.objects.all().delete()
found["forgotten"] = ContractOffer.objects.count()
with override_settings(PANSTORE_PRICE_URL="http://127.0.0.1:1/"):
    found["never"] = net({known})
"""
    found = inside(world, known, body)
    assert found["up"] == ["7.00", "7.00", "7.00"]
    assert found["second"] == [], "a page must not write what is stored already"
    assert found["index"] == "10.00"
    assert found["last_known"] == ["7.00", None, None]
    assert found["usual"] == ["10.00"] * 3
    assert found["withhold"] == [None] * 3
    assert found["off"] == "10.00"
    assert found["forgotten"] == 0
    assert found["never"] == "10.00"


def test_who_buys_for_somebody_else_now_sees_nothing_of_the_former_party(
    world: World, service: PriceService, product: Callable[..., int]
) -> None:
    one, other = product(), product()
    service.marks[world.alice.account] = "first.list"
    service.prices[world.alice.account, one] = {1: agreed("7.00")}
    assert world.api_price(one, world.alice) == "7.00"
    # The same title: two parties may have lists of one name.
    service.marks[world.alice.account] = "second.list"
    assert world.api_price(other, world.alice) == "10.00"
    service.stop()
    assert world.api_price(one, world.alice) is None


def test_what_was_said_for_other_quantities_goes_with_a_price_that_changed(
    world: World, service: PriceService, product: Callable[..., int]
) -> None:
    one = product()
    service.prices[world.alice.account, one] = {1: agreed("7.00")}
    alice = world.person(world.alice)
    put_in(alice, one, 2)
    service.prices[world.alice.account, one] = {1: agreed("8.00")}
    assert world.api_price(one, world.alice) == "8.00"
    service.stop()
    assert world.api_price(one, world.alice) == "8.00"
    shown = alice.page("/basket/")
    # Two pieces were last said to cost 7.00 each, before the price of one changed.
    assert "€17.08" not in shown
    assert "no price for this quantity at present" in shown
    empty(alice)


def test_an_answer_that_does_not_know_the_agreement_makes_nobody_forget(
    world: World, service: PriceService, product: Callable[..., int]
) -> None:
    one, other = product(), product()
    service.marks[world.alice.account] = "party.list"
    service.prices[world.alice.account, one] = {1: agreed("7.00")}
    assert world.api_price(one, world.alice) == "7.00"
    service.marks[world.alice.account] = "party."
    assert world.api_price(other, world.alice) == "10.00"
    service.stop()
    assert world.api_price(one, world.alice) == "7.00"
    service.start()
    service.marks[world.alice.account] = "party.another"
    until = time.monotonic() + 10
    while not service.since(lambda: world.api_price(other, world.alice)):
        assert time.monotonic() < until
    service.stop()
    assert world.api_price(one, world.alice) is None
