"""Messages are believed only if the shop signed exactly these bytes just now."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from typing import Any

import pytest

from panstore.connectors.oscar.webhooks import TOLERANCE, received
from panstore.model.change import Signal
from panstore.model.ids import ExternalId
from panstore.sdk.errors import ForgedError
from panstore.sdk.roles import Delivery

KEY = b"a key of thirty-two bytes, so so"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
NOW = dt.datetime(2026, 11, 24, 5, 0, tzinfo=dt.UTC)
STAMP = str(int(NOW.timestamp()))


def signature(id_: str, stamp: str, body: bytes, key: bytes = KEY) -> str:
    """As Standard Webhooks 1.0 describes it, written independently of the library."""
    mac = hmac.new(key, f"{id_}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(mac).decode()


def headers(body: bytes, *, id_: str = "msg_1", stamp: str = STAMP) -> dict[str, str]:
    return {
        "webhook-id": id_,
        "webhook-timestamp": stamp,
        "webhook-signature": signature(id_, stamp, body),
    }


def encoded(message: Any) -> bytes:
    return json.dumps(message).encode()


def receive(message: Any, now: dt.datetime = NOW) -> Delivery:
    body = encoded(message)
    return received("shop", SECRET, headers(body), body, now)


@pytest.mark.parametrize("kind", ["order", "product"])
def test_what_has_a_feed_wakes_it(kind: str) -> None:
    assert receive({"type": f"{kind}.changed", "ids": [4, 5], "seq": 9}) == Delivery(
        "msg_1", (), wake=True
    )


@pytest.mark.parametrize("kind", ["stock", "price"])
def test_changed_goods_are_signals(kind: Any) -> None:
    assert receive({"type": f"{kind}.changed", "ids": [4, 5], "new": 1}) == Delivery(
        "msg_1", (Signal(kind, ExternalId("4")), Signal(kind, ExternalId("5"))), wake=False
    )


def test_one_of_several_signatures_is_enough() -> None:
    body = encoded({"type": "order.changed", "ids": []})
    given = headers(body)
    other = signature("msg_1", STAMP, body, key=b"the key before")
    given["webhook-signature"] = f"{other} {given['webhook-signature']} v2,something"
    assert received("shop", SECRET, given, body, NOW).wake


@pytest.mark.parametrize("away", [TOLERANCE, -TOLERANCE])
def test_five_minutes_are_near_enough(away: dt.timedelta) -> None:
    assert receive({"type": "order.changed", "ids": []}, NOW + away).wake


@pytest.mark.parametrize("away", [TOLERANCE, -TOLERANCE])
def test_more_than_five_minutes_are_not(away: dt.timedelta) -> None:
    beyond = NOW + away * 1.01
    with pytest.raises(ForgedError, match=r"303 s old by our clock.*set their time"):
        receive({"type": "order.changed", "ids": []}, beyond)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("webhook-id", ""),
        ("webhook-id", "msg_2"),
        ("webhook-id", "msg_č"),
        ("webhook-timestamp", ""),
        ("webhook-timestamp", "soon"),
        ("webhook-timestamp", "٣"),
        ("webhook-timestamp", f"{STAMP}.5"),
        ("webhook-timestamp", "9" * 12),
        ("webhook-timestamp", str(int(STAMP) + 1)),
        ("webhook-signature", ""),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1,č\udcff"),
        ("webhook-signature", signature("msg_1", STAMP, b"{}")),
    ],
)
def test_a_header_that_does_not_fit_is_refused(name: str, text: str) -> None:
    body = encoded({"type": "order.changed", "ids": []})
    with pytest.raises(ForgedError):
        received("shop", SECRET, headers(body) | {name: text}, body, NOW)
    missing = headers(body)
    del missing[name]
    with pytest.raises(ForgedError):
        received("shop", SECRET, missing, body, NOW)


def test_a_body_that_is_not_what_was_signed_is_refused() -> None:
    body = encoded({"type": "order.changed", "ids": []})
    for changed in (body + b" ", body[:-1], b"", b"\xff"):
        with pytest.raises(ForgedError, match="signature"):
            received("shop", SECRET, headers(body), changed, NOW)


@pytest.mark.parametrize("message", [[], {"ids": []}, {"type": 5}, {"type": "x", "ids": ["a"]}])
def test_a_signed_body_of_another_form_is_refused(message: Any) -> None:
    with pytest.raises(ForgedError, match="cannot be read"):
        receive(message)


def test_a_signed_message_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ForgedError, match=r"customer\.changed"):
        receive({"type": "customer.changed", "ids": [1]})


def test_the_secret_is_not_in_the_refusal() -> None:
    with pytest.raises(ForgedError) as caught:
        received("shop", SECRET, {}, b"{}", NOW)
    assert SECRET not in repr(caught.value) + str(vars(caught.value))
