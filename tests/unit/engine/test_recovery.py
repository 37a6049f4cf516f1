"""What is done with an error, and how long is waited; the bad record in a refused batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import hypothesis.strategies as st
import pytest
from hypothesis import given

from panstore.engine.bisect import bisect
from panstore.engine.recovery import Action, action_for, backoff
from panstore.sdk.errors import (
    AuthError,
    MappingError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
)


class _MadeElsewhereError(UnavailableError):
    """A kind that only some connector knows."""


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (UnavailableError("c", "write", "503"), Action.RETRY),
        (RateLimitedError("c", "write", 5.0), Action.RETRY),
        (_MadeElsewhereError("c", "write", "no companion"), Action.RETRY),
        (OutcomeUnknownError("c", "write", "cut"), Action.LOOK),
        (AuthError("c", "write", "401"), Action.REST),
        (RejectedError("c", "write", "no"), Action.PARK),
        (NotFoundError("c", "write", "gone"), Action.PARK),
        (MappingError("SKU-1", "price", "is no number"), Action.PARK),
        (ZeroDivisionError("a fault of ours"), Action.PARK),
    ],
)
def test_the_action_follows_from_the_kind(error: Exception, action: Action) -> None:
    assert action_for(error) is action


@given(st.integers(0, 100_000))
def test_pauses_grow_to_a_minute_and_no_further(attempts: int) -> None:
    pause = backoff(attempts)
    assert dt.timedelta(seconds=0.5) <= pause <= dt.timedelta(minutes=1)
    assert pause <= backoff(attempts + 1)


async def test_only_the_bad_records_are_refused() -> None:
    for bad in ([True], [False], [False] * 9 + [True] + [False] * 9, [True] * 5, [True, False] * 8):
        await _check(bad)


async def _check(bad: list[bool]) -> None:
    calls: list[int] = []

    async def do(some: Sequence[int]) -> Sequence[int]:
        calls.append(len(some))
        if any(bad[n] for n in some):
            raise RejectedError("shop", "write", "something is wrong", code="bad")
        return [n * 10 for n in some]

    done, refused = await bisect(range(len(bad)), do)
    assert done == [n * 10 for n, is_bad in enumerate(bad) if not is_bad]
    assert [n for n, _ in refused] == [n for n, is_bad in enumerate(bad) if is_bad]
    if sum(bad) <= 1:
        assert len(calls) <= 1 + 2 * (len(bad) - 1).bit_length()


async def test_trouble_of_the_whole_connection_is_not_blamed_on_a_record() -> None:
    calls = 0

    async def do(_some: Sequence[int]) -> Sequence[int]:
        nonlocal calls
        calls += 1
        raise UnavailableError("shop", "write", "503")

    with pytest.raises(UnavailableError):
        await bisect(range(8), do)
    assert calls == 1
