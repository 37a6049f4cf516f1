"""Who asks: Basic over https, keys in the query over https, OAuth 1.0a over plain http.

WooCommerce 10.5, recorded 44-auth-failures and 45-oauth1. What is not recorded: a timestamp more
than 15 minutes *ahead* is refused as well (the window is checked both ways).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from tests.connectors.woocommerce.simulator.answers import error, refused
from tests.connectors.woocommerce.simulator.router import Refused, WooAnswer, WooRequest

if TYPE_CHECKING:
    from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["Key", "authenticated", "forbidden", "signature"]

_WINDOW = 15 * 60
_DIGESTS = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}


@dataclass(frozen=True)
class Key:
    """An API key; `permissions` is `r`, `w` or `rw`."""

    consumer_key: str
    consumer_secret: str
    permissions: str

    @property
    def reads(self) -> bool:
        return bool(self.permissions)


def _fault(message: str) -> Refused:
    return refused("woocommerce_rest_authentication_error", message, 401, allow=False)


def authenticated(shop: SimWoo, request: WooRequest) -> Key | None:
    """The key that asks, or None where nobody does; an unknown key counts as nobody over https.

    Raises:
        Refused: 401 for a wrong secret, signature, timestamp or nonce, or for a key that may not
            do this.
    """
    if not request.path.startswith("/wp-json/wc/"):
        return None
    secure = request.secure or (
        shop.trusts_proxy and request.headers.get("x-forwarded-proto") == "https"
    )
    key = _over_https(shop, request) if secure else None
    if key is None:
        key = _by_oauth(shop, request)
    if key is None:
        return None
    if request.method in {"GET", "HEAD"}:
        if "r" not in key.permissions:
            raise _fault("The API key provided does not have read permissions.")
    elif request.method != "OPTIONS" and "w" not in key.permissions:
        raise _fault("The API key provided does not have write permissions.")
    return key


def _over_https(shop: SimWoo, request: WooRequest) -> Key | None:
    name = request.query.get("consumer_key", "")
    secret = request.query.get("consumer_secret", "")
    if not (name and secret):
        kind, _, told = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return None
        try:
            name, _, secret = base64.b64decode(told, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
    key = shop.keys.get(name)
    if key is None:
        return None
    if not hmac.compare_digest(key.consumer_secret.encode(), secret.encode()):
        raise _fault("Consumer secret is invalid.")
    return key


def _by_oauth(shop: SimWoo, request: WooRequest) -> Key | None:
    told, rest = _oauth_parameters(request)
    if not told.get("oauth_consumer_key"):
        return None
    key = shop.keys.get(told["oauth_consumer_key"])
    if key is None:
        raise _fault("Consumer key is invalid.")
    missing = [
        name
        for name in ("timestamp", "nonce", "signature", "signature_method")
        if not told.get(f"oauth_{name}")
    ]
    if missing:
        names = ", ".join(f"oauth_{name}" for name in missing)
        raise _fault(f"Missing OAuth parameter{'s' if len(missing) > 1 else ''} {names}")
    method = told["oauth_signature_method"]
    if method not in _DIGESTS:
        raise _fault("Invalid signature - signature method is invalid.")
    signed = {name: value for name, value in told.items() if name != "oauth_signature"}
    # A list in brackets is signed under another name by PHP than by the caller (recorded 45, 5).
    parameters = {
        re.sub(r"\[\]$", "[0]", name): value for name, value in {**rest, **signed}.items()
    }
    url = (shop.signed_as or request.base) + request.path
    good = signature(request.method, url, parameters, key.consumer_secret, method)
    given = unquote(told["oauth_signature"].replace(" ", "+"))
    if not hmac.compare_digest(good.encode(), given.encode()):
        raise _fault("Invalid signature - provided signature does not match.")
    _check_freshness(shop, key, told)
    return key


def _oauth_parameters(request: WooRequest) -> tuple[dict[str, str], dict[str, str]]:
    """(those of OAuth, wherever they stand; the other ones of the query)."""
    told = {name: value for name, value in request.query.items() if name.startswith("oauth_")}
    rest = {name: value for name, value in request.query.items() if name not in told}
    header = request.headers.get("authorization", "")
    if header.lower().startswith("oauth "):
        for name, value in re.findall(r'(\w+)="([^"]*)"', header):
            told[name] = unquote(value)
    return told, rest


def signature(
    method: str, url: str, parameters: Mapping[str, str], secret: str, digest: str
) -> str:
    """The signature of a one-legged OAuth 1.0a request: base64, the token's secret being empty."""
    pairs = sorted(
        (quote(name, safe="~"), quote(value, safe="~")) for name, value in parameters.items()
    )
    text = "&".join(f"{name}={value}" for name, value in pairs)
    base = f"{method.upper()}&{quote(url, safe='~')}&{quote(text, safe='~')}"
    made = hmac.new(f"{secret}&".encode(), base.encode(), _DIGESTS[digest]).digest()
    return base64.b64encode(made).decode()


def _check_freshness(shop: SimWoo, key: Key, told: Mapping[str, str]) -> None:
    try:
        moment = int(told["oauth_timestamp"])
    except ValueError:
        moment = 0
    now = int(shop.now().timestamp())
    if abs(now - moment) > _WINDOW:
        raise _fault("Invalid timestamp.")
    # WooCommerce keeps nonces of the window only, each key its own.
    for known in [each for each in shop.nonces if each[1] < now - _WINDOW]:
        del shop.nonces[known]
    nonce = told["oauth_nonce"]
    if any(nonce in used for (owner, _), used in shop.nonces.items() if owner == key.consumer_key):
        raise _fault("Invalid nonce - nonce has already been used.")
    shop.nonces.setdefault((key.consumer_key, moment), set()).add(nonce)


_WORDS = {
    "list": ("view", "Sorry, you cannot list resources."),
    "GET": ("view", "Sorry, you cannot view this resource."),
    "create": ("create", "Sorry, you are not allowed to create resources."),
    "edit": ("edit", "Sorry, you are not allowed to edit this resource."),
    "DELETE": ("delete", "Sorry, you are not allowed to delete this resource."),
    "batch": ("batch", "Sorry, you are not allowed to batch manipulate this resource."),
}


def forbidden(method: str, path: str, captured: Mapping[str, str]) -> WooAnswer:
    """The answer to nobody: 401, in words that never say that the key was not looked at."""
    one = bool(captured) and re.search(r"/\d+$", path) is not None
    if path.endswith("/batch"):
        kind = "batch"
    elif method == "GET":
        kind = "GET" if one else "list"
    elif method == "DELETE":
        kind = "DELETE"
    else:
        kind = "edit" if one else "create"
    verb, message = _WORDS[kind]
    return WooAnswer(401, error(f"woocommerce_rest_cannot_{verb}", message, 401), allow=False)
