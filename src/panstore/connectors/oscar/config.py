"""Settings of a connection to a django-oscar shop."""

from __future__ import annotations

import base64
import binascii
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, HttpUrl, SecretStr

from panstore.model.quantity import plain
from panstore.sdk.connectors import Settings

__all__ = ["OSCAR_STAGES", "OrderMeaning", "OscarSettings"]

OrderMeaning = Literal["open", "shipped", "cancelled", "returned"]
"""What a status says of the goods: as an order's stage, and `returned`: all of them came back."""

OSCAR_STAGES: dict[str, OrderMeaning] = {
    "Pending": "open",
    "Waiting for goods": "open",
    "Being processed": "open",
    "Partly shipped": "open",
    "Shipped": "shipped",
    "Complete": "shipped",
    "Returned": "returned",
    # The word alone gives no money back; the shop's payments say how much was.
    "Refunded": "shipped",
    "Cancelled": "cancelled",
}
"""Statuses of Oscar's documentation and sandbox (django-oscar 4.2, sandbox/settings.py), and those
of the demo's shop."""

_SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of Standard Webhooks secrets, not a secret


_HIGHEST_RATE = 100


def _address(url: HttpUrl) -> HttpUrl:
    if url.query or url.fragment or url.username or url.password:
        raise ValueError("must be a plain address without query, user or password")
    return url


def _token(token: SecretStr) -> SecretStr:
    text = token.get_secret_value()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be the one word that `manage.py panstore_token` printed")
    return token


def _signing_secret(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    try:
        key = base64.b64decode(text.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(_SECRET_PREFIX) or not key:
        raise ValueError("must be `whsec_` followed by base64, as in the shop's settings")
    return secret


def _by_rate(classes: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for written, code in classes.items():
        try:
            rate = Decimal(written)
        except InvalidOperation:
            rate = Decimal("NaN")
        if not (rate.is_finite() and 0 <= rate <= _HIGHEST_RATE):
            raise ValueError(f"{written!r} is not a VAT rate in per cent, such as 22 or 9.5")
        found[plain(rate)] = code
    return found


class OscarSettings(Settings):
    """Where the shop is and how it is understood.

    Attributes:
        url: address of the shop (with its path, if it does not stand at the root); the
            companion's API is looked for at `panstore/v1/` below it.
        api_token: made in the shop by `manage.py panstore_token`.
        webhook_secret: the shop's PANSTORE_WEBHOOK_SECRET, `whsec_` and base64; None: webhooks are
            refused and the order feed is polled only.
        tax_classes: VAT rate in per cent -> the shop's tax class; None: as the shop says.
        statuses: more order statuses of the shop, or other meanings for Oscar's own.
        timeout_s: longest time for one call, from 1 to 300 seconds.
        concurrency: calls at the same time, from 1 to 32.
    """

    # What was entered is not repeated in a validation error: it may be a secret.
    model_config = ConfigDict(hide_input_in_errors=True)

    url: Annotated[HttpUrl, AfterValidator(_address)]
    api_token: Annotated[SecretStr, AfterValidator(_token)]
    webhook_secret: Annotated[SecretStr, AfterValidator(_signing_secret)] | None = None
    tax_classes: Annotated[dict[str, str], AfterValidator(_by_rate)] | None = None
    statuses: dict[str, OrderMeaning] = Field(default_factory=dict)
    timeout_s: float = Field(default=30.0, ge=1, le=300)
    concurrency: int = Field(default=4, ge=1, le=32)
