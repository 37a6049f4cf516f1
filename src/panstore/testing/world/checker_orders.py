"""The judge of orders: each once in the ERP, whole, to the cent; each thing invoiced once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from panstore.model.ids import ExternalId
from panstore.testing.world.case import Case, sales_by_owner
from panstore.testing.world.documents import Sale
from panstore.testing.world.erp import SimErp
from panstore.testing.world.orders import ShopOrder

__all__ = ["judge_orders"]

_ZERO = Decimal(0)
_LIVE = {"open", "shipped"}


def judge_orders(erp: SimErp, cases: Sequence[Case], *, complete: bool = True) -> Iterator[str]:
    """Each live order exactly once in the ERP and to the cent, or parked; none that is not ours."""
    sales_of = sales_by_owner(erp)
    for sale in erp.sales:
        yield from _wrong_papers(sale)
    for case in cases:
        known: set[str] = set()
        for entry in case.shop.orders.all():
            owner = f"{case.connection}/{entry.order.id}"
            known.add(owner)
            sales = sales_of.get(owner, [])
            yield from _wrong_sales(owner, entry, sales)
            yield from _lost(case, owner, entry, sales, complete=complete)
            if complete and sales and entry.order.id not in case.held:
                yield from _wrong_sums(case, owner, entry, sales)
        ours = {owner for owner in sales_of if owner.startswith(f"{case.connection}/")}
        for owner in sorted(ours - known):
            yield f"order {owner} is in the ERP and was never placed"


def _living(sales: Sequence[Sale]) -> list[Sale]:
    return [sale for sale in sales if sale.state != "cancelled"]


def _wrong_sales(owner: str, entry: ShopOrder, sales: Sequence[Sale]) -> Iterator[str]:
    """Doubled, or of another order or currency, or made again after a person cancelled it."""
    firsts = [sale for sale in sales if not sale.corrects]
    live = _living(firsts)
    if len(live) > 1:
        yield f"order {owner} is doubled: {', '.join(sale.number for sale in live)}"
    for key, times in Counter(sale.key for sale in _living(sales) if sale.corrects).items():
        if times > 1:
            yield f"order {owner}: {key} is in the ERP {times} times"
    for sale in sales:
        if sale.shop_order != entry.order.id:
            yield f"order {owner}: {sale.number} names order {sale.shop_order!r}"
        if sale.currency != entry.order.currency:
            yield f"order {owner}: {sale.number} is booked in {sale.currency}"
    undone = [sale for sale in firsts if sale.by_hand]
    for sale in live:
        again = [
            one
            for one in undone
            if (one.lines, one.shipping) == (sale.lines, sale.shipping)
            and one.cancelled is not None
            and one.cancelled < sale.created
        ]
        if again:
            yield f"order {owner}: {again[0].number} was cancelled by hand and made again"


def _lost(
    case: Case, owner: str, entry: ShopOrder, sales: Sequence[Sale], *, complete: bool
) -> Iterator[str]:
    order = entry.order
    parked = order.id in case.parked
    if sales and parked:
        yield f"order {owner} is parked and in the ERP"
    expected = case.expected is None or order.id in case.expected
    if not complete or not expected or parked or order.id in case.held:
        return
    if order.stage not in _LIVE or order.is_void:
        return
    if not sales:
        yield f"order {owner} is lost: neither in the ERP nor parked"
        return
    firsts = [sale for sale in sales if not sale.corrects]
    if not _living(firsts) and not any(sale.by_hand for sale in firsts):
        yield f"order {owner} is lost: its sale was cancelled and none took its place"


def _wrong_sums(case: Case, owner: str, entry: ShopOrder, sales: Sequence[Sale]) -> Iterator[str]:
    """All sales of an order together are what was charged and not given back, goods and money."""
    order, live = entry.order, _living(sales)
    if any(sale.by_hand for sale in sales):
        return  # A person has taken the matter over.
    owed = order.total - order.given_back
    left = any(sale.on_the_way for sale in live)
    if order.is_void and not (left and owed <= 0):
        for sale in live:
            yield f"order {owner} is void and {sale.number} stands"
        return
    total = sum((sale.total for sale in live), _ZERO)
    if total != owed:
        yield f"order {owner}: charged {owed} {order.currency}, booked {total} {order.currency}"
    wanted = _goods(case, entry)
    if wanted is None:
        return
    booked: dict[ExternalId, Decimal] = defaultdict(Decimal)
    for sale in live:
        for variant, quantity in sale.goods.items():
            booked[variant] += quantity
    for variant in sorted({*wanted, *booked}):
        if wanted.get(variant, _ZERO) != booked.get(variant, _ZERO):
            yield (
                f"order {owner}: {wanted.get(variant, _ZERO)} of {variant} were ordered and not "
                f"given back, {booked.get(variant, _ZERO)} are booked"
            )


def _goods(case: Case, entry: ShopOrder) -> dict[ExternalId, Decimal] | None:
    """Ordered and not given back, in stock units; None where a variant is not linked."""
    back: dict[ExternalId, Decimal] = defaultdict(Decimal)
    for refund in entry.order.refunds:
        for part in refund.lines:
            back[part.line] += part.quantity
    found: dict[ExternalId, Decimal] = defaultdict(Decimal)
    for line in entry.order.lines:
        link = None if line.product is None else case.link(line.product)
        if link is None or link.factor is None:
            return None
        found[link.erp] += (line.quantity - back[line.id]) * link.factor
    return dict(found)


def _wrong_papers(sale: Sale) -> Iterator[str]:
    """Invoiced twice, taken back twice, or money in the books for a sale that is cancelled."""
    for place, quantity in sale.invoiced_lines().items():
        line = sale.lines[place]
        if abs(quantity) > abs(line.quantity):
            numbers = ", ".join(paper.number for paper in sale.standing)
            yield (
                f"{sale.number}: {quantity} of {line.quantity} {line.description!r} are "
                f"invoiced: {numbers}"
            )
    keys = Counter(paper.key for paper in sale.papers if paper.key and paper.posted is not None)
    for key, times in keys.items():
        if times > 1:
            yield f"{sale.number}: {times} documents have the key {key}"
    back = Counter(paper.credits for paper in sale.papers if paper.credits is not None)
    for invoice, times in back.items():
        if times > 1:
            yield f"{sale.number}: {invoice} was taken back {times} times"
    if sale.state == "cancelled" and sale.charged:
        yield f"{sale.number} is cancelled and {sale.charged} {sale.currency} stand in the books"
