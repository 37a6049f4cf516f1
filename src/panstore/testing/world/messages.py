"""Signed messages that the simulated systems send (Standard Webhooks, HMAC-SHA256).

Written out with the standard library, so that what the simulated world sends is checked against
the published scheme and not against the code under test.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from panstore.sdk.errors import ForgedError
from panstore.testing.world.clock import SimClock

__all__ = ["Message", "Sender"]

_TOLERANCE = dt.timedelta(minutes=5)
"""Older or younger messages are refused, as the scheme recommends."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message on the wire; header names in lower case."""

    headers: Mapping[str, str]
    body: bytes


class Sender:
    """Signs, keeps and hands out the messages of one system.

    Attributes:
        sent: messages nobody has taken yet, oldest first.
        told: all that were ever sent, received or not.
        listeners: told of each message at once; a listener that loses it plays a lost message.
    """

    def __init__(self, name: str, clock: SimClock, key: bytes) -> None:
        self._name = name
        self._clock = clock
        self._key = key
        self._count = 0
        self.sent: list[Message] = []
        self.told: list[Message] = []
        self.listeners: list[Callable[[Message], None]] = []

    def send(self, **content: Any) -> Message:
        """Sign one message and give it to the listeners, or keep it where there are none."""
        self._count += 1
        message = self.sign(f"{self._name}-{self._count}", json.dumps(content).encode())
        self.told.append(message)
        if not self.listeners:
            self.sent.append(message)
        for listener in tuple(self.listeners):
            listener(message)
        return message

    def take(self) -> list[Message]:
        """All messages not taken yet."""
        messages, self.sent = self.sent, []
        return messages

    def sign(self, id_: str, body: bytes, at: dt.datetime | None = None) -> Message:
        """Headers for `body`, dated now unless `at` is given."""
        stamp = str(int((at or self._clock.now()).timestamp()))
        headers = {
            "webhook-id": id_,
            "webhook-timestamp": stamp,
            "webhook-signature": self._signature(id_, stamp, body),
        }
        return Message(headers, body)

    def verify(
        self, headers: Mapping[str, str], body: bytes, now: dt.datetime
    ) -> tuple[str, dict[str, Any]]:
        """Id and content of a genuine message.

        Raises:
            ForgedError: not signed by this sender, too old, too young, or unreadable.
        """
        try:
            id_, stamp = headers["webhook-id"], headers["webhook-timestamp"]
            given = headers["webhook-signature"].split()
            at = dt.datetime.fromtimestamp(int(stamp), dt.UTC)
        except (KeyError, ValueError, OverflowError, OSError) as error:
            raise self._forged("its headers are incomplete") from error
        expected = self._signature(id_, stamp, body)
        if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in given):
            raise self._forged("its signature is wrong")
        if abs(now - at) > _TOLERANCE:
            raise self._forged(f"it is dated {at.isoformat()}")
        try:
            content = json.loads(body)
        except ValueError as error:
            raise self._forged("it is not JSON") from error
        if not isinstance(content, dict):
            raise self._forged("it is not a JSON object")
        return id_, content

    def _forged(self, what: str) -> ForgedError:
        return ForgedError(self._name, "receive", f"message refused: {what}")

    def _signature(self, id_: str, stamp: str, body: bytes) -> str:
        digest = hmac.new(self._key, f"{id_}.{stamp}.".encode() + body, hashlib.sha256).digest()
        return "v1," + base64.b64encode(digest).decode()
