"""Looks for work that nobody asks for: pauses that ended, hours that came, wake-ups that died."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from panstore.engine.context import Context
from panstore.engine.contracts.changes import note_whole_run
from panstore.engine.stages.mark import ask, mark_items, mark_order_key
from panstore.engine.timekeeping import notice_set_clock
from panstore.store import brakes, full_runs
from panstore.store.account_links import forget_ended_links
from panstore.store.audit import delete_before
from panstore.store.contract_prices import forget_contract_prices
from panstore.store.marks import DATE, refresh_wanted, stranded, waiting_runs
from panstore.store.orders import delete_expired, expire_payloads, has_waking, take_waking
from panstore.store.persons import expire_recipients
from panstore.store.plans import forget_plans
from panstore.store.receipts import forget_receipts
from panstore.store.systems import forget_messages

__all__ = ["forget", "sweep"]

_STRANDED = dt.timedelta(seconds=60)
_MESSAGES = dt.timedelta(days=2)


async def sweep(context: Context) -> None:
    """Ask for every run that is due and not asked for."""
    await notice_set_clock(context)
    now = context.clock.now()
    every = dt.timedelta(hours=context.options.full_run_h)
    idle = await context.store.read(lambda c: _nothing_to_do(c, now, every))
    if not idle:
        await context.store.write(lambda c: _ask(c, context, now, every))


def _nothing_to_do(connection: sa.Connection, now: dt.datetime, full_every: dt.timedelta) -> bool:
    """Checked in a reading transaction first: an idle installation writes nothing."""
    return not (
        waiting_runs(connection, now=now)
        or full_runs.resumable(connection, now=now)
        or full_runs.outdated(connection, before=now - full_every)
        or stranded(connection, before=now - _STRANDED)
        or brakes.due_approvals(connection, now=now)
        or has_waking(connection, now=now)
    )


def _ask(
    connection: sa.Connection, context: Context, now: dt.datetime, full_every: dt.timedelta
) -> None:
    for route, code in full_runs.outdated(connection, before=now - full_every):
        note_whole_run(connection, context, route, code)
        full_runs.start(connection, route, code, now=now)
    for route, code, shard in waiting_runs(connection, now=now):
        ask(connection, context, route, code, shard)
    for route, code in full_runs.resumable(connection, now=now):
        ask(connection, context, route, code)
    for route, code, shard in stranded(connection, before=now - _STRANDED):
        # Running it once too often is harmless; never running it is not.
        refresh_wanted(connection, route, code, shard, now=now)
        context.runner.enqueue(connection, route, code, shard)
    for route, order_id in take_waking(connection, now=now):
        mark_order_key(connection, context, route, order_id, cause=DATE)
    for approval in brakes.due_approvals(connection, now=now):
        if brakes.decide(connection, approval.id, "applied", now=now):
            context.log.warning("brake let go", approval=approval.id, reason=approval.reason)
            items = brakes.held_items(connection, approval.id)
            cause = f"approval {approval.id} ran out"
            mark_items(connection, context, approval.route, approval.module, items, cause=cause)


async def forget(context: Context) -> None:
    """Delete what is past its time: payloads, addresses of messages, old audit rows."""
    now = context.clock.now()
    options = context.options

    def work(connection: sa.Connection) -> None:
        old = now - dt.timedelta(days=options.payload_days)
        expire_payloads(
            connection, ("imported", "closed", "skipped", "earlier"), before=old, now=now
        )
        delete_expired(connection, now=now)
        told = now - dt.timedelta(days=options.message_days)
        expire_recipients(connection, before=told)
        forget_receipts(connection, before=told)
        audited = now - dt.timedelta(days=options.audit_days)
        delete_before(connection, audited)
        forget_contract_prices(connection, before=audited)
        forget_ended_links(connection, before=audited)
        forget_plans(connection, before=audited)
        forget_messages(connection, before=now - _MESSAGES)

    await context.store.write(work)
