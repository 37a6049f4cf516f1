"""What networks say of messages later: taken once, in any order, before or after our own record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.engine.outbox import words
from panstore.engine.outbox.record import follow_up, number_of
from panstore.engine.recovery import backoff
from panstore.model.ids import ConnectionId
from panstore.model.message import Channel, MessageState, Receipt
from panstore.sdk.errors import RemoteError
from panstore.sdk.message_roles import HearReceipts
from panstore.store import outbox
from panstore.store.audit import Entry, append
from panstore.store.outbox import OutboxRow
from panstore.store.parked import park, unpark
from panstore.store.receipts import heard_at, keep_receipt, receipts_for, receipts_turn

__all__ = ["apply_early", "hear", "take_receipts"]

_HEARD: dict[str, tuple[MessageState, ...]] = {
    "delivered": ("waiting", "unknown", "sent", "failed", "skipped"),
    "failed": ("unknown", "sent"),
}
"""In which states a receipt still tells something: what has arrived has arrived."""

_CLOCKS = dt.timedelta(minutes=1)
"""What is heard so long before a hand-over may be about it: the clocks of our machines differ."""

_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


def take_receipts(
    connection: sa.Connection, context: Context, system: ConnectionId, receipts: Sequence[Receipt]
) -> int:
    """Keep what a network says and tell it to the messages it is about; how many were new."""
    now = context.clock.now()
    fresh = 0
    receipts_turn(connection, system)
    for receipt in receipts:
        before = heard_at(connection, system, receipt)
        new = keep_receipt(connection, system, receipt, now=now)
        for route, row in _about(connection, context, system, receipt.reference):
            # Heard before it was handed over, it was about another one with the same reference.
            if before is None or (row.sending_at is not None and before < row.sending_at):
                _apply(connection, context, route, row, receipt)
                new = True
        fresh += new
    return fresh


def _about(
    connection: sa.Connection, context: Context, system: ConnectionId, reference: str
) -> list[tuple[Route, OutboxRow]]:
    """The message that was handed over last of those a network calls so: it uses ids again."""
    found = [
        (route, row)
        for route, channel in _lines_of(context, system)
        for row in outbox.find_reference(connection, [route.id], channel, reference)
        if row.sending_at is not None
    ]
    return sorted(found, key=lambda one: one[1].sending_at or _NEVER)[-1:]


def apply_early(
    connection: sa.Connection, context: Context, route: Route, system: ConnectionId, id_: str
) -> None:
    """Tell a message what was heard of it before, in the transaction that records what it is."""
    row = outbox.find_message(connection, id_)
    if row is None:
        return
    receipts_turn(connection, system)
    since = None if row.sending_at is None else row.sending_at - _CLOCKS
    for receipt in receipts_for(connection, system, [row.message.reference, id_], since=since):
        _apply(connection, context, route, row, receipt)


async def hear(context: Context, connection: ConnectionId, line: HearReceipts) -> None:
    """Keep a provider's line of receipts open until cancelled."""

    async def take(receipts: Sequence[Receipt]) -> None:
        await context.store.write(lambda c: take_receipts(c, context, connection, receipts))

    failures = 0
    while True:
        begun = context.clock.timer()
        try:
            await context.remote.open(connection)
            await line.hear(take)
        except RemoteError as error:
            context.log.info("receipts wait", connection=connection, why=str(error))
        except Exception:
            context.log.exception("receipts failed", connection=connection)
        pause = backoff(failures).total_seconds()
        # A line that held for a while was a good one.
        failures = 0 if context.clock.timer() - begun > pause else failures + 1
        await context.clock.sleep(pause)


def _lines_of(context: Context, system: ConnectionId) -> list[tuple[Route, Channel]]:
    channels: tuple[Channel, ...] = ("mail", "sms")
    return [
        (route, channel)
        for route in context.routes.values()
        for channel in channels
        if route.line_for(channel) == system
    ]


def _apply(
    connection: sa.Connection, context: Context, route: Route, row: OutboxRow, receipt: Receipt
) -> None:
    """A receipt for a message that is being handed over waits until that is recorded."""
    seen = _HEARD.get(receipt.state, ())
    state: MessageState = "delivered" if receipt.state == "delivered" else "failed"
    now = context.clock.now()
    if not outbox.set_state(connection, row.id, state, seen=seen, now=now, note=receipt.note):
        return
    number = number_of(connection, row)
    if state == "failed":
        held = words.failed(row.message, number, receipt.note)
        park(connection, row.route, row.module, [held], now=now)
    else:
        unpark(connection, row.route, row.module, [row.id], now=now)
    entry = Entry(
        at=now,
        route=row.route,
        module=row.module,
        key=row.id,
        label=number,
        cause="receipt",
        outcome=state,
        reason=receipt.note or words.called(row.message, number),
    )
    append(connection, [entry])
    if row.module in route.message_modules:
        follow_up(connection, context, route, row.module, row)
