"""One HTTP exchange of a connector, and what became of it when it went wrong.

Connectors know nothing of each other; this is what several of them need alike, and it knows none
of them. The heart is the outcome of a call that failed. What certainly did nothing is
`UnavailableError`; a write that may have been done is `OutcomeUnknownError`; a read never changes
anything, so whatever happens to it is `UnavailableError`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Generic, Protocol, TypeVar

import aiohttp
from yarl import URL

from panstore.sdk.errors import OutcomeUnknownError, RemoteError, UnavailableError

__all__ = ["REDIRECTS", "Answer", "Exchange", "PerLoop", "Question", "http_date", "reason"]

T = TypeVar("T")

REDIRECTS = range(300, 400)
"""Statuses that send a call elsewhere; none is followed."""

_LARGEST_REPLY = 64 * 1024 * 1024
_CONNECT_S = 10.0
_SHOWN = 300
# Nothing was done by who answers so: it sends the request elsewhere.
_UNTOUCHED_REDIRECTS = frozenset({301, 302, 307, 308})


class Question(Protocol):
    """What the outcome of a call depends on."""

    @property
    def operation(self) -> str:
        """What is asked, for people."""

    @property
    def writes(self) -> bool:
        """Whether it may change the other system."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; names of headers in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait; a date is taken against the answer's own Date, so no clock is asked.

        Source: RFC 9110 section 10.2.3: delay-seconds or HTTP-date.
        """
        written = self.headers.get("retry-after", "").strip()
        if written.isascii() and written.isdigit():
            return float(written)
        until, now = http_date(written), http_date(self.headers.get("date", ""))
        if until is None or now is None:
            return None
        return max(0.0, (until - now).total_seconds())


class PerLoop(Generic[T]):
    """Something that belongs to one event loop, made when that loop first asks for it."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: dict[asyncio.AbstractEventLoop, T] = {}

    def here(self) -> T:
        """The running loop's own."""
        loop = asyncio.get_running_loop()
        made = self._made.get(loop)
        if made is None:
            # A loop that ended without `take` took what was its own with it. Other threads, with
            # loops of their own, may be here at the same time.
            for one in list(self._made):
                if one.is_closed():
                    self._made.pop(one, None)
            made = self._made[loop] = self._make()
        return made

    def take(self) -> T | None:
        """The running loop's own, which it then no longer has; None if it never asked."""
        return self._made.pop(asyncio.get_running_loop(), None)


class Exchange:
    """Speaks HTTP with one system; sockets are opened by the first call of each event loop.

    Args:
        connection: name of the connection, for errors.
        timeout_s: longest time for one call.
        sockets: connections at the same time.
        headers: sent with every call.
        secrets: struck from every text an error shows.
        keep_alive_s: how long an idle connection is used again. Shorter than the other side keeps
            it, so that a write is seldom sent into a connection that is being closed.
    """

    def __init__(
        self,
        connection: str,
        *,
        timeout_s: float,
        sockets: int,
        headers: Mapping[str, str],
        secrets: Sequence[str],
        keep_alive_s: float = 15.0,
    ) -> None:
        self._connection = connection
        self._timeout_s = timeout_s
        self._sockets = sockets
        self._headers = {"User-Agent": "PanStore", "Accept": "application/json", **headers}
        self._keep_alive_s = keep_alive_s
        self._secrets = [secret for secret in secrets if secret]
        self._sessions = PerLoop(self._session)

    async def close(self) -> None:
        """Give back the sockets of this event loop; the next call opens new ones."""
        session = self._sessions.take()
        if session is not None:
            await session.close()

    async def send(
        self,
        question: Question,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make the call once, never again by itself, and read the answer to its end.

        Args:
            question: what the call is for.
            method: HTTP method.
            url: encoded, with its query.
            body: JSON, if any.
            headers: of this call alone.

        Raises:
            UnavailableError: nothing was done.
            OutcomeUnknownError: a write whose answer was lost.
        """
        sent = SimpleNamespace(headers=False)
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._sessions.here().request(
                    method,
                    URL(url, encoded=True),
                    data=body,
                    headers=headers,
                    allow_redirects=False,
                    trace_request_ctx=sent,
                ) as reply,
            ):
                named = {name.lower(): value for name, value in reply.headers.items()}
                return Answer(reply.status, named, await self._read(question, reply))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            failure = self.unavailable(question, f"no connection ({reason(error)})")
        except TimeoutError:
            what = f"no whole answer within {self._timeout_s:g} s"
            failure = self._broken(question, sent, what)
        except (aiohttp.ClientError, OSError) as error:
            failure = self._broken(question, sent, f"connection lost ({reason(error)})")
        # Raised out here, without its cause: aiohttp's errors carry the request with its secrets.
        raise failure

    def lost(self, question: Question, what: str) -> RemoteError:
        """The error of a call whose answer says nothing."""
        if question.writes:
            return OutcomeUnknownError(self._connection, question.operation, self.clean(what))
        return self.unavailable(question, what)

    def unavailable(self, question: Question, what: str) -> RemoteError:
        """The error of a call that certainly did nothing."""
        return UnavailableError(self._connection, question.operation, self.clean(what))

    def redirected(self, question: Question, answer: Answer) -> RemoteError:
        """The error of a call that was sent elsewhere; it names the address."""
        target = answer.headers.get("location", "nowhere").split("?")[0][:_SHOWN]
        what = (
            f"HTTP {answer.status}: sent on to {target}, which is not followed; enter the address"
            " the shop really answers at as `url`"
        )
        if answer.status in _UNTOUCHED_REDIRECTS:
            return self.unavailable(question, what)
        return self.lost(question, what)

    def clean(self, text: str) -> str:
        """`text` without the secrets, should the other side have repeated one."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def _broken(self, question: Question, sent: SimpleNamespace, what: str) -> RemoteError:
        return self.lost(question, what) if sent.headers else self.unavailable(question, what)

    async def _read(self, question: Question, reply: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for part in reply.content.iter_any():
            body += part
            if len(body) > _LARGEST_REPLY:
                # Not read to its end: the connection cannot be used again.
                reply.close()
                raise self.lost(question, f"the answer is larger than {_LARGEST_REPLY >> 20} MB")
        return bytes(body)

    def _session(self) -> aiohttp.ClientSession:
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_note_sent)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._sockets, keepalive_timeout=self._keep_alive_s
            ),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S),
            headers=self._headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[trace],
            # A proxy or a .netrc of the machine's account must not redirect our calls.
            trust_env=False,
        )


async def _note_sent(
    session: aiohttp.ClientSession,  # noqa: ARG001 - aiohttp's signature
    context: SimpleNamespace,
    params: aiohttp.TraceRequestHeadersSentParams,  # noqa: ARG001 - as above
) -> None:
    """From now on something may have reached the other side (called just before bytes go out).

    aiohttp repeats a GET by itself when a connection it kept open turns out to be closed
    (aiohttp 3.14, client.py `retry_persistent_connection`). Here one call is one request.
    """
    sent = context.trace_request_ctx
    if sent.headers:
        raise aiohttp.ServerDisconnectedError("the shop closed the connection without an answer")
    sent.headers = True


def reason(error: BaseException) -> str:
    """What an error says of itself, at most 300 characters."""
    return str(error)[:_SHOWN] or type(error).__name__


def http_date(text: str) -> dt.datetime | None:
    """The moment of an HTTP header, aware; None if it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment
