"""The judge of what follows a sale: goods set aside, invoices issued, the shop told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from panstore.model.ids import ExternalId
from panstore.testing.world.case import Case, sales_by_owner
from panstore.testing.world.documents import Sale
from panstore.testing.world.erp import SimErp
from panstore.testing.world.orders import ShopOrder

__all__ = ["judge_life"]

_ZERO = Decimal(0)
_CENT = Decimal("0.01")


def judge_life(erp: SimErp, cases: Sequence[Case], *, complete: bool = True) -> Iterator[str]:
    """What the modules in `Case.duties` had to do is done, once, and nothing else is."""
    yield from _wrong_piles(erp)
    sales_of = sales_by_owner(erp)
    for case in cases:
        for entry in case.shop.orders.all():
            owner = f"{case.connection}/{entry.order.id}"
            sales = sales_of.get(owner, [])
            if case.shop.keyed_updates:
                yield from _told_twice(owner, entry)
            if not complete or not sales or entry.order.id in {*case.parked, *case.held}:
                continue
            yield from _kept_aside(owner, entry, sales)
            if any(sale.by_hand for sale in sales):
                continue  # A person has taken the matter over.
            yield from _not_set_aside(erp, case, owner, entry, sales)
            yield from _not_invoiced(case, owner, entry, sales)
            yield from _not_told(case, owner, entry, sales)


def _wrong_piles(erp: SimErp) -> Iterator[str]:
    """What is set aside in all is what the sales have, and no more than lies there.

    Where people of the ERP themselves have taken or counted away what was set aside, less lies
    there by their own doing.
    """
    piles: dict[tuple[str, ExternalId], Decimal] = {}
    for sale in erp.sales:
        for variant, quantity in sale.reserved.items():
            place = sale.warehouse, variant
            piles[place] = piles.get(place, _ZERO) + quantity
    for place in sorted({*piles, *erp.reserved}):
        warehouse, variant = place
        reserved = erp.reserved.get(place, _ZERO)
        if reserved != piles.get(place, _ZERO):
            yield (
                f"{reserved} of {variant} are set aside in {warehouse}, "
                f"{piles.get(place, _ZERO)} of them for a sale"
            )
        there = erp.on_hand[warehouse].get(variant, _ZERO)
        if reserved > there and place not in erp.taken_by_hand:
            yield f"{reserved} of {variant} are set aside in {warehouse}, {there} lie there"


def _kept_aside(owner: str, entry: ShopOrder, sales: Sequence[Sale]) -> Iterator[str]:
    """Goods that nobody will get any more."""
    for sale in sales:
        if sale.reserved and (entry.order.is_void or sale.state == "cancelled"):
            yield f"order {owner} is void and goods are set aside for {sale.number}"


def _not_set_aside(
    erp: SimErp, case: Case, owner: str, entry: ShopOrder, sales: Sequence[Sale]
) -> Iterator[str]:
    """Goods that are there and were not taken, or were taken against the rule."""
    rule = case.duties.reserved
    if rule is None or entry.order.is_void:
        return
    for sale in sales:
        if sale.state != "confirmed":
            continue
        if not rule(entry.order):
            if any(one.reserved for one in sale.parcels if one.state == "open"):
                yield f"order {owner}: goods are set aside for {sale.number} against the rule"
            continue
        missing = {
            variant: n - parcel.reserved.get(variant, _ZERO)
            for parcel in sale.parcels
            if parcel.state == "open" and not parcel.returned
            for variant, n in parcel.goods.items()
            if n > parcel.reserved.get(variant, _ZERO)
        }
        free = {variant: erp.unreserved(variant, sale.warehouse) for variant in missing}
        if case.duties.shortage == "whole":
            could = bool(missing) and all(free[one] >= n for one, n in missing.items())
        else:
            could = any(free[one] > 0 for one in missing)
        if could:
            yield f"order {owner}: {sale.number} waits for goods that are there"


def _not_invoiced(case: Case, owner: str, entry: ShopOrder, sales: Sequence[Sale]) -> Iterator[str]:
    order, duties = entry.order, case.duties
    charged = sum((sale.charged for sale in sales), _ZERO)
    coming = duties.credit == "received" and any(_is_coming(sale) for sale in sales)
    if order.stage == "cancelled" or order.is_void:
        if charged and not coming:
            yield f"order {owner} is void and {charged} {order.currency} stand in the books"
        return
    if duties.invoiced is None or not duties.invoiced(order):
        return
    live = [sale for sale in sales if sale.state != "cancelled"]
    owed = order.total - order.given_back
    piles = _piles(live)
    if coming and any(one.held > one.kept for one in piles.values()):
        if charged < owed:  # What the buyer still holds is charged until it comes.
            yield f"order {owner}: charged {owed} {order.currency} or more, invoiced {charged}"
    elif duties.scope == "order" or _is_all_there(live, piles):
        if charged != owed:
            yield (
                f"order {owner}: charged {owed} {order.currency}, "
                f"invoiced {charged} {order.currency}"
            )
    else:
        yield from _not_what_is_held(owner, live, piles, charged)


def _not_what_is_held(
    owner: str, live: Sequence[Sale], piles: Mapping[ExternalId, _Pile], charged: Decimal
) -> Iterator[str]:
    """Something is still to leave: the buyer pays for what he has and keeps."""
    papers = sum(len(sale.papers) for sale in live)
    if charged < -_CENT * papers * len(piles):
        yield f"order {owner}: {charged} stand in the books"
    if any(sale.papers_by_hand for sale in live):
        return
    back = any(n < 0 for sale in live for n in sale.goods.values())
    for variant, one in piles.items():
        if back and one.charged < min(one.kept, one.held):
            yield f"order {owner}: {one.held} of {variant} left, {one.charged} invoiced"
    for sale in live:
        leaves = any(n > 0 for n in sale.goods.values())
        if leaves and sale.invoiced != sale.shipped:
            yield f"order {owner}: of {sale.number} {sale.shipped} left, {sale.invoiced} invoiced"


@dataclass(slots=True)
class _Pile:
    """One article of an order, over all its sales.

    Attributes:
        kept: ordered and not given back.
        held: with the buyer.
        charged: invoiced and not credited.
    """

    kept: Decimal = _ZERO
    held: Decimal = _ZERO
    charged: Decimal = _ZERO


def _is_coming(sale: Sale) -> bool:
    """Whether goods of a return may be on their way."""
    return sale.state != "cancelled" and any(one.returned and one.waits for one in sale.parcels)


def _piles(live: Sequence[Sale]) -> dict[ExternalId, _Pile]:
    piles: dict[ExternalId, _Pile] = defaultdict(_Pile)
    for sale in live:
        for variant, quantity in sale.goods.items():
            piles[variant].kept += quantity
            piles[variant].held += sale.shipped.get(variant, _ZERO)
            piles[variant].charged += sale.invoiced.get(variant, _ZERO)
    for one in piles.values():
        one.held = max(_ZERO, one.held)  # People book as received what never left.
    return piles


def _is_all_there(live: Sequence[Sale], piles: Mapping[ExternalId, _Pile]) -> bool:
    """Whether nothing is to leave any more, or all of it is invoiced already."""
    if all(sale.state == "done" for sale in live):
        return True
    leaving = [sale for sale in live if any(n > 0 for n in sale.goods.values())]
    back = any(n < 0 for sale in live for n in sale.goods.values())
    there = all(one.kept <= one.held for one in piles.values())
    return (back and there) or all(sale.invoiced == sale.goods for sale in leaving)


def _told_twice(owner: str, entry: ShopOrder) -> Iterator[str]:
    parcels = Counter(parcel.id for one in entry.updates for parcel in one.shipments)
    numbers = Counter(number for one in entry.updates for number in one.invoices)
    links = Counter(f"the page of {link.number}" for one in entry.updates for link in one.links)
    for what, times in (parcels + numbers + links).items():
        if times > 1:
            yield f"order {owner}: the shop was told {times} times of {what}"


def _not_told(case: Case, owner: str, entry: ShopOrder, sales: Sequence[Sale]) -> Iterator[str]:
    """Parcels and invoices the shop has not heard of, or a status that is not where things are."""
    words, order = case.duties.told, entry.order
    if not words:
        return
    live = [sale for sale in sales if sale.state != "cancelled"]
    told = {parcel.id for one in entry.updates for parcel in one.shipments}
    told |= {ExternalId(number) for one in entry.updates for number in one.invoices}
    for sale in live:
        # A shop that has cancelled an order would refuse its parcels; a person decides about them.
        for parcel in () if order.stage == "cancelled" else sale.parcels:
            if parcel.state == "shipped" and not parcel.returned and parcel.id not in told:
                yield f"order {owner}: the shop does not know of parcel {parcel.number}"
        for paper in sale.standing:
            if paper.number not in told:
                yield f"order {owner}: the shop does not know of invoice {paper.number}"
    leaving = [sale for sale in live if any(n > 0 for n in sale.goods.values())]
    gone = bool(leaving) and all(sale.state == "done" for sale in leaving)
    if gone and "shipped" in words and not order.refunds and order.status != words["shipped"]:
        yield f"order {owner} has left, and the shop says it is {order.status}"
