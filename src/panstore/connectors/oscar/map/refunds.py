"""What was given back of an order, from what the shop noted of money and of goods.

A shop notes a refund as money, as goods that came back, or as both, in any order. The rule that
ties them together: what counts as given back never exceeds the money that was given back, except
for goods that came back while no money has been noted at all.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from panstore.connectors.oscar import wire
from panstore.model.ids import ExternalId
from panstore.model.money import round_half_up
from panstore.model.order import Charge, Refund, RefundedLine
from panstore.model.tax import Charged

__all__ = ["Share", "given_back"]

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Share:
    """A line by pieces: what each of them was charged, so that all of them give the line.

    Attributes:
        quantity: whole line, > 0, pieces taken out included.
        charged: the whole line.
        cancelled: pieces that will not be delivered; they are the first ones.
    """

    quantity: Decimal
    charged: Charged
    cancelled: Decimal = _NOTHING

    def part(self, start: Decimal, quantity: Decimal) -> Charged:
        """Of `quantity` pieces after the first `start` ones."""
        net = self._upto(self.charged.net, start + quantity) - self._upto(self.charged.net, start)
        gross = self._upto(self.charged.gross, start + quantity) - self._upto(
            self.charged.gross, start
        )
        return Charged(net=net, tax=gross - net, gross=gross, rate=self.charged.rate)

    def _upto(self, amount: Decimal, pieces: Decimal) -> Decimal:
        return round_half_up(amount * pieces / self.quantity)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Pieces of a line that are given back, and for how much."""

    line: int
    quantity: Decimal
    charged: Charged
    cancelled: bool = False


@dataclass(slots=True)
class _Draft:
    """A refund in the making."""

    id: str
    at: dt.datetime
    amount: Decimal
    reason: str = ""
    pieces: list[_Piece] = field(default_factory=list)
    charges: tuple[Charge, ...] = ()

    @property
    def rest(self) -> Decimal:
        """What its pieces do not explain."""
        return self.amount - _gross(self.pieces)


class _Counter:
    """Pieces of each line that are spoken for; every piece is given back once."""

    def __init__(self, shares: Mapping[int, Share]) -> None:
        self._shares = shares
        self._explained: dict[int, Decimal] = defaultdict(Decimal)
        self.refunded: dict[int, Decimal] = defaultdict(Decimal)

    def take(self, line: int, quantity: Decimal) -> Iterable[_Piece]:
        """At most what is left of the line; pieces of it that are cancelled come first."""
        share = self._shares.get(line)
        if share is None:
            return
        out = min(quantity, share.cancelled - self._explained[line])
        if out > 0:
            yield _Piece(line, out, share.part(self._explained[line], out), cancelled=True)
            self._explained[line] += out
        start = share.cancelled + self.refunded[line]
        left = min(quantity - max(out, _NOTHING), share.quantity - start)
        if left > 0:
            self.refunded[line] += left
            yield _Piece(line, left, share.part(start, left))

    def take_again(self, line: int, quantity: Decimal) -> Iterable[_Piece]:
        """Goods that came back: cancelled ones never left, so they are not among them."""
        return (piece for piece in self.take(line, quantity) if not piece.cancelled)


def given_back(
    refunds: Sequence[wire.WireRefund],
    returns: Sequence[wire.WireReturn],
    shares: Mapping[int, Share],
    charges: Sequence[Charge],
    *,
    total: Decimal,
    paid: Decimal,
) -> tuple[Refund, ...]:
    """The refunds of an order, in order of time.

    Money without lines first gives back what was paid too much (paid twice, or before a line was
    cancelled); that changes nothing about the order. Money for cancelled pieces is explained by
    their cancellation. Goods that came back go to the refund that names them, else to one that
    names none, else they are a refund of their own.

    Args:
        refunds, returns: as the shop noted them, their times in UTC.
        shares: by the shop's id of the line.
        charges: what the order costs beside its goods.
        total: what is charged, without cancelled pieces.
        paid: all that was ever received, before refunds.
    """
    counter = _Counter(shares)
    drafts = list(_of_money(refunds, counter, excess=max(paid - total, _NOTHING)))
    for returned, pieces in _uncovered(returns, counter):
        _settle(drafts, returned, pieces, charges)
    _explain_charges(drafts, charges)
    return tuple(_refund(draft) for draft in sorted(drafts, key=lambda one: (one.at, one.id)))


def _of_money(
    refunds: Sequence[wire.WireRefund], counter: _Counter, *, excess: Decimal
) -> Iterable[_Draft]:
    for refund in sorted(refunds, key=lambda one: one.at):
        amount = Decimal(refund.amount)
        pieces = [
            piece for row in refund.lines for piece in counter.take(row.line, Decimal(row.quantity))
        ]
        if amount <= 0:
            continue
        pieces = _within(pieces, amount)
        kept = [piece for piece in pieces if not piece.cancelled]
        explained = _gross(pieces) - _gross(kept)
        amount -= explained
        excess = max(excess - explained, _NOTHING)
        if not kept:
            too_much = min(amount, excess)
            amount -= too_much
            excess -= too_much
        if amount > 0:
            yield _Draft(refund.id, refund.at, amount, (refund.reference or "").strip(), kept)


def _uncovered(
    returns: Sequence[wire.WireReturn], counter: _Counter
) -> Iterable[tuple[wire.WireReturn, list[_Piece]]]:
    """Goods that came back and that no refund names, by return."""
    named = dict(counter.refunded)
    for returned in sorted(returns, key=lambda one: one.at):
        pieces: list[_Piece] = []
        for row in returned.lines:
            quantity = Decimal(row.quantity)
            covered = min(named.get(row.line, _NOTHING), quantity)
            named[row.line] = named.get(row.line, _NOTHING) - covered
            pieces += counter.take_again(row.line, quantity - covered)
        if pieces:
            yield returned, pieces


def _settle(
    drafts: list[_Draft],
    returned: wire.WireReturn,
    pieces: list[_Piece],
    charges: Sequence[Charge],
) -> None:
    """Give returned goods to the money that was given back for them, or for now their own price."""
    value = _gross(pieces)
    open_ = [draft for draft in drafts if not draft.pieces]
    whole = value + sum((one.charged.gross for one in charges), _NOTHING)
    exact = [draft for draft in open_ if draft.amount in {value, whole}]
    for draft in [*exact, *open_][:1]:
        draft.pieces = _within(pieces, draft.amount)
        return
    if value > 0:
        drafts.append(_Draft(f"return-{returned.id}", returned.at, value, pieces=pieces))


def _explain_charges(drafts: Sequence[_Draft], charges: Sequence[Charge]) -> None:
    """Shipping and fees are given back where a refund of goods is higher by just that."""
    left = tuple(one for one in charges if one.charged.gross > 0)
    shipping = tuple(one for one in left if one.kind == "shipping")
    for draft in drafts:
        for wanted in (left, shipping):
            value = sum((one.charged.gross for one in wanted), _NOTHING)
            if draft.pieces and value and draft.rest == value:
                draft.charges = wanted
                left = tuple(one for one in left if one not in wanted)
                shipping = tuple(one for one in shipping if one not in wanted)
                break


def _within(pieces: list[_Piece], amount: Decimal) -> list[_Piece]:
    """The same pieces for no more than `amount`, each its share of it to the cent."""
    value = _gross(pieces)
    if value <= amount:
        return pieces
    found: list[_Piece] = []
    before, until = _NOTHING, _NOTHING
    for piece in pieces:
        until += piece.charged.gross
        gross = round_half_up(amount * until / value) - before
        before += gross
        net = _NOTHING
        if piece.charged.gross:
            net = round_half_up(gross * piece.charged.net / piece.charged.gross)
        charged = Charged(net=net, tax=gross - net, gross=gross, rate=piece.charged.rate)
        found.append(_Piece(piece.line, piece.quantity, charged, piece.cancelled))
    return found


def _gross(pieces: Iterable[_Piece]) -> Decimal:
    return sum((piece.charged.gross for piece in pieces), _NOTHING)


def _refund(draft: _Draft) -> Refund:
    return Refund(
        id=ExternalId(draft.id),
        at=draft.at,
        amount=draft.amount,
        lines=tuple(
            RefundedLine(ExternalId(str(piece.line)), piece.quantity, piece.charged)
            for piece in draft.pieces
        ),
        charges=draft.charges,
        reason=draft.reason,
    )
