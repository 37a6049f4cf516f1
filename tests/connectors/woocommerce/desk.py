"""The shop's own people at its REST API, past the connector under test."""

from __future__ import annotations

import base64
import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from tests.connectors.woocommerce.simulator.router import WooRequest
from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["BUYER", "Clock", "Desk"]

BUYER = {
    "first_name": "Bea",
    "last_name": "Buyer",
    "address_1": "Sample Street 1",
    "city": "Berlin",
    "postcode": "10115",
    "country": "DE",
    "email": "bea@shop.example",
    "phone": "+49 30 000000",
}


class Clock:
    """The shop's and ours; it stands still unless told otherwise."""

    def __init__(self) -> None:
        self.moment = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.moment

    def tick(self, seconds: float) -> None:
        self.moment += dt.timedelta(seconds=seconds)


@dataclass(frozen=True)
class Desk:
    """Does in a simulated shop what somebody with its password can do.

    Attributes:
        shop: the shop; `key` and `secret` are one of its pairs that may write.
    """

    shop: SimWoo
    key: str = "ck_replay"
    secret: str = "cs_replay"

    def call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Body of the answer.

        Raises:
            AssertionError: the shop refused.
        """
        pair = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Basic {pair}", "content-type": "application/json"}
        request = WooRequest(method, f"/wp-json/wc/v3/{path}", query, content, headers)
        answer = self.shop.handle(request)
        assert answer.status < 300, answer.body
        return answer.body

    def order(self, *, product: int = 13, quantity: int = 1, **fields: Any) -> int:
        """A new order; its number."""
        lines = [{"product_id": product, "quantity": quantity}]
        body = {"status": "processing", "billing": BUYER, "line_items": lines, **fields}
        made: int = self.call("POST", "orders", body)["id"]
        return made

    def edit(self, number: int, **fields: Any) -> None:
        """Change an order."""
        self.call("PUT", f"orders/{number}", fields)

    def trash(self, number: int) -> None:
        """Throw an order away; it can be had back."""
        self.call("DELETE", f"orders/{number}")

    def destroy(self, number: int) -> None:
        """Delete an order for good."""
        self.call("DELETE", f"orders/{number}", force="true")
