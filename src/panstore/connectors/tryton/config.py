"""Settings of one connection to Tryton."""

from __future__ import annotations

import base64
import binascii
from decimal import Decimal, InvalidOperation
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from panstore.model.quantity import plain
from panstore.sdk.connectors import Settings

__all__ = ["TrytonSettings"]

_SECRET_PREFIX = "whsec_"  # noqa: S105 - the mark of a secret, not one
_LEAST_SECRET_BYTES = 16

RecordId = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,9}$")]
"""A Tryton id as text."""


class TrytonSettings(Settings):
    """Where Tryton is, who we are there, and how charges are booked.

    Attributes:
        url: base address of the server, without the database.
        user: a user of the group "PanStore", used by PanStore alone.
        webhook_secret: `whsec_` and base64, the same as `wake_secret` in trytond's configuration;
            empty if Tryton does not wake us, then every message is refused.
        consumer: name under which the outbox keeps rows for us; empty takes the connection's name.
            Two PanStores on one database need different names.
        web_shop: name of a web shop in Tryton's module `web_shop`, written on sales together with
            the shop's order id; None where the module is not used.
        carriers: delivery method of an order -> id of the carrier; a method that is not here is
            written into the sale's comment.
        taxes: VAT rate in per cent -> id of the tax, needed only where several sales taxes have
            the same rate.
        shipping_product, fee_product, discount_product, rounding_product: id of the product a
            charge is booked on; None books it on the company's default revenue account.
        timeout_s: longest wait for one answer, in seconds; a sale may take some on SQLite.
        concurrency: most calls at the same time; more than 1 only if the server has several
            workers and PostgreSQL.
    """

    url: str
    database: str = Field(pattern=r"^[A-Za-z0-9_.-]+$")
    user: str = Field(min_length=1)
    password: SecretStr
    webhook_secret: SecretStr = SecretStr("")
    consumer: str = ""
    web_shop: str | None = None
    carriers: dict[str, RecordId] = Field(default_factory=dict)
    taxes: dict[str, RecordId] = Field(default_factory=dict)
    shipping_product: RecordId | None = None
    fee_product: RecordId | None = None
    discount_product: RecordId | None = None
    rounding_product: RecordId | None = None
    timeout_s: float = Field(default=30.0, gt=0)
    concurrency: int = Field(default=1, ge=1, le=32)

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must look like https://erp.example.com")
        if parts.username or parts.password:
            raise ValueError("must not hold a password; there are keys `user` and `password`")
        return url.rstrip("/")

    @field_validator("webhook_secret")
    @classmethod
    def _signing_key(cls, secret: SecretStr) -> SecretStr:
        text = secret.get_secret_value()
        if text and not _is_signing_key(text):
            raise ValueError(
                f"must be `{_SECRET_PREFIX}` and base64 of at least {_LEAST_SECRET_BYTES} bytes"
            )
        return secret

    @field_validator("taxes")
    @classmethod
    def _rates(cls, taxes: dict[str, str]) -> dict[str, str]:
        return {_rate(rate): tax for rate, tax in taxes.items()}


def _is_signing_key(text: str) -> bool:
    if not text.startswith(_SECRET_PREFIX):
        return False
    try:
        key = base64.b64decode(text.removeprefix(_SECRET_PREFIX), validate=True)
    except binascii.Error:
        return False
    return len(key) >= _LEAST_SECRET_BYTES


def _rate(text: str) -> str:
    try:
        rate = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a rate in per cent") from None
    if not rate.is_finite() or rate < 0:
        raise ValueError(f"{text!r} is not a rate in per cent")
    return plain(rate)
