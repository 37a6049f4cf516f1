"""Stage 5, guard: a mass change waits for approval; single changes go through."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from panstore.engine.batch import Batch, Verdict
from panstore.engine.brakes import FALL, PRICE, brakes, risk_of, words
from panstore.engine.context import Context
from panstore.model.plan import Operation, Plan
from panstore.store import brakes as table
from panstore.store.items import count_links

__all__ = ["guard"]


async def guard(context: Context, batch: Batch, plan: Plan) -> Verdict:
    """Divide a plan's operations; what is held back is noted durably with its approval."""
    limits = batch.route.brakes
    risky: dict[str, list[Operation]] = {FALL: [], PRICE: []}
    verdict = Verdict()
    for operation in plan.operations:
        kind = risk_of(operation, limits)
        if kind is None:
            verdict.passing.append(operation)
        else:
            risky[kind].append(operation)
    if any(risky.values()):
        async with context.judging:
            await context.store.write(lambda c: _judge(c, context, batch, risky, verdict))
    return verdict


def _judge(
    connection: sa.Connection,
    context: Context,
    batch: Batch,
    risky: dict[str, list[Operation]],
    verdict: Verdict,
) -> None:
    verdict.braked.clear()
    verdict.alarms.clear()
    settled = [o for o in verdict.passing if risk_of(o, batch.route.brakes) is None]
    verdict.passing[:] = settled
    for kind, operations in risky.items():
        if operations:
            _judge_kind(connection, context, batch, kind, operations, verdict)


def _judge_kind(
    connection: sa.Connection,
    context: Context,
    batch: Batch,
    kind: str,
    operations: list[Operation],
    verdict: Verdict,
) -> None:
    route, code, limits = batch.route.id, batch.braked_as, batch.route.brakes
    now = context.clock.now()
    names = [o.item for o in operations]
    allowed = table.passes(connection, route, code, kind, names)
    table.note_risky(connection, route, code, kind, names, now=now)
    since = now - dt.timedelta(seconds=limits.window_s)
    # What waits already goes on waiting: it must not trickle through once its window is over.
    waiting = table.waiting_items(connection, route, code, kind, names)
    fresh = [name for name in names if name not in waiting]
    others = table.count_risky(connection, route, code, kind, since=since, but=fresh)
    total = count_links(connection, route)
    rest = [o for o in operations if o.item not in allowed and o.item not in waiting]
    verdict.passing.extend(o for o in operations if o.item in allowed)
    verdict.braked.extend((o, waiting[o.item]) for o in operations if o.item in waiting)
    if not rest or not brakes([o.item for o in rest], recent=others, items=total, limits=limits):
        verdict.passing.extend(rest)
        return
    reason = words(kind, len(rest) + others, total)
    applies = now + dt.timedelta(seconds=limits.fall_after_s) if kind == FALL else None
    approval, is_new = table.open_approval(
        connection, route, code, kind, reason=reason, now=now, applies_at=applies
    )
    table.hold_items(connection, route, code, kind, [o.item for o in rest], approval)
    verdict.braked.extend((o, approval) for o in rest)
    if is_new:
        verdict.alarms.append(reason)
