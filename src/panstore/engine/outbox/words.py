"""How messages are called, and what people are told of those that cannot go on."""

from __future__ import annotations

import datetime as dt

from panstore.model.message import Message
from panstore.model.plan import Held

__all__ = ["called", "cannot_write", "failed", "late", "refused", "unknown"]

_PAPERS = {
    "invoice": "invoice",
    "credit_note": "credit note",
    "delivery_note": "delivery note",
}
_AGAIN = "the message goes to the address the shop has by then"


def called(message: Message, number: str) -> str:
    """The message in a few words, e.g. "the mail with invoice 12 of order 1000"."""
    kind = "mail" if message.channel == "mail" else "SMS"
    copy = " to the company's own address" if message.copy else ""
    if message.document is not None:
        paper = _PAPERS.get(message.document.kind, message.document.kind)
        return f"the {kind}{copy} with {paper} {message.document.number} of order {number}"
    return f'the {kind}{copy} "{message.purpose}" of order {number}'


def refused(message: Message, number: str, code: str, what: str) -> Held:
    """The provider says no."""
    return _held(
        message,
        number,
        code or "message.refused",
        f"{_start(message, number)} was refused by who should deliver it: {what} The recipient has"
        f" not got it. Correct the address in the shop and retry ({_AGAIN}), or skip it.",
    )


def unknown(message: Message, number: str, at: dt.datetime | None) -> Held:
    """Nobody knows whether it went out."""
    when = "" if at is None else f" at {at:%d %b %H:%M} UTC"
    times = "once more, and the answer was lost again" if message.maybe_twice else "once"
    return _held(
        message,
        number,
        "message.unknown",
        f"{_start(message, number)} was handed over{when} ({times}), but whether it was taken is"
        " not known: the answer was lost, or PanStore ended in that moment. Ask the buyer or look"
        " at the provider's list. Retry sends it again, the buyer may then have it twice; skip"
        " leaves it as it is.",
    )


def failed(message: Message, number: str, what: str) -> Held:
    """A receipt says that it did not arrive."""
    return _held(
        message,
        number,
        "message.failed",
        f"{_start(message, number)} was sent, but did not arrive: {what or 'no reason was given'}."
        f" Correct the address in the shop and retry ({_AGAIN}), or skip it.",
    )


def cannot_write(message: Message, number: str, code: str, what: str) -> Held:
    """It could not be made ready; nothing was handed over."""
    return _held(
        message,
        number,
        code,
        f"{_start(message, number)} could not be made: {what} Nothing was sent, the order itself"
        " goes on. Mend what is named, then retry; or skip it.",
    )


def late(message: Message) -> str:
    """Why a message was not sent any more."""
    end = "" if message.not_after is None else f" after {message.not_after:%d %b %H:%M} UTC"
    return f"It was of no use any more{end}, so it was not sent."


def _start(message: Message, number: str) -> str:
    text = called(message, number)
    return text[:1].upper() + text[1:]


def _held(message: Message, number: str, code: str, reason: str) -> Held:
    return Held(item=message.id, code=code, reason=reason, sku=number)
