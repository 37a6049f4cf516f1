"""Stored plans of products: made from a preview, applied change by change.

One change is all that is written to one product on one side. It is applied if all of its lines
are approved and it would be written now exactly as it was approved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from panstore.engine import full_runs
from panstore.engine.brakes import CREATE
from panstore.engine.context import Context, Route
from panstore.engine.plans.make import estimate
from panstore.engine.plans.old_fields import ItemNow, Outcomes, said, stands
from panstore.engine.products.pipeline import (
    apply_changes,
    look_at_products,
    may_write,
    preview_products,
)
from panstore.engine.remote import Stopwatch, stopwatch
from panstore.model.errors import sentence
from panstore.model.ids import ItemId, ModuleCode
from panstore.model.product_plan import ProductChange, ProductPlan
from panstore.model.stored_plan import LineState, PlanLine, StoredPlan, product_lines
from panstore.sdk.products import ProductItem
from panstore.store import brakes
from panstore.store import plans as table
from panstore.store.module_starts import note_starts
from panstore.store.products import ProductRow, page_of_products, product_rows

__all__ = ["all_lines", "apply_products", "make_product_plan", "start_if_whole"]


async def make_product_plan(context: Context, route: Route, code: ModuleCode) -> int:
    """Look at all products and keep what would be written to both sides.

    Before a module that asks has begun the plan is the one of its first sync; if there is nothing
    to write it begins at once.

    Returns:
        The plan's number.
    """
    now = context.clock.now()
    begun = await may_write(context, route, code)
    first = "" if begun else ", before its first sync"
    title = f"What {code} would write on {route.id}{first}"
    number = await context.store.write(
        lambda c: table.begin_plan(
            c, route.id, code, "preview" if begun else "first", title, now=now
        )
    )
    watch = Stopwatch()
    token = stopwatch.set(watch)
    after, line, looked_at, unchanged, writes = "", 1, 0, 0, 0
    limit = context.options.batch
    try:
        while True:
            rows = await context.store.read(
                lambda c, a=after: page_of_products(c, route.id, after=a, limit=limit)  # type: ignore[misc]
            )
            if rows:
                made = await preview_products(context, route, code, rows)
                lines = product_lines(made, first=line)
                await context.store.write(lambda c, some=lines: table.add_lines(c, number, some))  # type: ignore[misc]
                line += len(lines)
                looked_at += len(rows)
                unchanged += len(made.unchanged)
                writes += len(made.changes)
                after = rows[-1].item
            if len(rows) < limit:
                break
    finally:
        stopwatch.reset(token)
    calls, seconds = estimate(context, route, watch, writes)

    def finish(connection: sa.Connection) -> None:
        table.finish_making(
            connection,
            number,
            looked_at=looked_at,
            unchanged=unchanged,
            calls=calls + writes,
            seconds=seconds,
        )
        if not begun and not writes:
            _start(connection, context, route, code)

    await context.store.write(finish)
    return number


async def all_lines(
    context: Context, route: Route, code: ModuleCode
) -> tuple[list[PlanLine], int, int]:
    """What would be written to all products, kept nowhere.

    Returns:
        The lines, how many products would be written, and how many are in step.
    """
    lines: list[PlanLine] = []
    writes, unchanged, after, limit = 0, 0, "", context.options.batch
    while True:
        rows = await context.store.read(
            lambda c, a=after: page_of_products(c, route.id, after=a, limit=limit)  # type: ignore[misc]
        )
        if rows:
            made = await preview_products(context, route, code, rows)
            lines += product_lines(made, first=len(lines) + 1)
            writes += len(made.changes)
            unchanged += len(made.unchanged)
            after = rows[-1].item
        if len(rows) < limit:
            return lines, writes, unchanged


async def apply_products(
    context: Context, route: Route, plan: StoredPlan, lines: Sequence[PlanLine]
) -> tuple[Outcomes, set[int], str]:
    """Write the approved changes of some products.

    Args:
        lines: all lines of these products, whatever their state.

    Returns:
        What became of each approved line, approvals some of them wait behind, and what stopped it,
        empty if nothing did.
    """
    items = sorted({ItemId(line.item) for line in lines})
    rows = await context.store.read(lambda c: product_rows(c, route.id, items))
    there: list[ProductRow] = list(rows.values())
    made = ProductPlan(route.id, plan.module)
    present: Mapping[ItemId, ProductItem] = {}
    if there:
        present, made = await look_at_products(context, route, plan.module, there)
    outcomes: Outcomes = {}
    by_change: dict[tuple[str, str], list[PlanLine]] = {}
    for line in lines:
        if line.kind != "held" and line.state != "applied":
            by_change.setdefault((line.item, line.side), []).append(line)
    fresh = {(str(change.item), str(change.side)): change for change in made.changes}
    going: list[ProductChange] = []
    for key, some in by_change.items():
        state, note = _judge(some, fresh.get(key), present.get(ItemId(key[0])))
        if state == "approved":
            going.append(fresh[key])
        else:
            _settle(outcomes, some, state, note)
    if not going:
        return outcomes, set(), ""
    made_anew = sorted({change.item for change in going if change.kind == "create"})
    passing = plan.kind == "first" and bool(made_anew)
    if passing:
        async with context.judging:
            passing = await context.store.write(lambda c: _pass_brake(c, context, plan, made_anew))
    try:
        verdict, result = await apply_changes(
            context, route, plan.module, going, cause=f"plan {plan.id}"
        )
    finally:
        if passing:
            # It was for this once: what was not written is new to the brake when it comes again.
            await context.store.write(
                lambda c: brakes.release_items(c, route.id, plan.module, made_anew, kind=CREATE)
            )
    for change, state, note in said(verdict, result):
        _settle(outcomes, by_change[change.item, change.side], state, note)
    trouble = "" if result.trouble is None else sentence(str(result.trouble))
    return outcomes, {approval for _, approval in verdict.braked}, trouble


def _judge(
    lines: Sequence[PlanLine], change: ProductChange | None, present: ProductItem | None
) -> tuple[LineState, str]:
    """What becomes of the lines of one change; `approved` if it may be written."""
    if any(line.state not in table.WAITING for line in lines):
        note = "A product is written as a whole: approve all of its lines. Nothing was written."
        return "refused", note
    if change is None and present is not None and _stand(lines, present):
        return "applied", "It stands there."
    if change is None or _signs(change) != _approved_signs(lines):
        note = "It has changed since: something else would be written now. It was left as it is."
        return "refused", note
    return "approved", ""


def _stand(lines: Sequence[PlanLine], present: ProductItem) -> bool:
    """Whether the side holds all of it already, as it was approved."""
    now = ItemNow(present, frozenset())
    return all(stands(now, line) for line in lines)


def _pass_brake(
    connection: sa.Connection, context: Context, plan: StoredPlan, items: Sequence[ItemId]
) -> bool:
    """What a person approved line by line in the first plan is not asked a second time.

    Only creations of that plan: everything else, and what comes by itself, meets brakes.

    Returns:
        False if they meet the brake after all.
    """
    route, code, now = plan.route, plan.module, context.clock.now()
    if any(
        (one.route, one.module, one.kind) == (route, code, CREATE)
        for one in brakes.list_approvals(connection)
    ):
        return False  # others wait there whom nobody has approved
    brakes.note_risky(connection, route, code, CREATE, items, now=now)
    reason = f"{len(items)} products are created that were approved in plan {plan.id}"
    number, _ = brakes.open_approval(
        connection, route, code, CREATE, reason=reason, now=now, applies_at=None
    )
    brakes.hold_items(connection, route, code, CREATE, items, number)
    return brakes.decide(connection, number, "approved", now=now)


def start_if_whole(
    connection: sa.Connection, context: Context, route: Route, plan: StoredPlan
) -> None:
    """The first sync begins once its plan is decided about as a whole and nothing was left."""
    states = {state for kind, state in table.count_states(connection, plan.id) if kind != "held"}
    if plan.kind == "first" and not states & {"open", "approved", "sent", "left"}:
        _start(connection, context, route, plan.module)


def _start(connection: sa.Connection, context: Context, route: Route, code: ModuleCode) -> None:
    note_starts(connection, route.id, [code], now=context.clock.now())
    full_runs.begin(connection, context, route.id, code)


def _signs(change: ProductChange) -> set[tuple[str, str, str, str]]:
    return {(line.variant, line.field, line.old, line.new) for line in change.lines}


def _approved_signs(lines: Iterable[PlanLine]) -> set[tuple[str, str, str, str]]:
    return {(line.variant, line.field, line.before, line.after) for line in lines}


def _settle(outcomes: Outcomes, lines: Iterable[PlanLine], state: LineState, note: str) -> None:
    """Only what was approved gets an outcome."""
    outcomes.update({line.line: (state, note) for line in lines if line.state in table.WAITING})
