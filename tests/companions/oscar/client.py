"""A small client for the real shop: the companion's API, oscarapi as a visitor, the pages."""

from __future__ import annotations

import http.cookiejar
import json
import urllib.error
import urllib.request
from typing import Any, NamedTuple

__all__ = ["Reply", "ShopClient", "Visitor"]


class Reply(NamedTuple):
    status: int
    body: Any
    headers: dict[str, str]


class ShopClient:
    """Calls with or without a bearer token; no cookies."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url
        self.token = token
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Reply:
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        url = path if path.startswith("http") else self.url + path
        request = urllib.request.Request(url, data=data, headers=sent, method=method)
        try:
            with self._opener.open(request, timeout=60) as answer:
                return self._reply(answer.status, answer.read(), answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return self._reply(error.code, error.read(), error.headers)

    def get(self, path: str) -> Any:
        reply = self.call("GET", path)
        assert reply.status == 200, reply
        return reply.body

    def post(self, path: str, body: Any) -> Any:
        reply = self.call("POST", path, body)
        assert reply.status == 200, reply
        return reply.body

    def watermark(self) -> int:
        mark: int = self.get("/panstore/v1/ping")["watermark"]
        return mark

    def set_stock(self, product: int, free: int, watermark: int | None = None) -> dict[str, Any]:
        mark = self.watermark() if watermark is None else watermark
        body = {"watermark": mark, "items": [{"product": product, "free": str(free)}]}
        item: dict[str, Any] = self.post("/panstore/v1/stock", body)["items"][0]
        return item

    def set_price(self, product: int, price: str, tax_class: str = "22") -> dict[str, Any]:
        wanted = {"product": product, "price": price, "currency": "EUR", "tax_class": tax_class}
        item: dict[str, Any] = self.post("/panstore/v1/prices", {"items": [wanted]})["items"][0]
        return item

    def product(self, product: int) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/panstore/v1/products?ids={product}")["products"][0]
        return found

    def orders_after(self, watermark: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"/panstore/v1/orders?after={watermark}")["orders"]
        return found

    @staticmethod
    def _reply(status: int, content: bytes, headers: Any) -> Reply:
        try:
            body: Any = json.loads(content)
        except ValueError:
            body = content.decode("utf-8", "replace")
        return Reply(status, body, dict(headers))


class Visitor(ShopClient):
    """A guest with a cookie jar and so a basket of his own."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        jar = http.cookiejar.CookieJar()
        self._opener.add_handler(urllib.request.HTTPCookieProcessor(jar))
        self.basket: str = self.get("/api/basket/")["url"]

    def put_in(self, product: int, quantity: int = 1) -> Reply:
        wanted = {"url": f"{self.url}/api/products/{product}/", "quantity": quantity}
        return self.call("POST", "/api/basket/add-product/", wanted)

    def check_out(
        self, method: str = "posta", *, headers: dict[str, str] | None = None, **changes: Any
    ) -> Reply:
        address = {
            "country": f"{self.url}/api/countries/SI/",
            "first_name": "Nina",
            "last_name": "Zupančič",
            "line1": "Dunajska cesta 5",
            "line4": "Ljubljana",
            "postcode": "1000",
        }
        body = {
            "basket": self.basket,
            "guest_email": "nina@example.com",
            "shipping_method_code": method,
            "shipping_address": {**address, "phone_number": "+38640123456", "notes": "Pozvonite"},
            "billing_address": address,
            **changes,
        }
        return self.call("POST", "/api/checkout/", body, headers=headers)

    def buy(self, product: int, quantity: int = 1, method: str = "posta") -> dict[str, Any]:
        added = self.put_in(product, quantity)
        assert added.status == 200, added
        done = self.check_out(method)
        assert done.status == 200, done
        order: dict[str, Any] = done.body
        return order
