"""A person in a browser: cookies, forms with their token, the back office."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.parse
import urllib.request
from collections.abc import Mapping

__all__ = ["Person", "Staff"]

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


class Person:
    """Reads pages and sends their forms, following redirects as a browser does."""

    def __init__(self, url: str) -> None:
        self.url = url
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)

    def page(self, path: str) -> str:
        with self._opener.open(self.url + path, timeout=60) as answer:
            text: str = answer.read().decode()
            return text

    def arrives_at(self, path: str) -> str:
        """The path a browser shows in the end."""
        with self._opener.open(self.url + path, timeout=60) as answer:
            url: str = answer.url
            return url.removeprefix(self.url)

    def send(self, path: str, fields: Mapping[str, str | list[str]], form: str = "") -> str:
        """Send a form; gives the page shown afterwards.

        Args:
            path: Where the form goes.
            fields: What is entered.
            form: Page that shows the form, if not the same.
        """
        token = _TOKEN.search(self.page(form or path))
        assert token is not None, f"no form at {form or path}"
        entered = {**fields, "csrfmiddlewaretoken": token[1]}
        request = urllib.request.Request(
            self.url + path,
            data=urllib.parse.urlencode(entered, doseq=True).encode(),
            headers={"Referer": self.url + (form or path)},
        )
        with self._opener.open(request, timeout=60) as answer:
            text: str = answer.read().decode()
            return text


class Staff(Person):
    """The shop's administrator at the back office."""

    def __init__(self, url: str, user: str, password: str) -> None:
        super().__init__(url)
        self.send("/dashboard/login/", {"username": user, "password": password})

    def order(self, number: str) -> str:
        return self.page(f"/dashboard/orders/{number}/")

    def _on_order(self, number: str, fields: Mapping[str, str | list[str]], expected: str) -> None:
        shown = self.send(f"/dashboard/orders/{number}/", fields)
        assert expected in shown, re.findall(r'alert[^"]*"[^>]*>(.*?)</div', shown, re.DOTALL)

    def set_status(self, number: str, status: str) -> None:
        fields = {"order_action": "change_order_status", "new_status": status}
        self._on_order(number, fields, "Order status changed")

    def note_money(self, number: str, what: str, amount: str) -> None:
        """A payment event for the whole order."""
        fields = {
            "order_action": "create_order_payment_event",
            "payment_event_type": what,
            "amount": amount,
        }
        self._on_order(number, fields, "Payment event created")

    def note_money_for(self, number: str, what: str, amount: str, pieces: dict[int, int]) -> None:
        """A payment event for pieces of lines."""
        fields = {
            "line_action": "create_payment_event",
            "payment_event_type": what,
            "amount": amount,
            **_chosen(pieces),
        }
        self._on_order(number, fields, "Payment event created")

    def note_goods(self, number: str, what: str, pieces: dict[int, int]) -> None:
        """A shipping event."""
        fields = {
            "line_action": "create_shipping_event",
            "shipping_event_type": what,
            "reference": "",
            **_chosen(pieces),
        }
        self._on_order(number, fields, "Shipping event created")

    def set_line_status(self, number: str, line: int, pieces: int, status: str) -> None:
        fields = {
            "line_action": "change_line_statuses",
            "new_status": status,
            **_chosen({line: pieces}),
        }
        self._on_order(number, fields, "Status of line")


def _chosen(pieces: dict[int, int]) -> dict[str, str | list[str]]:
    chosen: dict[str, str | list[str]] = {"selected_line": [str(line) for line in pieces]}
    for line, quantity in pieces.items():
        chosen[f"selected_line_qty_{line}"] = str(quantity)
    return chosen
