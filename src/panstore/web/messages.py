"""Messages to buyers: the page, its buttons, and the same for programs."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, Any, Literal, TypeVar, get_args

import msgspec
from litestar import Controller, Request, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import Body, FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_202_ACCEPTED, HTTP_409_CONFLICT

from panstore.engine.outbox import desk
from panstore.engine.outbox.shown import MessageTold, messages_told, tell_message
from panstore.model.ids import RouteId
from panstore.model.message import Channel, MessageState
from panstore.web.access import require_csrf, require_token
from panstore.web.forms import see
from panstore.web.pages import render
from panstore.web.site import site_of

__all__ = ["MESSAGE_PAGES", "MessagesApi"]

T = TypeVar("T")

_Request = Request[Any, Any, Any]
_Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
_State = Annotated[MessageState | None, QueryParameter(name="state")]
_Limit = Annotated[int, QueryParameter(ge=1, le=5000)]
_Id = Annotated[str, QueryParameter(name="id")]
_ROWS = 200
_STATES: tuple[MessageState, ...] = get_args(MessageState)
_CHANNELS: tuple[Channel, ...] = get_args(Channel)


class Messages(msgspec.Struct, frozen=True):
    """Messages to buyers without personal data, the newest first."""

    messages: list[MessageTold]


class Resent(msgspec.Struct, frozen=True):
    """The message that goes out once more, and its new id."""

    id: str
    new: str


class Decided(msgspec.Struct, frozen=True):
    """What was decided about a message."""

    id: str
    state: Literal["skipped", "failed"]


class CameBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message that came back; the reason is for people and holds no personal data."""

    reason: str = "it came back"


class MessagesApi(Controller):
    """Messages to buyers; their ids hold slashes, so they are given as `id` of the query."""

    path = "/api/v1"
    guards = [require_token]  # noqa: RUF012 - the framework's way to declare it
    tags = ["panstore"]  # noqa: RUF012

    @get("/messages")
    async def list_messages(
        self,
        request: _Request,
        route: FromQuery[str | None] = None,
        in_state: _State = None,
        channel: FromQuery[Channel | None] = None,
        limit: _Limit = 100,
    ) -> Messages:
        """Messages, the newest first."""
        return await _list(request, route, None, in_state, channel, limit)

    @get("/routes/{route:str}/orders/{order_id:str}/messages")
    async def messages_of_order(
        self, request: _Request, route: FromPath[str], order_id: FromPath[str], limit: _Limit = 100
    ) -> Messages:
        """Messages about one order, the newest first."""
        return await _list(request, route, order_id, None, None, limit)

    @get("/message")
    async def one_message(self, request: _Request, message: _Id) -> MessageTold:
        """One message."""
        context = site_of(request).engine.context
        found = await context.store.read(lambda c: tell_message(c, message))
        if found is None:
            raise _unknown(message)
        return found

    @post("/message/resend", status_code=HTTP_202_ACCEPTED)
    async def resend(self, request: _Request, message: _Id) -> Resent:
        """Send it once more, to the address that the shop has by now."""
        context = site_of(request).engine.context
        return Resent(message, await _carefully(message, desk.resend(context, message)))

    @post("/message/skip", status_code=HTTP_202_ACCEPTED)
    async def skip(self, request: _Request, message: _Id) -> Decided:
        """Never send it."""
        await _carefully(message, desk.leave(site_of(request).engine.context, message))
        return Decided(message, "skipped")

    @post("/message/bounced", status_code=HTTP_202_ACCEPTED)
    async def bounced(self, request: _Request, message: _Id, data: JSONBody[CameBack]) -> Decided:
        """Say that it came back, as a mail provider's webhook knows."""
        context = site_of(request).engine.context
        await _carefully(message, desk.bounced(context, message, data.reason))
        return Decided(message, "failed")


@get("/messages")
async def messages(
    request: _Request,
    in_state: Annotated[str | None, QueryParameter(name="state")] = None,
    channel: FromQuery[str | None] = None,
) -> Template:
    """Messages, the newest first, without who they go to."""
    state = next((one for one in _STATES if one == in_state), None)
    on = next((one for one in _CHANNELS if one == channel), None)
    rows = await site_of(request).engine.context.store.read(
        lambda c: messages_told(c, state=state, channel=on, limit=_ROWS)
    )
    return render(
        request,
        "messages.html",
        page="messages",
        rows=rows,
        states=_STATES,
        state=state or "",
        channel=on or "",
    )


@post("/messages/{decision:str}")
async def decide_message(
    request: _Request, decision: FromPath[Literal["resend", "skip"]], data: _Form
) -> Redirect:
    """Send a message once more, or leave it."""
    require_csrf(request, data)
    context, id_ = site_of(request).engine.context, data.get("id", "")
    if decision == "resend":
        await _carefully(id_, desk.resend(context, id_))
    else:
        await _carefully(id_, desk.leave(context, id_))
    return see(data.get("back", "/messages"))


MESSAGE_PAGES = [messages, decide_message]


async def _list(
    request: _Request,
    route: str | None,
    order_id: str | None,
    state: MessageState | None,
    channel: Channel | None,
    limit: int,
) -> Messages:
    context = site_of(request).engine.context
    if route is not None and RouteId(route) not in context.routes:
        known = ", ".join(sorted(context.routes)) or "none"
        raise NotFoundException(f"There is no route {route!r}; there are: {known}.")
    rows = await context.store.read(
        lambda c: messages_told(
            c,
            route=None if route is None else RouteId(route),
            order_id=order_id,
            state=state,
            channel=channel,
            limit=limit,
        )
    )
    return Messages(rows)


async def _carefully(id_: str, work: Awaitable[T]) -> T:
    try:
        return await work
    except KeyError:
        raise _unknown(id_) from None
    except desk.NotPossibleError as error:
        raise HTTPException(
            f"{error} Nothing was changed.", status_code=HTTP_409_CONFLICT
        ) from None


def _unknown(id_: str) -> NotFoundException:
    return NotFoundException(f"There is no message {id_!r}; nothing was changed.")
