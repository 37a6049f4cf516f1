"""How a call must end when its request or reply is broken on the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from panstore.sdk.errors import (
    OutcomeUnknownError,
    RateLimitedError,
    RemoteError,
    UnavailableError,
)
from panstore.testing.suites.harness import Disturbance, Harness

__all__ = [
    "assert_question_fails",
    "assert_rate_limited",
    "assert_unavailable",
    "assert_unknown",
]

CallMaker = Callable[[], Awaitable[object]]


async def assert_unknown(harness: Harness, what: Disturbance, call: CallMaker) -> None:
    """A write whose reply is broken must say that its outcome is unknown, nothing else."""
    harness.disturb(what)
    try:
        answer = await call()
    except OutcomeUnknownError:
        return
    except UnavailableError as error:
        pytest.fail(
            f"after a {what} reply the write may have happened, and the connector says it "
            f"certainly has not: {error!r}"
        )
    except RemoteError as error:
        pytest.fail(f"after a {what} reply nobody knows; the connector claims to: {error!r}")
    pytest.fail(f"after a {what} reply the connector reports success: {answer!r}")


async def assert_question_fails(harness: Harness, what: Disturbance, call: CallMaker) -> None:
    """A question whose answer is broken must end in a `RemoteError`, never in an answer."""
    harness.disturb(what)
    try:
        answer = await call()
    except RemoteError:
        return
    pytest.fail(f"after a {what} reply the connector answers: {answer!r}")


async def assert_rate_limited(harness: Harness, call: CallMaker) -> None:
    """HTTP 429 must become a `RateLimitedError` with the seconds of Retry-After."""
    harness.disturb("rate_limited", seconds=7)
    with pytest.raises(RateLimitedError) as caught:
        await call()
    assert caught.value.after == 7


async def assert_unavailable(harness: Harness, call: CallMaker) -> None:
    """HTTP 503 must become an `UnavailableError`: the call was not taken."""
    harness.disturb("busy")
    with pytest.raises(UnavailableError):
        await call()
