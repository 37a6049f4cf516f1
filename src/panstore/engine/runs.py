"""One run: what the runner calls, for one route, module and shard, one at a time."""

from __future__ import annotations

from panstore.engine.context import LINKS, ORDERS, Context, Route
from panstore.engine.flows import work_orders
from panstore.engine.full_runs import next_page
from panstore.engine.linking import work_products
from panstore.engine.pipeline import work_marks
from panstore.engine.recovery import backoff
from panstore.model.change import Mark
from panstore.model.ids import ModuleCode, RouteId
from panstore.sdk.errors import RemoteError
from panstore.store.marks import clear_wanted, due_marks, forget_module, postpone

__all__ = ["run"]

_ORDERS_AT_ONCE = 50


async def run(context: Context, route_id: RouteId, code: ModuleCode, shard: int) -> None:
    """Drain what is marked; when nothing is, go on with the full run.

    *Wanted* is cleared before anything is read, so a mark made from here on asks for a new run.
    """
    await context.store.write(lambda c: clear_wanted(c, route_id, code, shard))
    context.probe("run.begin")
    route = context.routes.get(route_id)
    if route is None or not _is_on(route, code):
        await context.store.write(lambda c: forget_module(c, route_id, code))
        return
    limit = _ORDERS_AT_ONCE if code == ORDERS else context.options.batch
    while not context.stopping:
        now = context.clock.now()
        marks = await context.store.read(
            lambda c, n=now: due_marks(c, route_id, code, shard=shard, now=n, limit=limit)  # type: ignore[misc]
        )
        if marks:
            if not await _work(context, route, code, marks):
                return
        elif code == ORDERS or not await next_page(context, route, code):
            return


def _is_on(route: Route, code: ModuleCode) -> bool:
    if code == ORDERS:
        return bool(route.flow_modules)
    return code == LINKS or code in route.state_modules


async def _work(context: Context, route: Route, code: ModuleCode, marks: list[Mark]) -> bool:
    if code == ORDERS:
        return await work_orders(context, route, marks)
    if code != LINKS:
        return await work_marks(context, route, code, marks)
    try:
        await work_products(context, route, marks)
    except RemoteError as error:
        now = context.clock.now()
        context.log.info("products wait", route=route.id, why=str(error))
        failed = [(mark, now + backoff(mark.attempts)) for mark in marks]
        await context.store.write(lambda c: postpone(c, failed))
        return False
    return True
