"""The executor lease: notices dead and frozen processes and takes their runs over.

The open DBOS never notices that a worker died: its runs stay *pending* and keep their queue
slots. Every process renews a lease; whoever finds a pending run of an executor without a live
lease puts it back on the queue, by public DBOS calls only. Claiming, fencing and queues stay
DBOS's. Each death is counted; `suspects.py` finds the record that ends the process.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from dbos import DBOS, WorkflowStatus

from panstore.engine.context import Context
from panstore.engine.runner import QUEUE
from panstore.engine.suspects import MOST_DEATHS, give_up_run
from panstore.model.ids import ModuleCode, RouteId
from panstore.store.suspects import count_death
from panstore.store.systems import (
    beat,
    claim_takeover,
    drop_executor,
    live_executors,
    release_takeover,
    server_time,
)

__all__ = ["BEAT_S", "LEASE_S", "renew", "take_over"]

BEAT_S = 2.0
LEASE_S = 6.0
_LEASE = dt.timedelta(seconds=LEASE_S)


async def renew(context: Context, executor: str) -> None:
    """Say that this process lives."""

    def work(connection: sa.Connection) -> None:
        now = server_time(connection, context.clock.now())
        beat(connection, executor, now=now, expires=now + _LEASE)

    await context.store.write(work)


async def take_over(context: Context, executor: str, *, alone: bool = False) -> int:
    """Put runs of dead processes back on the queue.

    Args:
        alone: this process holds the store's lock, so every other executor is surely dead.

    Returns:
        How many runs were taken over.
    """
    if not await _orphans(context, executor, alone=alone):
        return 0

    def claim(connection: sa.Connection) -> bool:
        now = server_time(connection, context.clock.now())
        return claim_takeover(connection, now=now, until=now + _LEASE)

    if not alone and not await context.store.write(claim):
        # Another survivor is at it; if it dies half-way, its claim runs out like a lease.
        return 0
    try:
        # Read again: who claimed before may have taken them over already, and they run by now.
        orphans = await _orphans(context, executor, alone=alone)
        revived = await _count_deaths(context, orphans)
        if revived:
            context.log.warning("took over", runs=len(revived))
            await DBOS.resume_workflows_async(revived, queue_name=QUEUE)
        dead = sorted({str(w.executor_id) for w in orphans})
        await context.store.write(lambda c: drop_executor(c, dead))
    finally:
        await context.store.write(release_takeover)
    return len(revived)


async def _orphans(context: Context, executor: str, *, alone: bool) -> list[WorkflowStatus]:
    pending = await DBOS.list_workflows_async(status="PENDING", limit=1000, load_output=False)
    others = [w for w in pending if w.executor_id not in {None, executor}]
    if not others or alone:
        return others
    live = await context.store.read(
        lambda c: live_executors(c, now=server_time(c, context.clock.now()))
    )
    return [w for w in others if w.executor_id not in live]


async def _count_deaths(context: Context, orphans: list[WorkflowStatus]) -> list[str]:
    """Runs that may go on; one that ended its process too often rests."""
    revived = []
    for run in orphans:
        route, module, shard = _place(run)
        times = await context.store.write(
            lambda c, r=route, m=module, s=shard: count_death(c, r, m, s)  # type: ignore[misc]
        )
        if times > MOST_DEATHS:
            context.log.error("run ended its process too often", run=run.queue_partition_key)
            await give_up_run(context, route, module, shard, times)
            await DBOS.cancel_workflow_async(run.workflow_id)
        else:
            revived.append(run.workflow_id)
    return revived


def _place(run: WorkflowStatus) -> tuple[RouteId, ModuleCode, int]:
    """What a run is for; the runner wrote it as the partition it is queued in."""
    route, module, shard = (run.queue_partition_key or "//0").rsplit("/", 2)
    return RouteId(route), ModuleCode(module), int(shard)
