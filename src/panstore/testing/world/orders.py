"""The orders of a simulated shop and the journal in which they commit."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from panstore.model.ids import ExternalId
from panstore.model.order import Order, OrderStage
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
        closed_tick: when it stopped holding stock, None while it does.
        broken: why it cannot be translated, empty if it can.
    """

    order: Order
    placed: int
    placed_tick: int
    delivered_tick: int | None = None
    closed_tick: int | None = None
    broken: str = ""

    def pieces(self) -> dict[ExternalId, Decimal]:
        """Sales units by variant."""
        held: dict[ExternalId, Decimal] = defaultdict(Decimal)
        for line in self.order.lines:
            if line.product is not None:
                held[line.product] += line.quantity
        return held


class ShopOrders:
    """Orders by id with a journal whose numbers become visible in order."""

    def __init__(self) -> None:
        self._orders: dict[ExternalId, ShopOrder] = {}
        self._undelivered: deque[ShopOrder] = deque()
        self._journal: list[ExternalId] = []
        self._placed: dict[ExternalId, list[ShopOrder]] = defaultdict(list)
        self._running: dict[ExternalId, list[Decimal]] = defaultdict(list)
        self._cancelled: dict[ExternalId, list[tuple[int, Decimal]]] = defaultdict(list)

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
        self._orders[order.id] = entry
        self._undelivered.append(entry)
        for variant, quantity in entry.pieces().items():
            self._placed[variant].append(entry)
            running = self._running[variant]
            running.append(quantity + (running[-1] if running else _ZERO))
        return entry

    def change(self, id_: ExternalId, status: str, stage: OrderStage, tick: int) -> ShopOrder:
        """Change status and stage; another journal entry."""
        entry = self._orders[id_]
        if stage == "cancelled" != entry.order.stage:
            for variant, quantity in entry.pieces().items():
                self._cancelled[variant].append((entry.placed, quantity))
        entry.order = msgspec.structs.replace(entry.order, status=status, stage=stage)
        if stage != "open" and entry.closed_tick is None:
            entry.closed_tick = tick
        self._journal.append(id_)
        return entry

    def pieces_after(self, variant: ExternalId, watermark: int) -> Decimal:
        """Pieces in orders placed after that journal number, cancelled ones not counted."""
        entries = self._placed.get(variant, [])
        position = bisect_right(entries, watermark, key=lambda entry: entry.placed)
        if position == len(entries):
            return _ZERO
        running = self._running[variant]
        ordered = running[-1] - (running[position - 1] if position else _ZERO)
        gone = self._cancelled.get(variant, ())
        return ordered - sum((n for placed, n in gone if placed > watermark), _ZERO)

    def with_variant(self, variant: ExternalId) -> list[ShopOrder]:
        """Orders that hold or held pieces of it, oldest first."""
        return list(self._placed.get(variant, ()))

    def since(self, after: int, limit: int, tick: int) -> OrderPage:
        """Orders in the journal after that number, each once with its present state."""
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
