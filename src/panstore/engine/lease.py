"""The executor lease: notices dead and frozen processes and takes their runs over.

The open DBOS never notices that a worker died: its runs stay *pending* and keep their queue
slots. Every process renews a lease; whoever finds a pending run of an executor without a live
lease puts it back on the queue, by public DBOS calls only. Claiming, fencing and queues stay
DBOS's. A run that killed its process too often is cancelled and its marks are left to a person.
"""

from __future__ import annotations

import datetime as dt

from dbos import DBOS

from panstore.engine.context import Context
from panstore.engine.runner import QUEUE
from panstore.store.systems import beat, count_takeover, drop_executor, live_executors

__all__ = ["BEAT_S", "LEASE_S", "renew", "take_over"]

BEAT_S = 2.0
LEASE_S = 6.0
_MOST_TAKEOVERS = 5


async def renew(context: Context, executor: str) -> None:
    """Say that this process lives."""
    now = context.clock.now()
    expires = now + dt.timedelta(seconds=LEASE_S)
    await context.store.write(lambda c: beat(c, executor, now=now, expires=expires))


async def take_over(context: Context, executor: str, *, alone: bool = False) -> int:
    """Put runs of dead processes back on the queue.

    Args:
        alone: this process holds the store's lock, so every other executor is surely dead.

    Returns:
        How many runs were taken over.
    """
    pending = await DBOS.list_workflows_async(status="PENDING", limit=1000, load_output=False)
    others = [w for w in pending if w.executor_id not in {None, executor}]
    if not others:
        return 0
    now = context.clock.now()
    live = {executor} if alone else await context.store.read(lambda c: live_executors(c, now=now))
    orphans = [w for w in others if w.executor_id not in live]
    revived = []
    for run in orphans:
        times = await context.store.write(lambda c, r=run: count_takeover(c, r.workflow_id))  # type: ignore[misc]
        if times > _MOST_TAKEOVERS:
            context.log.error("run killed its process too often", run=run.workflow_id, times=times)
            await DBOS.cancel_workflow_async(run.workflow_id)
        else:
            revived.append(run.workflow_id)
    if revived:
        context.log.warning("took over", runs=len(revived))
        await DBOS.resume_workflows_async(revived, queue_name=QUEUE)
    dead = sorted({str(w.executor_id) for w in orphans})
    if dead:
        await context.store.write(lambda c: drop_executor(c, dead))
    return len(revived)
