"""Outbox rows as signals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from panstore.connectors.tryton.map.rows import external
from panstore.connectors.tryton.wire import OutboxRow
from panstore.model.change import Signal, SignalKind
from panstore.model.ids import ExternalId
from panstore.sdk.roles import FeedBatch

__all__ = [
    "feed_batch",
]

_SIGNALS: dict[str, SignalKind] = {
    "stock": "stock",
    "price": "price",
    "price_list": "price_list",
    "product": "product",
    "party": "customer",
}
"""Kinds of outbox rows about goods and parties. Sales, parcels and invoices are told by our keys of
the sales they belong to; what concerns nobody is acknowledged and forgotten."""


def feed_batch(changes: Sequence[OutboxRow], limit: int, *, missed: bool = False) -> FeedBatch:
    """Outbox rows; many changes of one record are one signal, but each row is a receipt."""
    signals = dict.fromkeys(signal for each in changes for signal in _signals(each))
    return FeedBatch(
        signals=tuple(signals),
        receipts=tuple(str(each.id) for each in changes),
        more=len(changes) >= limit,
        missed=missed,
    )


def _signals(change: OutboxRow) -> Iterator[Signal]:
    if change.kind in _SIGNALS:
        id_ = external(change.record_id)
        yield Signal(_SIGNALS[change.kind], id_, change.deleted, change.code or "")
    for key in change.sales:
        yield Signal("sale", ExternalId(key))
