"""Each buyer sees, puts in the basket and pays his own prices, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from panstore.demo import catalogue
from panstore.demo import shop as demo_shop
from tests.companions.oscar.client import ShopClient
from tests.companions.oscar.conftest import TOKEN, RunningShop, free_port
from tests.companions.oscar.price_service import PriceService, agreed
from tests.companions.oscar.receiver import Receiver
from tests.companions.oscar.staff import Person

pytestmark = pytest.mark.real

ADDRESS = {
    "first_name": "Jan",
    "last_name": "Černič",
    "line1": "Slovenska cesta 1",
    "line4": "Ljubljana",
    "postcode": "1000",
    "country": "SI",
}


@dataclass(frozen=True)
class Buyer:
    """One of the demo's customers."""

    email: str
    password: str
    account: str


@dataclass
class World:
    """A running shop that asks `service`."""

    running: RunningShop
    service: PriceService
    alice: Buyer
    bob: Buyer

    def person(self, buyer: Buyer | None = None) -> Person:
        person = Person(self.running.url)
        if buyer is not None:
            log_in(person, buyer)
        return person


def log_in(person: Person, buyer: Buyer) -> None:
    fields = {"login-username": buyer.email, "login-password": buyer.password}
    person.send("/accounts/login/", {**fields, "login_submit": "Log In"})


def put_in(person: Person, product: int, quantity: int = 1) -> str:
    return person.send(
        f"/basket/add/{product}/", {"quantity": str(quantity)}, form=f"/catalogue/x_{product}/"
    )


@pytest.fixture(scope="module")
def asking(
    shop_build: demo_shop.ShopBuild, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("oscar") / "asking"
    shop_build.install(directory)
    receiver, secret, port = Receiver(), demo_shop.webhook_secret(), free_port()
    service = PriceService(secret)
    process = shop_build.start(
        directory,
        port=port,
        webhook_url=receiver.url,
        webhook_secret=secret,
        api_token=TOKEN,
        price_url=service.url,
    )
    try:
        demo_shop.wait_ready(port, 30, process)
        url = f"http://127.0.0.1:{port}"
        api = ShopClient(url, TOKEN)
        running = RunningShop(shop_build, directory, url, api, receiver, secret)
        buyers = [
            Buyer(one.email, one.password, str(found[0]["id"]))
            for one in catalogue.customers()
            if (found := api.get(f"/panstore/v1/accounts?email={one.email}")["accounts"])
        ]
        yield World(running, service, buyers[1], buyers[3])
    finally:
        demo_shop.stop(process)
        service.stop()
        receiver.close()


@pytest.fixture
def shop(asking: World) -> RunningShop:
    """Where products are made."""
    return asking.running


@pytest.fixture
def world(asking: World) -> World:
    """Nothing is agreed but that alice has an agreement, and PanStore is up."""
    service = asking.service
    service.contracts.clear()
    service.prices.clear()
    service.broken, service.delay_s = None, 0.0
    service.contracts[asking.alice.account] = "Wholesale"
    return asking


def price(page: str) -> list[str]:
    """All prices with tax that a page shows."""
    return re.findall(r"€\s?([\d.,]+)", page)


def test_a_list_is_one_question_and_shows_each_his_own(
    world: World, product: Callable[..., int]
) -> None:
    service = world.service
    one = product()
    service.prices[world.alice.account, one] = {1: agreed("7.00")}
    alice, bob, visitor = world.person(world.alice), world.person(world.bob), world.person()
    pages: dict[str, str] = {}
    for path in ("/", "/catalogue/", "/search/?q=kava", f"/catalogue/x_{one}/", "/basket/"):
        asked = service.since(lambda path=path: pages.update({path: alice.page(path)}))
        assert len(asked) <= 1, (path, asked)
        assert {question["account"] for question in asked} <= {world.alice.account}
        assert service.since(lambda path=path: visitor.page(path)) == []
    detail = pages[f"/catalogue/x_{one}/"]
    assert "€8.54" in detail  # 7.00 and 22 %
    assert "€12.20" not in detail
    assert "Your prices by" in detail
    assert "Wholesale" in detail
    assert "Sorting and filtering by price go by the usual price" in pages["/catalogue/"]
    for other in (bob, visitor):
        shown = other.page(f"/catalogue/x_{one}/")
        assert "€12.20" in shown
        assert "€8.54" not in shown
        assert "Wholesale" not in shown
    assert service.forged == 0
