"""Messages to buyers as people and programs see them: in words, without who they go to."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec
import sqlalchemy as sa

from panstore.engine.outbox.words import called
from panstore.model.document import Language
from panstore.model.ids import ModuleCode, RouteId
from panstore.model.message import Channel, DocumentRef, Message, MessageState
from panstore.store.outbox import (
    IN_DOUBT,
    OutboxRow,
    find_message,
    list_messages,
    order_number,
)

__all__ = ["MessageTold", "message_told", "messages_told", "tell_message"]

Tone = Literal["plain", "good", "bad"]

_STATES: dict[MessageState, tuple[str, Tone]] = {
    "waiting": ("waits to be sent", "plain"),
    "sending": ("is being handed over", "plain"),
    "unknown": ("may be out: the answer was lost", "bad"),
    "sent": ("sent", "good"),
    "delivered": ("delivered", "good"),
    "failed": ("did not arrive", "bad"),
    "refused": ("refused", "bad"),
    "stopped": ("not sent: nothing is sent there any more", "plain"),
    "skipped": ("not sent", "plain"),
}
_AGAIN: frozenset[MessageState] = frozenset({
    "unknown",
    "sent",
    "delivered",
    "failed",
    "refused",
    "skipped",
})
_LEAVE: frozenset[MessageState] = frozenset({"waiting", "unknown", "refused", "stopped"})


class MessageTold(msgspec.Struct, frozen=True):
    """A message to a buyer.

    Attributes:
        id: our key of it.
        number: printed number of the order; order: the shop's id of it.
        what: in a few words, with the order.
        about: the same in one or two words.
        says: the state in words; tone: how it is to be taken.
        again: 0 for the first, counted up when a person has it sent once more.
        maybe_twice: the recipient may have got it twice.
        due_at: when it is sent, if not at once; ended_at: when its state became final.
        reference: the provider's id of it. parts, price: of an SMS; empty if not known.
        note: why it waits, was refused or is in doubt.
        can: what a person may do: resend, skip.
    """

    id: str
    route: RouteId
    order: str
    number: str
    module: ModuleCode
    channel: Channel
    purpose: str
    subject: str
    language: Language
    what: str
    about: str
    state: MessageState
    says: str
    tone: Tone
    copy: bool
    again: int
    attempts: int
    maybe_twice: bool
    queued_at: dt.datetime
    due_at: dt.datetime | None
    sent_at: dt.datetime | None
    ended_at: dt.datetime | None
    document: DocumentRef | None
    reference: str
    parts: int
    price: str
    note: str
    can: tuple[Literal["resend", "skip"], ...]

    @property
    def at(self) -> dt.datetime:
        """When it came to where it is."""
        return self.ended_at or self.sent_at or self.queued_at


def messages_told(
    connection: sa.Connection,
    *,
    route: RouteId | None = None,
    order_id: str | None = None,
    state: MessageState | None = None,
    channel: Channel | None = None,
    limit: int | None = 100,
    newest: bool = True,
) -> list[MessageTold]:
    """Messages, the newest first unless asked otherwise."""
    rows = list_messages(
        connection,
        route=route,
        order_id=order_id,
        state=state,
        channel=channel,
        limit=limit,
        newest=newest,
    )
    numbers: dict[tuple[RouteId, str], str] = {}
    for row in rows:
        if (row.route, row.order_id) not in numbers:
            numbers[row.route, row.order_id] = order_number(connection, row)
    return [message_told(row, numbers[row.route, row.order_id]) for row in rows]


def tell_message(connection: sa.Connection, id_: str) -> MessageTold | None:
    """One message, or None if there is none."""
    row = find_message(connection, id_)
    return None if row is None else message_told(row, order_number(connection, row))


def message_told(row: OutboxRow, number: str) -> MessageTold:
    """A row of the outbox in words."""
    message = row.message
    says, tone = _STATES[message.state]
    if message.state == "skipped" and message.note.startswith(IN_DOUBT):
        says = "left in doubt: it may have been sent"
    can: list[Literal["resend", "skip"]] = []
    if message.state in _AGAIN:
        can.append("resend")
    if message.state in _LEAVE:
        can.append("skip")
    return MessageTold(
        id=row.id,
        route=row.route,
        order=row.order_id,
        number=number,
        module=row.module,
        channel=message.channel,
        purpose=message.purpose,
        subject=message.subject,
        language=message.language,
        what=called(message, number),
        about=_about(message),
        state=message.state,
        says=says,
        tone=tone,
        copy=message.copy,
        again=message.again,
        attempts=message.attempts,
        maybe_twice=message.maybe_twice,
        queued_at=message.queued_at,
        due_at=message.due_at,
        sent_at=message.sent_at,
        ended_at=message.ended_at,
        document=message.document,
        reference=message.reference,
        parts=message.parts,
        price=message.price,
        note=message.note,
        can=tuple(can),
    )


def _about(message: Message) -> str:
    words = message.purpose.replace("_", " ")
    text = words[:1].upper() + words[1:]
    if message.document is not None:
        text += f" {message.document.number}"
    return f"{text}, copy for the company" if message.copy else text
