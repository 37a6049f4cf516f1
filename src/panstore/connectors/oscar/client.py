"""HTTP to the companion: one call in, a decoded answer or the one right error out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal, TypeVar

import msgspec

from panstore.connectors.exchange import REDIRECTS, Answer, Exchange, PerLoop, reason
from panstore.connectors.oscar import wire
from panstore.sdk.errors import (
    AuthError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    RemoteError,
    UnavailableError,
    WentBackError,
)

__all__ = ["Call", "CompanionMissingError", "OscarClient", "id_groups"]

T = TypeVar("T")

# gunicorn takes request lines of 4094 bytes (docs.gunicorn.org, `limit_request_line`).
_LONGEST_QUERY = 3500
_SHOWN = 300
# The companion answers a call for a record that is gone with one of these codes.
_RECORD_GONE = "unknown_"
_PATH_GONE = "unknown_path"
_AHEAD = "watermark_ahead"


class CompanionMissingError(UnavailableError):
    """Nothing of the companion's answers at the address; certainly nothing was done."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Attributes:
        operation: what is asked, for people: `write stock`.
        path: below `panstore/v1/`, with its query.
        body: JSON of a write; None makes it a read, unless `method` says otherwise.
        method: empty: POST for a write, GET for a read.
    """

    operation: str
    path: str
    body: bytes | None = None
    method: Literal["", "PUT", "DELETE"] = ""

    @property
    def writes(self) -> bool:
        """Whether it may change the shop."""
        return self.body is not None or bool(self.method)


class OscarClient:
    """Speaks HTTP with one shop; sockets are opened by the first call of each event loop.

    Args:
        connection: name of the connection, for errors.
        url: address of the shop.
        token: bearer token; appears in no error and no `repr`.
        timeout_s: longest time for one call.
        concurrency: calls at the same time.
    """

    def __init__(
        self, connection: str, url: str, token: str, *, timeout_s: float, concurrency: int
    ) -> None:
        self._connection = connection
        self._base = f"{url.rstrip('/')}/panstore/v1/"
        self._http = Exchange(
            connection,
            timeout_s=timeout_s,
            sockets=concurrency,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            secrets=(token,),
        )
        self._slots = PerLoop(lambda: asyncio.Semaphore(concurrency))

    def __repr__(self) -> str:
        return f"OscarClient({self._connection}, {self._base})"

    async def close(self) -> None:
        """Give back the sockets of this event loop; the next call opens new ones."""
        self._slots.take()
        await self._http.close()

    async def ask(self, call: Call, decoder: msgspec.json.Decoder[T]) -> T:
        """Make the call and decode its answer.

        Raises:
            RemoteError: the one that says what became of the call.
        """
        method = call.method or ("POST" if call.writes else "GET")
        async with self._slots.here():
            answer = await self._http.send(call, method, self._base + call.path, body=call.body)
        if answer.status != HTTPStatus.OK:
            raise self._refusal(call, answer)
        try:
            return decoder.decode(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._http.lost(call, f"the answer cannot be read ({reason(error)})") from error

    def _refusal(self, call: Call, answer: Answer) -> RemoteError:
        status, error = answer.status, _companion_error(answer.body)
        if status in REDIRECTS:
            return self._http.redirected(call, answer)
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return self._refused(call, answer, error)
        what = _told(error, f"HTTP {status}")
        if status == HTTPStatus.SERVICE_UNAVAILABLE and (error or "retry-after" in answer.headers):
            # Who says when to come again, or answers in the companion's own words, has not
            # begun. A bare 503 may also come from a proxy that lost the shop half way.
            return self._http.unavailable(call, what)
        return self._http.lost(call, what)

    def _refused(self, call: Call, answer: Answer, error: wire.WireError | None) -> RemoteError:
        """The answer to HTTP 400 to 499: it was understood and nothing was done."""
        status, operation = answer.status, call.operation
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimitedError(self._connection, operation, answer.retry_after)
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            what = _told(error, f"HTTP {status}, the token is not accepted")
            return AuthError(self._connection, operation, self._http.clean(what))
        if status == HTTPStatus.NOT_FOUND:
            return self._not_found(call, error)
        if error is not None and error.code == _AHEAD:
            where = "" if error.present is None else f" (it ends at {error.present})"
            what = f"its journal of orders{where} is behind what PanStore has read from it"
            return WentBackError(self._connection, operation, what)
        return RejectedError(
            self._connection,
            operation,
            self._http.clean(_told(error, f"HTTP {status}")),
            code=error.code if error else f"http_{status}",
            field=(error.field if error else None) or "",
        )

    def _not_found(self, call: Call, error: wire.WireError | None) -> RemoteError:
        if error is not None and error.code.startswith(_RECORD_GONE) and error.code != _PATH_GONE:
            return NotFoundError(self._connection, call.operation, self._http.clean(error.message))
        # Not a record but the whole API is missing; no record shall be parked for that.
        return CompanionMissingError(
            self._connection,
            call.operation,
            f"HTTP 404: nothing of the companion answers at {self._base}; install"
            " django-oscar-panstore in the shop and include its urls at panstore/v1/, or correct"
            " `url`",
        )


def id_groups(ids: Sequence[str], most: int) -> Iterator[Sequence[str]]:
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


def _companion_error(body: bytes) -> wire.WireError | None:
    """The companion's own words, None if somebody else answered (a proxy, a page of the shop)."""
    try:
        return _ERROR.decode(body).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


_ERROR = msgspec.json.Decoder(wire.WireErrorReply)


def _told(error: wire.WireError | None, otherwise: str) -> str:
    return error.message[:_SHOWN] if error else otherwise
