"""Reading on in a list that is ordered by the second of its rows' last change, while it moves.

WooCommerce can be asked for what was modified after a second, and for nothing finer: rows of one
second come in no certain order, a row that is changed goes to the end, and the present second still
gets rows. So a position in such a list says up to which second all is done, and what was delivered
after it. Nothing is ever asked for by page number while it may move, and a second counts as done
only when it is certain that no row of it can come any more.

All seconds are seconds since 1970, by the shop's clock.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

__all__ = [
    "LATE_S",
    "QUIET_S",
    "Crowd",
    "Position",
    "Row",
    "Step",
    "crowded",
    "leave_page",
    "read_on",
]

LATE_S = 10
"""A row may become visible so long after the second that is written on it: the shop writes the
time before it has saved, and several web servers have several clocks."""

QUIET_S = 600
"""After so long without a change even a shop with a wrong clock has nothing more of a second."""


class Row(msgspec.Struct, frozen=True):
    """A row of the list as it was answered.

    Attributes:
        second: of its last change.
        digest: of its content; two edits in one second differ by it.
    """

    id: int
    second: int
    digest: str


class Crowd(msgspec.Struct, frozen=True, array_like=True):
    """A finished second with more rows than a page holds, read page by page from the last one.

    Such a second only loses rows, and what is behind a lost row moves towards the first page, which
    is read later.

    Attributes:
        page: the next to read, 1 is the last one to come.
        size: rows in a page.
    """

    second: int
    page: int
    size: int


class Position(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a list was read.

    Attributes:
        through: all that was last changed in this second or before is delivered.
        seen: (second, digest) by id of what was delivered and is not older than `through`.
        crowd: where the second after `through` is being read by pages.
    """

    through: int = -1
    seen: dict[int, tuple[int, str]] = {}
    crowd: Crowd | None = None


class Step(msgspec.Struct, frozen=True):
    """What a page of rows leads to.

    Attributes:
        take: places of the rows that are delivered now.
        more: whether another page is waiting.
        known: ids of a full page in which nothing is new: ask again without them.
    """

    position: Position
    take: tuple[int, ...] = ()
    more: bool = False
    known: frozenset[int] = frozenset()


def crowded(rows: Sequence[Row], *, size: int, started: int) -> int | None:
    """The one finished second of which a full page of rows is, None if it is none.

    Args:
        rows: an answer to a question that left nothing out.
        size: rows that were asked for.
        started: second in which the first question was asked.
    """
    seconds = {row.second for row in rows}
    if len(rows) < size or len(seconds) != 1:
        return None
    (second,) = seconds
    return second if second < started - LATE_S else None


def read_on(
    position: Position, rows: Sequence[Row], *, size: int, limit: int, started: int
) -> Step:
    """Take what is new of rows that were modified after `position.through`, oldest first.

    A row may be written over between being found and being shown. It then shows a second that was
    present when the question was asked, or nearly so; such seconds say nothing about what lies
    before them in a full page.

    Args:
        position: from where the rows were asked for.
        rows: the answer, without those that were known by then.
        size: rows that were asked for; so many may hide others.
        limit: most rows to deliver, >= 1.
        started: second in which the first question of this reading was asked, rather too early.
    """
    fresh = [at for at, row in enumerate(rows) if not _is_seen(position, row)]
    if len(fresh) > limit:
        rows, fresh = rows[: fresh[limit - 1] + 1], fresh[:limit]
        full = True
    else:
        full = len(rows) >= size
    if full:
        through = max((row.second for row in rows if row.second < started - LATE_S), default=0) - 1
    else:
        shown = [row.second for row in rows if row.second < started]
        through = max([second - LATE_S for second in shown] + [started - QUIET_S])
    through = max(position.through, through)
    if full and not fresh and through == position.through:
        return Step(position, more=True, known=frozenset(row.id for row in rows))
    return Step(_moved(position, through, rows), tuple(fresh), full)


def leave_page(position: Position, rows: Sequence[Row]) -> Step:
    """Take what is new of a page of a crowded second; the page before it is the next.

    Raises:
        ValueError: no second is being read by pages.
    """
    crowd = position.crowd
    if crowd is None:
        raise ValueError("no second is being read by pages")
    fresh = tuple(at for at, row in enumerate(rows) if not _is_seen(position, row))
    if crowd.page > 1:
        left = Crowd(crowd.second, crowd.page - 1, crowd.size)
        return Step(msgspec.structs.replace(position, crowd=left), fresh, more=True)
    done = msgspec.structs.replace(position, crowd=None)
    return Step(_moved(done, max(position.through, crowd.second), ()), fresh, more=True)


def _is_seen(position: Position, row: Row) -> bool:
    return position.seen.get(row.id) == (row.second, row.digest)


def _moved(position: Position, through: int, rows: Sequence[Row]) -> Position:
    seen = {**position.seen, **{row.id: (row.second, row.digest) for row in rows}}
    kept = {id_: seen[id_] for id_ in sorted(seen) if seen[id_][0] > through}
    return Position(through, kept, position.crowd)
