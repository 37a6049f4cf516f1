"""A running shop that asks a price service, and two of its buyers."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.companions.oscar.client import ShopClient
from tests.companions.oscar.price_service import PriceService
from tests.companions.oscar.staff import Person

if TYPE_CHECKING:
    from tests.companions.oscar.conftest import RunningShop

__all__ = ["ADDRESS", "Buyer", "World", "log_in", "put_in"]

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

    @property
    def basic(self) -> dict[str, str]:
        """Who it is, for an API client without cookies."""
        word = base64.b64encode(f"{self.email}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {word}"}


@dataclass
class World:
    """Alice has an agreement called Wholesale, Bob has none."""

    running: RunningShop
    service: PriceService
    alice: Buyer
    bob: Buyer

    def person(self, buyer: Buyer | None = None) -> Person:
        person = Person(self.running.url)
        if buyer is not None:
            log_in(person, buyer)
        return person

    def api_price(self, product: int, buyer: Buyer | None = None) -> str | None:
        """Net price of a piece as the API tells it; None if there is none."""
        headers = {} if buyer is None else buyer.basic
        client = ShopClient(self.running.url)
        reply = client.call("GET", f"/api/products/{product}/price/", headers=headers)
        assert reply.status == 200, reply
        amount: str | None = reply.body["excl_tax"]
        return amount

    def reset(self) -> None:
        """PanStore is up, nothing has a price of its own, and the shop asks again."""
        service = self.service
        service.reset()
        service.contracts[self.alice.account] = "Wholesale"
        (one,) = self.running.api.get("/panstore/v1/products?limit=1")["products"]
        until = time.monotonic() + 10
        while not service.since(lambda: self.api_price(one["id"], self.alice)):
            assert time.monotonic() < until, "the shop asks no more"
            time.sleep(0.05)


def log_in(person: Person, buyer: Buyer) -> None:
    fields = {"login-username": buyer.email, "login-password": buyer.password}
    person.send("/accounts/login/", {**fields, "login_submit": "Log In"})


def put_in(person: Person, product: int, quantity: int = 1) -> str:
    return person.send(
        f"/basket/add/{product}/", {"quantity": str(quantity)}, form=f"/catalogue/x_{product}/"
    )
