"""What the companion signs: verified to the byte; notices are only a hint where to look."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Mapping

import msgspec
from standardwebhooks import Webhook

from panstore.connectors.oscar import wire
from panstore.model.change import Signal, SignalKind
from panstore.model.ids import ExternalId
from panstore.sdk.errors import ForgedError
from panstore.sdk.roles import Delivery

__all__ = ["TOLERANCE", "received", "verified"]

TOLERANCE = dt.timedelta(minutes=5)
"""How far the sender's time stamp may be from ours (Standard Webhooks 1.0 recommends it)."""

_NOTICE = msgspec.json.Decoder(wire.WireNotice)
_KINDS: dict[str, SignalKind] = {
    "stock.changed": "stock",
    "price.changed": "price",
}
_FED = frozenset({"order.changed", "product.changed"})
_DIGITS = 11


def received(
    connection: str, secret: str | None, headers: Mapping[str, str], body: bytes, now: dt.datetime
) -> Delivery:
    """Verify a message and say where to look.

    Orders and products make no signals: their feeds say which changed and leave none out.

    Args:
        connection: for the errors.
        secret: `whsec_` and base64, None if none is set.
        headers: lower-case names.
        body: exactly the bytes that came.
        now: aware.

    Raises:
        ForgedError: wrong or missing signature, more than five minutes old or early, or not a
            message of the companion.
    """
    operation = "receive a message"
    id_ = verified(connection, operation, secret, headers, body, now)
    try:
        notice = _NOTICE.decode(body)
    except msgspec.DecodeError as error:
        what = f"it is signed, but cannot be read ({error}); it was not believed"
        raise ForgedError(connection, operation, what) from error
    if notice.type in _FED:
        return Delivery(id_, (), wake=True)
    kind = _KINDS.get(notice.type)
    if kind is None:
        what = f"it is signed, but of a kind we do not know: {notice.type[:50]!r}; it was not"
        raise ForgedError(connection, operation, f"{what} believed")
    signals = tuple(Signal(kind, ExternalId(str(one))) for one in notice.ids)
    return Delivery(id_, signals, wake=False)


def verified(
    connection: str,
    operation: str,
    secret: str | None,
    headers: Mapping[str, str],
    body: bytes,
    now: dt.datetime,
) -> str:
    """The id of what the shop signed: a message, or a question for prices.

    Args:
        connection, operation: for the errors.
        secret: `whsec_` and base64, None if none is set.
        headers: lower-case names.
        body: exactly the bytes that came.
        now: aware.

    Raises:
        ForgedError: no secret is set, wrong or missing signature, or more than five minutes old
            or early.
    """

    def forged(what: str) -> ForgedError:
        return ForgedError(connection, operation, what)

    if secret is None:
        raise forged(
            "no webhook_secret is set, so nothing can be verified; enter the shop's"
            " PANSTORE_WEBHOOK_SECRET, or leave its PANSTORE_WEBHOOK_URLS and PANSTORE_PRICE_URL"
            " empty"
        )
    not_believed = "; it was not believed"
    id_, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (id_ and id_.isascii()) or not (
        stamp.isascii() and stamp.isdigit() and len(stamp) <= _DIGITS
    ):
        what = "webhook-id or webhook-timestamp is missing or of the wrong form"
        raise forged(what + not_believed)
    sent_at = dt.datetime.fromtimestamp(int(stamp), dt.UTC)
    if not _signed(secret, id_, sent_at, headers.get("webhook-signature", ""), body):
        raise forged("its signature is not made with our webhook_secret" + not_believed)
    if abs(now - sent_at) > TOLERANCE:
        seconds = (now - sent_at).total_seconds()
        raise forged(
            f"it is {seconds:.0f} s old by our clock (a repeated message, or the clocks of shop"
            f" and PanStore differ: let both set their time over the network){not_believed}"
        )
    return id_


def _signed(secret: str, id_: str, sent_at: dt.datetime, given: str, body: bytes) -> bool:
    """Whether one of the signatures given is ours; compared in constant time.

    The library's own `verify` asks the machine's clock, so only its `sign` is used.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    expected = Webhook(secret).sign(id_, sent_at, text).encode()
    return any(
        hmac.compare_digest(expected, one.encode(errors="replace")) for one in given.split(" ")
    )
