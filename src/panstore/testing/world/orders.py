"""The orders of a simulated shop and the journal in which they commit."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from panstore.model.ids import ExternalId
from panstore.model.order import Order, OrderStage
from panstore.sdk.order_roles import OrderUpdate
from panstore.sdk.roles import BrokenOrder, OrderPage

__all__ = ["ShopOrder", "ShopOrders"]

_ZERO = Decimal(0)
_OVERLAP = 50


@dataclass(slots=True)
class ShopOrder:
    """One order and what the checker wants to know about it.

    Attributes:
        placed: number in the shop's journal under which it was placed.
        placed_tick: tick of the world's history.
        delivered_tick: when a reader first showed that it had it, None if never.
        closed_tick: when it first stopped holding stock, None if it always did.
        broken: why it cannot be translated, empty if it can.
        back: pieces given back before they left, by line.
        holdings: what it held of each variant, from which journal number on; the first one is
            what was ordered. A cancelled order holds nothing, one that was shipped what left.
        updates: what PanStore told, in order; doubled ones where updates are not keyed.
    """

    order: Order
    placed: int
    placed_tick: int
    delivered_tick: int | None = None
    closed_tick: int | None = None
    broken: str = ""
    back: dict[ExternalId, Decimal] = field(default_factory=dict)
    holdings: list[tuple[int, dict[ExternalId, Decimal]]] = field(default_factory=list)
    updates: list[OrderUpdate] = field(default_factory=list)

    def pieces(self) -> dict[ExternalId, Decimal]:
        """Sales units by variant, without what was given back before it left."""
        held: dict[ExternalId, Decimal] = defaultdict(Decimal)
        for line in self.order.lines:
            left = line.quantity - self.back.get(line.id, _ZERO)
            if line.product is not None and left > 0:
                held[line.product] += left
        return held

    def holds(self) -> dict[ExternalId, Decimal]:
        """Pieces that are allocated in the shop now."""
        return self.pieces() if self.order.stage == "open" else {}

    def held(self, variant: ExternalId, number: int) -> Decimal:
        """What it held of a variant when the journal stood at that number."""
        found = _ZERO
        for since, pieces in self.holdings:
            if since > number:
                break
            found = pieces.get(variant, _ZERO)
        return found

    @property
    def steady(self) -> bool:
        """Whether it has held the same goods ever since it was placed."""
        return self.closed_tick is None and len(self.holdings) == 1


class ShopOrders:
    """Orders by id with a journal whose numbers become visible in order."""

    def __init__(self) -> None:
        self._orders: dict[ExternalId, ShopOrder] = {}
        self._undelivered: deque[ShopOrder] = deque()
        self._journal: list[ExternalId] = []
        self._placed: dict[ExternalId, list[ShopOrder]] = defaultdict(list)
        self._running: dict[ExternalId, list[Decimal]] = defaultdict(list)
        self._moved: dict[ExternalId, dict[ExternalId, ShopOrder]] = defaultdict(dict)

    @property
    def watermark(self) -> int:
        """Number of the last journal entry."""
        return len(self._journal)

    def next_id(self) -> ExternalId:
        """Id for the next order."""
        return ExternalId(str(100_001 + len(self._orders)))

    def add(self, order: Order, tick: int) -> ShopOrder:
        """Place it."""
        self._journal.append(order.id)
        entry = ShopOrder(order, len(self._journal), tick)
        entry.holdings.append((entry.placed, dict(entry.pieces())))
        self._orders[order.id] = entry
        self._undelivered.append(entry)
        for variant, quantity in entry.pieces().items():
            self._placed[variant].append(entry)
            running = self._running[variant]
            running.append(quantity + (running[-1] if running else _ZERO))
        return entry

    def change(self, id_: ExternalId, status: str, stage: OrderStage, tick: int) -> ShopOrder:
        """Change status and stage; another journal entry."""
        order = self._orders[id_].order
        return self.put(msgspec.structs.replace(order, status=status, stage=stage), tick)

    def put(self, order: Order, tick: int) -> ShopOrder:
        """Replace an order as it stands; another journal entry."""
        entry = self._orders[order.id]
        entry.order = order
        if order.stage != "open" and entry.closed_tick is None:
            entry.closed_tick = tick
        self._journal.append(order.id)
        held = {} if order.stage == "cancelled" else dict(entry.pieces())
        before = entry.holdings[-1][1]
        if held != before:
            entry.holdings.append((len(self._journal), held))
            for variant in {*held, *before}:
                self._moved[variant][order.id] = entry
        return entry

    def pieces_after(self, variant: ExternalId, watermark: int) -> Decimal:
        """Pieces that orders hold now and did not hold when the journal stood at that number.

        What an order does not hold any more is not set against what others hold: whether the ERP
        has given it up is not known here.
        """
        entries = self._placed.get(variant, [])
        position = bisect_right(entries, watermark, key=lambda entry: entry.placed)
        total = _ZERO
        if position < len(entries):
            running = self._running[variant]
            total = running[-1] - (running[position - 1] if position else _ZERO)
        for entry in self._moved.get(variant, {}).values():
            if entry.placed > watermark:
                total -= entry.holdings[0][1].get(variant, _ZERO)
            now = entry.holdings[-1][1].get(variant, _ZERO)
            total += max(_ZERO, now - entry.held(variant, watermark))
        return total

    def with_variant(self, variant: ExternalId) -> list[ShopOrder]:
        """Orders that hold or held pieces of it, oldest first."""
        found = {entry.order.id: entry for entry in self._placed.get(variant, ())}
        found |= self._moved.get(variant, {})
        return sorted(found.values(), key=lambda entry: entry.placed)

    def since(self, after: int, limit: int, tick: int) -> OrderPage:
        """Orders in the journal after that number, at most its last, each as it is now."""
        wanted: dict[ExternalId, None] = {}
        position = after
        while position < len(self._journal):
            id_ = self._journal[position]
            if id_ not in wanted and len(wanted) == limit:
                break
            wanted[id_] = None
            position += 1
        entries = [self._orders[id_] for id_ in wanted]
        # Only a reader that asks for what comes next shows that it has kept what came before:
        # the reply to an earlier question may have been lost.
        while self._undelivered and self._undelivered[0].placed <= after:
            self._undelivered.popleft().delivered_tick = tick
        return OrderPage(
            tuple(entry.order for entry in entries if not entry.broken),
            str(position),
            more=position < len(self._journal),
            broken=tuple(
                BrokenOrder(
                    entry.order.id,
                    entry.broken,
                    tuple(entry.pieces().items()),
                    entry.order.placed_at,
                )
                for entry in entries
                if entry.broken
            ),
        )

    def get(self, id_: ExternalId) -> ShopOrder | None:
        """The order, or None."""
        return self._orders.get(id_)

    def all(self) -> list[ShopOrder]:
        """Every order, oldest first."""
        return list(self._orders.values())

    @staticmethod
    def rewind(cursor: str) -> str:
        """Some entries earlier."""
        return str(max(0, int(cursor) - _OVERLAP))

    def __len__(self) -> int:
        return len(self._orders)
