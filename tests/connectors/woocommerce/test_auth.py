"""Signatures that a real shop accepted, to the letter."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from panstore.connectors.woocommerce.auth import KeyPair, oauth, query_text
from tests.connectors.woocommerce.order_recordings import FOLDER

DOCUMENT: dict[str, Any] = json.loads((FOLDER / "45-oauth1.json").read_text(encoding="utf-8"))
SIGNED: list[dict[str, Any]] = [one for one in DOCUMENT["exchanges"] if "oauth" in one]
PAIR = KeyPair(DOCUMENT["key_pair"]["consumer_key"], DOCUMENT["key_pair"]["consumer_secret"])


def signature(recorded: dict[str, Any]) -> str:
    parameters = recorded["parameters"]
    own = {name: value for name, value in parameters.items() if not name.startswith("oauth_")}
    pair = KeyPair(PAIR.key, recorded["signing_key"].removesuffix("&"))
    query = oauth(
        pair,
        recorded["method"],
        recorded["url"],
        own,
        nonce=parameters["oauth_nonce"],
        timestamp=int(parameters["oauth_timestamp"]),
    )
    assert {name: value for name, value in query.items() if name != "oauth_signature"} == parameters
    return query["oauth_signature"]


SHA256 = [one for one in SIGNED if one["oauth"]["signature_method"] == "HMAC-SHA256"]


@pytest.mark.parametrize("exchange", SHA256, ids=lambda one: one["oauth"]["signature"])
def test_a_signature_is_the_one_the_shop_was_sent(exchange: dict[str, Any]) -> None:
    assert signature(exchange["oauth"]) == exchange["oauth"]["signature"]


def test_most_of_them_were_accepted() -> None:
    statuses = [one["response"]["status"] for one in SHA256]
    assert statuses.count(200) + statuses.count(201) >= 4


def test_what_is_signed_is_sent_in_the_same_encoding() -> None:
    text = query_text({"search": "ä b+c&d=e", "_fields": "id,sku", "tilde": "~-._"})
    assert text == "search=%C3%A4%20b%2Bc%26d%3De&_fields=id%2Csku&tilde=~-._"


def test_basic_is_key_and_secret() -> None:
    assert base64.b64decode(PAIR.basic.split()[1]).decode() == f"{PAIR.key}:{PAIR.secret}"


def test_a_key_pair_shows_neither_half() -> None:
    shown = f"{PAIR!r} {PAIR}"
    assert PAIR.key not in shown
    assert PAIR.secret not in shown
