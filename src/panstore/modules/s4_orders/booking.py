"""To the cent: the lines of a sale, recomputed the way the ERP will compute it.

The shop says what each line was charged; the ERP computes from quantity, unit price and rate.
Both are right and may still differ by cents. Here the ERP's total is computed beforehand, so that
the difference is known, small and booked, or the order is parked with every line shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Literal

import msgspec

from panstore.model.money import minor_digits, round_half_up
from panstore.model.order import Charge, Order
from panstore.model.plan import Held
from panstore.model.quantity import plain
from panstore.model.sale import BookedLine
from panstore.model.tax import Charged
from panstore.modules.s4_orders.content import counts
from panstore.modules.s4_orders.documents import untouched
from panstore.modules.s4_orders.goods import Goods, line_name
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.modules import OrderCase

__all__ = ["Arithmetic", "arithmetic_of", "book", "rounding_limit", "shop_sum_problem"]

LineKind = Literal["shipping", "fee", "discount", "rounding"]
"""What a line without goods is for."""

_ROUNDING = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}


class Arithmetic(msgspec.Struct, frozen=True):
    """How one ERP computes a document in one currency."""

    erp: Capabilities
    digits: int

    def amount(self, value: Decimal) -> Decimal:
        """`value` rounded as the ERP rounds amounts; zero has no sign."""
        digits = Decimal(1).scaleb(-self.digits)
        rounded = value.quantize(digits, _ROUNDING[self.erp.document_rounding])
        return rounded or abs(rounded)

    def unit_net(self, net: Decimal, quantity: Decimal) -> Decimal:
        """Unit price that comes nearest to `net`, in the places the ERP takes."""
        return round_half_up(net / quantity, self.erp.document_digits)

    def total(self, lines: Sequence[BookedLine]) -> Decimal:
        """Gross total of a document with these lines."""
        bases: dict[tuple[Decimal, bool, int], Decimal] = {}
        for position, line in enumerate(lines):
            exact = line.quantity * line.unit_net
            group = (
                line.rate,
                self.erp.tax_by_sign and exact < 0,
                position if self.erp.tax_rounding == "line" else 0,
            )
            base = exact if self.erp.tax_base == "exact" else line.net
            bases[group] = bases.get(group, Decimal(0)) + base
        net = sum((line.net for line in lines), Decimal(0))
        taxes = (self.amount(base * rate / 100) for (rate, _, _), base in bases.items())
        return net + sum(taxes, Decimal(0))

    def single(self, kind: LineKind, name: str, net: Decimal, rate: Decimal) -> BookedLine:
        """A line for an amount without goods."""
        unit_net = self.unit_net(net, Decimal(1))
        return BookedLine(
            product=None,
            kind=kind,
            description=name,
            quantity=Decimal(1),
            unit_net=unit_net,
            net=self.amount(unit_net),
            rate=rate,
        )

    def rounding(self, difference: Decimal) -> BookedLine:
        """The line for cents that rounding leaves over, without VAT."""
        return self.single("rounding", "Rounding", difference, Decimal(0))


def arithmetic_of(case: OrderCase) -> Arithmetic:
    """How the ERP computes a document for this order."""
    return Arithmetic(case.view.erp, minor_digits(case.order.currency))


def rounding_limit(order: Order, cents_per_line: int) -> Decimal:
    """Largest difference that is rounding and no error: so much per line and per VAT rate."""
    parts = _charged(order)
    count = len(parts) + len({part.rate for _, part in parts})
    return Decimal(cents_per_line * count).scaleb(-minor_digits(order.currency))


def shop_sum_problem(case: OrderCase, cents_per_line: int) -> Held | None:
    """Whether the shop's own figures contradict each other beyond rounding."""
    order = case.order
    parts = _charged(order)
    total = sum((part.gross for _, part in parts), Decimal(0))
    if abs(total - order.total) <= rounding_limit(order, cents_per_line):
        return None
    shown = "; ".join(f"{name}: {plain(part.gross)}" for name, part in parts)
    return Held(
        item=order.id,
        code="order.sum",
        reason=(
            f"Order {order.number}: the shop's lines and charges add up to {plain(total)}"
            f" {order.currency}, but it says that the buyer was charged {plain(order.total)}"
            f" {order.currency} ({shown}). {untouched(case)}, so that no wrong amount is"
            " invoiced. Look at the order in the shop, correct it there or enter it in the ERP by"
            " hand, then retry or skip."
        ),
    )


def book(case: OrderCase, goods: Sequence[Goods], limit: Decimal) -> tuple[BookedLine, ...] | Held:
    """Lines of the sale whose total, as the ERP computes it, is exactly the order's.

    Args:
        case: the order, without what was given back.
        goods: its lines with their articles; none if only charges are left.
        limit: a difference within it becomes a line of kind `rounding`.
    """
    order = case.order
    arithmetic = arithmetic_of(case)
    charges = [charge for charge in order.charges if counts(charge)]
    lines = (
        *(_goods_line(each, arithmetic) for each in goods),
        *(_charge_line(charge, arithmetic) for charge in charges),
    )
    difference = order.total - arithmetic.total(lines)
    if not difference:
        return lines
    if abs(difference) <= limit:
        balanced = (*lines, arithmetic.rounding(difference))
        if arithmetic.total(balanced) == order.total:
            return balanced
    charged = [each.line.charged for each in goods] + [charge.charged for charge in charges]
    return _difference(case, list(zip(lines, charged, strict=True)), arithmetic)


def _goods_line(goods: Goods, arithmetic: Arithmetic) -> BookedLine:
    unit_net = arithmetic.unit_net(goods.line.charged.net, goods.quantity)
    return BookedLine(
        product=goods.article,
        kind="goods",
        description="\n".join(part for part in (_name(goods), goods.line.note.strip()) if part),
        quantity=goods.quantity,
        unit_net=unit_net,
        net=arithmetic.amount(goods.quantity * unit_net),
        rate=goods.line.charged.rate,
    )


def _name(goods: Goods) -> str:
    """The first line of the description, which is kept; the note below it is not."""
    return goods.line.title or goods.line.sku or f"line {goods.line.id}"


def _charge_line(charge: Charge, arithmetic: Arithmetic) -> BookedLine:
    name = charge.name or charge.code or charge.kind
    return arithmetic.single(charge.kind, name, charge.charged.net, charge.charged.rate)


def _charged(order: Order) -> list[tuple[str, Charged]]:
    goods = [(line_name(line) or f"line {line.id}", line.charged) for line in order.lines]
    charges = [
        (charge.name or charge.code or charge.kind, charge.charged)
        for charge in order.charges
        if counts(charge)
    ]
    return goods + charges


def _difference(
    case: OrderCase, lines: Sequence[tuple[BookedLine, Charged]], arithmetic: Arithmetic
) -> Held:
    order = case.order
    shown = []
    for line, charged in lines:
        gross = arithmetic.amount(line.net * (1 + line.rate / 100))
        shown.append(
            f"{line.description}: charged {plain(charged.gross)}, recomputed {plain(gross)}"
            f" ({plain(line.quantity)} x {plain(line.unit_net)} + {plain(line.rate)} % VAT)"
        )
    total = arithmetic.total([line for line, _ in lines])
    return Held(
        item=order.id,
        code="order.total",
        reason=(
            f"Order {order.number}: the buyer was charged {plain(order.total)} {order.currency},"
            f" the ERP would make it {plain(total)} {order.currency}, which is more than rounding"
            f" explains. {'; '.join(shown)}. {untouched(case)}. Check the VAT rates and"
            " prices of these lines in the shop and in the ERP, or allow a larger"
            " rounding_limit_cents_per_line for S4, then retry."
        ),
    )
