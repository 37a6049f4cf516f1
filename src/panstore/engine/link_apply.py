"""Links many pairs a person has confirmed: all are looked at first, then made in batches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import msgspec
import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.engine.hand_links import BadLinkError, check_link, set_link_in
from panstore.engine.link_sheet import SheetError, Wish
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.link import say_factor
from panstore.store.items import sku_key
from panstore.store.links import links_of_either, variant_row

__all__ = ["Applied", "apply"]

_BATCH = 100
_SHORTENED = re.compile(r"[0-9]([.,][0-9]+)?e\+[0-9]+")


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
        _check_codes(connection, route, wish)
        try:
            check_link(connection, route, wish.erp, wish.shop, factor=wish.factor)
        except BadLinkError as error:
            where = f"line {wish.line}: " if wish.line else ""
            raise SheetError(f"{where}{error} None of the others was linked either.") from error


def _check_codes(connection: sa.Connection, route: Route, wish: Wish) -> None:
    """A sheet that was sorted in part has the right ids, in the wrong rows."""
    sides: tuple[tuple[Literal["erp", "shop"], ConnectionId, ExternalId, str | None], ...] = (
        ("erp", route.erp, wish.erp, wish.erp_code),
        ("shop", route.shop, wish.shop, wish.shop_code),
    )
    for side, system, variant, code in sides:
        row = variant_row(connection, side, system, variant) if code else None
        if row is not None and code and not _is_code(row.sku, code):
            raise SheetError(
                f"line {wish.line}, column {side}_code: it says {code!r}, but article {variant} "
                f"has the code {row.sku!r}. Was only a part of the columns sorted, or did a "
                "spreadsheet change the code? If this article is meant, write its code or empty "
                "the cell. Nothing was linked."
            )


def _is_code(sku: str, shown: str) -> bool:
    """Whether a sheet's cell may show the code of this article.

    Excel takes digits for numbers: zeros in front are lost, and of a long one only its first digits
    stay.
    """
    code, cell = sku_key(sku), sku_key(shown)
    if code == cell or _SHORTENED.fullmatch(cell):
        return True
    return code.isdigit() and cell.isdigit() and code.lstrip("0") == cell.lstrip("0")


def _said_otherwise(connection: sa.Connection, route: Route, wish: Wish) -> str:
    """Why a pair that is linked already is left as it is: a sheet may be older than its factor."""
    for link in links_of_either(connection, route.id, wish.erp, wish.shop):
        same = (link.erp, link.shop) == (wish.erp, wish.shop)
        if same and wish.factor is not None and link.factor not in {None, wish.factor}:
            return (
                f"article {wish.erp} of the ERP is {wish.shop} in the shop already, and the factor "
                f"is {link.factor}, not {wish.factor} as the sheet says. It was left as it is; "
                f"`{say_factor(link)}` changes it."
            )
    return ""


def _make(
    connection: sa.Connection, context: Context, route: Route, wishes: Sequence[Wish]
) -> list[str]:
    """What was done for each, or why it was not."""
    found: list[str] = []
    for wish in wishes:
        said = _said_otherwise(connection, route, wish)
        if said:
            found.append(said)
            continue
        try:
            done = set_link_in(connection, context, route, wish.erp, wish.shop, factor=wish.factor)
        except BadLinkError as error:
            found.append(str(error))
        else:
            found.append(done.change)
    return found
