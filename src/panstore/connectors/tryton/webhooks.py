"""Wake-ups from the companion: verified as Standard Webhooks, then only *look at the outbox*."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Mapping

import msgspec
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from panstore.model.ids import ConnectionId
from panstore.sdk.errors import ForgedError
from panstore.sdk.roles import Delivery

__all__ = ["verified"]

_TOLERANCE_S = 300


class _WakeUp(msgspec.Struct):
    type: str
    database: str


def verified(
    connection: ConnectionId,
    secret: SecretStr,
    database: str,
    headers: Mapping[str, str],
    body: bytes,
    now: dt.datetime,
) -> Delivery:
    """The wake-up, if it is ours.

    Signature and age are checked as https://www.standardwebhooks.com says (version 1.0.0): five
    minutes to either side. `now` comes from outside, so the library's own check of the age, which
    reads the clock, is not used.

    Raises:
        ForgedError: no or wrong signature, too old or too new, or not a wake-up of `database`.
    """

    def forged(what: str) -> ForgedError:
        return ForgedError(connection, "wake-up", f"{what}; the message was not obeyed")

    key = secret.get_secret_value()
    if not key:
        raise forged("this connection has no `webhook_secret`, so nobody can wake it")
    message = headers.get("webhook-id", "")
    stamp = headers.get("webhook-timestamp", "")
    if not message or not (stamp.isascii() and stamp.isdecimal()):
        raise forged("its id or time stamp is missing")
    if abs(now.timestamp() - int(stamp)) > _TOLERANCE_S:
        raise forged("it was signed more than five minutes ago or ahead; compare both clocks")
    sent = dt.datetime.fromtimestamp(int(stamp), dt.UTC)
    try:
        expected = Webhook(key).sign(message, sent, body.decode())
    except UnicodeDecodeError:
        raise forged("it is not text") from None
    given = headers.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in given):
        raise forged("its signature is wrong; `wake_secret` and `webhook_secret` must be the same")
    try:
        wake_up = msgspec.json.decode(body, type=_WakeUp)
    except msgspec.MsgspecError:
        raise forged("it has not the form of a wake-up") from None
    if wake_up.type != "outbox" or wake_up.database != database:
        raise forged(f"it speaks of {wake_up.type!r} in database {wake_up.database!r}")
    return Delivery(message, (), wake=True)
