"""What is kept about one person, found and taken out again.

Personal data stands in the payload store; texts written about an order (reasons of failures, what
another system answered) may repeat some of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from panstore.model.ids import RouteId
from panstore.model.message import Channel
from panstore.store.orders import ERASED, OrderRow
from panstore.store.outbox import OPEN_STATES, OutboxRow, find_message
from panstore.store.tables import audit, facts, intents, orders, outbox, parked, payloads

__all__ = [
    "ERASED_WORDS",
    "Content",
    "addressed_to",
    "erase_order",
    "erase_recipient",
    "expire_recipients",
    "orders_with",
]

Content = Mapping[str, Any]
"""An order as it is kept, read without a schema, so that nothing of it is left out."""

ERASED_WORDS = "erased with the buyer's personal data"

_TEXTS = (
    (audit, "key", ("label", "cause", "before", "after", "reason")),
    (parked, "key", ("label", "reason")),
    (intents, "order_id", ("detail", "message")),
    (facts, "order_id", ("detail",)),
    (outbox, "order_id", ("note",)),
)
"""Tables with texts about orders: the column that names the order, and those with the texts."""


def orders_with(
    connection: sa.Connection, fits: Callable[[Content], bool]
) -> list[tuple[OrderRow, Content]]:
    """Orders whose content is kept and fits, the oldest first. Reads all that are kept."""
    names = OrderRow.__struct_fields__
    rows = connection.execute(
        sa
        .select(*(orders.c[name] for name in names), payloads.c.body)
        .join(payloads, payloads.c.id == orders.c.payload)
        .order_by(orders.c.placed_at, orders.c.route, orders.c.order_id)
    )
    found = []
    for row in rows:
        content = msgspec.json.decode(row.body)
        if fits(content):
            found.append((OrderRow(*row[: len(names)]), content))
    return found


def addressed_to(
    connection: sa.Connection,
    *,
    digests: Collection[str],
    of_orders: Collection[tuple[str, str]],
    fits: Callable[[Channel, str], bool],
) -> list[tuple[OutboxRow, str | None]]:
    """Messages to a person with the address they go to, the oldest first; None once it is gone.

    Args:
        digests: of the person's addresses.
        of_orders: (route, id) of the person's orders; all their messages are the person's, but
            copies to somebody else are not.
        fits: whether an address is the person's.
    """
    rows = connection.execute(
        sa
        .select(
            *(outbox.c[name] for name in ("id", "route", "order_id", "channel", "recipient")),
            outbox.c.copy,
            payloads.c.body,
        )
        .outerjoin(payloads, payloads.c.id == outbox.c.payload)
        .order_by(outbox.c.queued_at, outbox.c.id)
    )
    found = []
    for row in rows:
        address = None if row.body is None else bytes(row.body).decode()
        mine = row.recipient in digests or (address is not None and fits(row.channel, address))
        if mine or ((row.route, row.order_id) in of_orders and not row.copy):
            whole = find_message(connection, row.id)
            if whole is not None:
                found.append((whole, address))
    return found


def erase_order(connection: sa.Connection, row: OrderRow, words: Sequence[str]) -> None:
    """Delete an order's content, and what texts about the order repeat of it.

    The order itself stays, without the buyer: its goods, facts and numbers are the company's. It
    gets no content again, even if the shop sends it anew.

    Args:
        words: the buyer's name, address and so on; where a text has one of them, it is replaced.
    """
    connection.execute(sa.delete(payloads).where(payloads.c.id == row.payload))
    mine = (orders.c.route == row.route, orders.c.order_id == row.order_id)
    connection.execute(sa.update(orders).where(*mine).values(payload=ERASED))
    # Names that another system knows the buyer by are not in the order: reasons go as a whole.
    for table, column, text in (
        (parked, "key", "reason"),
        (intents, "order_id", "message"),
    ):
        connection.execute(
            sa
            .update(table)
            .where(table.c.route == row.route, table.c[column] == row.order_id)
            .where(table.c[text] != "")
            .values({text: ERASED_WORDS})
        )
    about = (audit.c.route == row.route, audit.c.key == row.order_id)
    connection.execute(
        sa
        .update(audit)
        .where(*about, audit.c.outcome.in_(("parked", "refused", "unknown")))
        .values(reason=ERASED_WORDS)
    )
    _scrub(connection, row.route, row.order_id, words)


def _scrub(connection: sa.Connection, route: RouteId, order_id: str, words: Sequence[str]) -> None:
    for table, key, names in _TEXTS:
        mine = (table.c.route == route, table.c[key] == order_id)
        ids = list(table.primary_key.columns)
        for row in connection.execute(
            sa.select(*ids, *(table.c[name] for name in names)).where(*mine)
        ).all():
            old = {name: getattr(row, name) for name in names}
            new = {name: without(text, words) for name, text in old.items()}
            if new != old:
                same = (column == row[place] for place, column in enumerate(ids))
                connection.execute(sa.update(table).where(*same).values(**new))


def without(text: str | None, words: Sequence[str]) -> str | None:
    """A text without the words; the longer ones go first, so that no piece of them is left."""
    for word in sorted(words, key=len, reverse=True):
        if text and word.casefold() in text.casefold():
            text = _replaced(text, word)
    return text


def _replaced(text: str, word: str) -> str:
    lower, wanted, parts, begin = text.casefold(), word.casefold(), [], 0
    if len(lower) != len(text):
        # Letters that grow when they are folded: places in the two do not fit, so all of it goes.
        return ERASED_WORDS
    while (at := lower.find(wanted, begin)) >= 0:
        parts.append(text[begin:at] + "(erased)")
        begin = at + len(wanted)
    return "".join(parts) + text[begin:]


def erase_recipient(
    connection: sa.Connection, row: OutboxRow, words: Sequence[str], *, now: dt.datetime
) -> bool:
    """Delete who a message goes to; one that was still to be sent is stopped.

    A message that is just being handed over keeps its state; what comes of it is written down.

    Args:
        words: as in `erase_order`.

    Returns:
        Whether it was to be sent.
    """
    connection.execute(sa.delete(payloads).where(payloads.c.id == row.payload))
    mine = outbox.c.id == row.id
    connection.execute(sa.update(outbox).where(mine).values(payload="", recipient=""))
    stopped = connection.execute(
        sa
        .update(outbox)
        .where(mine, outbox.c.state.in_(("waiting", "unknown")))
        .values(state="stopped", ended_at=now, due_at=None, note=ERASED_WORDS)
    )
    connection.execute(
        sa
        .update(parked)
        .where(parked.c.route == row.route, parked.c.module == row.module, parked.c.key == row.id)
        .values(
            reason=ERASED_WORDS,
            state=sa.case((parked.c.state == "open", "skipped"), else_=parked.c.state),
            closed_at=sa.func.coalesce(parked.c.closed_at, now),
        )
    )
    _scrub(connection, row.route, row.order_id, words)
    _scrub(connection, row.route, row.id, words)
    return stopped.rowcount > 0


def expire_recipients(connection: sa.Connection, *, before: dt.datetime) -> int:
    """Delete the addresses of messages that came to their end before then; how many."""
    ids = sa.select(outbox.c.payload).where(
        outbox.c.payload != "",
        outbox.c.state.not_in(OPEN_STATES),
        outbox.c.ended_at < before,
    )
    return connection.execute(sa.delete(payloads).where(payloads.c.id.in_(ids))).rowcount
