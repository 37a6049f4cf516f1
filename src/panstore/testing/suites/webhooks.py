"""ReceiveWebhooks: only the system's own messages count, and a replay is known as one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest

from panstore.sdk.errors import ForgedError
from panstore.sdk.roles import Delivery, ReceiveWebhooks
from panstore.testing.suites.harness import MessageHarness, SignedMessage
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["WebhookSuite"]


def _receiver(harness: MessageHarness) -> ReceiveWebhooks:
    connector = harness.connector
    assert isinstance(connector, ReceiveWebhooks)
    return connector


def _receive(harness: MessageHarness, message: SignedMessage) -> Delivery:
    return _receiver(harness).receive(message.headers, message.body, message.received_at)


def _refuses(
    harness: MessageHarness,
    headers: Mapping[str, str],
    body: bytes,
    now: dt.datetime,
    why: str,
) -> None:
    with pytest.raises(ForgedError):
        delivery = _receiver(harness).receive(headers, body, now)
        pytest.fail(f"a message was accepted although {why}: {delivery}")


class WebhookSuite(Suite):
    """For systems that send signed messages."""

    async def test_a_genuine_message_says_where_to_look(self, harness: MessageHarness) -> None:
        delivery = _receive(harness, await harness.message())
        assert_exact(delivery, "delivery")
        assert delivery.id
        assert delivery.signals or delivery.wake, "the message leads to nothing"

    async def test_a_replay_has_the_same_id_and_another_message_has_not(
        self, harness: MessageHarness
    ) -> None:
        one, two = await harness.message(), await harness.message()
        assert _receive(harness, one).id == _receive(harness, one).id
        assert _receive(harness, one).id != _receive(harness, two).id

    async def test_a_changed_body_is_refused(self, harness: MessageHarness) -> None:
        message = await harness.message()
        now = message.received_at
        for body in (message.body + b" ", message.body[:-1], b"", b"{}", b"\x00\xff"):
            _refuses(harness, message.headers, body, now, "its body was changed")

    async def test_any_missing_or_changed_header_is_refused(self, harness: MessageHarness) -> None:
        message = await harness.message()
        now = message.received_at
        _refuses(harness, {}, message.body, now, "it has no headers")
        other = await harness.message()
        signing = [name for name, text in message.headers.items() if _signs(name, text, other)]
        if not harness.connector.capabilities.signed_headers:
            signing = [name for name in signing if "signature" in name]
        assert signing, "no header of the message depends on its content"
        for name in signing:
            without = {key: text for key, text in message.headers.items() if key != name}
            _refuses(harness, without, message.body, now, f"{name} is missing")
            changed = {**message.headers, name: other.headers[name]}
            _refuses(harness, changed, message.body, now, f"{name} is of another message")

    async def test_nonsense_in_the_signature_is_refused(self, harness: MessageHarness) -> None:
        message = await harness.message()
        for name in message.headers:
            if "signature" in name or "hmac" in name:
                for text in ("", "v1,", "v1,AAAA", "nonsense", "v1,č"):
                    changed = {**message.headers, name: text}
                    now = message.received_at
                    _refuses(harness, changed, message.body, now, f"{name} is {text!r}")

    async def test_a_message_cannot_be_dated_again(self, harness: MessageHarness) -> None:
        message = await harness.message()
        now = message.received_at
        for name, text in message.headers.items():
            if "timestamp" in name and text.isdigit():
                changed = {**message.headers, name: str(int(text) + 1)}
                _refuses(harness, changed, message.body, now, f"{name} was changed")

    async def test_an_old_message_is_refused(self, harness: MessageHarness) -> None:
        if not harness.connector.capabilities.signed_headers:
            pytest.skip("its messages carry no time that could be trusted")
        message = await harness.message()
        late = message.received_at + dt.timedelta(days=1)
        _refuses(harness, message.headers, message.body, late, "it is a day old")


def _signs(name: str, text: str, other: SignedMessage) -> bool:
    """Whether a header takes part in the signature: it differs from message to message.

    The time stamp may be the same in two messages of one second and is then left out.
    """
    return name in other.headers and other.headers[name] != text
