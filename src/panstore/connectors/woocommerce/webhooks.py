"""What WooCommerce sends: verified to the byte, and only a hint where to look."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping

import msgspec

from panstore.connectors.woocommerce.map.changes import signals
from panstore.connectors.woocommerce.map.order_text import moment
from panstore.connectors.woocommerce.wire_webhooks import WireDelivery
from panstore.model.change import Signal
from panstore.sdk.errors import ForgedError, MappingError
from panstore.sdk.roles import Delivery

__all__ = ["Heard", "received", "signature"]

_PING = re.compile(rb"webhook_id=([0-9]{1,18})")
_BODY = msgspec.json.Decoder(WireDelivery)
_RECEIVE = "receive a message"
_DELETED = "deleted"


class Heard(msgspec.Struct, frozen=True):
    """A verified message.

    Attributes:
        order: number of the order that it is about, None of anything else.
        modified_at: when that was last changed, aware UTC; None if it does not say.
    """

    delivery: Delivery
    order: int | None = None
    modified_at: dt.datetime | None = None


def received(
    connection: str,
    secret: str | None,
    headers: Mapping[str, str],
    body: bytes,
    is_echo: Callable[[bytes], bool],
) -> Heard:
    """Verify a message and say where to look.

    Orders make no signals: their feed says which changed and leaves none out. What is new about
    customers and coupons concerns nobody. The messages carry no time that is signed; a message that
    is sent once more by somebody else leads to one more look.

    Args:
        connection: for the errors.
        secret: the text the webhook was made with, None if none is set.
        headers: lower-case names.
        body: exactly the bytes that came.
        is_echo: whether a product or variation shows what our own last write left.

    Raises:
        ForgedError: wrong or missing signature.
    """
    given = headers.get("x-wc-webhook-signature", "")
    ping = _PING.fullmatch(body)
    if ping is not None and not given:
        # A new webhook is tried out so, unsigned; it must be answered, and says nothing.
        return Heard(Delivery(f"ping-{ping[1].decode()}", (), wake=False))
    if secret is None:
        raise ForgedError(
            connection,
            _RECEIVE,
            "no webhook_secret is set, so nothing can be verified; set one, and PanStore gives it"
            " to the shop by itself",
        )
    expected = signature(secret, body).encode()
    if not hmac.compare_digest(expected, given.encode(errors="replace")):
        raise ForgedError(
            connection,
            _RECEIVE,
            "its signature is not made with our webhook_secret; it was not believed",
        )
    resource, event = headers.get("x-wc-webhook-resource", ""), headers.get("x-wc-webhook-event")
    # The shop makes its id of the webhook and the second (WC_Webhook), so that two messages of one
    # second would be taken for one.
    id_ = hashlib.sha256(
        b"\n".join((headers.get("x-wc-webhook-delivery-id", "").encode(), resource.encode(), body))
    ).hexdigest()
    told = _read(body)
    if told is None:
        return Heard(Delivery(id_, (), wake=True))
    found: tuple[Signal, ...] = ()
    if resource == "product" and not is_echo(body):
        found = signals(told.id, told.parent_id, deleted=event == _DELETED)
    if resource != "order":
        return Heard(Delivery(id_, found, wake=False))
    return Heard(Delivery(id_, (), wake=True), told.id, _modified(told))


def signature(secret: str, body: bytes) -> str:
    """As the shop makes it: base64 of HMAC-SHA256 over the raw bytes (recorded 47)."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def _read(body: bytes) -> WireDelivery | None:
    """None where the record was gone when the message was made: an error stands in its place.

    It is signed, so something did happen; refused, it would count towards the seven failures after
    which the shop sends nothing more.
    """
    try:
        return _BODY.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _modified(told: WireDelivery) -> dt.datetime | None:
    try:
        return moment("", "", told.date_modified_gmt) if told.date_modified_gmt else None
    except MappingError:
        return None
