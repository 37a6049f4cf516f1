"""Who comes by the shop: a shopper without an account, and the people behind the counter.

They go through the same doors as a browser does, so that stock, notes and webhooks follow.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.connectors.woocommerce.simulator.order_status import change
from tests.connectors.woocommerce.simulator.order_store import kept, save
from tests.connectors.woocommerce.simulator.router import WooAnswer, WooRequest

if TYPE_CHECKING:
    from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["ADDRESS_OF_BEA", "NotSoldError", "Visitor", "restore_order", "set_status"]

_STORE = "/wp-json/wc/store/v1"
ADDRESS_OF_BEA: Mapping[str, str] = {
    "first_name": "Bea",
    "last_name": "Buyer",
    "address_1": "Sample Street 1",
    "city": "Berlin",
    "postcode": "10115",
    "country": "DE",
    "state": "DE-BE",
    "phone": "+49 30 000000",
}


class NotSoldError(Exception):
    """The shop would not sell.

    Attributes:
        code: WooCommerce's, such as `woocommerce_rest_product_out_of_stock`.
    """

    def __init__(self, answer: WooAnswer) -> None:
        super().__init__(answer.body["message"])
        self.code: str = answer.body["code"]


@dataclass(frozen=True)
class Visitor:
    """A shopper who pays at the door, or by bank transfer (`bacs`: the order is on hold)."""

    shop: SimWoo
    email: str = "shopper@shop.example"
    address: Mapping[str, str] = field(default_factory=lambda: dict(ADDRESS_OF_BEA))
    method: str = "cod"

    def buys(self, items: Mapping[int, int]) -> int:
        """Put pieces by product or variation id into a cart and order them.

        Returns:
            The order's number; its goods are off the stock.

        Raises:
            NotSoldError: something is not there, or not in that number.
        """
        return self._orders(self._fills(items))

    def hesitates(self, items: Mapping[int, int]) -> tuple[int, Callable[[], int]]:
        """Open the checkout page and look at it: the order is a draft until then.

        Returns:
            Its number, and what orders it at last.
        """
        headers = self._fills(items)
        draft: int = self._call("GET", "/checkout", {}, headers).body["order_id"]
        return draft, lambda: self._orders(headers)

    def _fills(self, items: Mapping[int, int]) -> dict[str, str]:
        headers: dict[str, str] = {"user-agent": "Mozilla/5.0"}
        for number, pieces in items.items():
            body = {"id": number, "quantity": pieces}
            answer = self._call("POST", "/cart/add-item", body, headers | {"nonce": "a-visitor"})
            headers["cart-token"] = answer.headers["cart-token"]
        return headers

    def _orders(self, headers: Mapping[str, str]) -> int:
        order = {
            "billing_address": {**self.address, "email": self.email},
            "shipping_address": dict(self.address),
            "payment_method": self.method,
        }
        made: int = self._call("POST", "/checkout", order, headers).body["order_id"]
        return made

    def _call(
        self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]
    ) -> WooAnswer:
        told = {**headers, "content-type": "application/json"}
        content = json.dumps(body).encode()
        answer = self.shop.handle(WooRequest(method, _STORE + path, {}, content, told))
        if answer.status >= 300:
            raise NotSoldError(answer)
        return answer


def set_status(shop: SimWoo, number: int, status: str) -> None:
    """The shop's people give an order a status in WordPress, with all that follows."""
    with shop.changing():
        order = kept(shop, number)
        assert order is not None, f"no order {number}"
        change(shop, order, status)
        order["modified"] = shop.stamp()
        save(shop, order)
        shop.emit("order.updated", number)


def restore_order(shop: SimWoo, number: int) -> None:
    """Take an order out of the trash; it has the status it had before."""
    with shop.changing():
        order = kept(shop, number)
        assert order is not None, f"no order {number}"
        order["status"] = order.pop("status_before_trash", "pending")
        order["modified"] = shop.stamp()
        save(shop, order)
        shop.emit("order.restored", number)
        shop.emit("order.updated", number)
