"""HTTP to a provider: one call in, its status and words out, or what became of a broken one."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import aiohttp
import msgspec

from panstore.connectors.sms_http.config import HttpSmsSettings
from panstore.connectors.sms_http.map import Outgoing
from panstore.sdk.errors import OutcomeUnknownError, RemoteError, UnavailableError

__all__ = ["Answer", "HttpSmsClient"]

_CONNECT_S = 10.0
_LARGEST_REPLY = 1 << 20
_SEND = "send SMS"


class Answer(msgspec.Struct, frozen=True):
    """What came back; `retry_after` in seconds where it was said."""

    status: int
    body: str
    retry_after: float | None


class HttpSmsClient:
    """Speaks HTTP with one provider; a call has a connection of its own.

    A connection that is kept might be closed by the provider in the moment in which it is used
    again, and then nobody would know what became of the text.
    """

    def __init__(self, connection: str, settings: HttpSmsSettings) -> None:
        self._connection = connection
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def close(self) -> None:
        """Give back the sockets."""
        session, self._session = self._session, None
        if session is not None and self._loop is asyncio.get_running_loop():
            await session.close()

    async def send(self, wanted: Outgoing) -> Answer:
        """Make the call.

        Raises:
            UnavailableError: it certainly did not get there.
            OutcomeUnknownError: it may have.
        """
        sent = SimpleNamespace(headers=False)
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await self._call(wanted, sent)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            failure: RemoteError = self._unavailable(f"no connection ({_reason(error)})")
        except TimeoutError:
            failure = self._broken(sent, f"no whole answer within {self._settings.timeout_s:g} s")
        except (aiohttp.ClientError, OSError, UnicodeDecodeError) as error:
            failure = self._broken(sent, f"the answer was lost ({type(error).__name__})")
        # Raised out here, without its cause: aiohttp's errors carry the address with its password.
        raise failure

    async def look(self) -> None:
        """See whether somebody listens there; nothing is asked.

        Raises:
            UnavailableError: nobody does.
        """
        url = self._settings.url
        try:
            async with asyncio.timeout(_CONNECT_S):
                _, writer = await asyncio.open_connection(url.host, url.port)
        except (OSError, TimeoutError) as error:
            raise self._unavailable(f"no connection ({type(error).__name__})") from None
        writer.close()

    async def _call(self, wanted: Outgoing, sent: SimpleNamespace) -> Answer:
        session = self._open()
        async with session.request(
            self._settings.method,
            str(self._settings.url),
            params=wanted.query or None,
            data=wanted.form or None,
            json=wanted.json_body or None,
            headers=wanted.headers,
            allow_redirects=False,
            trace_request_ctx=sent,
        ) as reply:
            raw = await reply.content.read(_LARGEST_REPLY)
            after = reply.headers.get("Retry-After", "")
            wait = float(after) if after.isdecimal() else None
            return Answer(reply.status, raw.decode("utf-8", "replace"), wait)

    def _open(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._session is None or self._loop is not loop:
            trace = aiohttp.TraceConfig()
            trace.on_request_headers_sent.append(_note_sent)
            self._loop = loop
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S),
                headers={"User-Agent": "PanStore"},
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                trace_configs=[trace],
            )
        return self._session

    def _unavailable(self, what: str) -> UnavailableError:
        return UnavailableError(self._connection, _SEND, what)

    def _broken(self, sent: SimpleNamespace, what: str) -> RemoteError:
        if sent.headers:
            return OutcomeUnknownError(self._connection, _SEND, what)
        return self._unavailable(what)


async def _note_sent(
    session: aiohttp.ClientSession,  # noqa: ARG001 - aiohttp's signature
    context: SimpleNamespace,
    params: aiohttp.TraceRequestHeadersSentParams,  # noqa: ARG001 - as above
) -> None:
    """From here on the provider may have the text; aiohttp must not repeat the call by itself."""
    sent = context.trace_request_ctx
    if sent.headers:
        raise aiohttp.ServerDisconnectedError("the provider closed the connection")
    sent.headers = True


def _reason(error: aiohttp.ClientError) -> str:
    cause = error.os_error.strerror if isinstance(error, aiohttp.ClientConnectorError) else None
    return cause or type(error).__name__
