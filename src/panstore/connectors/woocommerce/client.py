"""HTTP to the shop: one call in, a decoded answer or the one right error out.

A call is made once. A second try is a new call, with a new signature.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Generic, Literal, TypeVar

import msgspec
from pydantic import HttpUrl

from panstore.connectors.exchange import (
    REDIRECTS,
    Answer,
    Exchange,
    PerLoop,
    http_date,
    reason,
)
from panstore.connectors.woocommerce import refusals
from panstore.connectors.woocommerce.auth import KeyPair, oauth, query_text
from panstore.connectors.woocommerce.config import WooSettings
from panstore.connectors.woocommerce.pacing import Pace
from panstore.connectors.woocommerce.wire_errors import BOM, WireProblem, problem
from panstore.sdk.errors import (
    AuthError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    RemoteError,
    UnavailableError,
)

__all__ = ["ApiMissingError", "Call", "NotLetInError", "Page", "WooClient"]

T = TypeVar("T")

_FINE = frozenset({HTTPStatus.OK, HTTPStatus.CREATED})
_TOO_MUCH = frozenset({HTTPStatus.TOO_MANY_REQUESTS, *range(500, 600)})
_OVERRAN = _TOO_MUCH - {HTTPStatus.TOO_MANY_REQUESTS}
# Apache ends an idle connection after 5 s (its default KeepAliveTimeout).
_KEEP_ALIVE_S = 4.0
_SKEW_SHOWN = dt.timedelta(seconds=60)


class ApiMissingError(UnavailableError):
    """The API, or a part of it, does not answer at the address; certainly nothing was done."""


class NotLetInError(AuthError):
    """The shop does not accept the call as ours.

    Attributes:
        code: WordPress's own word, empty where something before WordPress answered.
        unseen: the shop does not know the key, or did not see it.
    """

    def __init__(
        self, connector: str, operation: str, what: str, *, code: str, unseen: bool
    ) -> None:
        super().__init__(connector, operation, what)
        self.code = code
        self.unseen = unseen


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Attributes:
        operation: what is asked, for people: `write stock`.
        path: below `root`, without a query: `products/batch`.
        query: parameters as they are, not encoded; lists as `1,2,3`, never `include[]`.
        body: JSON of a write.
        method: empty: POST where there is a body, else GET.
        root: below `wp-json/`. Only `wc/...` is called with the key.
        headers: further ones, of this call alone.
        items: how many records it writes, where it is a batch.
    """

    operation: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    method: Literal["", "GET", "POST", "PUT", "DELETE"] = ""
    root: str = "wc/v3"
    headers: Mapping[str, str] = field(default_factory=dict)
    items: int = 0

    @property
    def verb(self) -> str:
        """The HTTP method."""
        return self.method or ("GET" if self.body is None else "POST")

    @property
    def writes(self) -> bool:
        """Whether it may change the shop."""
        return self.verb != "GET"


_HARMLESS = Call("try a write", "products/batch", body=b'{"update":[]}')


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list.

    Attributes:
        total: how many there are in all, by the shop's count at that moment.
        pages: how many pages of the asked size that makes.
        skew: how far this machine's clock is ahead of the one that dated the answer, None if none
            did.
    """

    rows: list[T]
    total: int
    pages: int
    skew: dt.timedelta | None = None


class WooClient:
    """Speaks HTTP with one shop, never more calls at once than it answers quickly.

    Args:
        connection: name of the connection, for errors.
        settings: where the shop is; key and secret appear in no error and no `repr`.
        now: aware clock, for signatures.
        nonce: makes a word that was never used before.
    """

    def __init__(
        self,
        connection: str,
        settings: WooSettings,
        *,
        now: Callable[[], dt.datetime],
        nonce: Callable[[], str],
    ) -> None:
        pair = KeyPair(
            settings.consumer_key.get_secret_value(), settings.consumer_secret.get_secret_value()
        )
        self._connection = connection
        self._base = _below(settings.url)
        self._home = _below(settings.home or settings.url)
        self._pair = pair
        self._signs = settings.signs
        self._now = now
        self._nonce = nonce
        self._http = Exchange(
            connection,
            timeout_s=settings.timeout_s,
            sockets=settings.concurrency,
            headers={"Content-Type": "application/json"},
            secrets=(pair.secret, pair.key, pair.basic.removeprefix("Basic ")),
            keep_alive_s=_KEEP_ALIVE_S,
        )
        self._paces = PerLoop(lambda: Pace(settings.concurrency))

    def __repr__(self) -> str:
        return f"WooClient({self._connection}, {self._base})"

    async def close(self) -> None:
        """Give back the sockets of this event loop; the next call opens new ones."""
        self._paces.take()
        await self._http.close()

    @property
    def batch(self) -> int:
        """Most records to write in one call, as the shop can do now; from 10 to 100."""
        return self._paces.here().batch

    async def ask(self, call: Call, decoder: msgspec.json.Decoder[T]) -> T:
        """Make the call and decode its answer.

        Raises:
            RemoteError: the one that says what became of the call.
        """
        return self.decoded(call, await self.answer(call), decoder)

    async def page(self, call: Call, decoder: msgspec.json.Decoder[list[T]]) -> Page[T]:
        """Make the call for a list and decode its answer.

        Raises:
            RemoteError: as above; also where the shop does not say how many there are.
        """
        answer = await self.answer(call)
        rows = self.decoded(call, answer, decoder)
        counts = [answer.headers.get(name, "") for name in ("x-wp-total", "x-wp-totalpages")]
        if not all(count.isascii() and count.isdigit() for count in counts):
            what = (
                "the answer does not say how many records there are: something between PanStore"
                " and the shop takes the headers X-WP-Total and X-WP-TotalPages away"
            )
            raise self._http.lost(call, what)
        return Page(rows, int(counts[0]), int(counts[1]), self.skew(answer))

    async def answer(self, call: Call) -> Answer:
        """Make the call; an answer of success as it came.

        Raises:
            RemoteError: as above.
        """
        answer = await self._exchange(call)
        if answer.status in _FINE:
            return answer
        if _is_fended_off(call, answer) and await self._takes_writes():
            what = refusals.fended_off(answer)
            raise RejectedError(
                self._connection, call.operation, self._http.clean(what), code="fended_off"
            )
        raise self._refusal(call, answer)

    async def _exchange(self, call: Call) -> Answer:
        async with self._paces.here().turn(call.items) as turn:
            # Signed only now: while it waited for its turn the signature would have grown old.
            url, headers = self._addressed(call)
            try:
                answer = await self._http.send(
                    call, call.verb, url, body=call.body, headers=headers
                )
            except RemoteError:
                turn.refused = turn.overran = True
                raise
            turn.refused = answer.status in _TOO_MUCH
            turn.overran = answer.status in _OVERRAN
        return answer

    async def _takes_writes(self) -> bool:
        """Whether a write that changes nothing is let through by what stands before the shop."""
        try:
            return (await self._exchange(_HARMLESS)).status in _FINE
        except RemoteError:
            return False

    def skew(self, answer: Answer) -> dt.timedelta | None:
        """How far this machine's clock is ahead of the one that dated the answer."""
        theirs = http_date(answer.headers.get("date", ""))
        return None if theirs is None else self._now() - theirs

    def _addressed(self, call: Call) -> tuple[str, dict[str, str]]:
        """Address with its query, and headers."""
        path = f"{call.root}/{call.path}".strip("/")
        query, headers = dict(call.query), dict(call.headers)
        if path.startswith("wc/"):
            if self._signs:
                query = oauth(
                    self._pair,
                    call.verb,
                    self._home + path,
                    query,
                    nonce=self._nonce(),
                    timestamp=int(self._now().timestamp()),
                )
            else:
                headers["Authorization"] = self._pair.basic
                if not call.writes:
                    # Some page caches keep answers of the API in spite of `no-store`; WooCommerce
                    # overlooks parameters it does not know (recorded 15-list-paging).
                    query["_"] = self._nonce()
        asked = f"?{query_text(query)}" if query else ""
        return f"{self._base}{path}{asked}", headers

    def decoded(self, call: Call, answer: Answer, decoder: msgspec.json.Decoder[T]) -> T:
        """What an answer of success says.

        Raises:
            RemoteError: it cannot be read, so that the outcome of a write is not known.
        """
        try:
            return decoder.decode(answer.body.removeprefix(BOM))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._http.lost(call, refusals.no_json(answer, reason(error))) from error

    def _refusal(self, call: Call, answer: Answer) -> RemoteError:
        status, error = answer.status, problem(answer.body)
        if status in REDIRECTS:
            return self._http.redirected(call, answer)
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return self._refused(call, answer, error)
        if status == HTTPStatus.NOT_IMPLEMENTED and error is not None:
            # `woocommerce_rest_trash_not_supported` and the like: understood, nothing done.
            return self._rejected(call, status, error)
        what = f"HTTP {status}" if error is None else f"HTTP {status}: {error.words}"
        if status == HTTPStatus.SERVICE_UNAVAILABLE and "retry-after" in answer.headers:
            # WordPress while it is being updated, and others who say when to come again, have not
            # begun. A bare 503 may also come from a proxy that lost the shop half way.
            return self._http.unavailable(call, what)
        return self._http.lost(call, what)

    def _refused(self, call: Call, answer: Answer, error: WireProblem | None) -> RemoteError:
        """The answer to HTTP 400 to 499: it was understood and nothing was done."""
        status = answer.status
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimitedError(self._connection, call.operation, answer.retry_after)
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return self._not_let_in(call, answer, error)
        if refusals.is_gone(status, error):
            words = "" if error is None else error.words
            return NotFoundError(self._connection, call.operation, self._http.clean(words))
        if status == HTTPStatus.NOT_FOUND:
            what = refusals.no_api(self._base, answer, error)
            return ApiMissingError(self._connection, call.operation, self._http.clean(what))
        return self._rejected(call, status, error)

    def _rejected(self, call: Call, status: int, error: WireProblem | None) -> RemoteError:
        return RejectedError(
            self._connection,
            call.operation,
            self._http.clean(f"HTTP {status}" if error is None else error.words),
            code=f"http_{status}" if error is None else error.code,
            field="" if error is None else error.field,
        )

    def _not_let_in(self, call: Call, answer: Answer, error: WireProblem | None) -> RemoteError:
        if error is not None and refusals.NONCE_USED in error.message and call.writes:
            # Each signature is used once here, so somebody between us and the shop sent the call
            # twice, and what became of the first is not known.
            what = "the shop received the call twice, from a proxy between, and answered the second"
            return OutcomeUnknownError(self._connection, call.operation, what)
        skew = self.skew(answer)
        clock = "" if skew is None or abs(skew) < _SKEW_SHOWN else f"{skew.total_seconds():+.0f} s"
        what = refusals.not_let_in(answer, error, signs=self._signs, clock=clock)
        code = "" if error is None else error.code
        return NotLetInError(
            self._connection,
            call.operation,
            self._http.clean(what),
            code=code,
            unseen=refusals.is_unseen(answer.status, code),
        )


def _is_fended_off(call: Call, answer: Answer) -> bool:
    """Whether a write was refused by something before the shop, perhaps for what is in it."""
    forbidden = answer.status == HTTPStatus.FORBIDDEN and problem(answer.body) is None
    return forbidden and call.writes and call.root.startswith("wc/")


def _below(site: HttpUrl) -> str:
    return f"{str(site).rstrip('/')}/wp-json/"
