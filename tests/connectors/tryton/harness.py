"""The real Tryton of the demo as a suite sees it: a connector behind a proxy, and the office."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import queue
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from panstore.connectors.tryton.config import TrytonSettings
from panstore.connectors.tryton.connector import TrytonConnector
from panstore.model.ids import ConnectionId, ExternalId
from panstore.sdk.roles import Connector
from panstore.testing.proxy import FaultProxy, Injection
from panstore.testing.suites import (
    Disturbance,
    RemotePaper,
    RemoteSale,
    SignedMessage,
    small_picture,
)
from tests.companions.tryton.client import today
from tests.connectors.tryton.agreement_harness import TrytonAgreements
from tests.connectors.tryton.office import Office
from tests.connectors.tryton.sales_people import SalesPeople

__all__ = ["TrytonHarness", "proxy_to"]

_INJECTIONS: dict[Disturbance, Injection] = {
    "dropped": Injection("dropped"),
    "lost": Injection("lost"),
    "cut": Injection("cut"),
    "garbage": Injection("garbage"),
    "time_out": Injection("black_hole"),
    "gateway_time_out": Injection("status", status=504),
    "busy": Injection("status", status=503),
}
_WRONG = "wrong-password"
_SENT_S = 10.0
_pictures = itertools.count()


def proxy_to(url: str) -> FaultProxy:
    """A proxy in front of the server at `url`."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return FaultProxy(parts.hostname, parts.port)


class TrytonHarness(TrytonAgreements):
    """Binding of the suites of ERP roles.

    Args:
        office: the ERP's own people.
        proxy: open, in front of the server.
        wake_ups: messages the server has sent, oldest first.
        wake_secret: they are signed with.
        timeout_s: longer than a sale takes on two busy cores, shorter than patience.
    """

    unknown_id = ExternalId("999999")
    vat_rate = Decimal(22)
    warehouse = "LJ"
    other_warehouse = "MB"
    currency = "EUR"
    inactive_currency = "USD"
    dated_price_lists = True
    late_commits = False
    tracking = True

    def __init__(
        self,
        office: Office,
        proxy: FaultProxy,
        wake_ups: queue.Queue[SignedMessage],
        wake_secret: str,
        *,
        timeout_s: float = 10.0,
    ) -> None:
        super().__init__(office)
        self.people = SalesPeople(office)
        self.proxy = proxy
        self.today = today()
        self._wake_ups = wake_ups
        self._wake_secret = wake_secret
        self._timeout_s = timeout_s
        self.connector = self._connect(office.facts["password"])
        self.secrets = (office.facts["password"], _WRONG, wake_secret)

    def wrong_credentials_connector(self) -> Connector:
        return self._connect(_WRONG)

    def disturb(self, what: Disturbance, *, seconds: int = 7) -> None:
        slower = Injection("status", status=429, retry_after=seconds)
        self.proxy.script(_INJECTIONS.get(what, slower))

    async def refuse_connections(self) -> None:
        await self.proxy.refuse()

    async def accept_connections(self) -> None:
        await self.proxy.accept()

    async def add_variant(
        self, sku: str, *, price: Decimal | None = None, stock: Decimal = Decimal(0)
    ) -> ExternalId:
        return await asyncio.to_thread(self._add_variant, sku, price, stock)

    async def add_dozen(self, sku: str, *, price: Decimal) -> ExternalId:
        id_ = await self.add_variant(sku, price=price)
        await asyncio.to_thread(self.prices.sell_by_dozen, int(id_))
        return id_

    def picture(self) -> bytes:
        return small_picture(next(_pictures))

    async def rename_variant(self, id_: ExternalId, title: str) -> None:
        await asyncio.to_thread(
            lambda: self.office.write("product.template", self._template(id_), name=title)
        )

    async def retire_variant(self, id_: ExternalId) -> None:
        await asyncio.to_thread(
            lambda: self.office.write("product.template", self._template(id_), active=False)
        )

    async def message(self) -> SignedMessage:
        return await asyncio.to_thread(self._message)

    async def set_on_hand(self, id_: ExternalId, quantity: Decimal) -> None:
        await asyncio.to_thread(self._count, id_, quantity)

    async def sell(self, id_: ExternalId, quantity: Decimal) -> str:
        return await asyncio.to_thread(self._sell, id_, quantity)

    async def ship(self, sale: str) -> None:
        await asyncio.to_thread(self.people.ship, int(sale))

    async def set_price(self, id_: ExternalId, price: Decimal) -> None:
        await asyncio.to_thread(
            lambda: self.office.write("product.template", self._template(id_), list_price=price)
        )

    async def list_price(
        self, id_: ExternalId, price: Decimal, starts: dt.date | None, ends: dt.date | None
    ) -> ExternalId:
        line = {"product": int(id_), "formula": str(price), "start_date": starts, "end_date": ends}
        made = await asyncio.to_thread(
            lambda: self.office.create(
                "product.price_list",
                name=f"Conformance {id_}",
                company=self.office.facts["company"],
                price="list_price",
                unit="product_default",
                lines=[["create", [line]]],
            )
        )
        return ExternalId(str(made))

    async def add_party(self, name: str, *, email: str, vat_id: str) -> ExternalId:
        return ExternalId(str(await asyncio.to_thread(self._party, name, email, vat_id)))

    async def sales_with_key(self, key: str) -> list[RemoteSale]:
        return await asyncio.to_thread(self._sales_with_key, key)

    async def count_sales(self) -> int:
        return len(await asyncio.to_thread(self.office.find, "sale.sale"))

    async def count_variants(self, sku: str) -> int:
        return len(await asyncio.to_thread(self.office.find, "product.product", ["code", "=", sku]))

    async def is_cancelled(self, sale: str) -> bool:
        (found,) = await asyncio.to_thread(self.office.read, "sale.sale", [int(sale)], "state")
        return bool(found["state"] == "cancelled")

    async def set_aside(self, id_: ExternalId) -> Decimal:
        return await asyncio.to_thread(self.people.set_aside, int(id_))

    async def papers(self, sale: str) -> list[RemotePaper]:
        return await asyncio.to_thread(self.people.papers, int(sale))

    async def ship_part(
        self, sale: str, goods: Mapping[ExternalId, Decimal], *, tracking: str = ""
    ) -> None:
        part = {int(id_): quantity for id_, quantity in goods.items()}
        await asyncio.to_thread(self.people.ship_part, int(sale), part, tracking)

    async def receive(self, sale: str) -> None:
        await asyncio.to_thread(self.people.receive, int(sale))

    async def cancel_by_hand(self, sale: str) -> None:
        await asyncio.to_thread(self.people.give_up, int(sale))

    async def invoice_by_hand(self, sale: str) -> None:
        await asyncio.to_thread(self.people.invoice, int(sale), self.today)

    async def hold_change(self, id_: ExternalId) -> Callable[[], Awaitable[None]]:
        raise AssertionError(f"SQLite has one writer at a time, {id_} cannot be held")

    def settings(self, **changes: Any) -> TrytonSettings:
        """Settings of a connection to this server through the proxy."""
        facts = self.office.facts
        values = {
            "url": self.proxy.url,
            "database": facts["database"],
            "user": facts["user"],
            "password": SecretStr(facts["password"]),
            "webhook_secret": SecretStr(self._wake_secret),
            "shipping_product": str(facts["services"]["shipping"]),
            "rounding_product": str(facts["services"]["rounding"]),
            "timeout_s": self._timeout_s,
            "concurrency": 3,
        }
        return TrytonSettings.model_validate(values | changes)

    def _connect(self, password: str) -> TrytonConnector:
        settings = self.settings(password=SecretStr(password))
        return TrytonConnector(ConnectionId("tryton"), settings)

    def _template(self, id_: ExternalId) -> int:
        (product,) = self.office.read("product.product", [int(id_)], "template")
        return int(product["template"])

    def _add_variant(self, sku: str, price: Decimal | None, stock: Decimal) -> ExternalId:
        office = self.office
        (unit,) = office.find("product.uom", ["name", "=", "Unit"])
        tax = office.facts["taxes"]["22"]
        category = office.find(
            "product.category", ["accounting", "=", True], ["customer_taxes", "=", tax]
        )[0]
        template = office.create(
            "product.template",
            name=sku,
            code=sku,
            type="goods",
            default_uom=unit,
            sale_uom=unit,
            salable=True,
            list_price=price,
            account_category=category,
            products=[["create", [{}]]],
        )
        (product,) = office.find("product.product", ["template", "=", template])
        id_ = ExternalId(str(product))
        if stock:
            self._count(id_, stock)
        return id_

    def _count(self, id_: ExternalId, quantity: Decimal) -> None:
        warehouse = self.office.facts["warehouses"][self.warehouse]
        (location,) = self.office.read("stock.location", [warehouse], "storage_location")
        inventory = self.office.create(
            "stock.inventory",
            location=location["storage_location"],
            date=self.today,
            lines=[["create", [{"product": int(id_), "quantity": int(quantity)}]]],
        )
        self.office.press("stock.inventory", "confirm", inventory)

    def _sell(self, id_: ExternalId, quantity: Decimal) -> str:
        office = self.office
        buyer = self._party("Walk-in", f"walk-in-{id_}@example.com", "")
        (address,) = office.find("party.address", ["party", "=", buyer])
        (product,) = office.read("product.product", [int(id_)], "default_uom")
        line = {
            "type": "line",
            "product": int(id_),
            "unit": product["default_uom"],
            "quantity": int(quantity),
            "unit_price": Decimal("1.0000"),
            "taxes": [["add", [office.facts["taxes"]["22"]]]],
        }
        sale = office.create(
            "sale.sale",
            party=buyer,
            invoice_address=address,
            shipment_address=address,
            warehouse=office.facts["warehouses"][self.warehouse],
            sale_date=self.today,
            lines=[["create", [line]]],
        )
        office.press("sale.sale", "quote", sale)
        office.press("sale.sale", "confirm", sale)
        return str(sale)

    def _party(self, name: str, email: str, vat_id: str) -> int:
        identifiers = [{"type": "eu_vat", "code": vat_id}] if vat_id else []
        return self.office.create(
            "party.party",
            name=name,
            addresses=[["create", [{"street": "Glavna ulica 1", "city": "Ljubljana"}]]],
            contact_mechanisms=[["create", [{"type": "email", "value": email}]]],
            identifiers=[["create", identifiers]],
        )

    def _sales_with_key(self, key: str) -> list[RemoteSale]:
        office = self.office
        ids = office.find("sale.sale", ["panstore_key", "=", key])
        fields = ("total_amount", "currency.code", "state", "lines")
        return [
            RemoteSale(
                str(sale["id"]),
                sale["total_amount"],
                sale["currency."]["code"],
                sale["state"] in {"confirmed", "processing", "done"},
                {
                    ExternalId(str(line["product"])): Decimal(str(line["quantity"]))
                    for line in office.read("sale.line", sale["lines"], "product", "quantity")
                },
            )
            for sale in office.read("sale.sale", ids, *fields)
        ]

    def _message(self) -> SignedMessage:
        while not self._wake_ups.empty():
            self._wake_ups.get_nowait()
        self._party("Somebody new", "new@example.com", "")
        return self._wake_ups.get(timeout=_SENT_S)
