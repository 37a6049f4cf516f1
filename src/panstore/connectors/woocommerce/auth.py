"""How a call proves who makes it: Basic over https, OAuth 1.0a (one-legged) over plain http.

Pure: time and randomness come from outside. Sources: WooCommerce 10.5, recorded 44-auth-failures
and 45-oauth1; which address a signature is checked against: the plugin's
class-wc-rest-authentication.php.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

__all__ = ["KeyPair", "encoded", "oauth", "query_text"]

_METHOD = "HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A key of the shop's REST API; neither half is shown."""

    key: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def basic(self) -> str:
        """Value of an Authorization header."""
        return "Basic " + base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()


def encoded(text: str) -> str:
    """`text` as RFC 3986 writes it in a query: all but letters, digits and `-._~`."""
    return quote(text, safe="")


def query_text(parameters: Mapping[str, str]) -> str:
    """A query in the form that is both sent and signed."""
    return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in parameters.items())


def oauth(
    pair: KeyPair,
    method: str,
    url: str,
    parameters: Mapping[str, str],
    *,
    nonce: str,
    timestamp: int,
) -> dict[str, str]:
    """The query with the signature that makes it valid once.

    Args:
        pair: the key.
        method: HTTP method.
        url: address of the resource without a query, as the shop itself knows it.
        parameters: the query; the body is not part of the signature. `include[]` cannot be
            signed, `include=1,2` can.
        nonce: never used before with this key; a second try needs a new one.
        timestamp: seconds since 1970, within 15 minutes of the shop's clock.
    """
    signed = {
        **parameters,
        "oauth_consumer_key": pair.key,
        "oauth_nonce": nonce,
        "oauth_signature_method": _METHOD,
        "oauth_timestamp": str(timestamp),
    }
    # Encoded first, then ordered by bytes, which for what is left is the order of characters.
    pairs = sorted((encoded(name), encoded(value)) for name, value in signed.items())
    text = "&".join(f"{name}={value}" for name, value in pairs)
    base = f"{method}&{encoded(url)}&{encoded(text)}".encode()
    # No token, so nothing stands behind the `&`.
    digest = hmac.new(f"{pair.secret}&".encode(), base, hashlib.sha256).digest()
    return {**signed, "oauth_signature": base64.b64encode(digest).decode()}
