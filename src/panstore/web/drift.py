"""Drift in the console: the days before, a look at what differs now, and its repair."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import Body, FromQuery
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_503_SERVICE_UNAVAILABLE

from panstore.engine.drift.report import Lane, Part, lanes, look, look_at_page, repair_page
from panstore.model.drift import DriftRow
from panstore.model.errors import sentence
from panstore.sdk.errors import PanstoreError
from panstore.store.drift import drift_history
from panstore.web.access import require_csrf
from panstore.web.forms import see
from panstore.web.pages import render
from panstore.web.site import site_of

__all__ = ["DRIFT_PAGES"]

_Request = Request[Any, Any, Any]
_Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
_DAYS = 60
_WHO = {
    "shop": ("Shop", "orange"),
    "erp": ("ERP", "azure"),
    "both": ("Shop and ERP", "orange"),
    "us": ("PanStore", "yellow"),
    "unknown": ("Unknown", "secondary"),
    "none": ("In step", "green"),
}


@get("/drift")
async def drift(
    request: _Request,
    lane: FromQuery[str] = "",
    name: FromQuery[str] = "",
    after: FromQuery[str] = "",
) -> Template:
    """The days before; with a lane, a look at both systems now, a batch at a time."""
    engine = site_of(request).engine
    possible = _lanes(request)
    chosen = possible.get(lane)
    wanted, rows, following = name.strip(), list[DriftRow](), ""
    if chosen is not None:
        try:
            if wanted:
                parts: list[Part] = []
                await look(engine, chosen, parts.append, wanted=wanted)
                rows = [row for part in parts for row in part.rows]
            else:
                rows, following = await look_at_page(engine.context, chosen, after=after)
        except PanstoreError as error:
            raise HTTPException(
                f"{sentence(error)} Nothing was changed. See what the overview says of the "
                "connections, then look again.",
                status_code=HTTP_503_SERVICE_UNAVAILABLE,
            ) from error
    days = await engine.context.store.read(lambda c: drift_history(c, limit=_DAYS))
    return render(
        request,
        "drift.html",
        page="drift",
        lanes=list(possible),
        lane=lane if chosen is not None else "",
        wanted=wanted,
        looked_at=len({row.item for row in rows}),
        rows=[row for row in rows if row.differs or wanted],
        after=after,
        following=following,
        days=days,
        most=max((day.differ for day in days), default=0) or 1,
        who=_WHO,
    )


@post("/drift/repair")
async def repair(request: _Request, data: _Form) -> Redirect:
    """Mark one record, or all that differ on a page, to be read on both sides and written."""
    require_csrf(request, data)
    chosen, name = _lanes(request).get(data.get("lane", "")), data.get("name", "")
    if chosen is None:
        raise NotFoundException("There is no such record. Nothing was done.")
    engine = site_of(request).engine
    if name:
        await look(engine, chosen, lambda _part: None, wanted=name, mend=True)
    else:
        await repair_page(engine, chosen, after=data.get("after", ""))
    return see(data.get("back", "/drift"))


DRIFT_PAGES = [drift, repair]


def _lanes(request: _Request) -> dict[str, Lane]:
    context = site_of(request).engine.context
    found = [one for route in context.routes.values() for one in lanes(context, route)]
    return {f"{one.kind} on {one.route.id}": one for one in found}
