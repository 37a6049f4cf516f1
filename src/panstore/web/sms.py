"""SMS on demand, for programs."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_202_ACCEPTED, HTTP_409_CONFLICT

from panstore.engine.outbox.desk import NotPossibleError
from panstore.engine.outbox.on_demand import (
    Asked,
    Preview,
    UnknownTemplateError,
    preview,
    send_on_demand,
    templates_of,
)
from panstore.model.ids import RouteId
from panstore.sdk.messages import TemplateSaid
from panstore.web.access import require_token
from panstore.web.site import site_of

__all__ = ["SmsApi"]

_Request = Request[Any, Any, Any]


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which SMS is wanted; `again` sends it also if the buyer was told the same before."""

    template: str
    again: bool = False


class Templates(msgspec.Struct, frozen=True):
    """Texts that buyers can be sent."""

    templates: list[TemplateSaid]


class SmsApi(Controller):
    """SMS on demand; what became of them is under `messages`."""

    path = "/api/v1/routes/{route:str}"
    guards = [require_token]  # noqa: RUF012 - the framework's way to declare it
    tags = ["panstore"]  # noqa: RUF012

    @get("/sms/templates")
    async def sms_templates(self, request: _Request, route: FromPath[str]) -> Templates:
        """Texts that buyers can be sent on this route."""
        context = site_of(request).engine.context
        return Templates(list(templates_of(context.routes[_route(request, route)])))

    @get("/orders/{order_id:str}/sms/{template:str}")
    async def preview_sms(
        self,
        request: _Request,
        route: FromPath[str],
        order_id: FromPath[str],
        template: FromPath[str],
    ) -> Preview:
        """An SMS as it would be sent; nothing is."""
        context = site_of(request).engine.context
        try:
            return await preview(context, _route(request, route), order_id, template)
        except (KeyError, NotPossibleError) as error:
            raise _refused(error, order_id) from error

    @post("/orders/{order_id:str}/sms", status_code=HTTP_202_ACCEPTED)
    async def send_sms(
        self,
        request: _Request,
        route: FromPath[str],
        order_id: FromPath[str],
        data: JSONBody[Wanted],
    ) -> Asked:
        """Send a buyer an SMS about an order. 409: it cannot be sent, in words."""
        context = site_of(request).engine.context
        on = _route(request, route)
        try:
            return await send_on_demand(context, on, order_id, data.template, again=data.again)
        except (KeyError, NotPossibleError) as error:
            raise _refused(error, order_id) from error


def _route(request: _Request, route: str) -> RouteId:
    found = RouteId(route)
    if found not in site_of(request).engine.context.routes:
        raise NotFoundException(f"There is no route {route!r}.")
    return found


def _refused(error: Exception, order_id: str) -> HTTPException:
    if isinstance(error, KeyError):
        return NotFoundException(f"Order {order_id!r} is not known here.")
    if isinstance(error, UnknownTemplateError):
        return NotFoundException(str(error))
    return HTTPException(detail=str(error), status_code=HTTP_409_CONFLICT)
