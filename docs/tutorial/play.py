#!/usr/bin/env python3
"""Play the people around the demo: a warehouse clerk, a buyer, whoever enters products.

Needs Python's standard library only. It talks to the demo's ERP and shop the way their own
clients do, never to PanStore, so what you see afterwards was carried over by PanStore.
"""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import http.cookiejar
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

WAIT_S = 30.0
SALE_S = 10.0
BUSY = 503


class PlayError(Exception):
    """Something cannot be done; the text says what and why."""


def ask(opener: urllib.request.OpenerDirector, url: str, body: Any, headers: dict[str, str]) -> Any:
    """The JSON answer to one call; POST if there is a body."""
    data = None if body is None else json.dumps(body, default=_encode).encode()
    kind = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data, kind | headers)  # noqa: S310 - the demo's address
    for _ in range(50):
        try:
            with opener.open(request, timeout=60) as answer:
                return json.loads(answer.read(), object_hook=_decode)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            if error.code != BUSY:
                raise PlayError(f"{url} answered {error.code}: {text[:300]}") from None
            time.sleep(0.2)  # busy: it was not done
        except urllib.error.URLError as error:
            raise PlayError(f"{url} does not answer ({error.reason}); is the demo up?") from None
    raise PlayError(f"{url} stayed busy")


def _encode(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    if isinstance(value, dt.date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    raise TypeError(value)


def _decode(value: dict[str, Any]) -> Any:
    return Decimal(value["decimal"]) if value.get("__class__") == "Decimal" else value


class Erp:
    """Tryton, through the JSON-RPC its own clients use."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self._url = f"{facts['url']}/{facts['database']}/rpc/"
        self._opener = urllib.request.build_opener()
        self._headers: dict[str, str] = {}
        user, password = facts["user"], facts["password"]
        uid, token, *_ = self._post("common.db.login", [user, {"password": password}, "en"])
        session = base64.b64encode(f"{user}:{uid}:{token}".encode()).decode()
        self._headers["Authorization"] = f"Session {session}"
        self._context = self._post("model.res.user.get_preferences", [True, {}])

    def call(self, method: str, *arguments: Any) -> Any:
        """Call a method of a model."""
        return self._post(f"model.{method}", [*arguments, self._context])

    def find(self, model: str, where: list[Any], *fields: str) -> list[dict[str, Any]]:
        """Records of a model."""
        found: list[dict[str, Any]] = self.call(
            f"{model}.search_read", where, 0, None, None, list(fields)
        )
        return found

    def product(self, sku: str) -> dict[str, Any]:
        """A variant by its code."""
        found = self.find("product.product", [["code", "=", sku]], "template", "list_price")
        if not found:
            raise PlayError(f"the ERP has no product {sku}")
        return found[0]

    def warehouse(self) -> dict[str, Any]:
        """The warehouse the shop sells from."""
        where = [["type", "=", "warehouse"], ["code", "=", "LJ"]]
        return self.find("stock.location", where, "storage_location")[0]

    def level(self, sku: str) -> dict[str, Any]:
        """Pieces on the shelf and pieces promised."""
        warehouse, product = self.warehouse()["id"], self.product(sku)["id"]
        level: dict[str, Any] = self.call("panstore.gateway.stock_levels", [warehouse], [product])[
            0
        ]
        return level

    def _post(self, method: str, params: list[Any]) -> Any:
        body = {"id": 1, "method": method, "params": params}
        answer = ask(self._opener, self._url, body, self._headers)
        if "error" in answer:
            raise PlayError(f"the ERP refused {method}: {answer['error'][:2]}")
        return answer["result"]


class Shop:
    """Oscar: as a visitor with a basket, and as its own people (with the demo's token)."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self._url = facts["url"]
        self._token = {"Authorization": f"Bearer {facts['api_token']}"}
        self._plain = urllib.request.build_opener()
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._visitor = urllib.request.build_opener(cookies)

    def product(self, sku: str) -> dict[str, Any]:
        """What the shop holds of an article."""
        found = ask(self._plain, f"{self._url}/panstore/v1/products?limit=500", None, self._token)
        for product in found["products"]:
            if product["sku"] == sku:
                return dict(product)
        raise PlayError(f"the shop has no product {sku}")

    def status(self, number: str) -> str:
        """What the shop shows an order as, by its printed number."""
        status, page = "", {"more": True, "watermark": 0}
        while page["more"]:
            page = self.own(f"orders?after={page['watermark']}&limit=500", None)
            for order in page["orders"]:
                status = order["status"] if str(order["number"]) == number else status
        return str(status)

    def own(self, path: str, body: Any) -> Any:
        """A call of the shop's own people."""
        return ask(self._plain, f"{self._url}/panstore/v1/{path}", body, self._token)

    def visit(self, path: str, body: Any = None) -> Any:
        """A call of a visitor."""
        return ask(self._visitor, f"{self._url}/api/{path}", body, {})

    def buy(self, product: int, quantity: int) -> dict[str, Any]:
        """Put it in a basket and check out as a guest."""
        basket = self.visit("basket/")["url"]
        self.visit(
            "basket/add-product/",
            {"url": f"{self._url}/api/products/{product}/", "quantity": quantity},
        )
        address = {
            "country": f"{self._url}/api/countries/SI/",
            "first_name": "Nina",
            "last_name": "Zupančič",
            "line1": "Dunajska cesta 5",
            "line4": "Ljubljana",
            "postcode": "1000",
            "phone_number": "+38640123456",
        }
        order: dict[str, Any] = self.visit(
            "checkout/",
            {
                "basket": basket,
                "guest_email": "nina@example.com",
                "shipping_method_code": "posta",
                "shipping_address": address,
                "billing_address": address,
            },
        )
        return order


def say(text: str) -> None:
    """One line for people."""
    sys.stdout.write(text + "\n")


def watch(what: str, look: Callable[[], Any], wanted: Callable[[Any], bool]) -> None:
    """Say how long it takes until `look` gives what is wanted."""
    begun = time.monotonic()
    while True:
        found = look()
        if wanted(found):
            say(f"{what}: {found}, after {time.monotonic() - begun:.1f} s")
            return
        if time.monotonic() - begun > WAIT_S:
            raise PlayError(f"{what}: still {found} after {WAIT_S:.0f} s; see the console")
        time.sleep(0.05)


def show(erp: Erp, shop: Shop, sku: str) -> None:
    """What both systems hold of an article."""
    level, offered = erp.level(sku), shop.product(sku)
    promised = level["reserved"] + level["demand"]
    say(f"ERP:  {level['on_hand']} on the shelf, {promised} promised")
    say(f"shop: {offered['free']} for sale at {offered['price']} EUR without VAT")


def count(erp: Erp, shop: Shop, sku: str, pieces: int) -> None:
    """The clerk counts the shelf."""
    inventory = erp.call(
        "stock.inventory.create",
        [
            {
                "location": erp.warehouse()["storage_location"],
                "date": dt.datetime.now(dt.UTC).date(),  # noqa: TID251 - plays a person of today
                "lines": [
                    [
                        "create",
                        [{"product": erp.product(sku)["id"], "quantity": float(pieces)}],
                    ]
                ],
            }
        ],
    )
    erp.call("stock.inventory.confirm", inventory)
    level = erp.level(sku)
    free = max(Decimal(0), level["on_hand"] - level["reserved"] - level["demand"])
    say(f"The ERP now has {pieces} of {sku} on the shelf.")
    watch("The shop offers", lambda: Decimal(shop.product(sku)["free"]), lambda f: f == free)


def price(erp: Erp, shop: Shop, sku: str, amount: Decimal) -> None:
    """Somebody changes the list price (without VAT)."""
    product = erp.product(sku)
    new = {"list_price": amount}
    if product["list_price"] is None:  # a variant without a price of its own takes its template's
        erp.call("product.template.write", [product["template"]], new)
    else:
        erp.call("product.product.write", [product["id"]], new)
    say(f"The ERP now asks {amount} EUR for {sku}.")
    watch("The shop asks", lambda: Decimal(shop.product(sku)["price"]), lambda p: p == amount)


def buy(erp: Erp, shop: Shop, sku: str, pieces: int) -> None:
    """A guest orders."""
    order = shop.buy(shop.product(sku)["id"], pieces)
    number = str(order["number"])
    say(f"Order {number}: {pieces} x {sku}, {order['total_incl_tax']} EUR with VAT and shipping.")
    fields = ("number", "state", "total_amount")
    begun = time.monotonic()
    while not (sales := erp.find("sale.sale", [["reference", "=", number]], *fields)):
        if time.monotonic() - begun > SALE_S:
            say(
                f"It is not in the ERP after {SALE_S:.0f} s. The console's page Parked may say why."
            )
            return
        time.sleep(0.05)
    for sale in sales:
        say(
            f"Sale {sale['number']} in the ERP: {sale['state']}, {sale['total_amount']} EUR, "
            f"after {time.monotonic() - begun:.1f} s"
        )


def ship(erp: Erp, shop: Shop, sku: str) -> None:
    """The warehouse picks, packs and sends what is set aside for the newest order of it."""
    where = [["lines.product.code", "=", sku], ["shipments.state", "=", "assigned"]]
    begun = time.monotonic()
    while not (sales := erp.find("sale.sale", where, "number", "reference", "shipments")):
        if time.monotonic() - begun > WAIT_S:
            raise PlayError(f"nothing is set aside for an order of {sku}")
        time.sleep(0.05)
    sale = max(sales, key=lambda one: one["id"])
    for parcel in erp.find("stock.shipment.out", [["id", "in", sale["shipments"]]], "number"):
        for button in ("pick", "pack", "do"):
            erp.call(f"stock.shipment.out.{button}", [parcel["id"]])
        say(f"Parcel {parcel['number']} of sale {sale['number']} has left.")
    number = sale["reference"]
    watch(f"The shop shows order {number} as", lambda: shop.status(number), "Shipped".__eq__)


def invent(erp: Erp, shop: Shop, sku: str) -> None:
    """The shop's people make an article that the ERP does not know."""
    wanted = {"key": f"play/{sku}", "title": "Something new", "sku": sku, "category": "Novosti"}
    [made] = shop.own("products", {"products": [wanted]})["products"]
    if made["error"]:
        raise PlayError(f"the shop did not take {sku}: {made['error']['message']}")
    priced = {"product": made["product"], "price": "9.90", "currency": "EUR", "tax_class": "22"}
    shop.own("prices", {"items": [priced]})
    say(f"The shop has {sku} now.")
    watch("The ERP calls it", lambda: _name(erp, sku), bool)


def rename(erp: Erp, shop: Shop, sku: str, name: str) -> None:
    """The clerk calls an article otherwise."""
    [product] = erp.find("product.product", [["code", "=", sku]], "template")
    erp.call("product.template.write", [product["template"]], {"name": name})
    say(f"The ERP calls {sku} {name} now.")
    watch("The shop calls it", lambda: shop.product(sku)["title"], lambda title: title == name)


def _name(erp: Erp, sku: str) -> str:
    found = erp.find("product.product", [["code", "=", sku]], "name")
    return str(found[0]["name"]) if found else ""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="play.py", description=__doc__)
    parser.add_argument("--demo", type=Path, default=Path(".demo"), help="the demo's directory")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, more, about in (
        (show, (), "what both systems hold of an article"),
        (count, (("pieces", int),), "count the shelf in the ERP"),
        (price, (("amount", Decimal),), "change the list price in the ERP"),
        (buy, (("pieces", int),), "order in the shop as a guest"),
        (ship, (), "send what is set aside for the newest order of it"),
        (invent, (), "make something in the shop that the ERP does not know"),
        (rename, (("name", str),), "call it otherwise in the ERP"),
    ):
        one = verbs.add_parser(verb.__name__, help=about)
        one.add_argument("sku", help="article code, as both systems show it")
        for name, kind in more:
            one.add_argument(name, type=kind)
    return parser.parse_args()


def main() -> int:
    """Entry point; the exit code."""
    given = vars(_arguments())
    verb = {f.__name__: f for f in (show, count, price, buy, ship, invent, rename)}[
        given.pop("verb")
    ]
    file = given.pop("demo") / "demo.json"
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
        verb(Erp(facts["erp"]), Shop(facts["shop"]), **given)
    except FileNotFoundError:
        sys.stderr.write(f"play: {file} is not there. Start the demo, or name it by --demo.\n")
        return 1
    except PlayError as error:
        sys.stderr.write(f"play: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
