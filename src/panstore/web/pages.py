"""The console's pages; what they need is read in one transaction each."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Template

from panstore.engine.context import ORDERS
from panstore.engine.status import look
from panstore.model.ids import RouteId
from panstore.store.audit import latest
from panstore.store.order_list import listed_orders, printed_numbers
from panstore.store.parked import Parked, list_parked
from panstore.web.access import csrf_token
from panstore.web.site import site_of
from panstore.web.stories import order_page

__all__ = ["PAGES", "render"]

_Request = Request[Any, Any, Any]
_FEED_ROWS = 50
_ORDER_ROWS = 200
_STATES = ("waiting", "imported", "parked", "skipped", "earlier", "closed")


def render(request: _Request, name: str, **content: Any) -> Template:
    """A page with what every page has: csrf token, zone, present moment, what is switched on."""
    site = site_of(request)
    return Template(
        template_name=name,
        context={
            "csrf": csrf_token(request),
            "zone": site.zone,
            "now": site.engine.context.clock.now(),
            "agreed": any(r.contract is not None for r in site.engine.context.routes.values()),
            **content,
        },
        headers={"Cache-Control": "no-store"},
    )


@get("/")
async def overview(request: _Request) -> Template:
    """What is in step, what is behind, what waits."""
    context = site_of(request).engine.context
    status = await context.store.read(lambda c: look(c, context))
    return render(request, "overview.html", page="overview", status=status)


@get("/parts/overview")
async def overview_part(request: _Request) -> Template:
    """The changing part of the overview."""
    context = site_of(request).engine.context
    status = await context.store.read(lambda c: look(c, context))
    return render(request, "parts/overview.html", status=status)


@get("/live")
async def live_feed(request: _Request) -> Template:
    """The newest rows of the audit, and those to come."""
    rows = await site_of(request).engine.context.store.read(lambda c: latest(c, limit=_FEED_ROWS))
    last = rows[0].id if rows else 0
    return render(request, "live.html", page="live", rows=rows, last=last)


@get("/orders")
async def orders(
    request: _Request,
    in_state: Annotated[str | None, QueryParameter(name="state")] = None,
    number: FromQuery[str | None] = None,
) -> Template:
    """Orders, the newest first, without personal data."""
    chosen = in_state if in_state in _STATES else None
    rows = await site_of(request).engine.context.store.read(
        lambda c: listed_orders(c, ORDERS, state=chosen, limit=_ORDER_ROWS)
    )
    wanted = (number or "").strip()
    if wanted:
        rows = [row for row in rows if wanted.casefold() in row.number.casefold()]
    return render(
        request,
        "orders.html",
        page="orders",
        rows=rows,
        states=_STATES,
        state=chosen or "",
        number=wanted,
    )


@get("/orders/{route:str}/{order_id:str}")
async def order(request: _Request, route: FromPath[str], order_id: FromPath[str]) -> Template:
    """One order's story."""
    context = site_of(request).engine.context
    told = await context.store.read(lambda c: order_page(c, context, RouteId(route), order_id))
    if told is None:
        raise NotFoundException(f"Order {order_id} is not known on {route}.")
    return render(request, "order.html", page="orders", told=told, story=told.story)


@get("/parked")
async def parked(request: _Request) -> Template:
    """Records that wait for a person."""
    rows, numbers = await site_of(request).engine.context.store.read(_parked_with_numbers)
    return render(request, "parked.html", page="parked", rows=rows, numbers=numbers)


def _parked_with_numbers(
    connection: sa.Connection,
) -> tuple[list[Parked], dict[tuple[RouteId, str], str]]:
    """Parked records, and the printed numbers of the orders among them."""
    return list_parked(connection), printed_numbers(connection, ORDERS)


PAGES = [overview, overview_part, live_feed, orders, order, parked]
