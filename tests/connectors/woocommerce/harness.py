"""A simulated shop with a connector whose calls pass a fault proxy."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import msgspec

from panstore.connectors.woocommerce.config import WooSettings
from panstore.connectors.woocommerce.connector import WooConnector
from panstore.connectors.woocommerce.map.feed import WITNESSES, decoded, encoded
from panstore.connectors.woocommerce.map.goods import present_price
from panstore.connectors.woocommerce.map.settings import Terms
from panstore.connectors.woocommerce.wire import PARENT_FIELDS, WireGoods
from panstore.connectors.woocommerce.wire_orders import WireOrderState
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.price import PriceTarget
from panstore.sdk.roles import Connector
from panstore.testing.proxy import FaultProxy, Request
from panstore.testing.suites.harness import Disturbance, PlacedOrder, SignedMessage
from panstore.testing.suites.harness_orders import RemoteTold
from panstore.testing.suites.proxied import disturb_through
from tests.connectors.woocommerce.simulator.router import WooRequest
from tests.connectors.woocommerce.simulator.server import running
from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["KEY", "SECRET", "WooHarness", "woo_harness"]

KEY, SECRET = "ck_conformance", "cs_conformancesecret"
WEBHOOK_SECRET = "conformance-webhook-secret"
WRONG_SECRET = "cs_wrongconformancesecret"
TIMEOUT_S = 2.0
_LOOKED_AT = (PARENT_FIELDS, ",".join(WireOrderState.__struct_fields__))
_LOOK_UPS = tuple(f"_fields={fields.replace(',', '%2C')}&" for fields in _LOOKED_AT)


class WooHarness:
    """What the suites of a shop need.

    Attributes:
        shop: the simulated shop, seen without the connector.
        proxy: in front of it.
    """

    vat_rate = Decimal(19)
    unknown_id = ExternalId("99999999")
    currency = "EUR"
    next_status = "on-hold"
    closed_status = "completed"

    def __init__(self, shop: SimWoo, proxy: FaultProxy) -> None:
        self.shop = shop
        self.proxy = proxy
        self.connector = self.connect(SECRET)
        self.secrets = (KEY, SECRET, WRONG_SECRET, WEBHOOK_SECRET)
        self._registered = False
        # Nobody is at that address; what would be sent there is handed over by `message`.
        shop.courier.may_send = lambda _: False

    def connect(self, secret: str, **settings: Any) -> WooConnector:
        entered = {
            "url": self.proxy.url,
            "consumer_key": KEY,
            "consumer_secret": secret,
            "timeout_s": TIMEOUT_S,
            "webhook_secret": WEBHOOK_SECRET,
            "webhook_url": "https://panstore.example/hooks/shop",
        }
        return WooConnector(
            ConnectionId("shop"), WooSettings.model_validate(entered | settings), now=self.shop.now
        )

    def wrong_credentials_connector(self) -> Connector:
        return self.connect(WRONG_SECRET)

    def disturb(self, what: Disturbance, *, seconds: int = 7) -> None:
        disturb_through(self.proxy, what, seconds=seconds, only=_no_look_up)

    async def refuse_connections(self) -> None:
        await self.proxy.refuse()

    async def accept_connections(self) -> None:
        await self.proxy.accept()

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """What the shop answers to its own people."""
        basic = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Basic {basic}", "content-type": "application/json"}
        request = WooRequest(method, f"/wp-json/wc/v3/{path}", query, content, headers)
        answer = self.shop.handle(request)
        assert answer.status in {200, 201}, answer
        return answer.body

    async def add_variant(
        self, sku: str, *, price: Decimal | None = None, stock: Decimal = Decimal(0)
    ) -> ExternalId:
        document = {
            "name": f"Article {sku}",
            "sku": sku,
            "manage_stock": True,
            "stock_quantity": int(stock),
            "regular_price": "" if price is None else f"{price:.2f}",
        }
        return ExternalId(str(self.ask("POST", "products", document)["id"]))

    def add_variations(self, sku: str, count: int, **fields: Any) -> tuple[int, list[int]]:
        """A product with so many variations; its id and theirs."""
        options = [f"{n:03}" for n in range(count)]
        attribute = {"name": "Size", "variation": True, "options": options}
        document = {"name": f"Shirt {sku}", "type": "variable", "attributes": [attribute]}
        parent = self.ask("POST", "products", document)["id"]
        ids = []
        for option in options:
            variation = {
                "sku": f"{sku}-{option}",
                "regular_price": "9.00",
                "manage_stock": True,
                "stock_quantity": 5,
                "attributes": [{"name": "Size", "option": option}],
                **fields,
            }
            ids.append(self.ask("POST", f"products/{parent}/variations", variation)["id"])
        return parent, ids

    async def rename_variant(self, id_: ExternalId, title: str) -> None:
        self.ask("PUT", f"products/{id_}", {"name": title})

    async def retire_variant(self, id_: ExternalId) -> None:
        self.ask("DELETE", f"products/{id_}")

    def stored(self, id_: ExternalId | int) -> Mapping[str, Any]:
        """The article as the shop has it."""
        found: Mapping[str, Any] = self.ask("GET", f"products/{id_}")
        return found

    async def stored_free(self, id_: ExternalId) -> Decimal:
        return Decimal(self.stored(id_)["stock_quantity"])

    async def stored_price(self, id_: ExternalId) -> PriceTarget | None:
        stored = self.stored(id_)
        fields = ("id", "regular_price", "sale_price", "date_on_sale_from", "date_on_sale_to")
        goods = WireGoods(**{name: stored[name] for name in fields})
        return present_price(goods, Terms("EUR"))

    async def place_order(self, id_: ExternalId, quantity: Decimal) -> PlacedOrder:
        stored = self.stored(id_)
        changes: dict[str, Any] = {}
        if not stored["regular_price"]:
            changes["regular_price"] = "5.00"
        if stored["stock_quantity"] < quantity:
            changes["stock_quantity"] = int(quantity)
        if changes:
            self.ask("PUT", f"products/{id_}", changes)
        order = self.ask(
            "POST",
            "orders",
            {
                "status": "processing",
                "payment_method": "cod",
                "billing": {"first_name": "Ann", "last_name": "Buyer", "email": "ann@shop.example"},
                "line_items": [{"product_id": int(id_), "quantity": int(quantity)}],
            },
        )
        return PlacedOrder(ExternalId(str(order["id"])), Decimal(order["total"]))

    async def change_order(self, id_: ExternalId) -> str:
        self.ask("PUT", f"orders/{id_}", {"status": self.next_status})
        return self.next_status

    async def cancel_order(self, id_: ExternalId) -> None:
        self.ask("PUT", f"orders/{id_}", {"status": "cancelled"})

    async def told(self, id_: ExternalId) -> RemoteTold:
        order = self.ask("GET", f"orders/{id_}")
        meta = {one["key"]: one["value"] for one in order["meta_data"]}
        tracking = meta.get("panstore_tracking", "").split(", ")
        invoices = meta.get("panstore_invoices", "").split(", ")
        return RemoteTold(
            order["status"], tuple(filter(None, tracking)), tuple(filter(None, invoices))
        )

    async def ordered_product(self, id_: ExternalId) -> ExternalId:
        return ExternalId(str(self.ask("GET", f"orders/{id_}")["line_items"][0]["product_id"]))

    async def open_account(self, email: str, *, name: str, company: str, vat_id: str) -> ExternalId:
        first, _, last = name.partition(" ")
        document = {
            "email": email,
            "first_name": first,
            "last_name": last,
            "billing": {"company": company},
            "meta_data": [{"key": "billing_vat_id", "value": vat_id}],
        }
        return ExternalId(str(self.ask("POST", "customers", document)["id"]))

    async def close_account(self, id_: ExternalId) -> None:
        self.ask("DELETE", f"customers/{id_}", force="true")

    def later_cursor(self, cursor: str) -> str:
        """Of a feed by times of change: what tells are the numbers of the newest orders."""
        newest = tuple(range(90_000_001, 90_000_001 + WITNESSES))
        return encoded(msgspec.structs.replace(decoded(cursor), newest=newest))

    async def message(self) -> SignedMessage:
        """What the shop sends of a new order."""
        if not self._registered:
            await self.connector.keep_webhooks(self.shop.now())
            self._registered = True
        order = {"status": "processing", "line_items": [], "billing": {"email": "a@shop.example"}}
        self.ask("POST", "orders", order)
        sent: list[SignedMessage] = []

        def take(_: str, headers: Mapping[str, str], body: bytes) -> int:
            sent.append(SignedMessage(dict(headers), body, self.shop.now()))
            return 200

        self.shop.courier.hand_over(take)
        return next(one for one in sent if "x-wc-webhook-signature" in one.headers)


def _no_look_up(request: Request) -> bool:
    """Before a write the connector asks where an article stands and what an order is; it may."""
    return request.method != "GET" or not any(fields in request.path for fields in _LOOK_UPS)


@asynccontextmanager
async def woo_harness(shop: SimWoo | None = None) -> AsyncIterator[WooHarness]:
    """A shop with the settings and taxes of the recorded one, served, with a started connector."""
    served = SimWoo() if shop is None else shop
    served.add_key(KEY, SECRET)
    async with running(served) as url:
        host, port = url.removeprefix("http://").split(":")
        async with FaultProxy(host, int(port)) as proxy:
            harness = WooHarness(served, proxy)
            for name, rate in (("standard", "19.0000"), ("reduced-rate", "7.0000")):
                harness.ask("POST", "taxes", {"country": "DE", "rate": rate, "class": name})
            await harness.connector.start()
            try:
                yield harness
            finally:
                await harness.connector.close()
    served.close()
