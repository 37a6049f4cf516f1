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
    money that it gives back without pieces counts only as far as it is more than the correction
    has taken off already; an order that is void in the shop is void.

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


class _Line:
    """What is left of a corrected line while refunds are taken off it, in order of time.

    All that came back so far is turned at once, so that the cents of several parts add up to the
    whole line.
    """

    def __init__(self, charged: Charged, agreed: Charged, digits: int) -> None:
        self.charged, self.agreed, self.digits = charged, agreed, digits
        self.pieces = _ZERO
        self.money = _ZERO
        self.of_all = _ZERO
        """Part of `money`: this line's share of what was taken off everything."""

    @property
    def cheaper(self) -> bool:
        """Whether less was agreed than charged: then some of it need not be given back again."""
        return self.agreed.gross < self.charged.gross

    @property
    def surplus(self) -> Decimal:
        """What the shop still shows and is not booked, gross."""
        shows = self.charged.gross - self.pieces - self.money
        return max(_ZERO, shows - self._left()) if self.cheaper else _ZERO

    def take(self, part: RefundedLine) -> RefundedLine:
        """The part as it is booked."""
        if not part.quantity and not self.cheaper:
            return part  # Money alone is what was handed out, whatever the price.
        gross, net = self._left(), self._left_net()
        if part.quantity:
            self.pieces += part.charged.gross
        else:
            self.money += part.charged.gross
        gross, net = gross - self._left(), net - self._left_net()
        return replace(part, charged=Charged(net, gross - net, gross, self.agreed.rate))

    def _left(self) -> Decimal:
        """What is booked and not given back, gross: never more than the shop itself shows."""
        left = self.agreed.gross - self._share(self.agreed.gross)
        if not self.money:
            return left
        return min(left, self.charged.gross - self.pieces - self.money)

    def _left_net(self) -> Decimal:
        gross = self.agreed.gross - self._share(self.agreed.gross)
        net = self.agreed.net - self._share(self.agreed.net)
        left = self._left()
        if not left:
            return left
        return net - round_half_up((gross - left) / (1 + self.agreed.rate / 100), self.digits)

    def _share(self, whole: Decimal) -> Decimal:
        if self.pieces == self.charged.gross:
            return whole
        return round_half_up(whole * self.pieces / self.charged.gross, self.digits)


class _Refunds:
    """Refunds of an order, in order of time, at the agreed prices.

    Money alone first makes up for what the shop charged too much: it is not booked, so it cannot be
    given back. Only what is more is taken off the agreed price.
    """

    def __init__(self, order: Order, agreed: Mapping[ExternalId, Charged]) -> None:
        self.order = order
        digits = minor_digits(order.currency)
        self.lines = {
            line.id: _Line(line.charged, agreed[line.id], digits)
            for line in order.lines
            if line.id in agreed and line.charged.gross
        }

    def moved(self) -> tuple[Refund, ...]:
        found = [self._refund(one) for one in self.order.refunds]
        # What came to nothing is none; but what left nothing of an order must still say so.
        void = self.order.is_void
        return tuple(
            one
            for number, one in enumerate(found, 1)
            if one.amount or one.lines or one.charges or (void and number == len(found))
        )

    def _refund(self, refund: Refund) -> Refund:
        told = [one.charged for one in refund.lines] + [one.charged for one in refund.charges]
        of_all = refund.amount - sum((one.gross for one in told), _ZERO)
        made_up = self._give_more(of_all) if of_all < 0 else _ZERO
        lines = [(one, self._line(one)) for one in refund.lines]
        made_up += self._make_up(of_all) if of_all > 0 else _ZERO
        moved = sum((new.charged.gross - old.charged.gross for old, new in lines), _ZERO)
        kept = tuple(new for _, new in lines if new.quantity or new.charged.gross)
        return replace(refund, lines=kept, amount=refund.amount + moved - made_up)

    def _line(self, part: RefundedLine) -> RefundedLine:
        line = self.lines.get(part.line)
        return part if line is None else line.take(part)

    def _make_up(self, amount: Decimal) -> Decimal:
        """How much of what is taken off everything was charged too much; it is made up for."""
        left = amount
        for line in self.lines.values():
            part = min(left, line.surplus)
            line.money += part
            line.of_all += part
            left -= part
        return amount - left

    def _give_more(self, amount: Decimal) -> Decimal:
        """Lines that come back whole count in full, less what was taken off everything before."""
        left = -amount
        for line in self.lines.values():
            part = min(left, line.of_all)
            line.money -= part
            line.of_all -= part
            left -= part
        return amount + left


def _text(value: Decimal) -> str:
    return plain(value) if value else "0"
