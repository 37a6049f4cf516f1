"""JSON-RPC with Tryton: one session, and what each answer means for the engine.

Facts about trytond 8.2.1, seen running in November 2026:

- HTTP 200 says nothing: refusals are in the body, under `error`.
- The body must have exactly the keys id, method and params, the context is the last parameter.
- Basic authentication costs 0.18 s of CPU per call, a session 0.01 s; so we log in once.
- Whatever answers with an error was rolled back; 503 is a busy database, rolled back too.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp
import msgspec

from panstore.connectors.tryton.config import TrytonSettings
from panstore.connectors.tryton.wire import LoginRow, decode, encode
from panstore.model.ids import ConnectionId
from panstore.sdk.errors import (
    AuthError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    RemoteError,
    UnavailableError,
)

__all__ = ["TrytonClient"]

_CODE_PREFIX = "panstore."
_ACCESS_CODES = frozenset({"not_allowed", "no_company"})
_CONNECT_S = 5.0
_NO_COMPANION = frozenset({"'panstore.gateway'", "'panstore.outbox'"})
_INSTALL = (
    "the companion module is not active in this database; install trytond-panstore and activate "
    "the module `panstore`"
)


@dataclass(frozen=True)
class _Call:
    """One question: `operation` is for people, `writes` says whether it may have an effect."""

    operation: str
    method: str
    params: Sequence[object]
    writes: bool


@dataclass(frozen=True)
class _Session:
    """A log-in: its header, and the user's language and company as context of each call."""

    authorization: str = field(repr=False)
    context: dict[str, object]


class _SessionOverError(Exception):
    """HTTP 401: the session has expired, nothing was done."""


class TrytonClient:
    """Calls methods of one Tryton database as one user."""

    def __init__(self, connection: ConnectionId, settings: TrytonSettings) -> None:
        self._connection = connection
        self._settings = settings
        self._address = f"{settings.url}/{settings.database}/rpc/"
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._login_turn = asyncio.Lock()
        self._numbers = itertools.count(1)
        self._http: aiohttp.ClientSession | None = None
        self._session: _Session | None = None

    async def call(
        self, operation: str, method: str, *params: object, writes: bool = False
    ) -> object:
        """Call a method in the user's context and return its result.

        Args:
            operation: what is asked of which record, for people.
            method: full name, e.g. `model.panstore.gateway.ping`.
            params: without the context.
            writes: whether the call changes anything; then a lost reply is an unknown outcome.

        Raises:
            RemoteError: as `panstore.sdk.errors` says; never anything else.
        """
        call = _Call(operation, method, params, writes)
        async with self._slots:
            session = await self._current_session()
            try:
                return await self._call_in(session, call)
            except _SessionOverError:
                session = await self._current_session(instead_of=session)
            try:
                return await self._call_in(session, call)
            except _SessionOverError:
                self._session = None
                raise AuthError(
                    self._connection,
                    operation,
                    "Tryton refuses a session it has just given; look whether a proxy in front of "
                    "it drops the Authorization header",
                ) from None

    def forget_session(self) -> None:
        """Log in anew with the next call."""
        self._session = None

    async def close(self) -> None:
        """Close sockets; a later call opens new ones."""
        http, self._http, self._session = self._http, None, None
        if http is not None:
            await http.close()

    def __repr__(self) -> str:
        return f"TrytonClient({self._connection}, {self._address})"

    async def _current_session(self, instead_of: _Session | None = None) -> _Session:
        """The session, a new one if there is none or it is the one that has expired."""
        async with self._login_turn:
            if self._session is None or self._session is instead_of:
                self._session = None
                self._session = await self._log_in()
            return self._session

    async def _log_in(self) -> _Session:
        user = self._settings.user
        password = {"password": self._settings.password.get_secret_value()}
        call = _Call("log in", "common.db.login", [user, password, "en"], writes=False)
        try:
            answer = msgspec.convert(await self._exchange(call, {}), LoginRow)
        except _SessionOverError:
            raise AuthError(
                self._connection,
                call.operation,
                f"Tryton does not accept the password of user {user!r}, or has no such user; "
                "correct `user` and `password` of this connection",
            ) from None
        except msgspec.ValidationError as error:
            raise UnavailableError(
                self._connection, call.operation, f"the answer is not Tryton's ({error})"
            ) from None
        identity = f"{user}:{answer.user}:{answer.token}".encode()
        header = "Session " + base64.b64encode(identity).decode()
        preferences = await self._call_in(
            _Session(header, {}),
            _Call("read preferences", "model.res.user.get_preferences", [True], writes=False),
        )
        return _Session(header, _context(preferences))

    async def _call_in(self, session: _Session, call: _Call) -> object:
        in_context = _Call(
            call.operation, call.method, [*call.params, session.context], call.writes
        )
        return await self._exchange(in_context, {"Authorization": session.authorization})

    async def _exchange(self, call: _Call, headers: Mapping[str, str]) -> object:
        number = next(self._numbers)
        body = encode({"id": number, "method": call.method, "params": call.params})
        status, answered, raw = await self._post(call, body, headers)
        if status != 200:  # noqa: PLR2004 - HTTP OK
            raise self._from_status(call, status, answered)
        try:
            answer = decode(raw)
        except ValueError as error:
            raise self._lost(call, f"the answer cannot be read ({error})") from None
        match answer:
            case {"id": int(same), "result": result} if same == number:
                return result
            case {"id": int(same), "error": error} if same == number:
                raise self._from_error(call, error)
            case _:
                raise self._lost(call, "the answer is not the one to this call")

    async def _post(
        self, call: _Call, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        try:
            async with self._open().post(
                self._address,
                data=body,
                headers={"Content-Type": "application/json", **headers},
                allow_redirects=False,
            ) as response:
                return response.status, response.headers, await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            failure: RemoteError = UnavailableError(
                self._connection, call.operation, f"Tryton cannot be reached ({error})"
            )
        except TimeoutError:
            failure = self._lost(call, f"no answer within {self._settings.timeout_s:g} s")
        except (aiohttp.ClientError, OSError) as error:
            failure = self._lost(call, f"the connection broke ({type(error).__name__}: {error})")
        # Raised here, so that aiohttp's error, which may hold the request's headers, is not in it.
        raise failure

    def _open(self) -> aiohttp.ClientSession:
        if self._http is None:
            # A connection that the server closes between two calls would look like a lost reply,
            # so each call gets its own; trytond's own server closes them anyway.
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True),
                timeout=aiohttp.ClientTimeout(
                    total=self._settings.timeout_s, sock_connect=_CONNECT_S
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._http

    def _lost(self, call: _Call, what: str) -> RemoteError:
        if call.writes:
            return OutcomeUnknownError(
                self._connection, call.operation, f"{what}; it may have been done"
            )
        return UnavailableError(self._connection, call.operation, what)

    def _from_status(  # noqa: PLR0911 - one per outcome
        self, call: _Call, status: int, headers: Mapping[str, str]
    ) -> RemoteError | _SessionOverError:
        connection, operation = self._connection, call.operation
        match status:
            case 401:
                return _SessionOverError()
            case 429:
                return RateLimitedError(connection, operation, _seconds(headers))
            case 503:
                return UnavailableError(connection, operation, "the database is busy (HTTP 503)")
            case 403:
                return AuthError(
                    connection,
                    operation,
                    f"this Tryton does not offer {call.method} to us; its companion may be older "
                    "than PanStore: update trytond-panstore and the module `panstore`",
                )
            case 404:
                database = self._settings.database
                return AuthError(
                    connection,
                    operation,
                    f"there is no database {database!r} behind {self._settings.url}; correct `url` "
                    "and `database` of this connection",
                )
            case _ if 300 <= status < 400:  # noqa: PLR2004 - HTTP's own classes
                return UnavailableError(
                    connection,
                    operation,
                    f"the address has moved to {headers.get('Location', '?')}; correct `url`",
                )
            case _ if 400 <= status < 500:  # noqa: PLR2004 - as above
                return RejectedError(connection, operation, f"HTTP {status}", code=f"http.{status}")
            case _:
                return self._lost(call, f"HTTP {status}")

    def _from_error(self, call: _Call, error: object) -> RemoteError:  # noqa: PLR0911 - as above
        connection, operation = self._connection, call.operation
        match error:
            case ["UserError", [str(message), str(record), *_]]:
                return self._refusal(call, message, record)
            case ["UserError", [str(message), *_]]:
                return self._refusal(call, message, "")
            case ["UserWarning", [str(name), str(message), *_]]:
                return RejectedError(connection, operation, message, code=f"warning.{name}")
            case ["ConcurrencyException", *_]:
                return UnavailableError(
                    connection, operation, "somebody changed the record meanwhile"
                )
            case ["LoginException", *_]:
                return AuthError(
                    connection,
                    operation,
                    "Tryton wants more than a password for this user; let it log in by password",
                )
            case [str(text), *_] if text in _NO_COMPANION:
                return AuthError(connection, operation, _INSTALL)
            case [str(text), *_]:
                return RejectedError(connection, operation, text or "an error without a text")
            case _:
                return RejectedError(connection, operation, "an error of unknown form")

    def _refusal(self, call: _Call, message: str, record: str) -> RemoteError:
        code, separator, text = message.partition(": ")
        if not separator or not code.startswith(_CODE_PREFIX):
            return RejectedError(self._connection, call.operation, message)
        code = code.removeprefix(_CODE_PREFIX)
        if code in _ACCESS_CODES:
            return AuthError(self._connection, call.operation, text)
        return RejectedError(self._connection, call.operation, text, code=code, field=record)


def _seconds(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds; its other form, a date, counts as not said."""
    value = headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else None


def _context(preferences: object) -> dict[str, object]:
    wanted = ("company", "language")
    known = preferences if isinstance(preferences, dict) else {}
    return {key: known[key] for key in wanted if known.get(key) is not None}
