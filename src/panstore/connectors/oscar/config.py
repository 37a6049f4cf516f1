"""Settings of a connection to a django-oscar shop."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, SecretStr

from panstore.connectors.entered import ByRate, PlainAddress, SigningSecret
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


def _token(token: SecretStr) -> SecretStr:
    text = token.get_secret_value()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be the one word that `manage.py panstore_token` printed")
    return token


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

    url: PlainAddress
    api_token: Annotated[SecretStr, AfterValidator(_token)]
    webhook_secret: SigningSecret | None = None
    tax_classes: ByRate | None = None
    statuses: dict[str, OrderMeaning] = Field(default_factory=dict)
    timeout_s: float = Field(default=30.0, ge=1, le=300)
    concurrency: int = Field(default=4, ge=1, le=32)
