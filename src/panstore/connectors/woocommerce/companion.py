"""Signed calls to the plugin PanStore in the shop.

They go with a secret of their own and not with WooCommerce's keys. What is signed, as Standard
Webhooks describes, is method, route, query and body, so that a call seen on its way can be neither
changed nor made again.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal, TypeVar
from urllib.parse import quote

import msgspec

from panstore.connectors.woocommerce import wire_tiers
from panstore.connectors.woocommerce.client import ApiMissingError, Call, NotLetInError, WooClient
from panstore.sdk.errors import AuthError, OutcomeUnknownError, UnavailableError

__all__ = ["Companion", "CompanionMissingError", "id_groups", "signed_content"]

T = TypeVar("T")

_ROOT = "panstore/v1"
# Apache takes request lines of 8190 bytes (its `LimitRequestLine`), nginx of 8 kB.
_LONGEST_QUERY = 3500
_PING = msgspec.json.Decoder(wire_tiers.WireCompanion)
_WHERE = "WordPress, WooCommerce, PanStore"
_REPLAYED = "replayed"
_REMEDIES = {
    "secret_missing": f"The plugin has no usable secret: make one ({_WHERE}) and enter it as"
    " `companion_secret`.",
    "signature_missing": "The headers of the signature do not reach the shop: something between"
    " takes away headers it does not know. Let it pass webhook-id, webhook-timestamp and"
    " webhook-signature.",
    "signature_wrong": f"`companion_secret` is not the one of the shop: copy it again ({_WHERE}).",
    "too_old": "The clocks of PanStore and of the shop differ by more than five minutes. Let both"
    " set their time over the network.",
    _REPLAYED: "The shop received the call twice: something between PanStore and the shop repeats"
    " calls. See to it that it does not.",
}


class CompanionMissingError(ApiMissingError):
    """The shop has no plugin PanStore, or it is not active; certainly nothing was done."""


class Companion:
    """Speaks with the plugin through the connection's client, at its pace.

    Args:
        connection: name of the connection, for errors.
        client: of the connection.
        secret: `whsec_` and base64; appears in no error and no `repr`.
        now: aware clock, for signatures.
        nonce: makes a word that was never used before.
    """

    def __init__(
        self,
        connection: str,
        client: WooClient,
        secret: str,
        *,
        now: Callable[[], dt.datetime],
        nonce: Callable[[], str],
    ) -> None:
        self._connection = connection
        self._client = client
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        self._now = now
        self._nonce = nonce

    def __repr__(self) -> str:
        return f"Companion({self._client!r})"

    async def ping(self, operation: str) -> wire_tiers.WireCompanion:
        """What the plugin says of itself and of its shop.

        Args:
            operation: for what, for people.
        """
        return await self.ask(operation, "ping", _PING)

    async def ask(
        self,
        operation: str,
        path: str,
        decoder: msgspec.json.Decoder[T],
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        method: Literal["", "PUT", "DELETE"] = "",
    ) -> T:
        """Make the call and decode its answer.

        Args:
            operation: what is asked, for people.
            path: below `panstore/v1/`.
            query: parameters as they are, not encoded.
            body: JSON of a write.

        Raises:
            RemoteError: the one that says what became of the call.
        """
        call = Call(operation, path, query or {}, body, method, _ROOT)
        try:
            return await self._client.ask(replace(call, headers=_Signed(self._sign, call)), decoder)
        except ApiMissingError as error:
            what = (
                "nothing of the plugin PanStore answers there. Install it in WordPress and switch"
                " it on, or leave `companion_secret` empty"
            )
            raise CompanionMissingError(self._connection, operation, what) from error
        except NotLetInError as error:
            remedy = _REMEDIES.get(error.code)
            if remedy is None:
                raise
            if error.code == _REPLAYED:
                # Somebody between made the call a second time, and the first answer is lost.
                lost = OutcomeUnknownError if call.writes else UnavailableError
                raise lost(self._connection, operation, remedy) from error
            raise AuthError(self._connection, operation, remedy) from error

    def _sign(self, call: Call) -> dict[str, str]:
        """Headers of a call that is sent now."""
        id_, stamp = f"msg_{self._nonce()}", str(int(self._now().timestamp()))
        content = signed_content(call.verb, call.path, call.query, call.body or b"")
        mac = hmac.new(self._key, f"{id_}.{stamp}.".encode() + content, hashlib.sha256).digest()
        return {
            "webhook-id": id_,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
        }


class _Signed(Mapping[str, str]):
    """Headers of one call, made when it is sent and not when it begins to wait for its turn."""

    def __init__(self, sign: Callable[[Call], dict[str, str]], call: Call) -> None:
        self._make: Callable[[], dict[str, str]] = lambda: sign(call)
        self._made: dict[str, str] = {}

    def __iter__(self) -> Iterator[str]:
        self._made = self._make()
        return iter(self._made)

    def __getitem__(self, name: str) -> str:
        return self._made[name]

    def __len__(self) -> int:
        return 3


def signed_content(method: str, path: str, query: Mapping[str, str], body: bytes) -> bytes:
    """What is signed of a call: `GET /panstore/v1/ping?a=1`, a new line, the body.

    Args:
        path: below `panstore/v1/`.
        query: parameters as they are; signed in the order of their names, encoded as RFC 3986
            says, so that it does not matter how an address was written.

    Source: companions/woocommerce class-panstore-signature.php `call`, 0.1, 2026-11-25.
    """
    pairs = [f"{quote(name, safe='')}={quote(query[name], safe='')}" for name in sorted(query)]
    asked = f"?{'&'.join(pairs)}" if pairs else ""
    return f"{method} /{_ROOT}/{path}{asked}\n".encode() + body


def id_groups(ids: Sequence[str], most: int) -> Iterator[list[str]]:
    """Ids for one call each: at most `most` and 3500 characters of them."""
    some: list[str] = []
    length = 0
    for id_ in ids:
        if len(some) == most or length + len(id_) + 1 > _LONGEST_QUERY:
            yield some
            some, length = [], 0
        some.append(id_)
        length += len(id_) + 1
    if some:
        yield some
