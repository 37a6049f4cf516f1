"""Kinds of settings that several connectors have alike, each refused where it cannot work.

Like `panstore.connectors.exchange` this knows no connector.
"""

from __future__ import annotations

import base64
import binascii
from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import AfterValidator, HttpUrl, SecretStr

from panstore.model.quantity import plain

__all__ = ["ByRate", "PlainAddress", "SigningSecret"]

_SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of Standard Webhooks secrets, not a secret
_HIGHEST_RATE = 100


def _address(url: HttpUrl) -> HttpUrl:
    if url.query or url.fragment or url.username or url.password:
        raise ValueError("must be a plain address without query, user or password")
    return url


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


PlainAddress = Annotated[HttpUrl, AfterValidator(_address)]
"""Address of a shop, with its path if it does not stand at the root."""

SigningSecret = Annotated[SecretStr, AfterValidator(_signing_secret)]
"""`whsec_` and base64: a secret of Standard Webhooks."""

ByRate = Annotated[dict[str, str], AfterValidator(_by_rate)]
"""VAT rate in per cent (as text, from 0 to 100) -> the shop's code; rates are normalised."""
