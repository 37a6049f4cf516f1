"""Stage 7, record: ledger, parked records, audit, and the marks that are worked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa

from panstore.engine import metrics
from panstore.engine.batch import Batch, Result, Verdict
from panstore.engine.context import Context
from panstore.engine.contracts.push_marks import mark_priced
from panstore.engine.recovery import backoff
from panstore.engine.suspects import WHOLE_RUN
from panstore.model.change import Mark
from panstore.model.plan import Held, Operation, Plan, Value
from panstore.model.price import PriceTarget
from panstore.store import brakes as brake_table
from panstore.store.audit import Entry, append
from panstore.store.items import doubt_marked, encode_value, record_values
from panstore.store.marks import DATE, delete_worked, mark, postpone, schedule
from panstore.store.parked import park, unpark

__all__ = ["record"]

_A_MOMENT = dt.timedelta(seconds=0.2)
"""An order's run takes some tenths of a second."""


async def record(
    context: Context,
    batch: Batch,
    plan: Plan,
    verdict: Verdict,
    result: Result,
    remote_s: float,
) -> None:
    """Write down what happened, in one transaction.

    Marks of items that are written, in step, parked or braked are deleted at the version that was
    worked; those of the others come again later.
    """
    now = context.clock.now()
    entries = list(_entries(batch, verdict, result, now=now, remote_s=remote_s))
    again = {o.item for o in (*result.unknown, *result.untried, *result.waiting)}
    waiting = {o.item for o in result.waiting}
    rests = context.remote.rests_until(batch.route.shop)
    held = [*plan.held, *(reason for _, reason in result.refused)]

    values = [*_in_step(batch, plan), *((o.item, value, False) for o, value in result.written)]

    def work(connection: sa.Connection) -> None:
        route, code, marks = batch.route.id, batch.code, batch.marks
        # Marks before the ledger, as whoever marks does it: nobody waits for another in a circle.
        gone = delete_worked(connection, (m for key, m in marks.items() if key not in again))
        _again(connection, gone, result, now=now)
        postpone(
            connection,
            (
                (m, now + _A_MOMENT if key in waiting else _next_try(m, now, rests))
                for key, m in marks.items()
                if key in again
            ),
        )
        # A page of a full run goes on; what it could not make sure of must come again by itself.
        lost = [o.item for o in result.unknown if o.item not in marks]
        schedule(connection, route, code, ((i, now + backoff(0)) for i in lost), cause="unknown")
        later = [(item, now + _A_MOMENT) for item in sorted(waiting - marks.keys())]
        schedule(connection, route, code, later, cause="orders first")
        record_values(connection, route, code, values, now=now)
        doubt_marked(connection, route, code, [item for item, _, _ in values])
        schedule(connection, route, code, plan.due_again, cause=DATE)
        # What an agreement only repeats is not kept in the shop: it may differ from this price.
        priced = [o.item for o, value in result.written if isinstance(value, PriceTarget)]
        mark_priced(connection, context, batch.route, priced, cause="the shop's own price")
        fine = [*plan.unchanged, *(o.item for o, _ in result.written)]
        unpark(connection, route, code, [*fine, WHOLE_RUN] if fine else [], now=now)
        brake_table.release_items(connection, route, batch.braked_as, fine)
        news = park(connection, route, code, held, now=now)
        append(connection, [*entries, *_parked_entries(batch, news, now=now)])

    await context.store.write(work)
    metrics.observe(entries)
    for alarm in verdict.alarms:
        context.log.warning("brake", route=batch.route.id, module=batch.code, reason=alarm)
    context.probe("record.end")


def _again(
    connection: sa.Connection, gone: Iterable[Mark], result: Result, *, now: dt.datetime
) -> None:
    """Another process worked these marks meanwhile (this one was frozen): look at them once more.

    Nobody knows whose value was written last. The sweep asks for the run.
    """
    written = {operation.item for operation, _ in result.written}
    for worked in gone:
        if worked.key in written:
            mark(
                connection,
                worked.route,
                worked.module,
                [worked.key],
                now=now,
                cause="worked twice",
            )


def _next_try(failed: Mark, now: dt.datetime, rests: dt.datetime | None) -> dt.datetime:
    return max(now + backoff(failed.attempts), rests or now)


def _in_step(batch: Batch, plan: Plan) -> Iterable[tuple[str, Value | None, bool]]:
    """Ledger rows of items that were read from the destination and found in step."""
    unchanged: set[str] = set(plan.unchanged)
    return ((item, value, False) for item, value in batch.seen.items() if item in unchanged)


def _entries(
    batch: Batch, verdict: Verdict, result: Result, *, now: dt.datetime, remote_s: float
) -> Iterable[Entry]:
    remote_ms = round(remote_s * 1000)

    def entry(operation: Operation, outcome: str, reason: str, after: Value) -> Entry:
        worked = batch.marks.get(operation.item)
        own = None
        if worked is not None:
            own = max(0, round((now - worked.marked_at).total_seconds() * 1000) - remote_ms)
        return Entry(
            at=now,
            route=batch.route.id,
            module=batch.code,
            key=operation.item,
            label=operation.sku,
            cause=batch.cause_of(operation.item),
            outcome=outcome,
            reason=reason,
            before=None if operation.before is None else encode_value(operation.before),
            after=encode_value(after),
            own_ms=own,
            remote_ms=remote_ms,
        )

    for operation, value in result.written:
        yield entry(operation, "written", operation.reason, value)
    for operation, held in result.refused:
        yield entry(operation, "refused", held.reason, operation.after)
    for operation in result.unknown:
        why = "the reply was lost: it is read back before anything else is done"
        yield entry(operation, "unknown", why, operation.after)
    for operation, approval in verdict.braked:
        yield entry(operation, "braked", f"waits behind approval {approval}", operation.after)


def _parked_entries(batch: Batch, news: Iterable[Held], *, now: dt.datetime) -> Iterable[Entry]:
    for held in news:
        yield Entry(
            at=now,
            route=batch.route.id,
            module=batch.code,
            key=held.item,
            label=held.sku,
            cause=batch.cause_of(held.item),
            outcome="parked",
            reason=held.reason,
        )
