"""The JSON API: what programs may read and decide. Every call carries the API token."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, get, post
from litestar.exceptions import ClientException, HTTPException, NotFoundException
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.status_codes import HTTP_202_ACCEPTED, HTTP_409_CONFLICT

from panstore.engine.context import LINKS, ORDERS, Route
from panstore.engine.status import Status, look
from panstore.engine.story import OrderStory, tell_order
from panstore.model.ids import ModuleCode, RouteId
from panstore.store import audit as audit_store
from panstore.store import brakes, parked
from panstore.store.order_list import ListedOrder, listed_orders
from panstore.web.access import require_token
from panstore.web.decisions import Settlement, settle_parked
from panstore.web.numbers import RecordNumber, RowNumber
from panstore.web.site import site_of

__all__ = ["Api"]

_Request = Request[Any, Any, Any]
OrderState = Literal["waiting", "imported", "parked", "skipped", "earlier", "closed"]
Limit = Annotated[int, QueryParameter(ge=1, le=5000)]


class Orders(msgspec.Struct, frozen=True):
    """Orders without personal data, the newest first."""

    orders: list[ListedOrder]


class OrderAsked(msgspec.Struct, frozen=True):
    """The order that is looked at again, or booked as it is."""

    route: str
    id: str


class ParkedRecords(msgspec.Struct, frozen=True):
    """Records that wait for a person, the newest first."""

    parked: list[parked.Parked]


class Approvals(msgspec.Struct, frozen=True):
    """Mass changes that wait or were stopped, the newest first."""

    approvals: list[brakes.Approval]


class Decision(msgspec.Struct, frozen=True):
    """What was decided, on which record."""

    id: int
    state: str


class FullRunAsked(msgspec.Struct, frozen=True):
    """Full runs that were asked for."""

    route: str
    modules: list[str]


class Audit(msgspec.Struct, frozen=True):
    """Rows of the audit, the newest first.

    Attributes:
        last: highest id known to the caller now; give it as `after` next time.
        complete: false if more rows than `limit` lie behind `after`; the oldest are left out.
    """

    entries: list[audit_store.Entry]
    last: int
    complete: bool


class Api(Controller):
    """Version 1."""

    path = "/api/v1"
    guards = [require_token]  # noqa: RUF012 - the framework's way to declare it
    tags = ["panstore"]  # noqa: RUF012

    @get("/status")
    async def status(self, request: _Request) -> Status:
        """What is in step, what is behind, what waits for a person."""
        context = site_of(request).engine.context
        return await context.store.read(lambda c: look(c, context))

    @get("/orders")
    async def list_orders(
        self,
        request: _Request,
        route: FromQuery[str | None] = None,
        in_state: Annotated[OrderState | None, QueryParameter(name="state")] = None,
        limit: Limit = 50,
    ) -> Orders:
        """Orders, the newest first; `parked` are all that wait for a person."""
        chosen = None if route is None else _route(request, route).id
        rows = await site_of(request).engine.context.store.read(
            lambda c: listed_orders(c, ORDERS, route=chosen, state=in_state, limit=limit)
        )
        return Orders(rows)

    @get("/orders/{route:str}/{order_id:str}")
    async def one_order(
        self, request: _Request, route: FromPath[str], order_id: FromPath[str]
    ) -> OrderStory:
        """One order's story; no personal data."""
        known = _route(request, route).id
        context = site_of(request).engine.context
        told = await context.store.read(lambda c: tell_order(c, context, known, order_id))
        if told is None:
            raise _no_order(route, order_id)
        return told

    @post("/orders/{route:str}/{order_id:str}/retry", status_code=HTTP_202_ACCEPTED)
    async def retry_order(
        self, request: _Request, route: FromPath[str], order_id: FromPath[str]
    ) -> OrderAsked:
        """Look at an order again now, parked or not; one that was left alone is taken up."""
        known = _route(request, route).id
        if not await site_of(request).engine.retry_order(known, order_id):
            raise _no_order(route, order_id)
        return OrderAsked(known, order_id)

    @post("/orders/{route:str}/{order_id:str}/accept-prices", status_code=HTTP_202_ACCEPTED)
    async def accept_prices(
        self, request: _Request, route: FromPath[str], order_id: FromPath[str]
    ) -> OrderAsked:
        """Book an order at the prices it charged, though others had been agreed.

        It must be parked because of its prices, and holds for the lines it has now.
        """
        known = _route(request, route).id
        became = await site_of(request).engine.accept_prices(known, order_id, by="the API")
        if became == "unknown":
            raise _no_order(route, order_id)
        if became != "accepted":
            waits = "does not wait because of its prices"
            why = "has yet to be looked at again" if became == "changed" else waits
            raise HTTPException(
                f"Order {order_id!r} {why}; nothing was changed.", status_code=HTTP_409_CONFLICT
            )
        return OrderAsked(known, order_id)

    @get("/parked")
    async def list_parked(self, request: _Request, limit: Limit = 200) -> ParkedRecords:
        """Records that wait for a person."""
        rows = await site_of(request).engine.context.store.read(
            lambda c: parked.list_parked(c, limit=limit)
        )
        return ParkedRecords(rows)

    @post("/parked/{record:int}/retry", status_code=HTTP_202_ACCEPTED)
    async def retry(self, request: _Request, record: RecordNumber) -> Decision:
        """Work a parked record again."""
        return await _settle(request, record, "retried")

    @post("/parked/{record:int}/skip", status_code=HTTP_202_ACCEPTED)
    async def skip(self, request: _Request, record: RecordNumber) -> Decision:
        """Leave a parked record alone."""
        return await _settle(request, record, "skipped")

    @get("/approvals")
    async def list_approvals(self, request: _Request) -> Approvals:
        """Mass changes that wait or were stopped."""
        return Approvals(await site_of(request).engine.context.store.read(brakes.list_approvals))

    @post("/approvals/{approval:int}/approve", status_code=HTTP_202_ACCEPTED)
    async def approve(self, request: _Request, approval: RecordNumber) -> Decision:
        """Let a mass change through."""
        return await _decide(request, approval, "approved")

    @post("/approvals/{approval:int}/stop", status_code=HTTP_202_ACCEPTED)
    async def stop(self, request: _Request, approval: RecordNumber) -> Decision:
        """Do not let a mass change through."""
        return await _decide(request, approval, "stopped")

    @post("/routes/{route:str}/full-run", status_code=HTTP_202_ACCEPTED)
    async def full_run(
        self,
        request: _Request,
        route: FromPath[str],
        module: FromQuery[list[str] | None] = None,
    ) -> FullRunAsked:
        """Look at everything once; `module` may be given several times, all if left out."""
        known = _route(request, route)
        possible = [LINKS, *known.state_modules]
        wanted = [ModuleCode(code) for code in module or possible]
        wrong = [code for code in wanted if code not in possible]
        if wrong:
            raise ClientException(
                f"Nothing was started: {', '.join(wrong)} cannot run on route {route!r}; "
                f"possible are {', '.join(possible)}."
            )
        await site_of(request).engine.full_run(known.id, wanted)
        return FullRunAsked(known.id, [str(code) for code in wanted])

    @get("/audit")
    async def audit(
        self,
        request: _Request,
        after: RowNumber = 0,
        limit: Limit = 500,
    ) -> Audit:
        """What was written or not, and why, since row `after`."""
        rows = await site_of(request).engine.context.store.read(
            lambda c: audit_store.latest(c, after=after, limit=limit + 1)
        )
        shown = rows[:limit]
        return Audit(shown, shown[0].id if shown else after, complete=len(rows) <= limit)


def _route(request: _Request, name: str) -> Route:
    routes = site_of(request).engine.context.routes
    found = routes.get(RouteId(name))
    if found is None:
        known = ", ".join(sorted(routes)) or "none"
        raise NotFoundException(f"There is no route {name!r}; there are: {known}.")
    return found


def _no_order(route: str, order_id: str) -> NotFoundException:
    return NotFoundException(f"Order {order_id!r} is not known on route {route!r}.")


async def _settle(request: _Request, record: int, state: Settlement) -> Decision:
    if not await settle_parked(site_of(request).engine, record, state):
        raise NotFoundException(
            f"Parked record {record} is not there or was decided before; nothing was changed."
        )
    return Decision(record, state)


async def _decide(request: _Request, approval: int, state: str) -> Decision:
    if not await site_of(request).engine.decide(approval, state):
        raise NotFoundException(
            f"Mass change {approval} is not there or was let through before; nothing was changed."
        )
    return Decision(approval, state)
