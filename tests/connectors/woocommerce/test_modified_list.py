"""Nothing is missed in a list that moves while it is read, whatever happens in between."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panstore.connectors.woocommerce.client import Call, Page
from panstore.connectors.woocommerce.map.modified import LATE_S, QUIET_S, Position, leave_page
from panstore.connectors.woocommerce.modified_list import Found, ModifiedList
from tests.connectors.woocommerce.moving_list import MovingList

SIZE = 3
"""Rows in a page, small, so that a few rows are many."""


class Head(msgspec.Struct):
    id: int
    date_modified_gmt: str | None = None


HEAD = msgspec.json.Decoder(Head)


def reader(world: MovingList) -> ModifiedList:
    return ModifiedList(world, Call("read", "rows"), HEAD.decode, world.now, size=SIZE)


def contents(found: Found) -> list[tuple[int, int]]:
    rows: list[dict[str, Any]] = [msgspec.json.decode(raw) for raw in found.rows]
    return [(row["id"], row["content"]) for row in rows]


def kept(position: Position) -> Position:
    """As it comes back from where it was stored."""
    return msgspec.json.decode(msgspec.json.encode(position), type=Position)


async def drain(world: MovingList, position: Position, limit: int = 100) -> tuple[Any, Position]:
    delivered: list[tuple[int, int]] = []
    for _ in range(300):
        found = await reader(world).read(position, limit)
        delivered += contents(found)
        assert not found.more or found.position != position, "it would read the same for ever"
        position = kept(found.position)
        if not found.more:
            return delivered, position
    raise AssertionError("it comes to no end")


Deed = tuple[str, int, int]

IDS = st.integers(1, 12)
CHANGES = st.one_of(
    st.tuples(st.just("write"), IDS, st.integers(0, LATE_S - 1)),
    st.tuples(st.just("burst"), IDS, st.integers(1, 8)),
    st.tuples(st.just("delete"), IDS, st.just(0)),
    st.tuples(st.just("tick"), st.sampled_from([1, 1, 2, 5, 15, 700]), st.just(0)),
)
DEEDS = st.lists(
    CHANGES
    | st.tuples(st.just("read"), st.integers(1, 5), st.just(0))
    | st.tuples(st.just("meanwhile"), IDS, st.integers(0, 20)),
    max_size=40,
)


def change(world: MovingList, what: str, one: int, two: int) -> None:
    if what == "write":
        world.write(one, late=two)
    elif what == "burst":
        for id_ in range(one, one + two):
            world.write(id_)
    elif what == "delete":
        world.delete(one)
    elif what == "tick":
        world.tick(one)


async def live(deeds: list[Deed], world: MovingList, position: Position) -> set[Any]:
    delivered: set[Any] = set()
    for what, one, two in deeds:
        if what == "read":
            found = await reader(world).read(position, one)
            delivered |= set(contents(found))
            position = kept(found.position)
        elif what == "meanwhile":
            # A slow answer: the row is written over between being found and being shown.
            def written(id_: int = one, seconds: int = two) -> None:
                world.meanwhile = lambda: None
                world.tick(seconds)
                world.write(id_)

            world.meanwhile = written
        else:
            change(world, what, one, two)
    world.meanwhile = lambda: None
    world.tick(LATE_S)
    for pause in (0, LATE_S + 1, QUIET_S + 200):
        world.tick(pause)
        found_now, position = await drain(world, position)
        delivered |= set(found_now)
    before = world.asked
    assert (await drain(world, position))[0] == []
    assert world.asked == before + 1, "a quiet list costs one question"
    return delivered


@given(
    deeds=DEEDS, seed=st.integers(0, 5), ahead=st.sampled_from([0, -400, 400]), dated=st.booleans()
)
@settings(max_examples=400, deadline=None)
def test_nothing_is_ever_missed(deeds: list[Deed], seed: int, ahead: int, dated: bool) -> None:
    # Where no answer is dated, the clocks must agree as well as the time allowed for.
    world = MovingList(dated=dated, ahead=ahead if dated else 0, order=random.Random(seed))
    delivered = asyncio.run(live(deeds, world, Position()))
    assert {(id_, row.content) for id_, row in world.rows.items()} <= delivered


@given(before=st.lists(CHANGES, max_size=12), deeds=DEEDS)
@settings(max_examples=200, deadline=None)
def test_who_begins_now_is_told_all_that_comes_after(before: list[Deed], deeds: list[Deed]) -> None:
    world = MovingList()
    for deed in before:
        change(world, *deed)
    world.tick(0)
    world.late.clear()
    past = {(id_, row.content) for id_, row in world.rows.items()}

    async def begun() -> set[Any]:
        position = await reader(world).begin()
        assert (await drain(world, position))[0] == []
        return await live(deeds, world, position)

    delivered = asyncio.run(begun())
    assert {(id_, row.content) for id_, row in world.rows.items()} <= delivered | past


async def test_an_edit_in_a_second_that_was_read_is_told() -> None:
    world = MovingList()
    world.write(1)
    first, position = await drain(world, Position())
    again, position = await drain(world, position)
    world.write(1)
    edited, _ = await drain(world, position)
    assert (first, again, edited) == ([(1, 1)], [], [(1, 2)])


async def test_a_finished_second_with_many_rows_is_read_by_pages_from_the_last() -> None:
    world = MovingList()
    for id_ in range(1, 11):
        world.write(id_)
    world.tick(LATE_S + 1)
    found = await reader(world).read(Position(), 100)
    assert found.rows == ()
    # The first row moves away: what was behind it moves up, and is read later all the same.
    found = await reader(world).read(found.position, 2)
    first = contents(found)
    world.write(1)
    rest, _ = await drain(world, found.position, 2)
    assert {id_ for id_, _ in [*first, *rest]} == set(range(1, 11))
    assert (1, 11) in rest


class _Vanishing(MovingList):
    """All rows are deleted after the first answer."""

    async def page(self, call: Call, decoder: Any) -> Page[Any]:
        answered = await super().page(call, decoder)
        self.rows.clear()
        return answered


async def test_a_crowded_second_that_empties_meanwhile_is_done() -> None:
    world = _Vanishing()
    for id_ in range(1, 5):
        world.write(id_)
    world.tick(LATE_S + 1)
    assert await drain(world, Position(5)) == ([], Position(world.clock - LATE_S - 1))
    assert world.asked == 3


async def test_a_burst_that_is_too_large_waits_until_its_second_is_finished() -> None:
    world = MovingList()
    for id_ in range(1, 41):
        world.write(id_)
    delivered, position = await drain(world, Position())
    assert SIZE * 5 < len(delivered) < 40
    world.tick(LATE_S + 1)
    rest, position = await drain(world, position)
    assert {id_ for id_, _ in [*delivered, *rest]} == set(range(1, 41))


async def test_a_row_of_the_future_holds_nothing_back() -> None:
    world = MovingList()
    world.clock += 3600
    world.write(1)
    world.clock -= 3600
    delivered, position = await drain(world, Position())
    world.tick(5)
    world.write(2)
    rest, _ = await drain(world, position)
    assert (delivered, rest) == ([(1, 1)], [(2, 2)])


async def test_rows_without_a_time_are_the_oldest() -> None:
    world = MovingList()
    for written in (None, "soon"):
        found = await ModifiedList(
            _Untimed(written), Call("read", "rows"), HEAD.decode, world.now
        ).read(Position(), 10)
        assert [msgspec.json.decode(raw)["id"] for raw in found.rows] == [1]


class _Untimed(MovingList):
    def __init__(self, written: str | None) -> None:
        super().__init__(rows={})
        self._written = written
        self.write(1)

    def _shown(self, id_: int) -> dict[str, object]:
        return {"id": id_, "date_modified_gmt": self._written}


def test_no_page_is_left_where_none_is_read() -> None:
    with pytest.raises(ValueError, match="no second is being read by pages"):
        leave_page(Position(), ())
