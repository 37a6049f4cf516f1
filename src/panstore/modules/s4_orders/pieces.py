"""Lines of two sets of documents side by side: which goods and which money have moved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from panstore.model.ids import ExternalId
from panstore.model.sale import BookedLine
from panstore.modules.s4_orders.booking import Arithmetic

__all__ = ["Moved", "moved_goods", "moved_money"]

_ZERO = Decimal(0)


class Moved(msgspec.Struct, frozen=True):
    """Goods that come back and goods that go out in addition, as lines."""

    back: tuple[BookedLine, ...]
    more: tuple[BookedLine, ...]


class _Price(NamedTuple):
    """What one piece was booked at."""

    unit_net: Decimal
    rate: Decimal


_Pieces = dict[_Price, Decimal]
"""Stock units of one article by their price."""


def moved_goods(
    wanted: Sequence[BookedLine], present: Sequence[BookedLine], arithmetic: Arithmetic
) -> Moved:
    """Differences in quantity, article by article.

    Pieces at the same price on both sides have not moved. A piece whose price or VAT rate alone
    has changed has not moved either; its money is told by `moved_money`.
    """
    back: list[BookedLine] = []
    more: list[BookedLine] = []
    target, standing = _pieces(wanted), _pieces(present)
    for product in dict.fromkeys([*standing, *target]):
        goal, held = target.get(product, {}), standing.get(product, {})
        only_goal = _without(goal, held)
        only_held = _without(held, goal)
        count = sum(only_goal.values(), _ZERO) - sum(only_held.values(), _ZERO)
        if count < 0:
            lines = [line for line in present if line.product == product]
            back += _lines(lines, only_held, -count, arithmetic, sign=-1)
        elif count > 0:
            lines = [line for line in wanted if line.product == product]
            more += _lines(lines, only_goal, count, arithmetic, sign=1)
    return Moved(tuple(back), tuple(more))


def moved_money(
    wanted: Sequence[BookedLine], present: Sequence[BookedLine], arithmetic: Arithmetic
) -> tuple[BookedLine, ...]:
    """One discount or fee per VAT rate whose net differs; rounding lines follow the totals."""
    nets: dict[Decimal, Decimal] = {}
    for sign, lines in ((1, wanted), (-1, present)):
        for line in lines:
            if line.kind != "rounding":
                nets[line.rate] = nets.get(line.rate, _ZERO) + sign * line.net
    return tuple(
        arithmetic.single("fee" if net > 0 else "discount", "Price difference", net, rate)
        for rate, net in nets.items()
        if net
    )


def _price(line: BookedLine) -> _Price:
    return _Price(line.unit_net, line.rate)


def _pieces(lines: Iterable[BookedLine]) -> dict[ExternalId, _Pieces]:
    """Pieces by article and price, what has come back taken off."""
    found: dict[ExternalId, _Pieces] = {}
    for line in lines:
        if line.product is not None:
            prices = found.setdefault(line.product, {})
            prices[_price(line)] = prices.get(_price(line), _ZERO) + line.quantity
    return found


def _without(pieces: _Pieces, other: _Pieces) -> _Pieces:
    """Pieces that are not matched by pieces at the same price on the other side."""
    left = {
        price: count - min(count, max(_ZERO, other.get(price, _ZERO)))
        for price, count in pieces.items()
    }
    return {price: count for price, count in left.items() if count}


def _lines(
    lines: Sequence[BookedLine],
    pieces: _Pieces,
    count: Decimal,
    arithmetic: Arithmetic,
    *,
    sign: int,
) -> list[BookedLine]:
    """`count` of the pieces as lines, those that were booked last first."""
    taken: list[BookedLine] = []
    for price, there in reversed(pieces.items()):
        quantity = min(there, count)
        if quantity > 0:
            like = next(line for line in lines if _price(line) == price)
            taken.append(
                msgspec.structs.replace(
                    like,
                    quantity=sign * quantity,
                    net=arithmetic.amount(sign * quantity * price.unit_net),
                )
            )
            count -= quantity
    return taken
