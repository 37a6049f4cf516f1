"""What the console's buttons do; every form answers with the page it came from."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_303_SEE_OTHER, HTTP_401_UNAUTHORIZED

from panstore.engine.context import LINKS
from panstore.model.ids import ModuleCode, RouteId
from panstore.web.access import SESSION, holds_token, new_session, require_csrf
from panstore.web.decisions import Settlement, settle_parked
from panstore.web.numbers import RecordNumber
from panstore.web.site import site_of

__all__ = ["FORMS", "log_in", "log_in_page", "see"]

_Request = Request[Any, Any, Any]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


def _local(target: str) -> str:
    """Only a path of this console; anything else would lead people astray."""
    fine = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if fine and target.isprintable() else "/"


def see(target: str) -> Redirect:
    """Send the browser to a page of this console."""
    return Redirect(_local(target), status_code=HTTP_303_SEE_OTHER)


@get("/login", include_in_schema=False)
async def log_in_page(target: Annotated[str, QueryParameter(name="next")] = "/") -> Template:
    """Ask for the token."""
    return Template("login.html", context={"next": _local(target), "wrong": False})


@post("/login", include_in_schema=False)
async def log_in(request: _Request, data: Form) -> Response[Any]:
    """Take the token once and give a session for it."""
    site = site_of(request)
    target = _local(data.get("next", "/"))
    if not holds_token(site, data.get("token", "").strip()):
        return Template(
            "login.html",
            context={"next": target, "wrong": True},
            status_code=HTTP_401_UNAUTHORIZED,
        )
    answer = see(target)
    answer.set_cookie(new_session(site, secure=request.url.scheme == "https"))
    return answer


@post("/logout")
async def log_out(request: _Request, data: Form) -> Redirect:
    """End the session in this browser."""
    require_csrf(request, data)
    answer = see("/login")
    answer.delete_cookie(SESSION)
    return answer


@post("/parked/{record:int}/{decision:str}")
async def decide_parked(
    request: _Request, record: RecordNumber, decision: FromPath[Settlement], data: Form
) -> Redirect:
    """Retry or skip a parked record."""
    require_csrf(request, data)
    await settle_parked(site_of(request).engine, record, decision)
    return see(data.get("back", "/parked"))


@post("/orders/{route:str}/{order_id:str}/retry")
async def retry_order(
    request: _Request, route: FromPath[str], order_id: FromPath[str], data: Form
) -> Redirect:
    """Look at an order again now."""
    require_csrf(request, data)
    engine = site_of(request).engine
    if RouteId(route) in engine.context.routes:
        await engine.retry_order(RouteId(route), order_id)
    return see(data.get("back", "/orders"))


@post("/orders/{route:str}/{order_id:str}/accept-prices")
async def accept_prices(
    request: _Request, route: FromPath[str], order_id: FromPath[str], data: Form
) -> Redirect:
    """Book an order at the prices charged, if it still differs as the page said."""
    require_csrf(request, data)
    engine = site_of(request).engine
    with contextlib.suppress(ValueError):
        seen = dt.datetime.fromisoformat(data.get("seen", ""))
        if RouteId(route) in engine.context.routes:
            await engine.accept_prices(RouteId(route), order_id, by="the console", seen=seen)
    return see(data.get("back", "/orders"))


@post("/approvals/{approval:int}/{decision:str}")
async def decide_approval(
    request: _Request, approval: RecordNumber, decision: FromPath[str], data: Form
) -> Redirect:
    """Approve or stop a mass change."""
    require_csrf(request, data)
    state = "approved" if decision == "approve" else "stopped"
    await site_of(request).engine.decide(approval, state)
    return see("/")


@post("/routes/{route:str}/full-run")
async def full_run(request: _Request, route: FromPath[str], data: Form) -> Redirect:
    """Look at everything on a route once."""
    require_csrf(request, data)
    engine = site_of(request).engine
    known = engine.context.routes.get(RouteId(route))
    if known is not None:
        await engine.full_run(known.id, [ModuleCode(c) for c in (LINKS, *known.state_modules)])
    return see("/")


FORMS = [log_out, decide_parked, retry_order, accept_prices, decide_approval, full_run]
