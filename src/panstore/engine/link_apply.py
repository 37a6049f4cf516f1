"""Links many pairs a person has confirmed: all are looked at first, then made in batches."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.engine.hand_links import BadLinkError, check_link, set_link_in
from panstore.engine.link_sheet import SheetError, Wish

__all__ = ["Applied", "apply"]

_BATCH = 100


class Applied(msgspec.Struct, frozen=True):
    """What became of the wishes.

    Attributes:
        made: how many links are new or have another factor.
        before: how many were there already.
        left: why some were not made; somebody else changed something meanwhile.
    """

    made: int
    before: int
    left: tuple[str, ...]


async def apply(context: Context, route: Route, wishes: Sequence[Wish]) -> Applied:
    """Link them as `panstore links set` would, one by one; calling it again goes on.

    Raises:
        SheetError: one of them cannot be; none was made.
    """
    for begin in range(0, len(wishes), _BATCH):
        some = wishes[begin : begin + _BATCH]
        await context.store.read(lambda c, s=some: _check(c, route, s))  # type: ignore[misc]
    made, before, left = 0, 0, []
    for begin in range(0, len(wishes), _BATCH):
        some = wishes[begin : begin + _BATCH]
        changes = await context.store.write(lambda c, s=some: _make(c, context, route, s))  # type: ignore[misc]
        before += changes.count("none")
        made += changes.count("made") + changes.count("factor")
        left += [text for text in changes if text not in {"none", "made", "factor"}]
    return Applied(made, before, tuple(left))


def _check(connection: sa.Connection, route: Route, wishes: Sequence[Wish]) -> None:
    for wish in wishes:
        try:
            check_link(connection, route, wish.erp, wish.shop, factor=wish.factor)
        except BadLinkError as error:
            where = f"line {wish.line}: " if wish.line else ""
            raise SheetError(f"{where}{error} None of the others was linked either.") from error


def _make(
    connection: sa.Connection, context: Context, route: Route, wishes: Sequence[Wish]
) -> list[str]:
    """What was done for each, or why it was not."""
    found: list[str] = []
    for wish in wishes:
        try:
            done = set_link_in(connection, context, route, wish.erp, wish.shop, factor=wish.factor)
        except BadLinkError as error:
            found.append(str(error))
        else:
            found.append(done.change)
    return found
