"""As many calls at once as the shop answers quickly."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from panstore.connectors.woocommerce.pacing import QUICK_S, SLOW_S, Pace, Turn


def test_it_begins_with_two_and_never_with_more_than_allowed() -> None:
    assert Pace(8).limit == 2
    assert Pace(1).limit == 1


def test_quick_answers_let_one_more_in_for_each_round_up_to_the_bound() -> None:
    pace = Pace(4)
    limits = []
    for n in range(20):
        pace.learn(Turn(began=float(n)), n + 0.5)
        limits.append(pace.limit)
    assert limits[:4] == [2, 2, 3, 3]
    assert limits[-1] == 4


def test_a_slow_round_halves_it_once_and_the_next_slow_one_again() -> None:
    pace = Pace(8)
    for n in range(60):
        pace.learn(Turn(began=float(n)), n + 0.5)
    assert pace.limit == 8
    for finished in (115.0, 116.0, 117.0):
        pace.learn(Turn(began=100.0), finished)
    assert pace.limit == 4
    pace.learn(Turn(began=118.0), 119.0 + SLOW_S)
    assert pace.limit == 2


def test_a_refusal_halves_it_and_an_answer_neither_quick_nor_slow_changes_nothing() -> None:
    pace = Pace(8)
    pace.learn(Turn(began=0.0), QUICK_S + 1)
    assert pace.limit == 2
    pace.learn(Turn(began=10.0, refused=True), 10.1)
    assert pace.limit == 1
    pace.learn(Turn(began=20.0, refused=True), 20.1)
    assert pace.limit == 1


def test_batches_halve_where_they_take_too_long_and_grow_again_where_they_do_not() -> None:
    pace = Pace(4)
    assert pace.batch == 100
    sizes = []
    for n in range(5):
        pace.learn(Turn(100.0 * n, items=pace.batch), 100 * n + SLOW_S + 1)
        sizes.append(pace.batch)
    assert sizes == [50, 25, 12, 10, 10]
    for n in range(5, 10):
        pace.learn(Turn(100.0 * n, items=pace.batch), 100 * n + 1)
        sizes.append(pace.batch)
    assert sizes[5:] == [20, 40, 80, 100, 100]


def test_what_says_nothing_of_the_size_of_batches_leaves_it() -> None:
    pace = Pace(4)
    for turn, took in (
        (Turn(0.0), SLOW_S + 1),
        (Turn(0.0, items=100, refused=True), 0.1),
        (Turn(0.0, items=5, overran=True), 60.0),
        (Turn(0.0, items=100), QUICK_S + 1),
    ):
        pace.learn(turn, took)
        assert pace.batch == 100
    pace.learn(Turn(0.0, items=60, overran=True), 60.0)
    assert pace.batch == 30
    pace.learn(Turn(100.0, items=3), 100.1)
    assert pace.batch == 30


@given(
    st.integers(1, 16),
    st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=60),
)
def test_it_stays_between_one_and_the_bound(most: int, rounds: list[tuple[float, bool]]) -> None:
    pace, clock = Pace(most), 0.0
    for took, refused in rounds:
        pace.learn(Turn(clock, refused), clock + took)
        clock += took
        assert 1 <= pace.limit <= most


async def test_no_more_calls_than_the_limit_are_under_way() -> None:
    pace = Pace(2)
    running, most, ended = 0, 0, asyncio.Event()

    async def call(n: int) -> int:
        nonlocal running, most
        async with pace.turn():
            running += 1
            most = max(most, running)
            if running == 2:
                ended.set()
            await ended.wait()
            await asyncio.sleep(0)
            running -= 1
        return n

    assert await asyncio.gather(*(call(n) for n in range(9))) == list(range(9))
    assert most == 2


async def test_who_waited_and_was_called_off_takes_no_place() -> None:
    pace = Pace(1)
    release = asyncio.Event()

    async def hold() -> None:
        async with pace.turn():
            await release.wait()

    async def pass_through() -> str:
        async with pace.turn():
            return "through"

    holder = asyncio.create_task(hold())
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(pass_through()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.sleep(0)
    release.set()
    await holder
    # Let in and called off in the same moment.
    waiting[1].cancel()
    assert await waiting[2] == "through"
    async with asyncio.timeout(5):
        assert await pass_through() == "through"
