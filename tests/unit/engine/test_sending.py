"""What became of records that were sent in parts."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from panstore.engine.sending import REFUSED, Fates, Refused, parts, send_in_parts, sort_outcomes
from panstore.model.ids import ExternalId
from panstore.model.plan import OutcomeState
from panstore.model.price_tiers import BuyerOutcome
from panstore.sdk.errors import OutcomeUnknownError, RejectedError, RemoteError, UnavailableError


def _key(number: int) -> ExternalId:
    return ExternalId(f"k{number}")


def _outcome(number: int, state: OutcomeState, *why: str) -> tuple[ExternalId, BuyerOutcome]:
    return _key(number), BuyerOutcome(_key(number), state, *why)


def test_each_record_has_its_fate_whatever_the_order_of_the_answer() -> None:
    records = [(_key(n), n) for n in range(6)]
    outcomes = [
        _outcome(4, "unknown"),
        _outcome(2, "refused", "gone", "it is gone"),
        _outcome(0, "done"),
        _outcome(3, "refused"),
        _outcome(99, "done"),
    ]
    alone = [(_key(5), RejectedError("shop", "write", "not this one"))]
    fates = sort_outcomes(records, outcomes, alone)
    assert fates.done == [(0, outcomes[2][1])]
    assert fates.refused == [
        (2, Refused("gone", "it is gone")),
        (3, Refused(REFUSED, "")),
        (5, Refused(REFUSED, str(alone[0][1]))),
    ]
    assert fates.unknown == [1, 4], "an answer that does not mention a record says nothing of it"
    assert (fates.untried, fates.trouble) == ([], None)


def test_parts() -> None:
    assert list(parts("abcde", 2)) == ["ab", "cd", "e"]
    assert list(parts("", 2)) == []
    assert list(parts("ab", 0)) == ["a", "b"], "a system that takes none is asked for one"


class _Shop:
    """Answers in reverse; fails at the calls it is told to, and at whole batches with bad ones."""

    def __init__(self, *, bad: frozenset[int] = frozenset(), **failing: RemoteError) -> None:
        self.bad, self.failing = bad, failing
        self.calls: list[list[int]] = []
        self.replies = 0

    async def write(self, some: Sequence[int]) -> list[tuple[ExternalId, BuyerOutcome]]:
        self.calls.append(list(some))
        error = self.failing.get(f"call{len(self.calls)}")
        if error is not None:
            raise error
        if self.bad & set(some):
            raise RejectedError("shop", "write", "something in it is wrong")
        return [_outcome(n, "done") for n in reversed(some)]

    def reply(self) -> None:
        self.replies += 1

    async def send(self, count: int, size: int) -> Fates[int, BuyerOutcome]:
        records = [(_key(n), n) for n in range(count)]
        return await send_in_parts(records, size, self.write, self.reply)


async def test_one_bad_record_is_found_and_the_rest_goes_through() -> None:
    shop = _Shop(bad=frozenset({5}))
    fates = await shop.send(10, 4)
    assert [n for n, _ in fates.done] == [0, 1, 2, 3, 4, 6, 7, 8, 9]
    assert [n for n, _ in fates.refused] == [5]
    assert max(map(len, shop.calls)) == 4
    assert shop.replies == 3


@pytest.mark.parametrize(
    ("error", "unknown", "untried"),
    [
        (OutcomeUnknownError("shop", "write", "cut"), [4, 5, 6, 7], [8, 9]),
        (UnavailableError("shop", "write", "503"), [], [4, 5, 6, 7, 8, 9]),
    ],
)
async def test_trouble_ends_it(error: RemoteError, unknown: list[int], untried: list[int]) -> None:
    shop = _Shop(call2=error)
    fates = await shop.send(10, 4)
    assert [n for n, _ in fates.done] == [0, 1, 2, 3]
    assert (fates.unknown, fates.untried) == (unknown, untried)
    assert fates.trouble is error
    assert len(shop.calls) == shop.replies == 2


async def test_nothing_to_send_is_no_call() -> None:
    shop = _Shop()
    assert await shop.send(0, 4) == Fates()
    assert shop.calls == []
