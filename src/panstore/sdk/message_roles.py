"""Roles around messages for the buyer: hand one over, hear what became of it.

As with `panstore.sdk.roles`, all methods are coroutines and every failure is one of
`panstore.sdk.errors`. No mail and no SMS can be looked up afterwards, so it matters more than
elsewhere which error is raised: `UnavailableError` only if the provider certainly has nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, runtime_checkable

from panstore.model.message import Letter, Receipt, Sent, Text

__all__ = ["HearReceipts", "SendMail", "SendTexts", "TakeReceipts"]

TakeReceipts = Callable[[Sequence[Receipt]], Awaitable[None]]
"""Keeps receipts durably; the same ones may come again."""


@runtime_checkable
class SendMail(Protocol):
    """Mail: hands letters to a server that delivers them."""

    async def send_mail(self, letter: Letter) -> Sent:
        """Hand one letter over.

        Raises:
            RejectedError: the server refuses it for good (`code`: its reply code, e.g. "550").
            UnavailableError: it takes nothing now (4xx, no connection); it has no copy.
            OutcomeUnknownError: the connection broke after the text had been sent.
        """


@runtime_checkable
class SendTexts(Protocol):
    """SMS: hands texts to a provider."""

    async def send_text(self, text: Text) -> Sent:
        """Hand one text over, all its parts.

        Raises:
            RejectedError: the provider refuses it for good (`code` says why).
            UnavailableError: it takes nothing now; it has no part of it.
            OutcomeUnknownError: it may have some or all of it.
        """


@runtime_checkable
class HearReceipts(Protocol):
    """Mail or SMS: a line on which the provider tells what became of messages."""

    async def hear(self, take: TakeReceipts) -> None:
        """Keep the line open and give every receipt to `take`, until cancelled.

        A receipt is acknowledged to the provider only after `take` has come back, so that none is
        lost; the same one may come again.

        Raises:
            RemoteError: the line broke; it is called again after a pause.
        """
