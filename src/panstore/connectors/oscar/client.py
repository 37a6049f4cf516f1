"""HTTP to the companion: one call in, a decoded answer or the one right error out.

The heart is the outcome of a call that went wrong. What certainly did nothing is
`UnavailableError`; a write that may have been done is `OutcomeUnknownError`; a read never changes
anything, so whatever happens to it is `UnavailableError`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import SimpleNamespace
from typing import Literal, TypeVar

import aiohttp
import msgspec
from yarl import URL

from panstore.connectors.oscar import wire
from panstore.sdk.errors import (
    AuthError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    RemoteError,
    UnavailableError,
    WentBackError,
)

__all__ = ["Call", "CompanionMissingError", "OscarClient", "id_groups"]

T = TypeVar("T")

_LARGEST_REPLY = 64 * 1024 * 1024
# gunicorn takes request lines of 4094 bytes (docs.gunicorn.org, `limit_request_line`).
_LONGEST_QUERY = 3500
_CONNECT_S = 10.0
# Shorter than what servers keep idle connections for (gunicorn's `--keep-alive` apart), so that a
# write is seldom sent into a connection that is being closed.
_KEEP_ALIVE_S = 15.0
_SHOWN = 300
_REDIRECTS = range(300, 400)
# Nothing was done by who answers so: it sends the request elsewhere.
_UNTOUCHED_REDIRECTS = frozenset({301, 302, 307, 308})
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


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class _Line:
    """What belongs to one event loop."""

    session: aiohttp.ClientSession
    slots: asyncio.Semaphore


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
        self._token = token
        self._timeout_s = timeout_s
        self._concurrency = concurrency
        self._lines: dict[asyncio.AbstractEventLoop, _Line] = {}

    def __repr__(self) -> str:
        return f"OscarClient({self._connection}, {self._base})"

    async def close(self) -> None:
        """Give back the sockets of this event loop; the next call opens new ones."""
        line = self._lines.pop(asyncio.get_running_loop(), None)
        if line is not None:
            await line.session.close()

    async def ask(self, call: Call, decoder: msgspec.json.Decoder[T]) -> T:
        """Make the call and decode its answer.

        Raises:
            RemoteError: the one that says what became of the call.
        """
        answer = await self._exchange(call)
        if answer.status != HTTPStatus.OK:
            raise self._refusal(call, answer)
        try:
            return decoder.decode(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._lost(call, f"the answer cannot be read ({_reason(error)})") from error

    async def _exchange(self, call: Call) -> _Answer:
        line = self._line()
        sent = SimpleNamespace(headers=False)
        async with line.slots:
            try:
                async with asyncio.timeout(self._timeout_s):
                    return await self._send(line.session, call, sent)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
                failure = self._unavailable(call, f"no connection ({_reason(error)})")
            except TimeoutError:
                what = f"no whole answer within {self._timeout_s:g} s"
                failure = self._broken(call, sent, what)
            except (aiohttp.ClientError, OSError) as error:
                failure = self._broken(call, sent, f"connection lost ({_reason(error)})")
        # Raised out here, without its cause: aiohttp's errors carry the request with its token.
        raise failure

    async def _send(
        self, session: aiohttp.ClientSession, call: Call, sent: SimpleNamespace
    ) -> _Answer:
        async with session.request(
            call.method or ("POST" if call.writes else "GET"),
            URL(self._base + call.path, encoded=True),
            data=call.body,
            allow_redirects=False,
            trace_request_ctx=sent,
        ) as reply:
            headers = {name.lower(): value for name, value in reply.headers.items()}
            return _Answer(reply.status, headers, await self._read(call, reply))

    async def _read(self, call: Call, reply: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for part in reply.content.iter_any():
            body += part
            if len(body) > _LARGEST_REPLY:
                # Not read to its end: the connection cannot be used again.
                reply.close()
                raise self._lost(call, f"the answer is larger than {_LARGEST_REPLY >> 20} MB")
        return bytes(body)

    def _line(self) -> _Line:
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            # A loop that ended without `close` took its sockets with it.
            self._lines = {one: kept for one, kept in self._lines.items() if not one.is_closed()}
            line = _Line(self._session(), asyncio.Semaphore(self._concurrency))
            self._lines[loop] = line
        return line

    def _session(self) -> aiohttp.ClientSession:
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_note_sent)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._concurrency, keepalive_timeout=_KEEP_ALIVE_S
            ),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S),
            headers={
                "Authorization": f"Bearer {self._token}",
                "Accept": "application/json",
                "Content-Type": "application/json",
                "User-Agent": "PanStore",
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[trace],
            # A proxy or a .netrc of the machine's account must not redirect shop calls.
            trust_env=False,
        )

    def _refusal(self, call: Call, answer: _Answer) -> RemoteError:
        status, error = answer.status, _companion_error(answer.body)
        if status in _REDIRECTS:
            return self._redirected(call, answer)
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return self._refused(call, answer, error)
        what = _told(error, f"HTTP {status}")
        if status == HTTPStatus.SERVICE_UNAVAILABLE and (error or "retry-after" in answer.headers):
            # Who says when to come again, or answers in the companion's own words, has not
            # begun. A bare 503 may also come from a proxy that lost the shop half way.
            return self._unavailable(call, what)
        return self._lost(call, what)

    def _refused(self, call: Call, answer: _Answer, error: wire.WireError | None) -> RemoteError:
        """The answer to HTTP 400 to 499: it was understood and nothing was done."""
        status, operation = answer.status, call.operation
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimitedError(self._connection, operation, _retry_after(answer.headers))
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            what = _told(error, f"HTTP {status}, the token is not accepted")
            return AuthError(self._connection, operation, self._clean(what))
        if status == HTTPStatus.NOT_FOUND:
            return self._not_found(call, error)
        if error is not None and error.code == _AHEAD:
            where = "" if error.present is None else f" (it ends at {error.present})"
            what = f"its journal of orders{where} is behind what PanStore has read from it"
            return WentBackError(self._connection, operation, what)
        return RejectedError(
            self._connection,
            operation,
            self._clean(_told(error, f"HTTP {status}")),
            code=error.code if error else f"http_{status}",
            field=(error.field if error else None) or "",
        )

    def _not_found(self, call: Call, error: wire.WireError | None) -> RemoteError:
        if error is not None and error.code.startswith(_RECORD_GONE) and error.code != _PATH_GONE:
            return NotFoundError(self._connection, call.operation, self._clean(error.message))
        # Not a record but the whole API is missing; no record shall be parked for that.
        return CompanionMissingError(
            self._connection,
            call.operation,
            f"HTTP 404: nothing of the companion answers at {self._base}; install"
            " django-oscar-panstore in the shop and include its urls at panstore/v1/, or correct"
            " `url`",
        )

    def _redirected(self, call: Call, answer: _Answer) -> RemoteError:
        target = answer.headers.get("location", "nowhere")[:_SHOWN]
        what = self._clean(
            f"HTTP {answer.status}: sent on to {target}, which is not followed; enter the address"
            " the shop really answers at as `url`"
        )
        if answer.status in _UNTOUCHED_REDIRECTS:
            return self._unavailable(call, what)
        return self._lost(call, what)

    def _broken(self, call: Call, sent: SimpleNamespace, what: str) -> RemoteError:
        return self._lost(call, what) if sent.headers else self._unavailable(call, what)

    def _lost(self, call: Call, what: str) -> RemoteError:
        if call.writes:
            return OutcomeUnknownError(self._connection, call.operation, self._clean(what))
        return self._unavailable(call, what)

    def _unavailable(self, call: Call, what: str) -> RemoteError:
        return UnavailableError(self._connection, call.operation, self._clean(what))

    def _clean(self, text: str) -> str:
        """`text` without the token, should the other side have repeated it."""
        return text.replace(self._token, "***")


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


async def _note_sent(
    session: aiohttp.ClientSession,  # noqa: ARG001 - aiohttp's signature
    context: SimpleNamespace,
    params: aiohttp.TraceRequestHeadersSentParams,  # noqa: ARG001 - as above
) -> None:
    """From now on something may have reached the shop (called just before the bytes go out).

    aiohttp repeats a GET by itself when a connection it kept open turns out to be closed
    (aiohttp 3.14, client.py `retry_persistent_connection`). Here one call is one request.
    """
    sent = context.trace_request_ctx
    if sent.headers:
        raise aiohttp.ServerDisconnectedError("the shop closed the connection without an answer")
    sent.headers = True


def _reason(error: BaseException) -> str:
    return str(error)[:_SHOWN] or type(error).__name__


def _companion_error(body: bytes) -> wire.WireError | None:
    """The companion's own words, None if somebody else answered (a proxy, a page of the shop)."""
    try:
        return _ERROR.decode(body).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


_ERROR = msgspec.json.Decoder(wire.WireErrorReply)


def _told(error: wire.WireError | None, otherwise: str) -> str:
    return error.message[:_SHOWN] if error else otherwise


def _retry_after(headers: dict[str, str]) -> float | None:
    """Seconds to wait; a date is taken against the answer's own Date, so no clock is asked.

    Source: RFC 9110 section 10.2.3: delay-seconds or HTTP-date.
    """
    written = headers.get("retry-after", "").strip()
    if written.isascii() and written.isdigit():
        return float(written)
    until, now = _http_date(written), _http_date(headers.get("date", ""))
    if until is None or now is None:
        return None
    return max(0.0, (until - now).total_seconds())


def _http_date(text: str) -> dt.datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment
