"""Stage 5, guard: a mass change waits for approval; single changes go through."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.engine.batch import Batch, Verdict
from panstore.engine.brakes import FALL, PRICE, risk_of
from panstore.engine.context import Context
from panstore.engine.holding import Brake, hold_back
from panstore.model.plan import Operation, Plan
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
    now, total = context.clock.now(), count_links(connection, batch.route.id)
    for kind, operations in risky.items():
        if not operations:
            continue
        brake = Brake(batch.route.id, batch.braked_as, kind, batch.route.brakes, total)
        held, alarm = hold_back(connection, brake, [o.item for o in operations], now=now)
        verdict.passing.extend(o for o in operations if o.item not in held)
        verdict.braked.extend((o, held[o.item]) for o in operations if o.item in held)
        verdict.alarms.extend([alarm] if alarm else [])
