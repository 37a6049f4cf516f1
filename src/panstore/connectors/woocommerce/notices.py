"""Notices of the plugin PanStore in the shop: signed, and only a hint to look now."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Mapping

import msgspec
from standardwebhooks import Webhook

from panstore.connectors.woocommerce.map.changes import signals
from panstore.connectors.woocommerce.wire_tiers import WireNotice
from panstore.model.change import Signal
from panstore.sdk.errors import ForgedError
from panstore.sdk.roles import Delivery

__all__ = ["TOLERANCE", "Noticed", "is_notice", "received", "verified"]

TOLERANCE = dt.timedelta(minutes=5)
"""How far the sender's time stamp may be from ours (Standard Webhooks 1.0 recommends it)."""

_RECEIVE = "receive a notice"
_NOTICE = msgspec.json.Decoder(WireNotice)
_DIGITS = 11
_NOT_BELIEVED = "; it was not believed"


class Noticed(msgspec.Struct, frozen=True):
    """A verified notice.

    Attributes:
        threw: whether orders were put into the trash, taken out of it or deleted.
    """

    delivery: Delivery
    threw: bool = False


def is_notice(headers: Mapping[str, str]) -> bool:
    """Whether a message claims to be the plugin's, and not WooCommerce's own.

    Args:
        headers: lower-case names.
    """
    return "webhook-signature" in headers and "x-wc-webhook-signature" not in headers


def received(
    connection: str, secret: str | None, headers: Mapping[str, str], body: bytes, now: dt.datetime
) -> Noticed:
    """Verify a notice and say where to look.

    What was changed makes no signals: the feeds say it, leave none out, and know our own writes
    again, of which the plugin tells like of any others. Only what is deleted is in no feed.

    Args:
        connection: for the errors.
        secret: `whsec_` and base64, None if none is set.
        headers: lower-case names.
        body: exactly the bytes that came.
        now: aware.

    Raises:
        ForgedError: wrong or missing signature, more than five minutes old or early, or not a
            notice.
    """
    id_ = verified(connection, _RECEIVE, secret, headers, body, now)
    try:
        notice = _NOTICE.decode(body)
    except msgspec.DecodeError as error:
        what = f"it is signed, but cannot be read ({error}){_NOT_BELIEVED}"
        raise ForgedError(connection, _RECEIVE, what) from error
    gone: tuple[Signal, ...] = ()
    if notice.type == "product.deleted":
        gone = tuple(one for id_ in notice.ids for one in signals(id_, 0, deleted=True))
    return Noticed(Delivery(id_, gone, wake=True), notice.type == "order.deleted")


def verified(
    connection: str,
    operation: str,
    secret: str | None,
    headers: Mapping[str, str],
    body: bytes,
    now: dt.datetime,
) -> str:
    """The id of what the plugin signed: a notice, or a question for prices.

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
        return ForgedError(connection, operation, what + _NOT_BELIEVED)

    if secret is None:
        raise forged(
            "no companion_secret is set, so nothing of the plugin PanStore can be verified; enter"
            " the one it shows in WordPress, WooCommerce, PanStore"
        )
    id_, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (id_ and id_.isascii()) or not (
        stamp.isascii() and stamp.isdigit() and len(stamp) <= _DIGITS
    ):
        raise forged("webhook-id or webhook-timestamp is missing or of the wrong form")
    sent_at = dt.datetime.fromtimestamp(int(stamp), dt.UTC)
    if not _is_signed(secret, id_, sent_at, headers.get("webhook-signature", ""), body):
        raise forged("its signature is not made with our companion_secret")
    if abs(now - sent_at) > TOLERANCE:
        seconds = (now - sent_at).total_seconds()
        raise forged(
            f"it is {seconds:.0f} s old by our clock (a repeated message, or the clocks of shop and"
            " PanStore differ: let both set their time over the network)"
        )
    return id_


def _is_signed(secret: str, id_: str, sent_at: dt.datetime, given: str, body: bytes) -> bool:
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
