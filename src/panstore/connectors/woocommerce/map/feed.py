"""The cursor of the order feed: how far each list was read, and what tells that orders are missing.

Beside the lists it keeps the numbers of the newest orders. By them orders are found that the dates
never showed (imported with an old date, or while the shop's clock was wrong), and a shop that was
restored from an older copy is told from one in which nothing happened.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from panstore.connectors.woocommerce.map.modified import Position

__all__ = ["WITNESSES", "Again", "OrderCursor", "decoded", "encoded", "rewound", "with_newest"]

WITNESSES = 5
"""So many of the newest orders must all be gone before a shop counts as restored."""

_OVERLAP_S = 900
_MARK_EVERY_S = 300
_MARKS_KEPT_S = 2 * 3600
_LOOK_BACK_S = 1800


class Again(msgspec.Struct, frozen=True, array_like=True):
    """Orders that are read once more by their numbers.

    Attributes:
        above: those with higher numbers.
        page: of the list, newest first, from 1.
        trashed: whether it is the list of what lies in the trash.
    """

    above: int
    page: int = 1
    trashed: bool = False


class OrderCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the feed stands.

    Attributes:
        live: in the list of orders; trash: in the list of those in the trash.
        newest: the highest numbers of orders that were delivered, ascending.
        marks: (second, highest number by then), oldest first.
        again: only of a cursor that was set back.
    """

    live: Position = Position()
    trash: Position = Position()
    newest: tuple[int, ...] = ()
    marks: tuple[tuple[int, int], ...] = ()
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
        again=_again(cursor.marks),
    )


def _earlier(position: Position) -> Position:
    return Position(max(-1, position.through - _OVERLAP_S))


def _again(marks: tuple[tuple[int, int], ...]) -> Again | None:
    """From the highest number that was known half an hour before the last mark."""
    if not marks:
        return None
    until = marks[-1][0] - _LOOK_BACK_S
    known = [number for second, number in marks if second <= until] or [marks[0][1]]
    return Again(known[-1])
