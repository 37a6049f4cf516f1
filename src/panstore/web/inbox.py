"""The message inbox: verify, mark, answer. It waits for nothing but the store."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post
from litestar.exceptions import (
    MethodNotAllowedException,
    NotAuthorizedException,
    NotFoundException,
)
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK

from panstore.model.ids import ConnectionId
from panstore.sdk.errors import ForgedError
from panstore.sdk.roles import ReceiveQueries
from panstore.web.site import site_of

__all__ = ["MOST_BYTES", "take_message", "take_query"]

MOST_BYTES = 1 << 20
"""Longer messages are refused unread; a wake-up needs some hundred bytes."""


@post(
    "/hooks/{name:str}",
    status_code=HTTP_200_OK,
    request_max_body_size=MOST_BYTES,
    include_in_schema=False,
)
async def take_message(request: Request[Any, Any, Any], name: FromPath[str]) -> dict[str, bool]:
    """Take a message from an outside system.

    Answers 200 (some senders, WooCommerce's ping among them, take nothing else for success) as
    soon as what it points at is marked; `taken` is false if it had been taken
    before. 401: it is not from that system. 404: no such connection. 413: over 1 MiB.
    """
    return await _take(request, name, await request.body())


@get("/hooks/{name:str}", status_code=HTTP_200_OK, include_in_schema=False)
async def take_query(request: Request[Any, Any, Any], name: FromPath[str]) -> dict[str, bool]:
    """Take a message that is nothing but an address with a query; as `take_message`.

    405: this system does not speak so.
    """
    connector = site_of(request).engine.context.connectors.get(ConnectionId(name))
    if connector is not None and not isinstance(connector, ReceiveQueries):
        raise MethodNotAllowedException(f"Messages for {name!r} are sent with POST.")
    return await _take(request, name, b"")


async def _take(request: Request[Any, Any, Any], name: str, body: bytes) -> dict[str, bool]:
    engine = site_of(request).engine
    connection = ConnectionId(name)
    if connection not in engine.context.connectors:
        raise NotFoundException(f"There is no connection {name!r} here; the message was not taken.")
    headers = {key.lower(): value for key, value in request.headers.items()}
    headers[":query"] = request.scope["query_string"].decode("ascii", "replace")
    try:
        return {"taken": await engine.receive(connection, headers, body)}
    except ForgedError as error:
        engine.context.log.warning("message refused", connection=name, why=str(error))
        raise NotAuthorizedException(
            "The message was not taken: it does not prove that it comes from that system."
        ) from error
