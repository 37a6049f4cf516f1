"""The judge: did anything get lost, doubled, oversold or dropped?

It knows only both systems' states and the history of calls, never what the engine believes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import inf

from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.link import Link
from panstore.testing.world.documents import Sale
from panstore.testing.world.erp import SimErp
from panstore.testing.world.history import History, StockRead, StockWrite
from panstore.testing.world.orders import ShopOrder
from panstore.testing.world.shop import SimShop

__all__ = ["Case", "judge", "judge_orders", "judge_stock", "judge_writes"]

_ZERO = Decimal(0)
_LIVE = {"open", "shipped"}


@dataclass
class Case:
    """One shop of an ERP, as the judge has to know it.

    Attributes:
        connection: id of the shop's connection.
        links: items that are linked; only these are judged for stock.
        warehouses: codes the shop sells from.
        parked: shop order ids that PanStore shows to a person instead of importing.
        expected: order ids that had to be handled; None for every order of the shop.
    """

    connection: ConnectionId
    shop: SimShop
    links: Sequence[Link]
    warehouses: tuple[str, ...]
    parked: Collection[ExternalId] = ()
    expected: Collection[ExternalId] | None = None
    _by_shop: dict[ExternalId, Link] = field(init=False, repr=False)
    _by_erp: dict[ExternalId, list[Link]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._by_shop = {link.shop: link for link in self.links}
        self._by_erp = defaultdict(list)
        for link in self.links:
            self._by_erp[link.erp].append(link)

    def link(self, variant: ExternalId) -> Link | None:
        """The link of a shop variant."""
        return self._by_shop.get(variant)

    def links_of(self, variant: ExternalId) -> Sequence[Link]:
        """The links of an ERP variant."""
        return self._by_erp.get(variant, ())


def judge(
    erp: SimErp,
    erp_connection: ConnectionId,
    cases: Sequence[Case],
    history: History,
    *,
    quiescent: bool = True,
) -> list[str]:
    """All violations, in words; empty if everything held.

    Args:
        erp_connection: id of the ERP's connection, to find its calls in the history.
        cases: every shop that sells from this ERP.
        quiescent: whether all work is done, so that what is not there now is lost.
    """
    found = list(judge_orders(erp, cases, complete=quiescent))
    found += judge_writes(erp, erp_connection, cases, history)
    if quiescent:
        found += judge_stock(erp, cases)
    return found


def judge_orders(erp: SimErp, cases: Sequence[Case], *, complete: bool = True) -> Iterator[str]:
    """Each live order exactly once in the ERP and to the cent, or parked; none that is not ours."""
    sales_of: dict[str, list[Sale]] = defaultdict(list)
    for sale in erp.sales:
        if sale.key:
            sales_of[_owner(sale)].append(sale)
    for case in cases:
        known: set[str] = set()
        for entry in case.shop.orders.all():
            owner = f"{case.connection}/{entry.order.id}"
            known.add(owner)
            sales = sales_of.get(owner, [])
            yield from _wrong_sales(owner, entry, sales)
            yield from _lost(case, entry, imported=bool(sales), complete=complete)
        ours = {owner for owner in sales_of if owner.startswith(f"{case.connection}/")}
        for owner in sorted(ours - known):
            yield f"order {owner} is in the ERP and was never placed"


def _owner(sale: Sale) -> str:
    """`connection/order id` of the sale's key; ids may contain slashes, the rest does not."""
    return sale.key.rsplit("/", 2)[0]


def _wrong_sales(owner: str, entry: ShopOrder, sales: Sequence[Sale]) -> Iterator[str]:
    """Doubled, or booked with another amount or order id than was charged."""
    order = entry.order
    live = [sale for sale in sales if sale.state != "cancelled"]
    if len(live) > 1:
        yield f"order {owner} is doubled: {', '.join(sale.number for sale in live)}"
    for sale in sales:
        if sale.shop_order != order.id:
            yield f"order {owner}: {sale.number} names order {sale.shop_order!r}"
        if (sale.total, sale.currency) != (order.total, order.currency):
            charged = f"{order.total} {order.currency}"
            yield f"order {owner}: charged {charged}, booked {sale.total} {sale.currency}"


def _lost(case: Case, entry: ShopOrder, *, imported: bool, complete: bool) -> Iterator[str]:
    order = entry.order
    parked = order.id in case.parked
    if imported and parked:
        yield f"order {case.connection}/{order.id} is parked and in the ERP"
    expected = case.expected is None or order.id in case.expected
    if complete and expected and not imported and not parked and order.stage in _LIVE:
        yield f"order {case.connection}/{order.id} is lost: neither in the ERP nor parked"


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
    limits = _Limits(cases, _import_ticks(erp))
    by_connection = {case.connection: case for case in cases}
    for call in history.calls:
        if isinstance(call.detail, StockRead):
            if call.connection == erp_connection and call.outcome == "done":
                limits.read(call.detail, call.tick)
        elif isinstance(call.detail, StockWrite) and call.connection in by_connection:
            yield from limits.written(by_connection[call.connection], call.detail, call.tick)


class _Limits:
    """The most each shop could be told of each ERP variant, as of the last readings."""

    def __init__(self, cases: Sequence[Case], imported: dict[str, int]) -> None:
        self._cases = cases
        self._holds = _Holds(cases, imported)
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


def _import_ticks(erp: SimErp) -> dict[str, int]:
    """Tick of the first sale by `connection/shop order`."""
    ticks: dict[str, int] = {}
    for sale in erp.sales:
        if sale.key:
            ticks.setdefault(_owner(sale), sale.created)
    return ticks


@dataclass(frozen=True, slots=True)
class _Hold:
    """Pieces of one order that nothing ever released; they count until the ERP has the sale.

    Orders that were closed at any time are left out: when PanStore must know of it is open.
    """

    placed: int
    delivered: float
    booked: float
    stock_units: Decimal


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
            latest = max(latest, hold.booked)
            self._done.append(latest)

    def stock_units(self, tick: int, marked: int | None) -> Decimal:
        """Not yet in the ERP at `tick`, and placed up to `marked`, or delivered where None."""
        total = _ZERO
        # Before this position every order was in the ERP by then.
        for position in range(bisect_right(self._done, tick), len(self._holds)):
            hold = self._holds[position]
            if hold.delivered >= tick if marked is None else hold.placed > marked:
                break
            if hold.booked > tick:
                total += hold.stock_units
        return total


class _Holds:
    """Which open orders a stock write had to account for."""

    def __init__(self, cases: Sequence[Case], imported: dict[str, int]) -> None:
        self._cases = cases
        self._imported = imported
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
        booked = self._imported.get(f"{case.connection}/{entry.order.id}", inf)
        delivered = inf if entry.delivered_tick is None else entry.delivered_tick
        return _Hold(entry.placed, delivered, booked, entry.pieces()[variant] * factor)


def _open_demand(erp: SimErp, cases: Sequence[Case]) -> dict[ExternalId, Decimal]:
    """Stock units in open shop orders that are not in the ERP, by the ERP's variant."""
    imported = _import_ticks(erp)
    demand: dict[ExternalId, Decimal] = defaultdict(Decimal)
    for case in cases:
        for entry in case.shop.orders.all():
            if entry.order.stage != "open":
                continue
            if f"{case.connection}/{entry.order.id}" in imported:
                continue
            for variant, quantity in entry.pieces().items():
                link = case.link(variant)
                if link is not None and link.factor is not None:
                    demand[link.erp] += quantity * link.factor
    return demand
