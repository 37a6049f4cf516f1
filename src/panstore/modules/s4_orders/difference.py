"""What has changed since goods left or an invoice was issued: a return, a supplement, or both.

A sale that has had its effect is never touched again. What the order has become since is booked
as documents of its own, so that all documents together are the order, to the cent.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from panstore.model.ids import ExternalId
from panstore.model.order import Order
from panstore.model.quantity import plain
from panstore.model.sale import Booked, BookedLine, BookedOrder
from panstore.modules.s4_orders.booking import Arithmetic, arithmetic_of
from panstore.modules.s4_orders.content import PART, goods_of
from panstore.modules.s4_orders.documents import Document, Documents
from panstore.modules.s4_orders.pieces import Moved, moved_goods, moved_money
from panstore.modules.s4_orders.sale import Wanted, erp_order, wanted
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.modules.s4_orders.stops import no_difference
from panstore.sdk.modules import CancelOrder, CreateOrder, Due, OrderCase

__all__ = ["difference"]

_ZERO = Decimal(0)


class _Draft(msgspec.Struct, frozen=True):
    """A document to be made.

    Attributes:
        last: whether everything is settled after it; else another one follows.
    """

    purpose: Literal["return", "supplement"]
    lines: tuple[BookedLine, ...]
    last: bool


def difference(
    case: OrderCase, settings: OrderSettings, known: Documents, sale: BookedOrder
) -> Due:
    """The next document that brings the ERP from what it has to what is wanted.

    Goods come back at the price at which they were booked and go out at the price of today; money
    that is left over per VAT rate becomes a discount or a fee. Where goods move both ways, the
    return comes first and the supplement settles the rest.

    Args:
        sale: the one for the whole order, which the documents correct.
    """
    content = wanted(case, settings)
    if not isinstance(content, Wanted):
        return content
    parts = [one.booked for one in known.settled]
    had = [booked for booked in parts if booked is not None]
    if len(had) < len(parts) or any(booked.unlike for booked in had):
        why = "an earlier version made the sale and did not keep its lines"
        if len(had) == len(parts):
            why = "the sale was made from what the order had been before"
        return no_difference(case, why)
    arithmetic = arithmetic_of(case)
    present = [line for booked in had for line in booked.lines]
    moved = moved_goods(content.lines, present, arithmetic)
    withdrawn = _withdrawn(known, moved)
    if withdrawn is not None:
        return CancelOrder(
            sale=withdrawn.key,
            revision=len(case.all("cancelled")) + 1,
            reason="the order was changed in the shop before anything of this was packed",
        )
    due = content.order.total - sum((booked.total for booked in had), _ZERO)
    money = moved_money(content.lines, [*present, *moved.back, *moved.more], arithmetic)
    draft = _draft(moved, money, due)
    if draft.last:
        limit = _limit(settings, arithmetic, [*content.lines, *present, *draft.lines])
        balanced = _balanced(draft, due, limit, arithmetic)
        if balanced is None:
            off = due - arithmetic.total(draft.lines)
            why = f"the ERP's own rounding leaves {plain(off)} over, more than rounding explains"
            return no_difference(case, why, due)
        draft = balanced
    if not draft.lines:
        return None
    return _correction(case, settings, known, sale, content, draft)


def _withdrawn(known: Documents, moved: Moved) -> Document | None:
    """The latest correction, if it is to be taken back in part and nothing of it has happened.

    Cancelling it is better than a return of goods that have not left.
    """
    last = known.corrections[-1] if known.corrections else None
    if last is None or not last.living or last.packed or last.invoiced or last.booked is None:
        return None
    ups = {line.product for line in last.booked.lines if line.product and line.quantity > 0}
    downs = {line.product for line in last.booked.lines if line.product and line.quantity < 0}
    back = any(line.product in ups for line in moved.back)
    again = any(line.product in downs for line in moved.more)
    return last if back or again else None


def _draft(moved: Moved, money: Sequence[BookedLine], due: Decimal) -> _Draft:
    if moved.back and moved.more:
        less = [line for line in money if line.net < 0]
        return _Draft("return", (*moved.back, *less), last=False)
    down = bool(moved.back) or (not moved.more and due < 0)
    return _Draft("return" if down else "supplement", (*moved.back, *moved.more, *money), last=True)


def _limit(settings: OrderSettings, arithmetic: Arithmetic, lines: Sequence[BookedLine]) -> Decimal:
    """As for a single sale; roundings of shop and ERP that were booked before may move as well."""
    count = len(lines) + len({line.rate for line in lines})
    cents = Decimal(settings.rounding_limit_cents_per_line * count).scaleb(-arithmetic.digits)
    moved = sum((abs(line.net) for line in lines if line.kind == "rounding"), _ZERO)
    return cents + moved


def _balanced(draft: _Draft, due: Decimal, limit: Decimal, arithmetic: Arithmetic) -> _Draft | None:
    """The draft with a total of exactly `due`; None if rounding does not explain what is off."""
    off = due - arithmetic.total(draft.lines)
    if not off:
        return draft
    lines = (*draft.lines, arithmetic.rounding(off))
    if abs(off) > limit or arithmetic.total(lines) != due:
        return None
    return msgspec.structs.replace(draft, lines=lines)


def _correction(
    case: OrderCase,
    settings: OrderSettings,
    known: Documents,
    sale: BookedOrder,
    content: Wanted,
    draft: _Draft,
) -> CreateOrder:
    revision = max((fact.revision for fact in case.all("corrected")), default=0) + 1
    goal = content.booked
    booked = Booked(
        lines=draft.lines,
        total=arithmetic_of(case).total(draft.lines),
        content=goal.content if draft.last else PART,
        address=goal.address,
        goods=_covered(content.order, known, back_only=not draft.last),
    )
    order = erp_order(
        case,
        settings,
        case.key(draft.purpose, revision),
        booked,
        sale.party,
        case.view.now,
    )
    remarks = (_remark(known, draft.lines), order.note)
    order = msgspec.structs.replace(
        order, corrects=sale.key, note="\n".join(part for part in remarks if part)
    )
    what = "given back" if draft.purpose == "return" else "added"
    return CreateOrder(
        order=order,
        fact="corrected",
        revision=revision,
        booked=booked,
        reason=f"{what} in the shop after sale {sale.number} was on its way or invoiced",
    )


def _covered(
    order: Order, known: Documents, *, back_only: bool
) -> tuple[tuple[ExternalId, Decimal], ...]:
    """What of the shop's order the document covers beyond what the others do."""
    goods = goods_of(order)
    for one in known.settled:
        for variant, quantity in () if one.booked is None else one.booked.goods:
            goods[variant] = goods.get(variant, _ZERO) - quantity
    return tuple(
        (variant, quantity)
        for variant, quantity in goods.items()
        if quantity and not (back_only and quantity > 0)
    )


def _remark(known: Documents, lines: Sequence[BookedLine]) -> str:
    """For the warehouse: what is taken back on paper has perhaps not left the house."""
    away: dict[ExternalId, Decimal] = {}
    for goods in (goods for one in known.living if one.sale for goods in one.sale.goods):
        moved = goods.shipped if goods.ordered > 0 else goods.ordered
        away[goods.product] = away.get(goods.product, _ZERO) + moved
    here = []
    for line in lines:
        if line.product is not None and line.quantity < 0:
            left = max(_ZERO, away.get(line.product, _ZERO))
            away[line.product] = left + line.quantity
            if left < -line.quantity:
                here.append(f"{plain(-line.quantity - left)} x {line.description}")
    return f"Has not left yet, do not send: {'; '.join(here)}" if here else ""
