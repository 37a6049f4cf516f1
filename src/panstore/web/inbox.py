"""The message inbox: verify, mark, answer. It waits for nothing but the store."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from litestar.exceptions import NotAuthorizedException, NotFoundException
from litestar.params import FromPath
from litestar.status_codes import HTTP_202_ACCEPTED

from panstore.model.ids import ConnectionId
from panstore.sdk.errors import ForgedError
from panstore.web.site import site_of

__all__ = ["MOST_BYTES", "take_message"]

MOST_BYTES = 1 << 20
"""Longer messages are refused unread; a wake-up needs some hundred bytes."""


@post(
    "/hooks/{name:str}",
    status_code=HTTP_202_ACCEPTED,
    request_max_body_size=MOST_BYTES,
    include_in_schema=False,
)
async def take_message(request: Request[Any, Any, Any], name: FromPath[str]) -> dict[str, bool]:
    """Take a message from an outside system.

    Answers 202 as soon as what it points at is marked; `taken` is false if it had been taken
    before. 401: it is not from that system. 404: no such connection. 413: over 1 MiB.
    """
    engine = site_of(request).engine
    connection = ConnectionId(name)
    if connection not in engine.context.connectors:
        raise NotFoundException(f"There is no connection {name!r} here; the message was not taken.")
    body = await request.body()
    headers = {key.lower(): value for key, value in request.headers.items()}
    try:
        return {"taken": await engine.receive(connection, headers, body)}
    except ForgedError as error:
        engine.context.log.warning("message refused", connection=name, why=str(error))
        raise NotAuthorizedException(
            "The message was not taken: it does not prove that it comes from that system."
        ) from error
