"""Settings of a mail server, and the pure parts of a mail."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from panstore.connectors.smtp.config import SmtpSettings
from panstore.connectors.smtp.map import message_id, receiving_address
from panstore.connectors.smtp.wire import without_addresses

GOOD: dict[str, Any] = {"host": "mail.example.com", "sender": "shop@Example.com"}


def test_ports_follow_the_security() -> None:
    assert SmtpSettings(**GOOD).used_port == 587
    assert SmtpSettings(**GOOD, security="tls").used_port == 465
    assert SmtpSettings(**GOOD, security="tls", port=2465).used_port == 2465
    assert SmtpSettings(**GOOD).domain == "example.com"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_in_the_clear_only_on_this_machine(host: str) -> None:
    assert SmtpSettings(**GOOD | {"host": host}, security="none").used_port == 25


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"security": "none"}, "in the clear"),
        ({"security": "none", "host": "10.0.0.3"}, "in the clear"),
        ({"user": "shop"}, "belong together"),
        ({"password": "x"}, "belong together"),
        ({"sender": "shop"}, "plain mail address"),
        ({"sender": "Shop <shop@example.com>"}, "plain mail address"),
        ({"sender": "šop@example.com"}, "plain mail address"),
        ({"sender": "shop@localhost"}, "plain mail address"),
        ({"reply_to": "a@b@example.com"}, "plain mail address"),
        ({"sender_name": "Shop\nBcc: all"}, "one line"),
    ],
)
def test_what_cannot_work_is_refused_without_repeating_it(
    change: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        SmtpSettings(**GOOD | change)
    assert said in str(refused.value)
    assert "input_value" not in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "used"),
    [
        (" ana@example.com ", "ana@example.com"),
        ("ana.novak+shop@Čaj.si", "ana.novak+shop@xn--aj-dma.si"),
        ("žiga@example.com", None),
        ("ana@@example.com", None),
        ("ana novak@example.com", None),
        ("ana@ex..com", None),
        ("ana", None),
        ("@example.com", None),
        ("ana@", None),
        ("a>b@example.com", None),
        ("ana@example.com\r\nRCPT TO:<b@c.d>", None),
    ],
)
def test_addresses_as_servers_take_them(typed: str, used: str | None) -> None:
    assert receiving_address(typed) == used


def test_a_message_id_is_made_of_the_key_and_says_nothing_of_it() -> None:
    made = message_id("shop/1/mail/invoice/7/abc/0", "example.com")
    assert made == message_id("shop/1/mail/invoice/7/abc/0", "example.com")
    assert made.startswith("<")
    assert made.endswith("@example.com>")
    assert "invoice" not in made


def test_addresses_are_taken_out_of_a_servers_words() -> None:
    assert without_addresses("5.1.1 <ana@example.com>:\nnot here") == "5.1.1 (address): not here"
    assert len(without_addresses("x" * 1000)) == 200
