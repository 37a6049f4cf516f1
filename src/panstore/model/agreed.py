"""An order at the prices that were agreed, where the shop charged others."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from panstore.model.contract import PriceVerdict
from panstore.model.ids import ExternalId
from panstore.model.money import minor_digits, round_half_up
from panstore.model.order import Order, OrderLine, Refund, RefundedLine
from panstore.model.quantity import plain
from panstore.model.tax import Charged

__all__ = ["as_agreed", "lines_digest"]

_VERSION = "1:"
_ZERO = Decimal(0)


def lines_digest(order: Order) -> str:
    """Digest of what an order charges for which goods, as the shop says it.

    Whatever else of the order changes (its status, payments, refunds, addresses), a verdict about
    its prices stands; it falls with the first line that is another one.
    """
    lines = sorted(
        (
            line.id,
            line.product or "",
            _text(line.quantity),
            *(_text(part) for part in msgspec.structs.astuple(line.charged)),
            _text(line.discount),
        )
        for line in order.lines
    )
    return _VERSION + hashlib.sha256(msgspec.json.encode((order.currency, lines))).hexdigest()


def as_agreed(order: Order, verdict: PriceVerdict) -> Order:
    """The order as it is booked: with the agreed prices where `verdict` corrects what was charged.

    The total moves by as much as the lines do. What the shop gives back for pieces of a corrected
    line is given back at the agreed price, so that nothing is left of a line that came back whole;
    an order that is void in the shop is void.

    Args:
        order: as the shop charged it; the verdict is about its present lines.
    """
    agreed = {one.line: one.charged for one in verdict.corrections}
    if verdict.outcome != "corrected" or not agreed:
        return order
    lines = tuple(_corrected(line, agreed) for line in order.lines)
    moved = sum((line.charged.gross for line in lines), _ZERO) - sum(
        (line.charged.gross for line in order.lines), _ZERO
    )
    booked = replace(
        order, lines=lines, total=order.total + moved, refunds=_Refunds(order, agreed).moved()
    )
    if order.is_void and not booked.is_void:
        *others, last = booked.refunds
        rest = booked.total - booked.given_back
        booked = replace(booked, refunds=(*others, replace(last, amount=last.amount + rest)))
    return booked


def _corrected(line: OrderLine, agreed: Mapping[ExternalId, Charged]) -> OrderLine:
    charged = agreed.get(line.id)
    return line if charged is None else replace(line, charged=charged)


class _Refunds:
    """Refunds of an order, in order of time, at the agreed prices.

    Per line all that came back so far is turned at once, so that the cents of several parts add up
    to the whole line.
    """

    def __init__(self, order: Order, agreed: Mapping[ExternalId, Charged]) -> None:
        self.refunds = order.refunds
        self.agreed = agreed
        self.digits = minor_digits(order.currency)
        self.charged = {line.id: line.charged for line in order.lines}
        self.before: dict[ExternalId, tuple[Decimal, Decimal]] = {}

    def moved(self) -> tuple[Refund, ...]:
        return tuple(map(self._refund, self.refunds))

    def _refund(self, refund: Refund) -> Refund:
        lines = tuple(map(self._line, refund.lines))
        moved = sum((one.charged.gross for one in lines), _ZERO) - sum(
            (one.charged.gross for one in refund.lines), _ZERO
        )
        return replace(refund, lines=lines, amount=refund.amount + moved)

    def _line(self, part: RefundedLine) -> RefundedLine:
        charged, agreed = self.charged.get(part.line), self.agreed.get(part.line)
        if charged is None or agreed is None or not part.quantity or not charged.gross:
            return part  # Money alone is what was handed out, whatever the price.
        net, gross = self.before.get(part.line, (_ZERO, _ZERO))
        upto = (net + part.charged.net, gross + part.charged.gross)
        self.before[part.line] = upto
        gross_back = self._share(agreed.gross, upto[1], charged.gross) - self._share(
            agreed.gross, gross, charged.gross
        )
        net_back = self._share(agreed.net, upto[1], charged.gross) - self._share(
            agreed.net, gross, charged.gross
        )
        return replace(
            part,
            charged=Charged(
                net=net_back, tax=gross_back - net_back, gross=gross_back, rate=agreed.rate
            ),
        )

    def _share(self, whole: Decimal, part: Decimal, of: Decimal) -> Decimal:
        return whole if part == of else round_half_up(whole * part / of, self.digits)


def _text(value: Decimal) -> str:
    return plain(value) if value else "0"
