"""Stored plans: the list, one plan with its lines, and what a person decides about them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Annotated, Any, Literal

from litestar import Request, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import Body, FromPath
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_400_BAD_REQUEST, HTTP_409_CONFLICT

from panstore.engine.context import Context
from panstore.engine.plans import desk
from panstore.engine.plans.apply import apply_plan
from panstore.engine.plans.make import make_plan
from panstore.engine.plans.products import make_product_plan
from panstore.engine.plans.refusals import PlanRefusedError
from panstore.model.ids import ModuleCode, RouteId
from panstore.model.stored_plan import line_words
from panstore.store import plans as store
from panstore.web.access import require_csrf
from panstore.web.forms import see
from panstore.web.numbers import RecordNumber, RowNumber
from panstore.web.pages import render
from panstore.web.site import site_of

__all__ = ["PLAN_PAGES"]

_Request = Request[Any, Any, Any]
_Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
_ROWS = 100
_LINES = 500
_PATIENCE_S = 20.0
"""How long a browser is kept waiting; a large plan goes on being applied behind the page."""

_going_on: set[asyncio.Task[Any]] = set()


@get("/plans")
async def plans(request: _Request) -> Template:
    """Plans, the newest first, and what can be planned."""
    context = site_of(request).engine.context
    rows = await context.store.read(lambda c: store.list_plans(c, limit=_ROWS))
    modules = [
        (r.id, code)
        for r in context.routes.values()
        for code in (*r.state_modules, *r.product_modules)
    ]
    return render(request, "plans.html", page="plans", rows=rows, modules=modules)


@post("/plans")
async def new_plan(request: _Request, data: _Form) -> Redirect:
    """Look at everything and keep what would be written."""
    require_csrf(request, data)
    context = site_of(request).engine.context
    route = context.routes.get(RouteId(data.get("route", "")))
    code = ModuleCode(data.get("module", ""))
    if route is None or code not in {*route.state_modules, *route.product_modules}:
        raise NotFoundException(f"{code} is not on for this route. Nothing was done.")
    make = make_product_plan if code in route.product_modules else make_plan
    return see(f"/plans/{await make(context, route, code)}")


@get("/plans/{number:int}")
async def one_plan(request: _Request, number: RecordNumber, after: RowNumber = 0) -> Template:
    """One plan with its lines."""
    read = site_of(request).engine.context.store.read
    plan = await read(lambda c: store.find_plan(c, number))
    if plan is None:
        raise NotFoundException(f"There is no plan {number}.")
    lines = await read(lambda c: store.find_lines(c, number, after=after, limit=_LINES))
    counts: dict[str, int] = {}
    for (kind, state), many in (await read(lambda c: store.count_states(c, number))).items():
        name = "cannot go on" if kind == "held" else state
        counts[name] = counts.get(name, 0) + many
    shown = [
        (one, line_words(one.field, one.before), line_words(one.field, one.after)) for one in lines
    ]
    following = lines[-1].line if len(lines) == _LINES else None
    return render(
        request,
        "plan.html",
        page="plans",
        plan=plan,
        lines=shown,
        counts=counts,
        following=following,
    )


@post("/plans/{number:int}/{decision:str}")
async def decide_plan(
    request: _Request,
    number: RecordNumber,
    decision: FromPath[Literal["approve", "leave", "apply", "close"]],
    data: _Form,
) -> Redirect:
    """Approve or leave lines (all if none is named), apply what is approved, or close the plan."""
    require_csrf(request, data)
    context = site_of(request).engine.context
    if decision == "apply":
        await _carefully(_for_a_while(context, number))
    elif decision == "close":
        await _carefully(desk.close(context, number))
    else:
        text = data.get("lines", "").strip()
        try:
            ranges = desk.parse_lines(text) if text else None
        except ValueError as error:
            raise HTTPException(
                f"{error}. Nothing was changed.", status_code=HTTP_400_BAD_REQUEST
            ) from None
        approve = decision == "approve"
        await _carefully(desk.decide(context, number, approve=approve, ranges=ranges))
    return see(f"/plans/{number}")


PLAN_PAGES = [plans, new_plan, one_plan, decide_plan]


async def _for_a_while(context: Context, number: int) -> None:
    task = asyncio.ensure_future(apply_plan(context, number))
    _going_on.add(task)

    def ended(one: asyncio.Task[Any]) -> None:
        _going_on.discard(one)
        error = None if one.cancelled() else one.exception()
        if error is not None and not isinstance(error, PlanRefusedError):
            # Nobody waits for it any more; the plan's lines say what was written.
            context.log.error("applying a plan failed", plan=number, why=str(error))

    task.add_done_callback(ended)
    done, _ = await asyncio.wait({task}, timeout=_PATIENCE_S)
    for one in done:
        one.result()


async def _carefully(work: Awaitable[Any]) -> None:
    try:
        await work
    except PlanRefusedError as error:
        said = f"{error.what[:1].upper()}{error.what[1:]} Nothing was changed."
        raise HTTPException(said, status_code=HTTP_409_CONFLICT) from None
