"""A client of the companion's calls, and the web order the tests send."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.request
import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

BUSY_RETRIES = 30


class RefusedError(Exception):
    """The ERP answered with an error: its class and its text."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind
        self.text = text


class Erp:
    """A session with a running server, and the ids its facts give."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.facts = facts
        self._skus = iter(facts["skus"].items())
        self._headers = {"Content-Type": "application/json"}
        user = facts["user"]
        uid, token, _ = self._post("common.db.login", [user, {"password": facts["password"]}, "en"])
        session = base64.b64encode(f"{user}:{uid}:{token}".encode()).decode()
        self._headers["Authorization"] = f"Session {session}"
        self._context = self._post("model.res.user.get_preferences", [True, {}])

    def call(self, method: str, *arguments: Any, **context: Any) -> Any:
        """Call `model.method` with the user's context."""
        return self._post(f"model.{method}", [*arguments, self._context | context])

    def call_plain(self, method: str, *arguments: Any, **context: Any) -> Any:
        """Call what is no method of a model."""
        return self._post(method, [*arguments, self._context | context])

    def gateway(self, method: str, *arguments: Any) -> Any:
        return self.call(f"panstore.gateway.{method}", *arguments)

    def create(self, model: str, **values: Any) -> int:
        found: int = self.call(f"{model}.create", [values])[0]
        return found

    def read(self, model: str, id_: int, *fields: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call(f"{model}.read", [id_], list(fields))[0]
        return found

    def fresh_product(self) -> int:
        """A product with stock that no other test of the session uses."""
        for _sku, id_ in self._skus:
            level = self.level(id_)
            if level["on_hand"] >= 20:
                return int(id_)
        raise AssertionError("the catalogue has no product with stock left")

    @property
    def warehouse(self) -> int:
        return int(self.facts["warehouses"]["LJ"])

    def level(self, product: int) -> dict[str, Any]:
        """Stock of a product in the first warehouse."""
        (level,) = self.gateway("stock_levels", [self.warehouse], [product])
        return dict(level)

    def figures(self, product: int) -> tuple[Decimal, Decimal, Decimal]:
        """On hand, reserved, demand."""
        level = self.level(product)
        return level["on_hand"], level["reserved"], level["demand"]

    def draft_sale(self, product: int, quantity: float, **changes: Any) -> int:
        """A sale as a person at the ERP would begin it."""
        party = next(iter(self.facts["parties"].values()))
        address = self.read("party.party", party, "addresses")["addresses"][0]
        (unit,) = {row["unit"] for row in self.gateway("products", 0, 1, [product])}
        line = {
            "type": "line",
            "product": product,
            "unit": unit,
            "quantity": quantity,
            "unit_price": Decimal("10.0000"),
            "taxes": [["add", [self.facts["taxes"]["22"]]]],
        }
        values = {
            "party": party,
            "invoice_address": address,
            "shipment_address": address,
            "warehouse": self.warehouse,
            "company": self.facts["company"],
            "lines": [["create", [line]]],
        }
        return self.create("sale.sale", **values | changes)

    def press(self, model: str, id_: int, *buttons: str) -> None:
        """Press buttons of one record, one call each."""
        for button in buttons:
            self.call(f"{model}.{button}", [id_])

    def count(self, product: int, quantity: float) -> None:
        """Say how many pieces of a product lie in the first warehouse."""
        storage = self.read("stock.location", self.warehouse, "storage_location")
        inventory = self.create(
            "stock.inventory",
            location=storage["storage_location"],
            date=today(),
            lines=[["create", [{"product": product, "quantity": quantity}]]],
        )
        self.call("stock.inventory.confirm", [inventory])

    def booked(self, key: str) -> dict[str, Any]:
        """The only sale with a key, as it stands."""
        (found,) = self.gateway("booked_orders", [key])
        return dict(found)

    def answer(self, wizard: str, model: str, record: int, state: str, **values: Any) -> None:
        """Go through a wizard of one question: what it proposes, and `values`, then `state`."""
        session, first, _ = self._post(f"wizard.{wizard}.create", [self._context])
        context = {"active_model": model, "active_id": record, "active_ids": [record]}
        asked = self._post(
            f"wizard.{wizard}.execute", [session, {}, first, self._context | context]
        )
        place, proposed = asked["view"]["state"], asked["view"]["defaults"]
        self._post(
            f"wizard.{wizard}.execute",
            [session, {place: proposed | values}, state, self._context | context],
        )
        self._post(f"wizard.{wizard}.delete", [session, self._context])

    def shipment_of(self, sale: int) -> int:
        """The only customer shipment of a sale."""
        (shipment,) = self.read("sale.sale", sale, "shipments")["shipments"]
        return int(shipment)

    def _post(self, method: str, params: list[Any]) -> Any:
        body = json.dumps({"id": 1, "method": method, "params": params}, default=_encode).encode()
        request = urllib.request.Request(
            f"{self.facts['url']}/{self.facts['database']}/rpc/", body, self._headers
        )
        for _ in range(BUSY_RETRIES):
            try:
                with urllib.request.urlopen(request, timeout=120) as response:
                    answer = json.loads(response.read(), object_hook=_decode)
                break
            except urllib.error.HTTPError as error:
                error.close()
                if error.code != 503:
                    raise
                time.sleep(0.1)
        else:
            raise AssertionError("the ERP stayed busy")
        if "error" in answer:
            kind, text = (answer["error"] + [""])[:2]
            raise RefusedError(str(kind), str(text[0] if isinstance(text, list) else text))
        return answer["result"]


def _encode(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    if isinstance(value, bytes):
        return {"__class__": "bytes", "base64": base64.b64encode(value).decode()}
    if isinstance(value, date):
        return {
            "__class__": "date",
            "year": value.year,
            "month": value.month,
            "day": value.day,
        }
    raise TypeError(value)


def _decode(value: dict[str, Any]) -> Any:
    match value.get("__class__"):
        case "Decimal":
            return Decimal(value["decimal"])
        case "bytes":
            return base64.b64decode(value["base64"])
        case "date":
            return date(value["year"], value["month"], value["day"])
        case "datetime":
            names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
            return datetime(*(value[name] for name in names))  # noqa: DTZ001 - naive UTC
        case _:
            return value


def today() -> date:
    """The company's day, which begins an hour or two before that of UTC."""
    return datetime.now(ZoneInfo("Europe/Ljubljana")).date()


def line(erp: Erp, product: int | None, quantity: int, price: str = "10.0000") -> dict[str, Any]:
    """A line of a web order with 22 % VAT."""
    return {
        "product": product,
        "description": "As the shop names it",
        "quantity": quantity,
        "unit_price": Decimal(price),
        "taxes": [erp.facts["taxes"]["22"]],
    }


def order(erp: Erp, key: str, product: int, quantity: int = 1, **changes: Any) -> dict[str, Any]:
    """A web order of one product and its shipping, as the connector sends it."""
    tax = erp.facts["taxes"]
    return {
        "key": key,
        "number": key[-12:],
        "date": today(),
        "currency": "EUR",
        "warehouse": "LJ",
        "party": {
            "key": f"{key}/buyer",
            "name": "Jože Čebelar",
            "email": f"{uuid.uuid4().hex}@example.com",
            "phone": "+38640222333",
        },
        "invoice_address": {
            "street": "Dunajska cesta 1",
            "postcode": "1000",
            "city": "Ljubljana",
            "country": "SI",
        },
        "lines": [
            line(erp, product, quantity),
            {
                "product": erp.facts["services"]["shipping"],
                "description": "Shipping",
                "quantity": 1,
                "unit_price": Decimal("3.2000"),
                "taxes": [tax["22"]],
            },
        ],
        "payment_method": "card",
        "comment": "ring twice",
        "expected_total": Decimal("12.20") * quantity + Decimal("3.90"),
        "confirm": True,
    } | changes
