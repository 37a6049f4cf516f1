"""Wake-ups: only genuine ones of our database count, by the time that is given."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac

import pytest
from pydantic import SecretStr

from panstore.connectors.tryton.webhooks import verified
from panstore.model.ids import ConnectionId
from panstore.sdk.errors import ForgedError
from panstore.sdk.roles import Delivery

KEY = b"a key of twenty-four byte"
SECRET = SecretStr("whsec_" + base64.b64encode(KEY).decode())
NOW = dt.datetime(2030, 1, 1, 12, 0, tzinfo=dt.UTC)
BODY = b'{"type": "outbox", "database": "demo"}'


def signed(body: bytes = BODY, at: dt.datetime = NOW, key: bytes = KEY) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    content = b".".join([b"msg_1", stamp.encode(), body])
    digest = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{digest}",
    }


def receive(headers: dict[str, str], body: bytes = BODY, *, secret: SecretStr = SECRET) -> Delivery:
    return verified(ConnectionId("erp"), secret, "demo", headers, body, NOW)


def test_a_genuine_wake_up_says_read_the_outbox() -> None:
    assert receive(signed()) == Delivery("msg_1", (), wake=True)


def test_one_of_several_signatures_is_enough() -> None:
    headers = signed()
    headers["webhook-signature"] = f"v1,AAAA {headers['webhook-signature']} v1a,BBBB"
    assert receive(headers).wake


@pytest.mark.parametrize("minutes", [-5, 5])
def test_five_minutes_to_either_side_are_fine(minutes: int) -> None:
    assert receive(signed(at=NOW + dt.timedelta(minutes=minutes))).wake


@pytest.mark.parametrize("seconds", [-301, 301])
def test_what_is_older_or_newer_is_refused(seconds: int) -> None:
    with pytest.raises(ForgedError, match="compare both clocks"):
        receive(signed(at=NOW + dt.timedelta(seconds=seconds)))


def test_another_key_another_body_and_missing_headers_are_refused() -> None:
    with pytest.raises(ForgedError, match="signature is wrong"):
        receive(signed(key=b"another key of 24 bytes."))
    with pytest.raises(ForgedError, match="signature is wrong"):
        receive(signed(), BODY + b" ")
    with pytest.raises(ForgedError, match="is not text"):
        receive(signed(), b"\xff")
    for name in signed():
        headers = {key: text for key, text in signed().items() if key != name}
        with pytest.raises(ForgedError):
            receive(headers)
    with pytest.raises(ForgedError, match="time stamp is missing"):
        receive(signed() | {"webhook-timestamp": "soon"})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"type": "outbox"}',
        b'{"type": "outbox", "database": "other"}',
        b'{"type": "order", "database": "demo"}',
    ],
)
def test_a_signed_message_of_another_kind_is_refused(body: bytes) -> None:
    with pytest.raises(ForgedError):
        receive(signed(body), body)


def test_without_a_secret_nobody_can_wake_us() -> None:
    with pytest.raises(ForgedError, match="no `webhook_secret`"):
        receive(signed(key=b""), secret=SecretStr(""))
