"""One run: what the runner calls, for one route, module and shard, one at a time."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from panstore.engine.context import IMAGES, LINKS, ORDERS, WITHDRAWAL, Context, Route
from panstore.engine.contracts.push import is_pushed, work_push
from panstore.engine.contracts.push_marks import begin_push
from panstore.engine.contracts.push_withdraw import begin_withdrawal, work_withdrawal
from panstore.engine.flows import work_orders
from panstore.engine.full_runs import mark_page, next_page
from panstore.engine.linking import work_products
from panstore.engine.outbox.send import work_messages
from panstore.engine.pipeline import work_marks
from panstore.engine.products.pipeline import work_image_marks, work_product_marks
from panstore.engine.recovery import backoff
from panstore.engine.suspects import SUSPICIOUS, one_by_one, work_alone
from panstore.model.change import Mark
from panstore.model.ids import ModuleCode, RouteId
from panstore.sdk.errors import RemoteError
from panstore.store import full_runs, suspects
from panstore.store.marks import clear_wanted, due_marks, forget_module, postpone
from panstore.store.push_marks import due_push_marks

__all__ = ["run"]

_ORDERS_AT_ONCE = 50


async def run(context: Context, route_id: RouteId, code: ModuleCode, shard: int) -> None:
    """Drain what is marked; when nothing is, go on with the full run.

    *Wanted* is cleared before anything is read, so a mark made from here on asks for a new run.
    """

    def begin(connection: sa.Connection) -> int:
        clear_wanted(connection, route_id, code, shard)
        return suspects.deaths(connection, route_id, code, shard)

    deaths = await context.store.write(begin)
    context.probe("run.begin")
    route = context.routes.get(route_id)
    if route is None or not _is_on(route, code):
        await context.store.write(lambda c: _forget(c, route_id, code))
        return
    if _is_pushing(route, code) and not await _may_push(context, route, code):
        return
    ended = True
    if deaths >= SUSPICIOUS:
        async with context.alone:
            ended = await _carefully(context, route, code, shard)
    ended = ended and await _drain(context, route, code, shard)
    if ended and deaths:
        await context.store.write(lambda c: suspects.forgive(c, route_id, code, shard))


def _forget(connection: sa.Connection, route: RouteId, code: ModuleCode) -> None:
    """Of a module that is off; everything is looked at when it comes back."""
    forget_module(connection, route, code)
    if code not in {LINKS, ORDERS, IMAGES}:
        full_runs.forget_run(connection, route, code)


async def _may_push(context: Context, route: Route, code: ModuleCode) -> bool:
    """Whether the shop keeps contract prices, or, for a withdrawal, is to keep none any more.

    Where it is the other way round, its run begins instead.
    """
    kept = await is_pushed(context, route)
    if kept is None:
        await _put_off(context, route, code)
        return False
    if kept == (code != WITHDRAWAL):
        return True

    def turn(connection: sa.Connection) -> None:
        _forget(connection, route.id, code)
        (begin_push if kept else begin_withdrawal)(connection, context, route)

    await context.store.write(turn)
    return False


async def _put_off(context: Context, route: Route, code: ModuleCode) -> None:
    """The shop has not said yet whether it keeps prices."""
    now = context.clock.now()
    until = context.remote.rests_until(route.shop) or now + backoff(0)

    def work(connection: sa.Connection) -> None:
        marks = due_marks(connection, route.id, code, shard=0, now=now, limit=100_000)
        postpone(connection, [(mark, until) for mark in marks])
        run = full_runs.current(connection, route.id, code, now=now)
        if run is not None:
            full_runs.rest(connection, run, until=until)

    await context.store.write(work)


async def _drain(context: Context, route: Route, code: ModuleCode, shard: int) -> bool:
    """Work everything; False if something outside, or the end of the process, came between."""

    async def work(some: Sequence[Mark]) -> bool:
        return await _work(context, route, code, some)

    while not context.stopping:
        marks = await _due(context, route, code, shard)
        if marks:
            if not await one_by_one(context, route, code, marks, work):
                return False
        elif not _has_full_runs(route, code) or not await next_page(context, route, code):
            return True
    return False


async def _carefully(context: Context, route: Route, code: ModuleCode, shard: int) -> bool:
    """Work one by one what the dead run had in hand: its first marks, or a page of a full run."""

    async def work(some: Sequence[Mark]) -> bool:
        return await _work(context, route, code, some)

    for mark in await _due(context, route, code, shard):
        if context.stopping or not await work_alone(context, route, code, mark, work):
            return False
    if not _has_full_runs(route, code):
        return True
    if code == LINKS or _is_contract(route, code):
        return await _page_alone(context, route, code)
    await mark_page(context, route, code)
    for mark in await _due(context, route, code, shard):
        if context.stopping or not await work_alone(context, route, code, mark, work):
            return False
    return True


async def _page_alone(context: Context, route: Route, code: ModuleCode) -> bool:
    """A page of a catalogue cannot be divided: one that kills is told, and tried again."""

    async def work(_some: Sequence[Mark]) -> bool:
        await next_page(context, route, code)
        return True

    now = context.clock.now()
    page = Mark(route.id, code, "catalogue", version=0, marked_at=now, cause="full run")
    return await work_alone(context, route, code, page, work)


async def _due(context: Context, route: Route, code: ModuleCode, shard: int) -> list[Mark]:
    limit = _ORDERS_AT_ONCE if code == ORDERS else context.options.batch
    now = context.clock.now()
    if _is_pushing(route, code):
        return await context.store.read(
            lambda c: due_push_marks(c, route.id, code, now=now, limit=limit)
        )
    return await context.store.read(
        lambda c: due_marks(c, route.id, code, shard=shard, now=now, limit=limit)
    )


def _is_on(route: Route, code: ModuleCode) -> bool:
    if code == ORDERS:
        return bool(route.flow_modules)
    if code == IMAGES:
        return bool(route.product_modules)
    if code == WITHDRAWAL:
        return True
    return _has_full_runs(route, code) or code in route.message_modules


def _has_full_runs(route: Route, code: ModuleCode) -> bool:
    """Orders and messages are worked when they are marked, and only then."""
    states = code in route.state_modules or code in route.product_modules
    return code == LINKS or states or _is_contract(route, code)


def _is_contract(route: Route, code: ModuleCode) -> bool:
    return route.contract is not None and code == route.contract[0].code


def _is_pushing(route: Route, code: ModuleCode) -> bool:
    return code == WITHDRAWAL or _is_contract(route, code)


async def _work(context: Context, route: Route, code: ModuleCode, marks: Sequence[Mark]) -> bool:
    if code == LINKS:
        return await _work_links(context, route, marks)
    if _is_pushing(route, code):
        push = work_withdrawal if code == WITHDRAWAL else work_push
        return await push(context, route, marks)
    if code in route.message_modules:
        return await work_messages(context, route, code, marks)
    if code == IMAGES or code in route.product_modules:
        return await _work_products(context, route, code, marks)
    with context.hurry():
        if code == ORDERS:
            return await work_orders(context, route, marks)
        return await work_marks(context, route, code, marks)


async def _work_links(context: Context, route: Route, marks: Sequence[Mark]) -> bool:
    try:
        await work_products(context, route, marks)
    except RemoteError as error:
        now = context.clock.now()
        context.log.info("products wait", route=route.id, why=str(error))
        failed = [(mark, now + backoff(mark.attempts)) for mark in marks]
        await context.store.write(lambda c: postpone(c, failed))
        return False
    return True


async def _work_products(
    context: Context, route: Route, code: ModuleCode, marks: Sequence[Mark]
) -> bool:
    if code == IMAGES:
        return await work_image_marks(context, route, marks)
    return await work_product_marks(context, route, code, marks)
