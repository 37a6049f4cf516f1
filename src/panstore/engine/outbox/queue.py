"""Into the outbox: messages are put there and marked, and nobody is called."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.engine.stages.mark import ask
from panstore.model.ids import ModuleCode, RouteId
from panstore.model.message import NewMessage
from panstore.store import outbox
from panstore.store.audit import Entry, append
from panstore.store.marks import mark, schedule
from panstore.store.module_starts import note_starts
from panstore.store.parked import list_parked

__all__ = ["mark_message", "put_messages", "queue_messages", "take_up"]


async def queue_messages(
    context: Context,
    route: Route,
    code: ModuleCode,
    order: tuple[str, str],
    messages: Sequence[NewMessage],
    *,
    cause: str,
    reason: str,
) -> list[str]:
    """Put messages into the outbox in a transaction of their own; see `put_messages`."""

    def work(connection: sa.Connection) -> list[str]:
        return put_messages(
            connection, context, route, code, order, messages, cause=cause, reason=reason
        )

    fresh = await context.store.write(work)
    context.probe("message.queued")
    return fresh


def put_messages(  # noqa: PLR0913 - whose they are, what they are, and why
    connection: sa.Connection,
    context: Context,
    route: Route,
    code: ModuleCode,
    order: tuple[str, str],
    messages: Sequence[NewMessage],
    *,
    cause: str,
    reason: str,
) -> list[str]:
    """Put messages into the outbox, each once, and ask for the run that sends them.

    Args:
        order: its id and its printed number.

    Returns:
        Ids of those that were not there yet.
    """
    now = context.clock.now()
    order_id, number = order
    fresh: list[str] = []
    for message in messages:
        id_ = outbox.id_of(connection, route.shop, order_id, message)
        if not outbox.put(
            connection,
            message,
            id_=id_,
            route=route.id,
            order_id=order_id,
            module=code,
            payload=context.new_id(),
            now=now,
        ):
            continue
        fresh.append(id_)
        sendable = bool(message.recipient) and not message.note
        if sendable:
            later = message.not_before is not None and message.not_before > now
            if later and message.not_before is not None:
                schedule(connection, route.id, code, [(id_, message.not_before)], cause=cause)
            else:
                mark_message(connection, context, route.id, code, id_, cause=cause)
        entry = Entry(
            at=now,
            route=route.id,
            module=code,
            key=id_,
            label=number,
            cause=cause,
            outcome="queued" if sendable else "skipped",
            reason=message.note or reason,
        )
        append(connection, [entry])
    return fresh


def mark_message(
    connection: sa.Connection,
    context: Context,
    route: RouteId,
    code: ModuleCode,
    id_: str,
    *,
    cause: str,
) -> None:
    """Give a message its turn now."""
    mark(connection, route, code, [id_], now=context.clock.now(), cause=cause)
    ask(connection, context, route, code)


def take_up(connection: sa.Connection, context: Context, route: Route) -> None:
    """At the start: note which modules are on, and mark what waits and would not be looked at.

    Marks are dropped while a module is off; what waits for a person's word goes on waiting.
    """
    now = context.clock.now()
    note_starts(connection, route.id, route.flow_modules, now=now)
    if not route.message_modules:
        return
    asked = {
        (record.module, record.key)
        for record in list_parked(connection, limit=100_000)
        if record.route == route.id
    }
    for code in route.message_modules:
        waiting = [
            (id_, due or now)
            for id_, due in outbox.unmarked(connection, route.id, code)
            if (code, id_) not in asked
        ]
        schedule(connection, route.id, code, waiting, cause="start")
