"""Settings of a connection to a mail server."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, SecretStr, model_validator

from panstore.sdk.connectors import Settings

__all__ = ["SmtpSettings"]

_PORTS = {"tls": 465, "starttls": 587, "none": 25}


def _address(text: str) -> str:
    local, at, domain = text.rpartition("@")
    plain = text.isascii() and text.isprintable() and not set(text) & set(' <>()[],;:"\\')
    if not (local and at and "." in domain) or not plain or "@" in local:
        raise ValueError("must be a plain mail address such as shop@example.com")
    return text


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line of text")
    return text.strip()


class SmtpSettings(Settings):
    """Where mails are handed over, and who writes them.

    Attributes:
        host: of the server that takes mails of ours for everybody (a relay or a provider).
        security: `tls` from the first byte (port 465), `starttls` before anything is said (587),
            `none` for a server on this machine only.
        port: where it is another one than usual.
        user, password: to log in; none where the server knows us by our address.
        sender: mail address the mails come from; its domain names our messages too.
        sender_name: shown beside it.
        reply_to: where answers go, if not to the sender.
        timeout_s: longest wait for one answer, from 1 to 600 seconds. A server may take its time
            after a mail's last byte; a wait that is cut short there leaves the outcome unknown.
        concurrency: connections at the same time, from 1 to 16; each is used for many mails.
    """

    # What was entered is not repeated in a validation error: it may be a secret.
    model_config = ConfigDict(hide_input_in_errors=True)

    host: Annotated[str, Field(min_length=1)]
    security: Literal["tls", "starttls", "none"] = "starttls"
    port: int | None = Field(default=None, ge=1, le=65535)
    user: str | None = None
    password: SecretStr | None = None
    sender: Annotated[str, AfterValidator(_address)]
    sender_name: Annotated[str, AfterValidator(_one_line)] = ""
    reply_to: Annotated[str, AfterValidator(_address)] | None = None
    timeout_s: float = Field(default=60.0, ge=1, le=600)
    concurrency: int = Field(default=2, ge=1, le=16)

    @property
    def used_port(self) -> int:
        """The port that is called."""
        return self.port or _PORTS[self.security]

    @property
    def domain(self) -> str:
        """Of the sender."""
        return self.sender.rpartition("@")[2].lower()

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if self.security == "none" and not _is_here(self.host):
            raise ValueError(
                'security = "none" sends mails and password in the clear; it is for a server'
                ' on this machine only (127.0.0.1, localhost): use "starttls" or "tls"'
            )
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password belong together: give both or none")
        return self


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
