"""The real shop behind a fault proxy, as the conformance suites want to see it.

What the suites look at comes from the shop's own database and from calls of a visitor's client,
never from the connector under test.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime as dt
import hashlib
import hmac
import itertools
import json
import os
import socket
import sqlite3
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from panstore.connectors.oscar.config import OscarSettings
from panstore.connectors.oscar.connector import OscarConnector
from panstore.demo import shop as demo_shop
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.price import PriceTarget
from panstore.sdk.roles import Connector
from panstore.testing.proxy import FaultProxy, Injection
from panstore.testing.suites import (
    Disturbance,
    PlacedOrder,
    RemoteTold,
    SignedMessage,
    small_picture,
)
from tests.companions.oscar.client import ShopClient, Visitor
from tests.companions.oscar.receiver import Delivery, Receiver

__all__ = ["OscarHarness", "RunningShop", "running_shop"]

TOKEN = "pst_conformance-token"
WRONG_TOKEN = "pst_somebody-elses-token"
TIMEOUT_S = 2.0

_INJECTIONS: dict[Disturbance, Injection] = {
    "dropped": Injection("dropped"),
    "lost": Injection("lost"),
    "cut": Injection("cut"),
    "garbage": Injection("garbage"),
    "time_out": Injection("black_hole"),
    "gateway_time_out": Injection("status", status=504),
    # A bare 503 may come from a proxy that lost the shop half way; one that says when to come
    # again has not begun.
    "busy": Injection("status", status=503, retry_after=1),
}
_numbers = itertools.count(1)
# The notices go out from a thread of the command's own process, so it waits for them.
_EDIT = """
import time
from oscar.core.loading import get_model
product = get_model("catalogue", "Product").objects.get(pk={product})
product.title = "Novo ime"
product.save()
record = product.stockrecords.get()
record.num_in_stock = 9
record.price = "3.00"
record.save()
time.sleep(1)
"""


@dataclass(frozen=True)
class RunningShop:
    """One shop for many harnesses; `directory` holds its database."""

    build: demo_shop.ShopBuild
    port: int
    directory: Path
    receiver: Receiver
    secret: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def running_shop(directory: Path, *, contract_source: str = "ask") -> Iterator[RunningShop]:
    default = Path.home() / ".cache" / "panstore"
    build = demo_shop.prepare(Path(os.environ.get("PANSTORE_CACHE_DIR", default)), print)
    build.install(directory)
    receiver = Receiver()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    secret = demo_shop.webhook_secret()
    process = build.start(
        directory,
        port=port,
        webhook_url=receiver.url,
        webhook_secret=secret,
        api_token=TOKEN,
        search_indexing=False,
        contract_source=contract_source,
    )
    try:
        demo_shop.wait_ready(port, 60, process)
        yield RunningShop(build, port, directory, receiver, secret)
    finally:
        demo_shop.stop(process)
        receiver.close()


class OscarHarness:
    """A connector whose calls pass `proxy`, and the shop behind it."""

    vat_rate = Decimal(22)
    unknown_id = ExternalId("99999999")
    currency = "EUR"
    next_status = "Being processed"
    closed_status = "Shipped"

    def __init__(self, shop: RunningShop, proxy: FaultProxy) -> None:
        self.shop = shop
        self.proxy = proxy
        self.connector = self.connect(TOKEN)
        self.secrets = (TOKEN, WRONG_TOKEN, shop.secret)
        self._seen = {delivery.headers["webhook-id"] for delivery in shop.receiver.deliveries}

    def wrong_credentials_connector(self) -> Connector:
        return self.connect(WRONG_TOKEN)

    def connect(self, token: str) -> OscarConnector:
        settings = OscarSettings.model_validate({
            "url": self.proxy.url,
            "api_token": token,
            "webhook_secret": self.shop.secret,
            "timeout_s": TIMEOUT_S,
        })
        return OscarConnector(ConnectionId("shop"), settings)

    def disturb(self, what: Disturbance, *, seconds: int = 7) -> None:
        limited = Injection("status", status=429, retry_after=seconds)
        self.proxy.script(_INJECTIONS.get(what, limited))

    async def refuse_connections(self) -> None:
        await self.proxy.refuse()

    async def accept_connections(self) -> None:
        await self.proxy.accept()

    async def add_variant(
        self, sku: str, *, price: Decimal | None = None, stock: Decimal = Decimal(0)
    ) -> ExternalId:
        # The shop outlives this harness: whoever had the code before gets another one.
        sql = "UPDATE partner_stockrecord SET partner_sku = 'OLD-' || id WHERE partner_sku = ?"
        self._write(sql, sku)
        product = {
            "key": f"conformance-{os.getpid()}-{next(_numbers)}",
            "sku": sku,
            "title": f"Izdelek {sku}",
            "tax_class": "22",
        }
        (made,) = (await self._post("products", {"products": [product]}))["products"]
        id_ = ExternalId(str(made["product"]))
        if stock:
            await self._set_stock(id_, stock)
        if price is not None:
            await self._set_price(id_, price)
        return id_

    def picture(self) -> bytes:
        return small_picture(next(_numbers))

    async def rename_variant(self, id_: ExternalId, title: str) -> None:
        self._write("UPDATE catalogue_product SET title = ? WHERE id = ?", title, int(id_))

    async def retire_variant(self, id_: ExternalId) -> None:
        self._write("UPDATE catalogue_product SET is_public = 0 WHERE id = ?", int(id_))

    async def message(self) -> SignedMessage:
        """A visitor buys something, so the shop tells of an order."""
        id_ = await self.add_variant("CONF-MESSAGE", price=Decimal("1.00"), stock=Decimal(10))
        await self.place_order(id_, Decimal(1))
        return await self.next_message()

    async def open_account(self, email: str, *, name: str, company: str, vat_id: str) -> ExternalId:
        first, _, last = name.partition(" ")
        self._write("DELETE FROM shop_site_company WHERE vat_id = ?", vat_id)
        self._write("UPDATE auth_user SET email = 'old' || id WHERE email = ?", email)
        self._write(
            "INSERT INTO auth_user (username, email, first_name, last_name, password, is_active,"
            " is_staff, is_superuser, date_joined) VALUES (?, ?, ?, ?, '!', 1, 0, 0, ?)",
            *(f"{email} {next(_numbers)}", email, first, last, "2026-11-24 12:00:00"),
        )
        (id_,) = self._read("SELECT id FROM auth_user WHERE email = ?", email)
        if company:
            sql = "INSERT INTO shop_site_company (user_id, name, vat_id) VALUES (?, ?, ?)"
            self._write(sql, id_, company, vat_id)
        return ExternalId(str(id_))

    async def close_account(self, id_: ExternalId) -> None:
        self._write("UPDATE auth_user SET is_active = 0 WHERE id = ?", int(id_))

    async def charged(
        self, account: ExternalId, product: ExternalId, quantity: Decimal
    ) -> Decimal | None:
        return await asyncio.to_thread(self._charged, int(account), int(product), int(quantity))

    def _charged(self, account: int, product: int, quantity: int) -> Decimal | None:
        """What his basket says, with nothing else in it."""
        salt, rounds = "salt", 20_000
        digest = hashlib.pbkdf2_hmac("sha256", b"geslo", salt.encode(), rounds)
        password = f"pbkdf2_sha256_quick${rounds}${salt}${base64.b64encode(digest).decode()}"
        self._write("UPDATE auth_user SET password = ? WHERE id = ?", password, account)
        self._write(
            "DELETE FROM basket_line WHERE basket_id IN"
            " (SELECT id FROM basket_basket WHERE owner_id = ?)",
            account,
        )
        (email,) = self._read("SELECT email FROM auth_user WHERE id = ?", account)
        word = base64.b64encode(f"{email}:geslo".encode()).decode()
        wanted = {"url": f"{self.shop.url}/api/products/{product}/", "quantity": quantity}
        added = ShopClient(self.shop.url).call(
            "POST",
            "/api/basket/add-product/",
            wanted,
            headers={"Authorization": f"Basic {word}"},
        )
        if added.status == 406:  # oscarapi's word for goods that are not sold to him
            return None
        assert added.status == 200, added
        return Decimal(added.body["total_excl_tax"]) / quantity

    async def question(self, body: bytes) -> SignedMessage:
        return _signed(self.shop.secret, body)

    async def question_of_another(self, body: bytes) -> SignedMessage:
        return _signed(demo_shop.webhook_secret(), body)

    async def edit(self, id_: ExternalId) -> None:
        """The shop's own people change title, stock and price in the back office."""
        await asyncio.to_thread(
            self.shop.build.manage,
            self.shop.directory,
            *("shell", "-v0", "-c", _EDIT.format(product=int(id_))),
        )

    async def next_message(self) -> SignedMessage:
        """The next one that nobody has had yet."""
        found = await asyncio.to_thread(self._unseen)
        self._seen.add(found.headers["webhook-id"])
        return SignedMessage(found.headers, found.body, dt.datetime.now(dt.UTC))

    def _unseen(self) -> Delivery:
        """The next delivery that no test has had yet, awaited for ten seconds."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            for delivery in list(self.shop.receiver.deliveries):
                if delivery.headers["webhook-id"] not in self._seen:
                    return delivery
            time.sleep(0.01)
        raise AssertionError("the shop told nothing of an order within ten seconds")

    async def stored_free(self, id_: ExternalId) -> Decimal:
        sql = (
            "SELECT num_in_stock - coalesce(num_allocated, 0) FROM partner_stockrecord"
            " WHERE product_id = ?"
        )
        return Decimal(self._read(sql, int(id_))[0])

    async def stored_price(self, id_: ExternalId) -> PriceTarget | None:
        sql = (
            "SELECT price, price_currency, code FROM partner_stockrecord AS record"
            " LEFT JOIN oscar_panstore_itemtax AS tax ON tax.product_id = record.product_id"
            " WHERE record.product_id = ?"
        )
        price, currency, code = self._read(sql, int(id_))
        if price is None:
            return None
        # SQLite keeps a decimal as a number; the column holds two places.
        amount = Decimal(str(price)).quantize(Decimal("0.01"))
        return PriceTarget(amount, currency, includes_tax=False, tax_class=code)

    async def place_order(self, id_: ExternalId, quantity: Decimal) -> PlacedOrder:
        if await self.stored_price(id_) is None:
            await self._set_price(id_, Decimal("10.00"))
        if await self.stored_free(id_) < quantity:
            await self._set_stock(id_, quantity)
        bought = await asyncio.to_thread(self._buy, int(id_), int(quantity))
        (order,) = self._read("SELECT id FROM order_order WHERE number = ?", bought["number"])
        return PlacedOrder(ExternalId(str(order)), Decimal(bought["total_incl_tax"]))

    def _buy(self, product: int, quantity: int) -> dict[str, Any]:
        return Visitor(self.shop.url).buy(product, quantity)

    async def change_order(self, id_: ExternalId) -> str:
        await self._set_status(id_, "Being processed")
        return "Being processed"

    async def cancel_order(self, id_: ExternalId) -> None:
        await self._set_status(id_, "Cancelled")

    def later_cursor(self, cursor: str) -> str:
        return str(int(cursor) + 1000)

    async def told(self, id_: ExternalId) -> RemoteTold:
        (status,) = self._read("SELECT status FROM order_order WHERE id = ?", int(id_))
        parcels = self._rows("SELECT notes FROM order_shippingevent WHERE order_id = ?", int(id_))
        numbers = self._rows(
            "SELECT number FROM oscar_panstore_toldinvoice WHERE order_id = ?", int(id_)
        )
        notes = self._rows(
            "SELECT message FROM order_ordernote WHERE order_id = ? AND message LIKE 'Invoice %'",
            int(id_),
        )
        assert len(notes) == len(numbers), "the shop's people and its buyer see the same"
        return RemoteTold(
            status,
            tuple(word for (note,) in parcels for word in note.split() if word.startswith("TRACK")),
            tuple(number for (number,) in numbers),
        )

    async def ordered_product(self, id_: ExternalId) -> ExternalId:
        sql = "SELECT product_id FROM order_line WHERE order_id = ? ORDER BY id"
        return ExternalId(str(self._read(sql, int(id_))[0]))

    async def _set_status(self, id_: ExternalId, status: str) -> None:
        body = {"key": f"conformance-{id_}-{status}", "status": status, "note": ""}
        await self._post(f"orders/{id_}/status", body)

    async def _set_stock(self, id_: ExternalId, quantity: Decimal) -> None:
        (watermark,) = self._read("SELECT coalesce(max(seq), 0) FROM oscar_panstore_journalentry")
        items = [{"product": int(id_), "free": str(quantity)}]
        await self._post("stock", {"watermark": watermark, "items": items})

    async def _set_price(self, id_: ExternalId, price: Decimal) -> None:
        item = {"product": int(id_), "price": str(price), "currency": "EUR", "tax_class": "22"}
        await self._post("prices", {"items": [item]})

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.shop.url}/panstore/v1/{path}",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        )

        def send() -> dict[str, Any]:
            with urllib.request.urlopen(request, timeout=30) as reply:
                answer: dict[str, Any] = json.load(reply)
                return answer

        answer = await asyncio.to_thread(send)
        items = answer.get("items", answer.get("products", []))
        assert all(item["outcome"] == "done" for item in items), answer
        return answer

    def _database(self) -> sqlite3.Connection:
        return sqlite3.connect(self.shop.directory / "shop.sqlite3", timeout=20)

    def _read(self, sql: str, *values: object) -> tuple[Any, ...]:
        with contextlib.closing(self._database()) as database:
            row: tuple[Any, ...] = database.execute(sql, values).fetchone()
            return row

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with contextlib.closing(self._database()) as database:
            return list(database.execute(sql, values))

    def _write(self, sql: str, *values: object) -> None:
        with contextlib.closing(self._database()) as database, database:
            database.execute(sql, values)


def _signed(secret: str, body: bytes) -> SignedMessage:
    """As Standard Webhooks 1.0 describes it; the shop signs its questions for prices so."""
    now = dt.datetime.now(dt.UTC)
    id_, stamp = f"ask_{next(_numbers)}", str(int(now.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{id_}.{stamp}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "webhook-id": id_,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }
    return SignedMessage(headers, body, now)
