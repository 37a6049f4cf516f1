"""A whole connector in one file: a small shop whose stock can be set over HTTP.

The shop's API, as its maker describes it: header `X-Token`; `GET /stock?ids=A,B` answers
`{"A": 3}`; `PUT /stock` with `{"A": 5}` answers `{"A": {"free": 5}}`, or `{"A": {"error": "..."}}`
for an article it does not have. Whole pieces only, at most 50 articles a call.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import aiohttp
from pydantic import Field, SecretStr

from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.plan import Operation, WriteOutcome
from panstore.model.stock import ShopStock, StockTarget
from panstore.sdk import Capabilities, ConnectorSpec, Report, Settings
from panstore.sdk.errors import (
    AuthError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    RemoteError,
    UnavailableError,
)

__all__ = ["ShelfConnector", "ShelfSettings", "connector"]


class ShelfSettings(Settings):
    """Where the shop is.

    Attributes:
        url: its address.
        token: as its maker gave it.
        timeout_s: longest wait for one answer.
    """

    url: str
    token: SecretStr
    timeout_s: float = Field(default=10.0, gt=0)


class ShelfConnector:
    """Plays the roles `Connector` and `WriteStock`."""

    def __init__(self, id_: ConnectionId, settings: ShelfSettings) -> None:
        self.id = id_
        self.capabilities = Capabilities(
            read_batch=50,
            stock_batch=50,
            stock_window="an order placed during the call; the stock is written again after it",
        )
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Log in: a wrong token is noticed here."""
        await self._call("GET", "start", {})

    async def check(self) -> Report:
        """Whether it answers; a real connector also looks at versions, currency and rights."""
        await self._call("GET", "check", {})
        return Report({"address": self._settings.url})

    async def close(self) -> None:
        """Give back the sockets."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def write_stock(
        self, operations: Sequence[Operation], watermark: str | None
    ) -> Sequence[WriteOutcome]:
        """Set absolute quantities; one outcome for each operation."""
        del watermark  # this shop cannot use it: `guarded_stock` is not declared
        outcomes, wanted = [], {}
        for one in operations:
            free = one.after.free if isinstance(one.after, StockTarget) else Decimal("NaN")
            if free == free.to_integral_value():
                wanted[one.target] = int(free)
            else:
                what = f"this shop sells whole pieces only, not {free}"
                outcomes.append(WriteOutcome(one.target, "refused", None, "fraction", what))
        if wanted:
            answer = await self._call("PUT", "write stock", {}, wanted)
            outcomes += [_outcome(target, answer.get(target)) for target in wanted]
        return outcomes

    async def shop_stock(self, variants: Sequence[ExternalId]) -> Sequence[ShopStock]:
        """What it offers now; unknown articles are left out."""
        answer = await self._call("GET", "read stock", {"ids": ",".join(variants)})
        return [ShopStock(ExternalId(sku), Decimal(free)) for sku, free in answer.items()]

    async def _call(
        self, verb: str, operation: str, query: dict[str, str], body: Any = None
    ) -> dict[str, Any]:
        """One call, told apart: done, certainly not done, or nobody knows."""
        try:
            async with self._open().request(
                verb, f"{self._settings.url}/stock", params=query, json=body
            ) as answer:
                if answer.status == HTTPStatus.OK:
                    return dict(await answer.json())
                raise self._refusal(operation, answer, writes=body is not None)
        except aiohttp.ClientConnectorError as error:
            raise UnavailableError(self.id, operation, f"no connection: {error}") from error
        except (TimeoutError, aiohttp.ClientError, ValueError) as error:
            what = f"the answer was lost ({type(error).__name__})"
            raise self._lost(operation, what, writes=body is not None) from error

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"X-Token": self._settings.token.get_secret_value()},
                timeout=aiohttp.ClientTimeout(total=self._settings.timeout_s),
                middlewares=(_once,),
            )
        return self._session

    def _refusal(
        self, operation: str, answer: aiohttp.ClientResponse, *, writes: bool
    ) -> RemoteError:
        after = answer.headers.get("Retry-After")
        match answer.status:
            case 401 | 403:
                return AuthError(self.id, operation, "the token is not accepted")
            case 429:
                return RateLimitedError(self.id, operation, float(after) if after else None)
            case 503 if after:
                return UnavailableError(self.id, operation, "it is busy")
            case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                return self._lost(operation, f"HTTP {status}", writes=writes)
            case status:
                return RejectedError(self.id, operation, f"HTTP {status}", code=str(status))

    def _lost(self, operation: str, what: str, *, writes: bool) -> RemoteError:
        kind = OutcomeUnknownError if writes else UnavailableError
        return kind(self.id, operation, what)


async def _once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """One call is one request: aiohttp repeats a GET or PUT whose connection broke."""
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientPayloadError("the connection broke") from error


def _outcome(target: ExternalId, answer: Any) -> WriteOutcome:
    match answer:
        case {"free": int(free)}:
            return WriteOutcome(target, "done", StockTarget(Decimal(free)))
        case {"error": str(what)}:
            return WriteOutcome(target, "refused", None, "unknown_article", what)
        case _:
            return WriteOutcome(target, "unknown")  # it was not mentioned: nobody knows


connector = ConnectorSpec(
    id="shelf", title="Shelf", kind="shop", settings=ShelfSettings, open=ShelfConnector
)
