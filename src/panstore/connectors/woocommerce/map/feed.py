"""The cursor of the order feed: how far each list was read, and what tells that orders are missing.

Beside the lists it keeps the numbers of the newest orders. By them orders are found that the dates
never showed (imported with an old date, or while the shop's clock was wrong), and a shop that was
restored from an older copy is told from one in which nothing happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from panstore.connectors.woocommerce.map.modified import Position

__all__ = [
    "WITNESSES",
    "Again",
    "OrderCursor",
    "decoded",
    "encoded",
    "looked_at",
    "rewound",
    "with_newest",
    "with_open",
]

WITNESSES = 5
"""So many of the newest orders must all be gone before a shop counts as restored."""

_OVERLAP_S = 900
_MARK_EVERY_S = 300
_MARKS_KEPT_S = 2 * 3600
_LOOK_BACK_S = 1800
_OPEN = 1_000
_TURN_S = 300


class Again(msgspec.Struct, frozen=True, array_like=True):
    """Orders that are looked at once more by their numbers.

    Attributes:
        above: those with higher numbers.
        page: of the list, newest first, from 1.
        among: the list of orders, that of the trash, and then whether open orders are still there.
    """

    above: int
    page: int = 1
    among: Literal["orders", "trash", "open"] = "orders"


class OrderCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the feed stands.

    Attributes:
        live: in the list of orders; trash: in the list of those in the trash.
        newest: the highest numbers of orders that were delivered, ascending.
        marks: (second, highest number by then), oldest first.
        open: numbers of orders that held goods when they were delivered last, ascending; the newest
            thousand. Whoever deletes an order for good leaves no other trace of it.
        again: only of a cursor that was set back.
    """

    live: Position = Position()
    trash: Position = Position()
    newest: tuple[int, ...] = ()
    marks: tuple[tuple[int, int], ...] = ()
    open: tuple[int, ...] = ()
    again: Again | None = None


_CURSOR = msgspec.json.Decoder(OrderCursor)


def encoded(cursor: OrderCursor) -> str:
    """As text; equal for equal cursors."""
    return msgspec.json.encode(cursor).decode()


def decoded(text: str | None) -> OrderCursor:
    """What `encoded` wrote; None: from the first order on.

    Raises:
        ValueError: somebody else wrote it.
    """
    return OrderCursor() if text is None else _CURSOR.decode(text)


def with_newest(cursor: OrderCursor, ids: Iterable[int], *, second: int) -> OrderCursor:
    """With the numbers of orders that are delivered in `second`, and a mark from time to time."""
    newest = tuple(sorted({*cursor.newest, *ids})[-WITNESSES:])
    marks = cursor.marks
    if newest and (not marks or second - marks[-1][0] >= _MARK_EVERY_S):
        old = [mark for mark in marks if second - mark[0] <= _MARKS_KEPT_S]
        marks = (*(old or marks[-1:]), (second, newest[-1]))
    return msgspec.structs.replace(cursor, newest=newest, marks=marks)


def with_open(cursor: OrderCursor, holds: Mapping[int, bool]) -> OrderCursor:
    """With what is known now of orders that were delivered: whether each holds goods."""
    held = {*cursor.open, *(number for number, one in holds.items() if one)}
    held -= {number for number, one in holds.items() if not one}
    return msgspec.structs.replace(cursor, open=tuple(sorted(held)[-_OPEN:]))


def looked_at(cursor: OrderCursor, size: int, *, second: int) -> tuple[int, ...]:
    """The open orders whose turn it is to be looked for; every five minutes others."""
    turns = -(-len(cursor.open) // size)
    begin = (second // _TURN_S) % turns * size if turns else 0
    return cursor.open[begin : begin + size]


def rewound(cursor: OrderCursor) -> OrderCursor:
    """Fifteen minutes earlier by the dates, and half an hour by the numbers.

    What was delivered before is delivered again, which is harmless: nobody can tell from here what
    of it had been lost.
    """
    return OrderCursor(
        live=_earlier(cursor.live),
        trash=_earlier(cursor.trash),
        newest=cursor.newest,
        marks=cursor.marks,
        open=cursor.open,
        again=_again(cursor.marks),
    )


def _earlier(position: Position) -> Position:
    return Position(max(-1, position.through - _OVERLAP_S))


def _again(marks: tuple[tuple[int, int], ...]) -> Again | None:
    """From the highest number that was known half an hour before the last mark."""
    if not marks:
        return None  # Then nothing was ever delivered.
    until = marks[-1][0] - _LOOK_BACK_S
    known = [number for second, number in marks if second <= until] or [marks[0][1]]
    return Again(known[-1])
