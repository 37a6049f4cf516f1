"""The cursor of the order feed: kept as text, set back, and what it remembers of numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panstore.connectors.woocommerce.map.feed import (
    WITNESSES,
    Again,
    OrderCursor,
    decoded,
    encoded,
    looked_at,
    rewound,
    with_newest,
    with_open,
)
from panstore.connectors.woocommerce.map.modified import Crowd, Position

HALF_AN_HOUR, DAY = 1800, 86400


def test_a_cursor_is_kept_as_text() -> None:
    position = Position(5, {7: (6, "d")}, Crowd(6, 2, 100))
    cursor = OrderCursor(position, Position(3), (1, 2), ((4, 2),), (1, 2), Again(1, 2, "trash"))
    assert decoded(encoded(cursor)) == cursor
    assert decoded(encoded(OrderCursor())) == decoded(None) == OrderCursor()
    with pytest.raises(ValueError, match="Expected"):
        decoded("12 of another shop")


def test_it_goes_back_by_dates_and_by_numbers() -> None:
    marks = ((1000, 10), (1300, 13), (3200, 20))
    cursor = OrderCursor(Position(3190, {20: (3195, "d")}), Position(100), (20,), marks)
    back = rewound(cursor)
    assert (back.live, back.trash) == (Position(2290), Position(-1))
    assert back.again == Again(13)
    assert (back.newest, back.marks) == (cursor.newest, cursor.marks)
    assert rewound(OrderCursor()).again is None


def test_where_nothing_is_that_old_it_goes_back_to_the_first_mark() -> None:
    assert rewound(OrderCursor(marks=((1000, 10), (1300, 13)))).again == Again(10)


@given(st.lists(st.tuples(st.integers(1, 4000), st.integers(1, 50)), max_size=80))
def test_no_number_of_the_last_half_hour_is_left_out(steps: list[tuple[int, int]]) -> None:
    cursor, second, number = OrderCursor(), 1_000_000, 0
    highest: list[tuple[int, int]] = []
    for pause, placed in steps:
        second += pause
        number += placed
        cursor = with_newest(cursor, range(number - placed + 1, number + 1), second=second)
        highest.append((second, number))
        assert cursor.newest[-1] == number
        assert len(cursor.newest) <= WITNESSES
        assert len(cursor.marks) < 30
        again = rewound(cursor).again
        assert again is not None
        since = cursor.marks[-1][0] - HALF_AN_HOUR
        before = [top for at, top in highest if at <= since] or [highest[0][1]]
        assert again.above <= before[-1]


def test_a_quiet_day_forgets_no_mark_before_it() -> None:
    cursor = with_newest(OrderCursor(), [10], second=0)
    cursor = with_newest(cursor, [15], second=DAY)
    assert rewound(cursor).again == Again(10)
    assert with_newest(OrderCursor(), [], second=0).marks == ()
    assert with_newest(cursor, [16], second=DAY + 1).marks == cursor.marks


def test_open_orders_are_remembered_until_they_hold_nothing() -> None:
    cursor = with_open(OrderCursor(open=(1, 2)), {2: False, 3: True, 4: False})
    assert cursor.open == (1, 3)
    assert rewound(cursor).open == (1, 3)
    many = with_open(cursor, dict.fromkeys(range(10, 1010), True))
    assert (len(many.open), many.open[0]) == (1000, 10)


def test_every_open_order_has_its_turn() -> None:
    cursor = OrderCursor(open=tuple(range(250)))
    turns = [looked_at(cursor, 100, second=second) for second in range(0, 900, 300)]
    assert sorted(number for turn in turns for number in turn) == list(range(250))
    assert looked_at(OrderCursor(), 100, second=7) == ()
