"""The judge of stock: was more offered than the ERP and the open orders left?"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from math import inf

from panstore.model.ids import ConnectionId, ExternalId
from panstore.testing.world.case import Case, sales_by_owner
from panstore.testing.world.documents import Sale
from panstore.testing.world.erp import SimErp
from panstore.testing.world.history import History, StockRead, StockWrite
from panstore.testing.world.orders import ShopOrder

__all__ = ["judge_stock", "judge_writes"]

_ZERO = Decimal(0)


def judge_stock(erp: SimErp, cases: Sequence[Case]) -> Iterator[str]:
    """When all is quiet no shop offers more than the ERP and the open shop orders leave."""
    demand = _open_demand(erp, cases)
    for case in cases:
        for link in case.links:
            free = case.shop.free(link.shop)
            if free <= 0 or link.factor is None:
                continue
            left = (
                erp.available(link.erp, case.warehouses) if link.erp in erp.shelf else _ZERO
            ) - demand[link.erp]
            if free * link.factor > max(_ZERO, left):
                yield (
                    f"{case.connection} offers {free} of {link.shop} ({link.sku}), "
                    f"the ERP and open orders leave {left} stock units"
                )


def judge_writes(
    erp: SimErp, erp_connection: ConnectionId, cases: Sequence[Case], history: History
) -> Iterator[str]:
    """No stock write above what was read: ERP availability - orders known and not in the ERP.

    Of several readings between two writes of one item the highest counts, so that readings made
    for something else accuse nobody.
    """
    limits = _Limits(cases, _booked(erp))
    by_connection = {case.connection: case for case in cases}
    for call in history.calls:
        if isinstance(call.detail, StockRead):
            if call.connection == erp_connection and call.outcome == "done":
                limits.read(call.detail, call.tick)
        elif isinstance(call.detail, StockWrite) and call.connection in by_connection:
            yield from limits.written(by_connection[call.connection], call.detail, call.tick)


class _Limits:
    """The most each shop could be told of each ERP variant, as of the last readings."""

    def __init__(self, cases: Sequence[Case], booked: Mapping[str, _Booked]) -> None:
        self._cases = cases
        self._holds = _Holds(cases, booked)
        self._readings: dict[tuple[ConnectionId, ExternalId], list[tuple[Decimal, int]]] = {}
        self._used: set[tuple[ConnectionId, ExternalId]] = set()

    def read(self, detail: StockRead, tick: int) -> None:
        for case in self._cases:
            if set(case.warehouses) != set(detail.warehouses):
                continue
            for variant, available in detail.available.items():
                place = (case.connection, variant)
                if place in self._used:
                    self._used.discard(place)
                    self._readings[place] = []
                self._readings.setdefault(place, []).append((available, tick))

    def written(self, case: Case, detail: StockWrite, tick: int) -> Iterator[str]:
        for target, given in detail.given.items():
            link = case.link(target)
            if link is None or link.factor is None:
                continue
            place = (case.connection, link.erp)
            most = max(
                (
                    available - self._holds.known(case, link.erp, at, detail.watermark)
                    for available, at in self._readings.get(place, ())
                ),
                default=_ZERO,
            )
            self._used.add(place)
            if given > 0 and given * link.factor > max(_ZERO, most):
                yield (
                    f"{case.connection} was told {given} of {target} ({link.sku}) at tick "
                    f"{tick}; what was read allowed {most} stock units"
                )


@dataclass(frozen=True, slots=True)
class _Booked:
    """When an order was in the ERP.

    Attributes:
        since: tick of its first sale.
        gaps: from the cancelling of a sale to the one in its place, while PanStore itself had to
            keep the goods promised. What people of the ERP cancelled is no gap.
    """

    since: float = inf
    gaps: tuple[tuple[float, float], ...] = ()


def _booked(erp: SimErp) -> dict[str, _Booked]:
    """By `connection/shop order`."""
    firsts = {
        owner: [sale for sale in sales if not sale.corrects]
        for owner, sales in sales_by_owner(erp).items()
    }
    return {
        owner: _Booked(
            sales[0].created,
            tuple(
                (one.cancelled, other.created)
                for one, other in pairwise(sales)
                if one.cancelled is not None and not one.by_hand
            ),
        )
        for owner, sales in firsts.items()
        if sales
    }


@dataclass(frozen=True, slots=True)
class _Hold:
    """Pieces of one order that has held the same ever since; they count until the ERP has them.

    Orders that were closed or edited at any time are left out: when PanStore must know of it is
    open.
    """

    placed: int
    delivered: float
    booked: _Booked
    stock_units: Decimal

    def known(self, tick: int, marked: int | None) -> bool:
        """Placed up to `marked`, or delivered before `tick` where None."""
        return self.delivered < tick if marked is None else self.placed <= marked


class _Row:
    """The holds on one variant of one shop, in the order of the shop's journal.

    Orders are delivered in that order, and mostly imported in it, so that of ten thousand only
    those that were waiting at the moment are looked at.
    """

    def __init__(self, holds: list[_Hold]) -> None:
        self._holds = holds
        self._done: list[float] = []
        latest = 0.0
        for hold in holds:
            latest = max(latest, hold.booked.since)
            self._done.append(latest)
        self._gapped = [hold for hold in holds if hold.booked.gaps]

    def stock_units(self, tick: int, marked: int | None) -> Decimal:
        """Not yet in the ERP at `tick`, and placed up to `marked`, or delivered where None."""
        total = _ZERO
        # Before this position every order was in the ERP by then.
        for position in range(bisect_right(self._done, tick), len(self._holds)):
            hold = self._holds[position]
            if not hold.known(tick, marked):
                break
            if hold.booked.since > tick:
                total += hold.stock_units
        for hold in self._gapped:
            if hold.known(tick, marked) and any(a <= tick < b for a, b in hold.booked.gaps):
                total += hold.stock_units
        return total


class _Holds:
    """Which open orders a stock write had to account for."""

    def __init__(self, cases: Sequence[Case], booked: Mapping[str, _Booked]) -> None:
        self._cases = cases
        self._booked = booked
        self._made: dict[tuple[ConnectionId, ExternalId], list[_Row]] = {}

    def known(self, reader: Case, variant: ExternalId, tick: int, watermark: int | None) -> Decimal:
        """Stock units in orders that had to be known at `tick` and were not in the ERP then.

        Of the shop that is written to these are the orders up to the watermark, since a guarded
        shop takes off the later ones itself; of other shops, and where there is no such
        watermark, the orders that PanStore had shown to have kept.
        """
        total = _ZERO
        for case in self._cases:
            if not set(case.warehouses) & set(reader.warehouses):
                continue
            marked = watermark if case is reader and case.shop.guarded_stock else None
            for row in self._of(case, variant):
                total += row.stock_units(tick, marked)
        return total

    def _of(self, case: Case, variant: ExternalId) -> list[_Row]:
        place = (case.connection, variant)
        if place not in self._made:
            self._made[place] = [
                _Row([
                    self._hold(case, entry, link.shop, link.factor)
                    for entry in case.shop.orders.with_variant(link.shop)
                    if entry.steady and entry.pieces().get(link.shop)
                ])
                for link in case.links_of(variant)
                if link.factor is not None
            ]
        return self._made[place]

    def _hold(self, case: Case, entry: ShopOrder, variant: ExternalId, factor: Decimal) -> _Hold:
        booked = self._booked.get(f"{case.connection}/{entry.order.id}", _Booked())
        delivered = inf if entry.delivered_tick is None else entry.delivered_tick
        return _Hold(entry.placed, delivered, booked, entry.pieces()[variant] * factor)


def _open_demand(erp: SimErp, cases: Sequence[Case]) -> dict[ExternalId, Decimal]:
    """Stock units in open shop orders of which the ERP does not know, by the ERP's variant."""
    sales_of = sales_by_owner(erp)
    demand: dict[ExternalId, Decimal] = defaultdict(Decimal)
    for case in cases:
        for entry in case.shop.orders.all():
            if entry.order.stage != "open" or entry.order.is_void:
                continue
            sales = sales_of.get(f"{case.connection}/{entry.order.id}", [])
            promised = _promised(sales)
            for variant, pieces in _stock_units(case, entry).items():
                demand[variant] += max(_ZERO, pieces - promised.get(variant, _ZERO))
    return demand


def _promised(sales: Sequence[Sale]) -> dict[ExternalId, Decimal]:
    """What the ERP has sent of an order or holds for it, never below zero.

    A return that has not come in says of goods in a cancelled parcel that they are not to be sent.
    """
    booked: dict[ExternalId, Decimal] = defaultdict(Decimal)
    lost: dict[ExternalId, Decimal] = defaultdict(Decimal)
    for sale in sales:
        if sale.state == "cancelled":
            continue
        for variant, quantity in sale.goods.items():
            booked[variant] += quantity
            lost[variant] += sale.lost.get(variant, _ZERO)
        for parcel in sale.parcels:
            for variant, quantity in parcel.goods.items() if parcel.returned else ():
                lost[variant] -= quantity if parcel.waits else _ZERO
    return {one: max(_ZERO, n - max(_ZERO, lost[one])) for one, n in booked.items()}


def _stock_units(case: Case, entry: ShopOrder) -> dict[ExternalId, Decimal]:
    """What an order holds, by the ERP's variant; unlinked goods are left out."""
    found: dict[ExternalId, Decimal] = {}
    for variant, quantity in entry.pieces().items():
        link = case.link(variant)
        if link is not None and link.factor is not None:
            found[link.erp] = found.get(link.erp, _ZERO) + quantity * link.factor
    return found
