"""Shops ask here what a buyer with an agreement pays."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.exceptions import (
    ClientException,
    NotAuthorizedException,
    NotFoundException,
    ServiceUnavailableException,
)
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK

from panstore.engine.context import Context, Route
from panstore.engine.contracts.question import BadQuestionError
from panstore.engine.contracts.quotes import quote
from panstore.model.contract import QuoteRequest
from panstore.model.ids import ConnectionId
from panstore.sdk.contract_roles import TrustPriceRequests
from panstore.sdk.errors import ForgedError
from panstore.web.site import site_of

__all__ = ["MOST_QUESTION_BYTES", "answer_prices"]

MOST_QUESTION_BYTES = 256 * 1024
"""500 lines with long codes need about 60 kB."""

_RETRY_AFTER_S = 2

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(QuoteRequest)


@post(
    "/prices/{name:str}",
    status_code=HTTP_200_OK,
    request_max_body_size=MOST_QUESTION_BYTES,
    include_in_schema=False,
)
async def answer_prices(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """Answer a shop's question for one of its accounts.

    400: it cannot be read, or nobody can mean it; the answer says why. 401: it is not from that
    shop. 404: no such shop, or it has no contract prices. 413: over 256 KiB. 503: PanStore stops.
    """
    site = site_of(request)
    context = site.engine.context
    if site.is_closing:
        raise ServiceUnavailableException(
            "PanStore is being stopped; ask again in a moment.",
            headers={"Retry-After": str(_RETRY_AFTER_S)},
        )
    body = await request.body()
    route, shop = _asked(context, ConnectionId(name))
    headers = {key.lower(): value for key, value in request.headers.items()}
    try:
        shop.trusted(headers, body, context.clock.now())
    except ForgedError as error:
        context.log.warning("question for prices refused", connection=name, why=str(error))
        raise NotAuthorizedException(
            "The question was not answered: it does not prove that it comes from that shop."
        ) from error
    try:
        answer = await quote(context, route, _decoder.decode(body))
    except (msgspec.DecodeError, BadQuestionError) as error:
        raise ClientException(f"The question was not answered: {error}.") from error
    return Response(
        _encoder.encode(answer),
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _asked(context: Context, name: ConnectionId) -> tuple[Route, TrustPriceRequests]:
    """The route of a shop that may ask."""
    routes = context.routes.values()
    route = next((r for r in routes if r.shop == name and r.contract is not None), None)
    if route is not None:
        connector = context.connectors[name]
        if isinstance(connector, TrustPriceRequests):
            return route, connector
    raise NotFoundException(f"There is no shop {name!r} with contract prices here.")
