"""Settings of a connection to a WooCommerce shop."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, HttpUrl, SecretStr

from panstore.connectors.entered import ByRate, PlainAddress, SigningSecret
from panstore.model.order import OrderStage
from panstore.sdk.connectors import Settings

__all__ = ["WooSettings"]

_KEY = re.compile(r"c[ks]_[0-9A-Za-z]+")


def _site(url: HttpUrl) -> HttpUrl:
    for inside in ("/wp-json", "/wp-admin", "/wp-login.php"):
        if inside in (url.path or ""):
            raise ValueError(f"must be the address of the site itself, without {inside} behind it")
    return url


_ALTERED = frozenset("&<>%\\\"'")


def _half(prefix: str, secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not text.startswith(prefix) or not _KEY.fullmatch(text):
        raise ValueError(
            f"must be the one word beginning with `{prefix}` that WooCommerce showed when the key"
            " was made (Settings, Advanced, REST API)"
        )
    return secret


def _consumer_key(secret: SecretStr) -> SecretStr:
    return _half("ck_", secret)


def _consumer_secret(secret: SecretStr) -> SecretStr:
    return _half("cs_", secret)


def _word(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    plain = text.isascii() and text.isprintable() and not _ALTERED.intersection(text)
    if not text or not plain or " ".join(text.split()) != text:
        raise ValueError(
            "must be text of plain letters, digits and signs, without blanks around or two in a row"
            " and without & < > % \\ or quotation marks, which WordPress would alter"
        )
    return secret


class WooSettings(Settings):
    """Where the shop is and how it is understood.

    Attributes:
        url: address of the WordPress site (with its path, if it does not stand at the root); its
            REST API is looked for at `wp-json/` below it.
        consumer_key: `ck_...` of a key of WooCommerce's REST API that may read and write.
        consumer_secret: the `cs_...` shown with it.
        auth: `basic` sends key and secret, `oauth` signs each call instead; `auto`: basic over
            https, oauth over plain http, where a shop takes nothing else.
        home: the address the shop itself goes by, where PanStore reaches it by another one; a
            signature is checked against it. None: it is `url`.
        webhook_secret: text that PanStore gives the shop to sign its messages with; None: no
            webhooks, the shop is asked by the clock only.
        webhook_url: address of PanStore's inbox as the shop reaches it, ending in `/hooks/` and
            the connection's name; None: webhooks are not registered by PanStore.
        companion_secret: the signing secret shown by the plugin PanStore in WordPress, `whsec_`
            and base64; None: the shop has no such plugin.
        tax_classes: VAT rate in per cent -> the shop's tax class; None: as the shop says.
        statuses: more order statuses of the shop, or other meanings for WooCommerce's own.
        vat_id_meta: keys of the fields in which a plugin keeps the buyer's VAT id, looked at before
            those of the plugins that are known.
        unpaid_methods: payment methods whose orders the shop calls paid although nothing has been
            received yet, such as a purchase on account.
        timeout_s: longest time for one call, from 1 to 300 seconds; a shop under load needs 10
            seconds for a batch of 100.
        concurrency: most calls at the same time, from 1 to 16; it begins with two and goes lower
            by itself where the shop answers slowly.
    """

    # What was entered is not repeated in a validation error: it may be a secret.
    model_config = ConfigDict(hide_input_in_errors=True)

    url: Annotated[PlainAddress, AfterValidator(_site)]
    consumer_key: Annotated[SecretStr, AfterValidator(_consumer_key)]
    consumer_secret: Annotated[SecretStr, AfterValidator(_consumer_secret)]
    auth: Literal["auto", "basic", "oauth"] = "auto"
    home: Annotated[PlainAddress, AfterValidator(_site)] | None = None
    webhook_secret: Annotated[SecretStr, AfterValidator(_word)] | None = None
    webhook_url: PlainAddress | None = None
    companion_secret: SigningSecret | None = None
    tax_classes: ByRate | None = None
    statuses: dict[str, OrderStage] = Field(default_factory=dict)
    vat_id_meta: tuple[str, ...] = ()
    unpaid_methods: frozenset[str] = frozenset()
    timeout_s: float = Field(default=90.0, ge=1, le=300)
    concurrency: int = Field(default=4, ge=1, le=16)

    @property
    def signs(self) -> bool:
        """Whether calls are signed by OAuth rather than made with Basic."""
        return self.auth == "oauth" or (self.auth == "auto" and self.url.scheme == "http")
