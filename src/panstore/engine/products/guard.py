"""Many new products at once, or many taken off sale, wait for approval."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.engine.brakes import CREATE, HIDE
from panstore.engine.context import Context
from panstore.engine.holding import Brake, hold_back
from panstore.engine.products.batch import ProductBatch, ProductVerdict
from panstore.model.product_plan import ProductChange
from panstore.store.products import count_products

__all__ = ["guard_products"]

_RISKS = (CREATE, HIDE)


def _risk(change: ProductChange) -> str | None:
    """New variants are new articles, whatever product they come under."""
    if change.kind == "hide":
        return HIDE
    if change.kind == "create" or any(one.id is None for one in change.write.variants):
        return CREATE
    return None


async def guard_products(
    context: Context, batch: ProductBatch, changes: tuple[ProductChange, ...]
) -> ProductVerdict:
    """Divide changes; what is held back is noted durably with its approval."""
    verdict = ProductVerdict()
    if not any(map(_risk, changes)):
        verdict.passing.extend(changes)
        return verdict
    async with context.judging:
        return await context.store.write(lambda c: _judge(c, context, batch, changes))


def _judge(
    connection: sa.Connection,
    context: Context,
    batch: ProductBatch,
    changes: tuple[ProductChange, ...],
) -> ProductVerdict:
    verdict = ProductVerdict()
    verdict.passing.extend(change for change in changes if _risk(change) is None)
    now, total = context.clock.now(), count_products(connection, batch.route.id)
    for kind in _RISKS:
        risky = [change for change in changes if _risk(change) == kind]
        if not risky:
            continue
        brake = Brake(batch.route.id, batch.braked_as, kind, batch.route.brakes, total)
        names = sorted({change.item for change in risky})
        held, alarm = hold_back(connection, brake, names, now=now)
        verdict.passing.extend(change for change in risky if change.item not in held)
        verdict.braked.extend((one, held[one.item]) for one in risky if one.item in held)
        verdict.alarms.extend([alarm] if alarm else [])
    return verdict
