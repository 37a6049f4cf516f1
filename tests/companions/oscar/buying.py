"""A guest who buys at the shop's pages, and the mails that the shop sends him."""

from __future__ import annotations

import email
import email.policy
import re
import time
from pathlib import Path

from tests.companions.oscar.staff import Person

__all__ = ["check_out", "mails_to"]


def mails_to(shop: Path, buyer: str, count: int) -> list[tuple[str, str]]:
    """Subject and text of the shop's mails to somebody, once there are `count` of them.

    Args:
        shop: directory of the shop.
        buyer: his address.
        count: waited for, ten seconds at most.
    """
    found: list[tuple[float, str, str]] = []
    until = time.monotonic() + 10
    while time.monotonic() < until:
        found = []
        for file in (shop / "mail").glob("*.log"):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            if buyer in str(message["To"]):
                body = message.get_body(("plain",))
                text = body.get_content() if body is not None else ""
                found.append((file.stat().st_mtime, str(message["Subject"]), text))
        if len(found) >= count:
            break
        time.sleep(0.05)
    return [(subject, text) for _, subject, text in sorted(found)]


def check_out(
    url: str, product: int, method: str, buyer: str, quantity: int = 2
) -> tuple[Person, str]:
    """A guest buys; gives him and the number of his order.

    Args:
        url: of the shop.
        product: the shop's id.
        method: how he pays: invoice, card, transfer or cod.
        buyer: his address.
        quantity: in pieces.
    """
    person = Person(url)
    chosen = {"quantity": str(quantity)}
    person.send(f"/basket/add/{product}/", chosen, form=f"/catalogue/x_{product}/")
    person.send("/checkout/", {"username": buyer, "options": "anonymous"})
    address = {
        "first_name": "Jan",
        "last_name": "Černič",
        "line1": "Slovenska cesta 1",
        "line4": "Ljubljana",
        "postcode": "1000",
        "country": "SI",
    }
    person.send("/checkout/shipping-address/", address)
    person.send("/checkout/shipping-method/", {"method_code": "posta"})
    shown = person.send(
        "/checkout/preview/", {"payment_method": method}, form="/checkout/payment-details/"
    )
    assert "Preview order" in shown
    thanks = person.send("/checkout/preview/", {"action": "place_order"})
    number = re.search(r"order number is\s+(\d+)", re.sub(r"<[^>]+>", " ", thanks))
    assert number, thanks[:2000]
    return person, number[1]
