"""Writes down what became of contract prices on their way into a shop: in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine import metrics
from panstore.engine.context import Context
from panstore.engine.contracts.push_batch import TiersBatch, TiersChange, TiersResult, contract_of
from panstore.engine.contracts.push_marks import tiers_key
from panstore.engine.recovery import backoff
from panstore.model.ids import ItemId
from panstore.model.plan import Held
from panstore.model.price_tiers import PriceTiers, encode_tiers
from panstore.store import brakes as brake_table
from panstore.store.audit import Entry, append
from panstore.store.items import links_by_item
from panstore.store.marks import DATE, delete_worked, mark, postpone, schedule
from panstore.store.parked import park, unpark
from panstore.store.tiers_ledger import KeptTiers, kept_tiers, record_tiers

__all__ = ["parked_key", "record_batch"]


def parked_key(batch: TiersBatch, item: str) -> str:
    """Of the parked record, the same as where the shop asks."""
    return f"{batch.agreement}:{item}"


async def record_batch(
    context: Context, batch: TiersBatch, result: TiersResult, remote_s: float
) -> None:
    """Ledger, parked records, audit, and the marks that are worked."""
    now, code = context.clock.now(), contract_of(batch.route)[2]
    entries = list(_entries(batch, result, now=now, remote_s=remote_s))
    again = {one.item for one in (*result.again, *result.unknown)}
    refused = {change.item: held for change, held in result.refused}
    held = [
        replace(one, item=parked_key(batch, item))
        for item, one in {**batch.held, **refused}.items()
    ]
    wrong = {*batch.held, *refused, *again}
    through = [*batch.fine, *(one.item for one in result.written)]
    fine = [parked_key(batch, item) for item in through if item not in wrong]
    rests = context.remote.rests_until(batch.route.shop)
    values = [KeptTiers(item, product, tiers, stale=False) for item, product, tiers in batch.seen]
    values += [KeptTiers(o.item, o.product, o.after, stale=False) for o in result.written]

    def work(connection: sa.Connection) -> None:
        route = batch.route.id
        done = [m for item, m in batch.marks.items() if item not in again]
        gone = {m.key for m in delete_worked(connection, done)}
        failed = [
            (m, max(now + backoff(m.attempts), rests or now))
            for item, m in batch.marks.items()
            if item in again
        ]
        postpone(connection, failed)
        record_tiers(connection, route, batch.agreement, values, now=now)
        _after_link_changes(connection, batch, result, now=now)
        twice = [tiers_key(batch.agreement, o.item) for o in result.written]
        worked_twice = [key for key in twice if key in gone]
        mark(connection, route, code, worked_twice, now=now, cause="worked twice")
        due = [(tiers_key(batch.agreement, item), at) for item, at in batch.due]
        schedule(connection, route, code, due, cause=DATE)
        unpark(connection, route, code, fine, now=now)
        names = [tiers_key(batch.agreement, item) for item in through]
        brake_table.release_items(connection, route, code, names)
        news = park(connection, route, code, held, now=now)
        append(connection, [*entries, *_parked(batch, news, now=now)])

    await context.store.write(work)
    metrics.observe(entries)
    context.probe("push.record.end")


def _after_link_changes(
    connection: sa.Connection, batch: TiersBatch, result: TiersResult, *, now: dt.datetime
) -> None:
    """Products that changed hands, and items that have another product now, are looked at again."""
    route, agreement = batch.route.id, batch.agreement
    code = contract_of(batch.route)[2]
    keys: list[str] = []
    if batch.adopted:
        kept = kept_tiers(connection, route, agreement, [*batch.adopted, *batch.adopted.values()])
        for old, heir in batch.adopted.items():
            one = kept.get(old)
            if one is None:
                continue
            empty = PriceTiers((), one.tiers.currency, one.tiers.includes_tax)
            rows = [KeptTiers(old, one.product, empty, stale=False)]
            own = kept.get(heir)
            if own is None or own.product == one.product:
                rows.append(KeptTiers(heir, one.product, one.tiers, stale=True))
            record_tiers(connection, route, agreement, rows, now=now)
            keys += [tiers_key(agreement, old), tiers_key(agreement, heir)]
    moved = [one.item for one in result.written if one.gone]
    keys += [tiers_key(agreement, item) for item in links_by_item(connection, route, moved)]
    mark(connection, route, code, keys, now=now, cause="linked")


def _entries(
    batch: TiersBatch, result: TiersResult, *, now: dt.datetime, remote_s: float
) -> Iterable[Entry]:
    remote_ms = round(remote_s * 1000)

    def entry(change: TiersChange, outcome: str, reason: str) -> Entry:
        worked = batch.marks.get(change.item)
        own = None
        if worked is not None:
            own = max(0, round((now - worked.marked_at).total_seconds() * 1000) - remote_ms)
        return Entry(
            at=now,
            route=batch.route.id,
            module=contract_of(batch.route)[2],
            key=parked_key(batch, change.item),
            label=change.sku,
            cause=batch.cause_of(change.item),
            outcome=outcome,
            reason=reason,
            before=encode_tiers(change.before) if change.before.tiers else None,
            after=encode_tiers(change.after),
            own_ms=own,
            remote_ms=remote_ms,
        )

    under = f"under agreement {batch.title or batch.agreement}"
    for change in result.written:
        what = "it is not linked so any more" if change.gone else f"what holds {under}"
        yield entry(change, "written", f"{what}: {_words(change.after)}")
    for change, held in result.refused:
        yield entry(change, "refused", held.reason)
    for change in result.unknown:
        why = "the reply was lost: it is read back before anything else is done"
        yield entry(change, "unknown", why)
    for change, approval in result.braked:
        yield entry(change, "braked", f"waits behind approval {approval}")


def _words(tiers: PriceTiers) -> str:
    if not tiers.tiers:
        return "the shop's own price"
    said = []
    for one in tiers.tiers:
        what = f"{one.amount} {tiers.currency}" if one.amount is not None else one.state
        said.append(f"from {one.least:f}: {what}")
    return ", ".join(said)


def _parked(batch: TiersBatch, news: Iterable[Held], *, now: dt.datetime) -> Iterable[Entry]:
    for held in news:
        yield Entry(
            at=now,
            route=batch.route.id,
            module=contract_of(batch.route)[2],
            key=held.item,
            label=held.sku,
            cause=batch.cause_of(ItemId(held.item.rpartition(":")[2])),
            outcome="parked",
            reason=held.reason,
        )
