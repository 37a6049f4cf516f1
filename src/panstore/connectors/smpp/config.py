"""Settings of a connection to a provider of SMS over SMPP 3.4."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, SecretStr

from panstore.sdk.connectors import Settings

__all__ = ["SmppSettings"]

_SENDER = re.compile(r"\+?[0-9]{3,15}|(?=.*[A-Za-z])[A-Za-z0-9 ._&-]{1,11}")


def _sender(text: str) -> str:
    if not _SENDER.fullmatch(text):
        raise ValueError(
            "must be a number such as +38640123456 or 2929, or up to 11 plain letters and digits"
        )
    return text


def _plain(text: str) -> str:
    if not text.isascii() or not text.isprintable():
        raise ValueError("must be plain letters, digits and signs")
    return text


def _password(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not text.isascii() or not text.isprintable():
        raise ValueError("must be plain letters, digits and signs")
    return secret


class SmppSettings(Settings):
    """Where SMS are handed over, and as whom.

    Attributes:
        host, port: of the provider's SMSC.
        tls: whether the connection is encrypted; a provider without it needs a private line.
        user, password: the provider's `system_id` and `password`; the standard has 8 signs for a
            password, many providers take more.
        system_type: only where the provider asks for one.
        sender: what the buyer sees as the sender, as agreed with the provider: a number, or up to
            11 letters and digits.
        sender_ton, sender_npi: kind of the sender and its plan where the provider wants others than
            usual (5/0 for letters, 1/1 for a number with a plus sign, 3/0 for a short one).
        alphabet: in which letters that fit 7 bits are sent: `gsm7` as the standard has it, or
            `latin1` for providers that translate themselves.
        long_texts: `split`: PanStore cuts them into parts; `payload`: the provider does.
        receipt_ids: `decimal` for providers that give an id in hexadecimal digits and name it in
            receipts as a decimal number.
        timeout_s: longest wait for one answer, from 1 to 60 seconds.
        enquire_s: an idle line is tried after so many seconds, from 5 to 600.
        concurrency: texts handed over at the same time, from 1 to 50.
    """

    # What was entered is not repeated in a validation error: it may be a secret.
    model_config = ConfigDict(hide_input_in_errors=True)

    host: Annotated[str, Field(min_length=1)]
    port: int = Field(default=2775, ge=1, le=65535)
    tls: bool = False
    user: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_plain)]
    password: Annotated[SecretStr, AfterValidator(_password)]
    system_type: Annotated[str, Field(max_length=12), AfterValidator(_plain)] = ""
    sender: Annotated[str, AfterValidator(_sender)]
    sender_ton: int | None = Field(default=None, ge=0, le=6)
    sender_npi: int | None = Field(default=None, ge=0, le=18)
    alphabet: Literal["gsm7", "latin1"] = "gsm7"
    long_texts: Literal["split", "payload"] = "split"
    receipt_ids: Literal["same", "decimal"] = "same"
    timeout_s: float = Field(default=20.0, ge=1, le=60)
    enquire_s: float = Field(default=30.0, ge=5, le=600)
    concurrency: int = Field(default=8, ge=1, le=50)
