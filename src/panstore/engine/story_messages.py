"""What the buyer of one order was told, as lines of the order's story."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from panstore.engine.outbox.shown import MessageTold
from panstore.engine.story_past import Happened
from panstore.model.errors import sentence

__all__ = ["told_happened"]

_KINDS = {"mail": "Mail", "sms": "SMS"}
_AT_ONCE = dt.timedelta(minutes=1)


def told_happened(messages: Iterable[MessageTold]) -> list[Happened]:
    """What came of each message; steps on the way only where one took its time."""
    return [line for one in messages for line in _lines(one)]


def _lines(told: MessageTold) -> Iterator[Happened]:
    kind = _KINDS[told.channel]
    again = ", asked for once more" if told.again else ""
    about = f"{told.about}{again}."
    out = told.at if told.sent_at is None else told.sent_at
    waits = told.state in {"waiting", "sending"}
    if waits or out - told.queued_at > _AT_ONCE:
        yield Happened(told.queued_at, "message", f"{kind} to the buyer", about, "plain")
    if told.sent_at is not None and told.state != "sent" and told.at - told.sent_at > _AT_ONCE:
        yield Happened(told.sent_at, "message_sent", f"{kind} sent", about, "good")
    if waits:
        return
    # Where all is well the note is only the server's own number for it.
    said = sentence(told.note) if told.note and told.tone != "good" else ""
    note = f" {said[:1].upper()}{said[1:]}" if said else ""
    twice = " The buyer may have it twice." if told.maybe_twice else ""
    text = f"{about}{note}{twice}"
    yield Happened(told.at, f"message_{told.state}", f"{kind} {told.says}", text, told.tone)
