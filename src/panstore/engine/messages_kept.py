"""Systems that must be asked what changed, and whose messages have to be looked after."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.engine.context import Context
from panstore.engine.limiter import Lane
from panstore.engine.signals import take_signals
from panstore.engine.stages.detect import pull_changed
from panstore.model.ids import ConnectionId
from panstore.sdk.feed_roles import ChangePage, KeepWebhooks, ReadChanges
from panstore.store.event_health import note_message_health
from panstore.store.systems import get_cursor, set_cursor

__all__ = ["CHANGES_FEED", "ask_for_changes", "look_after_messages"]

CHANGES_FEED = "changes"


async def ask_for_changes(
    context: Context, connection: ConnectionId, source: ReadChanges, *, cause: str
) -> int:
    """Read on in what was modified.

    The signals are marked in the transaction that moves the cursor, so a crash between repeats
    them and loses none.

    Returns:
        How many keys were marked.
    """
    marked = 0
    while True:
        cursor = await context.store.read(lambda c: get_cursor(c, connection, CHANGES_FEED))
        page = await pull_changed(context, connection, source, cursor)
        context.probe("changes.pulled")

        taken = await context.store.write(
            lambda c, p=page, s=cursor: _take(c, context, connection, p, seen=s, cause=cause)  # type: ignore[misc]
        )
        context.probe("changes.marked")
        marked += taken or 0
        if taken is not None and not page.more:
            return marked


def _take(
    connection: sa.Connection,
    context: Context,
    system: ConnectionId,
    page: ChangePage,
    *,
    seen: str | None,
    cause: str,
) -> int | None:
    """Mark a page; None if another process went on from there meanwhile and marks it itself."""
    now = context.clock.now()
    if not set_cursor(connection, system, CHANGES_FEED, page.cursor, now=now, after=seen):
        return None
    return take_signals(connection, context, system, page.signals, cause=cause)


async def look_after_messages(
    context: Context, connection: ConnectionId, system: KeepWebhooks
) -> bool:
    """See that the system sends its messages, and keep what people have to mend.

    Returns:
        Whether messages are missing, so that everything is to be read at once.
    """
    health = await context.remote.call(
        connection,
        Lane.FULL,
        "look after messages",
        lambda: system.keep_webhooks(context.clock.now()),
        reads=True,
    )
    for problem in health.problems:
        context.log.warning("messages", connection=connection, problem=problem)
    await context.store.write(
        lambda c: note_message_health(c, connection, health.problems, now=context.clock.now())
    )
    return health.missed
