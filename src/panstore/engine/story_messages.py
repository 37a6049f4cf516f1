"""What the buyer of one order was told, as lines of the order's story."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from panstore.engine.outbox.shown import MessageTold
from panstore.engine.story_past import Happened

__all__ = ["told_happened"]

_KINDS = {"mail": "Mail", "sms": "SMS"}


def told_happened(messages: Iterable[MessageTold]) -> list[Happened]:
    """Each message when it was queued, and again with what came of it."""
    return [line for one in messages for line in _lines(one)]


def _lines(told: MessageTold) -> Iterator[Happened]:
    kind = _KINDS[told.channel]
    again = ", asked for once more" if told.again else ""
    if told.state != "skipped" or told.ended_at != told.queued_at:
        yield Happened(
            told.queued_at, "message", f"{kind} to the buyer", f"{told.about}{again}.", "plain"
        )
    if told.sent_at is not None and told.state != "sent":
        yield Happened(told.sent_at, "message_sent", f"{kind} sent", f"{told.about}.", "good")
    if told.state in {"waiting", "sending"}:
        return
    twice = " The buyer may have it twice." if told.maybe_twice else ""
    note = f" {told.note}" if told.note else ""
    yield Happened(
        told.at,
        f"message_{told.state}",
        f"{kind} {told.says}",
        f"{told.about}.{note}{twice}",
        told.tone,
    )
