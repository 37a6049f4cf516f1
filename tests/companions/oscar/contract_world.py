"""A running shop that asks a price service, and two of its buyers."""

from __future__ import annotations

import base64
import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.companions.oscar.client import ShopClient
from tests.companions.oscar.price_service import PriceService
from tests.companions.oscar.staff import Person

if TYPE_CHECKING:
    from tests.companions.oscar.conftest import RunningShop

__all__ = [
    "ADDRESS",
    "Buyer",
    "World",
    "change",
    "empty",
    "inside",
    "log_in",
    "put_in",
    "to_preview",
]

ADDRESS = {
    "first_name": "Jan",
    "last_name": "Černič",
    "line1": "Slovenska cesta 1",
    "line4": "Ljubljana",
    "postcode": "1000",
    "country": "SI",
}


_SCRIPT = """
import datetime as dt
import json
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from oscar.core.loading import get_class, get_model
from oscar_panstore import quotes
from oscar_panstore.models import ContractBuyer, ContractOffer

client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=True)
client.force_login(
    get_user_model().objects.get(pk={account}),
    backend="oscar.apps.customer.auth_backends.EmailBackend",
)
found = {{}}


def net(product):
    # As after the rest that follows a failure.
    quotes._Rest.until = 0.0
    return client.get(f"/api/products/{{product}}/price/").json()["excl_tax"]


def writes():
    with CaptureQueriesContext(connection) as made:
        net({known})
    return [one["sql"] for one in made if not one["sql"].startswith("SELECT")]


{body}
print("FOUND" + json.dumps(found))
"""


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


def to_preview(person: Person) -> str:
    """The page with the button that orders."""
    person.send("/checkout/shipping-address/", ADDRESS)
    person.send("/checkout/shipping-method/", {"method_code": "posta"})
    return person.send(
        "/checkout/preview/", {"payment_method": "invoice"}, form="/checkout/payment-details/"
    )


def empty(person: Person) -> None:
    """Take everything out of the basket."""
    change(person, 0)


def change(person: Person, quantity: int) -> None:
    """Have so many pieces of everything in the basket."""
    page = person.page("/basket/")
    lines = re.findall(r'name="form-\d+-id" value="(\d+)"', page)
    if not lines:
        return
    fields: dict[str, str] = {
        "form-TOTAL_FORMS": str(len(lines)),
        "form-INITIAL_FORMS": str(len(lines)),
        "form-MIN_NUM_FORMS": "0",
        "form-MAX_NUM_FORMS": "1000",
    }
    for number, line in enumerate(lines):
        fields |= {f"form-{number}-id": line, f"form-{number}-quantity": str(quantity)}
    person.send("/basket/", fields)


def inside(world: World, known: int, body: str) -> dict[str, Any]:
    """What a script finds that runs in the shop, as alice; it fills `found`."""
    script = _SCRIPT.format(account=world.alice.account, known=known, body=body)
    said = world.running.manage("shell", "-v0", "-c", script)
    found: dict[str, Any] = json.loads(said.split("FOUND")[1])
    return found
