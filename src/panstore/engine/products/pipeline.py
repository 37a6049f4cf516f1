"""The one way of products: read both sides, plan, guard, write, record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Literal

import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.engine.limiter import Lane
from panstore.engine.products.batch import ProductBatch, ProductResult, ProductVerdict
from panstore.engine.products.guard import guard_products
from panstore.engine.products.plan import merge, plan_batch
from panstore.engine.products.read import read_products
from panstore.engine.products.record import record_products
from panstore.engine.products.write import write_products
from panstore.engine.recovery import backoff
from panstore.engine.remote import Stopwatch, stopwatch
from panstore.engine.stages.mark import ask
from panstore.model.change import Mark
from panstore.model.ids import ItemId, ModuleCode, RouteId
from panstore.model.product_plan import ProductChange, ProductPlan
from panstore.sdk.errors import RemoteError
from panstore.sdk.products import ProductItem
from panstore.store import full_runs
from panstore.store.marks import delete_worked, postpone
from panstore.store.module_starts import note_starts, starts_of
from panstore.store.products import ProductRow, product_rows

__all__ = [
    "apply_changes",
    "look_at_products",
    "may_write",
    "preview_products",
    "start",
    "started",
    "waits_for_plan",
    "work_image_marks",
    "work_product_marks",
    "work_products_page",
]

Sending = Callable[[Sequence[ProductChange]], Awaitable[None]]


def started(connection: sa.Connection, route: RouteId, code: ModuleCode) -> bool:
    """Whether the first look at everything was approved, or showed nothing to approve."""
    return code in starts_of(connection, route)


def start(connection: sa.Connection, context: Context, route: RouteId, code: ModuleCode) -> None:
    """From now on changes are written by themselves; everything is looked at once more first."""
    now = context.clock.now()
    note_starts(connection, route, [code], now=now)
    full_runs.start(connection, route, code, now=now)
    ask(connection, context, route, code)


def waits_for_plan(connection: sa.Connection, route: Route, code: ModuleCode) -> bool:
    """Whether nothing is written yet, because nobody has decided about the first plan."""
    _, settings = route.product_modules[code]
    return settings.first_sync == "ask" and not started(connection, route.id, code)


async def may_write(context: Context, route: Route, code: ModuleCode) -> bool:
    """Whether the module may write by itself by now."""
    return not await context.store.read(lambda c: waits_for_plan(c, route, code))


async def work_product_marks(
    context: Context, route: Route, code: ModuleCode, marks: Sequence[Mark]
) -> bool:
    """Take marked products through.

    Before the first look at everything was approved nothing is written, and marks are not kept:
    a full run follows the approval.

    Returns:
        False if an outside system did not let us; the marks then wait for a later time.
    """
    return await _work_marks(context, route, code, marks, images="later")


async def _work_marks(
    context: Context,
    route: Route,
    code: ModuleCode,
    marks: Sequence[Mark],
    *,
    images: Literal["later", "only"],
) -> bool:
    by_key = {mark.key: mark for mark in marks}
    rows = await context.store.read(lambda c: product_rows(c, route.id, list(by_key)))
    if not await may_write(context, route, code):
        await context.store.write(lambda c: delete_worked(c, marks))
        return True
    gone = [mark for key, mark in by_key.items() if key not in rows]
    if gone:
        await context.store.write(lambda c: delete_worked(c, gone))
    if not rows:
        return True
    there = {key: mark for key, mark in by_key.items() if key in rows}
    batch = _batch(context, route, code, rows, marks=there)
    batch.images = images
    if images == "only":
        batch.lane = Lane.DOCUMENTS
    try:
        _, _, result = await _through(context, batch)
    except RemoteError as error:
        now = context.clock.now()
        context.log.info("postponed", route=route.id, module=code, why=str(error))
        failed = [(mark, now + backoff(mark.attempts)) for mark in there.values()]
        await context.store.write(lambda c: postpone(c, failed))
        return False
    return result.trouble is None


async def work_image_marks(context: Context, route: Route, marks: Sequence[Mark]) -> bool:
    """Move the images of marked products; their fields are left to the modules' own runs."""
    for code in route.product_modules:
        if not await _work_marks(context, route, code, marks, images="only"):
            return False
    return True


async def work_products_page(
    context: Context, route: Route, code: ModuleCode, rows: Sequence[ProductRow], *, cause: str
) -> bool:
    """The same for a page of a full run, whose products carry no marks."""
    if not rows or not await may_write(context, route, code):
        return True
    batch = _batch(context, route, code, {row.item: row for row in rows}, cause=cause)
    _, _, result = await _through(context, batch)
    return result.trouble is None


async def preview_products(
    context: Context, route: Route, code: ModuleCode, rows: Sequence[ProductRow]
) -> ProductPlan:
    """What would be written to both sides and why; writes nothing anywhere."""
    return (await look_at_products(context, route, code, rows))[1]


async def look_at_products(
    context: Context, route: Route, code: ModuleCode, rows: Sequence[ProductRow]
) -> tuple[Mapping[ItemId, ProductItem], ProductPlan]:
    """The same, and both sides as they were read for it; those that could not be are left out."""
    batch = _batch(context, route, code, {row.item: row for row in rows}, cause="preview")
    made = await _plan(context, batch)
    return batch.items, made


async def apply_changes(
    context: Context,
    route: Route,
    code: ModuleCode,
    changes: Sequence[ProductChange],
    *,
    cause: str,
    undo: int | None = None,
    sending: Sending | None = None,
) -> tuple[ProductVerdict, ProductResult]:
    """Write these changes and nothing else: through brakes, with versions compared, recorded.

    Args:
        changes: of a plan made just now, or of what a person takes back.
        undo: number of the plan, if old values are written back.
        sending: told of what goes out, just before it does.

    Returns:
        What a brake holds, and what became of the rest.
    """
    items = sorted({change.item for change in changes})
    rows = await context.store.read(lambda c: product_rows(c, route.id, items))
    batch = _batch(context, route, code, rows, cause=cause)
    batch.undo, batch.images = undo, "now"
    made = await _plan(context, batch)
    there = tuple(change for change in changes if change.item in batch.items)
    # What was not approved stays a change to come: its fields agree on nothing.
    rest = {
        item: made.open.get(item, frozenset())
        | {(x.variant, x.field) for c in made.changes if c.item == item for x in c.lines}
        - {(x.variant, x.field) for c in there if c.item == item for x in c.lines}
        for item in batch.items
    }
    plan = ProductPlan(route.id, code, there, made.unchanged, made.held, made.conflicts, open=rest)
    return await _write(context, batch, plan, sending)


def _batch(
    context: Context,
    route: Route,
    code: ModuleCode,
    rows: Mapping[ItemId, ProductRow],
    *,
    marks: Mapping[str, Mark] | None = None,
    cause: str = "",
) -> ProductBatch:
    module, settings = route.product_modules[code]
    return ProductBatch(
        route=route,
        code=code,
        module=module,
        settings=settings,
        rows=rows,
        marks=marks or {},
        cause=cause,
        lane=Lane.PRODUCTS if marks else Lane.FULL,
        began=context.clock.now(),
    )


async def _plan(context: Context, batch: ProductBatch) -> ProductPlan:
    held = await read_products(context, batch)
    made = plan_batch(context, batch, list(batch.items.values()))
    return merge(batch, [made, ProductPlan(batch.route.id, batch.code, held=tuple(held))])


async def _through(
    context: Context, batch: ProductBatch
) -> tuple[ProductPlan, ProductVerdict, ProductResult]:
    watch = Stopwatch()
    token = stopwatch.set(watch)
    try:
        plan = await _plan(context, batch)
        verdict, result = await _write(context, batch, plan)
    finally:
        stopwatch.reset(token)
    return plan, verdict, result


async def _write(
    context: Context, batch: ProductBatch, plan: ProductPlan, sending: Sending | None = None
) -> tuple[ProductVerdict, ProductResult]:
    watch = stopwatch.get() or Stopwatch()
    verdict = await guard_products(context, batch, plan.changes)
    if sending is not None and verdict.passing:
        await sending(verdict.passing)
    context.probe("products.guard")
    result = await write_products(context, batch, verdict.passing)
    await record_products(context, batch, plan, verdict, result, watch.seconds)
    return verdict, result
