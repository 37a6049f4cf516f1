"""Many new products at once, or many taken off sale, wait for approval."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from panstore.engine.brakes import CREATE, HIDE, brakes, words
from panstore.engine.context import Context
from panstore.engine.products.batch import ProductBatch, ProductVerdict
from panstore.model.product_plan import ProductChange
from panstore.store import brakes as table
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
    for kind in _RISKS:
        risky = [change for change in changes if _risk(change) == kind]
        if risky:
            _judge_kind(connection, context, batch, kind, risky, verdict)
    return verdict


def _judge_kind(
    connection: sa.Connection,
    context: Context,
    batch: ProductBatch,
    kind: str,
    risky: list[ProductChange],
    verdict: ProductVerdict,
) -> None:
    route, code, limits = batch.route.id, batch.braked_as, batch.route.brakes
    now = context.clock.now()
    names = sorted({change.item for change in risky})
    allowed = table.passes(connection, route, code, kind, names)
    table.note_risky(connection, route, code, kind, names, now=now)
    since = now - dt.timedelta(seconds=limits.window_s)
    # What waits already goes on waiting: it must not trickle through once its window is over.
    waiting = table.waiting_items(connection, route, code, kind, names)
    fresh = [name for name in names if name not in waiting]
    others = table.count_risky(connection, route, code, kind, since=since, but=fresh)
    total = count_products(connection, route)
    rest = [name for name in names if name not in allowed and name not in waiting]
    by_item = {item: waiting[item] for item in waiting}
    if rest and brakes(rest, recent=others, items=total, limits=limits):
        reason = words(kind, len(rest) + others, total)
        approval, is_new = table.open_approval(
            connection, route, code, kind, reason=reason, now=now, applies_at=None
        )
        table.hold_items(connection, route, code, kind, rest, approval)
        by_item |= dict.fromkeys(rest, approval)
        if is_new:
            verdict.alarms.append(reason)
    for change in risky:
        if change.item in by_item:
            verdict.braked.append((change, by_item[change.item]))
        else:
            verdict.passing.append(change)
