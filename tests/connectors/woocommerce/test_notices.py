"""Notices of the plugin in the shop: believed only where signed, and then only a hint."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from standardwebhooks import Webhook

from panstore.connectors.woocommerce.config import WooSettings
from panstore.connectors.woocommerce.connector import WooConnector
from panstore.connectors.woocommerce.notices import is_notice, received
from panstore.model.change import Signal
from panstore.model.ids import ConnectionId, ExternalId
from panstore.sdk.contract_roles import TrustPriceRequests
from panstore.sdk.errors import ForgedError
from panstore.sdk.roles import Delivery

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldA=="
NOW = dt.datetime(2026, 11, 25, 2, 0, tzinfo=dt.UTC)


def _signed(body: bytes, *, secret: str = SECRET, at: dt.datetime = NOW) -> dict[str, str]:
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", at, body.decode()),
    }


def _body(kind: str, *ids: Any) -> bytes:
    return json.dumps({"type": kind, "ids": ids}).encode()


def _connector(secret: str | None = SECRET) -> WooConnector:
    entered = {
        "url": "https://shop.example/",
        "consumer_key": "ck_1",
        "consumer_secret": "cs_1",
        "companion_secret": secret,
    }
    return WooConnector(ConnectionId("shop"), WooSettings.model_validate(entered))


@pytest.mark.parametrize("kind", ["order.changed", "order.deleted", "product.changed"])
def test_what_changed_has_the_feeds_read(kind: str) -> None:
    body = _body(kind, 7, 8)
    noticed = received("shop", SECRET, _signed(body), body, NOW)
    assert noticed.delivery == Delivery("msg_1", (), wake=True)
    assert noticed.threw is (kind == "order.deleted")


def test_what_is_deleted_is_in_no_feed_and_so_is_named() -> None:
    body = _body("product.deleted", 7, 8)
    noticed = received("shop", SECRET, _signed(body), body, NOW)
    gone = tuple(Signal("product", ExternalId(id_), deleted=True) for id_ in ("7", "8"))
    assert noticed.delivery == Delivery("msg_1", gone, wake=True)


@pytest.mark.parametrize(
    ("body", "headers", "secret", "words"),
    [
        (_body("order.changed", 7), {}, None, "companion_secret"),
        (_body("order.changed", 7), {}, OTHER, "companion_secret"),
        (_body("order.changed", 7), {"webhook-id": ""}, SECRET, "wrong form"),
        (_body("order.changed", 7), {"webhook-id": "č"}, SECRET, "wrong form"),
        (_body("order.changed", 7), {"webhook-id": "msg_2"}, SECRET, "signature"),
        (_body("order.changed", 7), {"webhook-timestamp": "1e9"}, SECRET, "wrong form"),
        (_body("order.changed", 7), {"webhook-timestamp": "9" * 12}, SECRET, "wrong form"),
        (_body("order.changed", 7), {"webhook-signature": "v1,č x"}, SECRET, "signature"),
        (_body("order.invented", 7), {}, SECRET, "cannot be read"),
        (_body("order.changed", "x"), {}, SECRET, "cannot be read"),
        (b"nonsense", {}, SECRET, "cannot be read"),
    ],
)
def test_what_does_not_hold_is_not_believed(
    body: bytes, headers: dict[str, str], secret: str | None, words: str
) -> None:
    with pytest.raises(ForgedError, match=words):
        received("shop", secret, _signed(body) | headers, body, NOW)


def test_bytes_that_are_no_text_were_never_signed() -> None:
    with pytest.raises(ForgedError, match="signature"):
        received("shop", SECRET, _signed(b"{}"), b"\xff", NOW)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_notice_that_is_old_or_early_is_a_repeated_one(seconds: int) -> None:
    body = _body("order.changed", 7)
    with pytest.raises(ForgedError, match="clock"):
        received("shop", SECRET, _signed(body), body, NOW + dt.timedelta(seconds=seconds))
    fresh = NOW + dt.timedelta(seconds=seconds * 300 // 301)
    assert received("shop", SECRET, _signed(body), body, fresh).delivery.wake


def test_several_signatures_may_stand_beside_each_other() -> None:
    body = _body("order.changed", 7)
    headers = _signed(body)
    headers["webhook-signature"] = f"v1a,x {headers['webhook-signature']} v1,y"
    assert received("shop", SECRET, headers, body, NOW).delivery.id == "msg_1"


def test_the_connector_takes_both_kinds_of_messages() -> None:
    assert is_notice({"webhook-signature": "v1,x"})
    assert not is_notice({"x-wc-webhook-signature": "x"})
    assert not is_notice({"x-wc-webhook-signature": "x", "webhook-signature": "v1,x"})
    connector = _connector()
    body = _body("order.deleted", 7)
    assert connector.receive(_signed(body), body, NOW) == Delivery("msg_1", (), wake=True)
    with pytest.raises(ForgedError):
        connector.receive(_signed(body, secret=OTHER), body, NOW)
    with pytest.raises(ForgedError, match="companion_secret"):
        _connector(None).receive(_signed(body), body, NOW)


def test_questions_for_prices_are_trusted_by_the_same_secret() -> None:
    connector, body = _connector(), b'{"account":"7","lines":[]}'
    assert isinstance(connector, TrustPriceRequests)
    connector.trusted(_signed(body), body, NOW)
    for wrong in (_signed(body, secret=OTHER), _signed(body + b" "), {}):
        with pytest.raises(ForgedError):
            connector.trusted(wrong, body, NOW)
    with pytest.raises(ForgedError, match="companion_secret"):
        _connector(None).trusted(_signed(body), body, NOW)
