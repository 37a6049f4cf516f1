"""The one way through: detect, mark, read, plan, guard, write, record, in this order.

Feeds do the first two, runs do the rest. A run drains what is marked; when nothing is marked it
goes on with a page of a full run, so that a full run never delays a change.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from panstore.engine.batch import Batch, Items, Passed, lane_of
from panstore.engine.context import Context, Route
from panstore.engine.feeds import ORDER_FEED, read_orders
from panstore.engine.limiter import Lane
from panstore.engine.recovery import backoff
from panstore.engine.remote import Stopwatch, stopwatch
from panstore.engine.stages.guard import guard
from panstore.engine.stages.patience import let_orders_go_first, unsettled
from panstore.engine.stages.plan import plan
from panstore.engine.stages.read import read
from panstore.engine.stages.record import record
from panstore.engine.stages.taken_back import leave_taken_back, shown_as_held
from panstore.engine.stages.write import write
from panstore.model.change import Mark
from panstore.model.ids import ItemId, ModuleCode
from panstore.model.link import Link
from panstore.model.plan import Operation, Plan
from panstore.model.stock import StockTarget
from panstore.sdk.errors import PanstoreError, RemoteError, UnsupportedError
from panstore.sdk.modules import StockQuery
from panstore.sdk.roles import ReadOrders
from panstore.store.items import links_by_item
from panstore.store.marks import delete_worked, postpone
from panstore.store.systems import is_behind

__all__ = [
    "Choose",
    "Look",
    "look_at",
    "make_batch",
    "preview",
    "work_chosen",
    "work_links",
    "work_marks",
]


class Look(NamedTuple):
    """How items stand now.

    Attributes:
        plan: what the module wants to do.
        taken_back: what it would do as well, had not a person taken it back.
    """

    items: Items
    plan: Plan
    taken_back: Sequence[Operation]


Choose = Callable[[Look], Awaitable[Plan]]
"""Says what is to be done."""


async def work_marks(
    context: Context, route: Route, code: ModuleCode, marks: Sequence[Mark]
) -> bool:
    """Take marked items through read, plan, guard, write and record.

    Returns:
        False if an outside system did not let us; the marks then wait for a later time.
    """
    by_key = {mark.key: mark for mark in marks}
    links = await context.store.read(lambda c: links_by_item(c, route.id, list(by_key)))
    gone = [mark for key, mark in by_key.items() if key not in links]
    if gone:
        await context.store.write(lambda c: delete_worked(c, gone))
    if not links:
        return True
    batch = make_batch(context, route, code, links, marks=by_key)
    try:
        return _let_through(await _through(context, batch))
    except RemoteError as error:
        await _later(context, batch, error)
        return False


async def work_links(
    context: Context, route: Route, code: ModuleCode, links: Sequence[Link], *, cause: str
) -> bool:
    """The same for a page of a full run, whose items carry no marks."""
    by_item = {link.item: link for link in links}
    batch = make_batch(context, route, code, by_item, cause=cause)
    return _let_through(await _through(context, batch))


async def work_chosen(
    context: Context,
    route: Route,
    code: ModuleCode,
    links: Mapping[ItemId, Link],
    choose: Choose,
    *,
    cause: str,
    undo: int | None = None,
) -> Passed:
    """The same for what a person has chosen of some items: both systems are read anew.

    Args:
        undo: number of the plan, if old values are written back; brakes count them apart.
    """
    batch = make_batch(context, route, code, links, cause=cause)
    batch.undo = undo
    return await _through(context, batch, choose)


def _let_through(passed: Passed) -> bool:
    return passed.result.trouble is None


async def preview(
    context: Context, route: Route, code: ModuleCode, links: Mapping[ItemId, Link]
) -> Plan:
    """What would be written and why; writes nothing anywhere."""
    look = await look_at(context, route, code, links)
    return replace(look.plan, held=(*look.plan.held, *map(shown_as_held, look.taken_back)))


async def look_at(
    context: Context, route: Route, code: ModuleCode, links: Mapping[ItemId, Link]
) -> Look:
    """How items stand in both systems now, read anew; writes nothing anywhere."""
    batch = make_batch(context, route, code, links, cause="preview")
    items, held = await read(context, batch)
    made = plan(context, batch, items)
    made, waiting = await leave_taken_back(context, batch, made, items, looks_only=True)
    return Look(items, replace(made, held=(*made.held, *held)), waiting)


def make_batch(
    context: Context,
    route: Route,
    code: ModuleCode,
    links: Mapping[ItemId, Link],
    *,
    marks: Mapping[str, Mark] | None = None,
    cause: str = "",
) -> Batch:
    """Put a batch together; marked work goes in the module's lane, the rest in the last one."""
    module, settings = route.state_modules[code]
    try:
        query = module.query(settings, context.view(route))
    except PanstoreError:
        raise
    except Exception as error:
        # It fails for every record alike, so none of them is to blame.
        what = f"it could not say what to read: {type(error).__name__}: {error}"
        raise UnsupportedError(f"{code} on route {route.id}: {what}") from error
    return Batch(
        route=route,
        code=code,
        module=module,
        settings=settings,
        query=query,
        links=links,
        marks=marks or {},
        cause=cause,
        lane=lane_of(query) if marks else Lane.FULL,
        began=context.clock.now(),
    )


async def _through(context: Context, batch: Batch, choose: Choose | None = None) -> Passed:
    watch = Stopwatch()
    token = stopwatch.set(watch)
    try:
        if isinstance(batch.query, StockQuery):
            await _know_orders(context, batch.route)
        doubtful = await unsettled(context, batch)
        items, held = await read(context, batch)
        context.probe("read.end")
        made = plan(context, batch, items)
        made = replace(made, held=(*made.held, *held))
        made, taken_back = await leave_taken_back(context, batch, made, items)
        if choose is None:
            made = replace(made, unchanged=(*made.unchanged, *(o.item for o in taken_back)))
        else:
            made = await choose(Look(items, made, taken_back))
        made, waiting = await let_orders_go_first(context, batch, made, doubtful)
        verdict = await guard(context, batch, made)
        context.probe("guard.end")
        result = await write(context, batch, verdict.passing)
        result.waiting.extend(waiting)
        await record(context, batch, made, verdict, result, watch.seconds)
        if any(isinstance(o.after, StockTarget) for o in verdict.passing):
            await _close_window(context, batch)
    finally:
        stopwatch.reset(token)
    return Passed(made, verdict, result)


async def _know_orders(context: Context, route: Route) -> None:
    """Before the first stock is written, the orders are read that the shop has had before us.

    To their end: with a watermark in their middle the shop would take off what the rest of them
    sold long ago.
    """
    shop = context.connectors[route.shop]
    if not isinstance(shop, ReadOrders):
        return
    if await context.store.read(lambda c: is_behind(c, route.shop, ORDER_FEED)):
        await read_orders(context, route, shop, cause="first look")


async def _close_window(context: Context, batch: Batch) -> None:
    """A shop without a guarded write may have sold meanwhile: its orders mark what they hold."""
    shop = context.connectors[batch.route.shop]
    if not shop.capabilities.guarded_stock and isinstance(shop, ReadOrders):
        await read_orders(context, batch.route, shop, cause="after write")


async def _later(context: Context, batch: Batch, error: RemoteError) -> None:
    now = context.clock.now()
    rests = [
        until
        for until in map(context.remote.rests_until, (batch.route.erp, batch.route.shop))
        if until is not None
    ]
    failed = [(mark, max([now + backoff(mark.attempts), *rests])) for mark in batch.marks.values()]
    context.log.info("postponed", route=batch.route.id, module=batch.code, why=str(error))
    await context.store.write(lambda c: postpone(c, failed))
