"""Roles for systems that keep no list of changes for us, and whose messages may fall silent.

As with `panstore.sdk.roles`, all methods are coroutines and every failure is one of
`panstore.sdk.errors`.
"""

from __future__ import annotations

import datetime as dt
from typing import Protocol, runtime_checkable

import msgspec

from panstore.model.change import Signal

__all__ = ["ChangePage", "KeepWebhooks", "MessageHealth", "ReadChanges"]


class ChangePage(msgspec.Struct, frozen=True):
    """Where to look, of what changed after a cursor.

    Attributes:
        cursor: everything up to it is in `signals` of this page or of one before.
        more: whether another page is waiting.
    """

    signals: tuple[Signal, ...]
    cursor: str
    more: bool


@runtime_checkable
class ReadChanges(Protocol):
    """Goods that were changed, found by asking for what was modified since.

    For a system without a durable list of changes (`ChangeFeed`). It is asked by the clock;
    messages only make it quicker.
    """

    async def changes_since(self, cursor: str | None, limit: int) -> ChangePage:
        """What changed after `cursor`; no change may be missed between two calls.

        Args:
            cursor: what the page before said; None to begin now, with nothing of the past.
            limit: about how many signals are wanted, >= 1.
        """


class MessageHealth(msgspec.Struct, frozen=True):
    """How the messages of a system do.

    Attributes:
        missed: messages were certainly not sent for a while: what they would have told is to be
            read now.
        problems: what must be mended so that messages come, and come in time, each with the
            remedy; empty if fine.
    """

    missed: bool = False
    problems: tuple[str, ...] = ()


@runtime_checkable
class KeepWebhooks(Protocol):
    """The system must be told where to send its messages, and may stop sending them by itself."""

    async def keep_webhooks(self, now: dt.datetime) -> MessageHealth:
        """Register what is not registered, switch on again what was switched off, and look.

        Repeating it is harmless; several processes may do it at once.

        Args:
            now: aware UTC.
        """
