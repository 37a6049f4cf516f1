"""What is left of an order when its refunds are taken off it, to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from panstore.model.money import minor_digits, round_half_up
from panstore.model.order import Charge, Order, OrderLine, Refund
from panstore.model.tax import Charged

__all__ = ["after_refunds"]

_ZERO = Decimal(0)


def after_refunds(order: Order) -> Order:
    """The order as if it had been placed without what was given back.

    Its total is `total - given_back`, and its parts differ from that by exactly as much as the
    parts of the whole order differ from the whole total. What a refund does not explain by lines
    and charges lowers the price of everything: it is spread over the VAT rates by their gross.
    """
    if not order.refunds:
        return order
    rest = _Rest(order)
    for refund in order.refunds:
        rest.take(refund)
    return replace(
        order,
        lines=tuple(line for line in rest.lines.values() if line.quantity > 0),
        charges=tuple(rest.charges),
        total=order.total - order.given_back,
        refunds=(),
    )


class _Rest:
    """Lines and charges while refunds are taken off one by one."""

    def __init__(self, order: Order) -> None:
        self.digits = minor_digits(order.currency)
        self.lines = {line.id: line for line in order.lines}
        self.charges = list(order.charges)

    def take(self, refund: Refund) -> None:
        unexplained = refund.amount
        for part in refund.lines:
            line = self.lines.get(part.line)
            if line is not None:  # of a line the order has no more, only the money is known
                self._take_line(line, part.quantity, part.charged, refund)
                unexplained -= part.charged.gross
        for charge in refund.charges:
            self._take_charge(charge)
            unexplained -= charge.charged.gross
        for rate, gross in _spread(unexplained, self._weights(), self.digits):
            self._add(refund.reason or "Refund", self._charged(-gross, rate))

    def _take_line(self, line: OrderLine, pieces: Decimal, back: Charged, refund: Refund) -> None:
        quantity = max(_ZERO, line.quantity - pieces)
        if back.rate != line.charged.rate:
            back = self._charged(back.gross, line.charged.rate)
        left = _minus(line.charged, back)
        if quantity == 0 or left.net < 0 or left.gross < 0:
            # Money that stays without goods, or more money back than the goods had cost.
            self._add(f"{line.title or line.sku}: {refund.reason or 'Refund'}", left)
            left = _minus(left, left)
        if pieces:
            discount = line.discount * quantity / line.quantity
        else:  # a price lowered afterwards must not become an article's price either
            discount = line.discount + back.gross
        self.lines[line.id] = replace(line, quantity=quantity, charged=left, discount=discount)

    def _take_charge(self, back: Charge) -> None:
        for position, charge in enumerate(self.charges):
            same = (charge.kind, charge.code) == (back.kind, back.code)
            if same and charge.charged.rate == back.charged.rate:
                left = _minus(charge.charged, back.charged)
                if left.gross >= 0 and left.net >= 0:
                    self.charges[position] = replace(charge, charged=left)
                    return
        self._add(back.name or back.code or "Refund", _minus(_nothing(back.charged), back.charged))

    def _add(self, name: str, charged: Charged) -> None:
        if charged.net or charged.tax:
            down = charged.gross <= 0
            charge = Charge("discount" if down else "fee", "refund", name, charged)
            self.charges.append(charge)

    def _charged(self, gross: Decimal, rate: Decimal) -> Charged:
        net = round_half_up(gross / (1 + rate / 100), self.digits)
        return Charged(net=net, tax=gross - net, gross=gross, rate=rate)

    def _weights(self) -> list[tuple[Decimal, Decimal]]:
        """(rate, gross) of what is left, smallest rate first; never empty, never below zero."""
        grosses: dict[Decimal, Decimal] = {}
        parts = [line.charged for line in self.lines.values()]
        for part in parts + [charge.charged for charge in self.charges]:
            grosses[part.rate] = grosses.get(part.rate, _ZERO) + part.gross
        weights = [(rate, gross) for rate, gross in sorted(grosses.items()) if gross > 0]
        # Where nothing is left that could become cheaper, one rate of the order takes it all.
        return weights or [(max(grosses, default=_ZERO), Decimal(1))]


def _spread(
    amount: Decimal, weights: Sequence[tuple[Decimal, Decimal]], digits: int
) -> list[tuple[Decimal, Decimal]]:
    """`amount` in parts by weight, each in whole cents, together exactly `amount`."""
    whole = sum((weight for _, weight in weights), _ZERO)
    parts: list[tuple[Decimal, Decimal]] = []
    weighed = given = _ZERO
    for rate, weight in weights:
        weighed += weight
        upto = amount if weighed == whole else round_half_up(amount * weighed / whole, digits)
        parts.append((rate, upto - given))
        given = upto
    return parts


def _minus(one: Charged, other: Charged) -> Charged:
    return Charged(
        net=one.net - other.net,
        tax=one.tax - other.tax,
        gross=one.gross - other.gross,
        rate=one.rate,
    )


def _nothing(like: Charged) -> Charged:
    return _minus(like, like)
