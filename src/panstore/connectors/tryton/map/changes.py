"""Outbox rows as signals."""

from __future__ import annotations

from collections.abc import Sequence

from panstore.connectors.tryton.map.rows import external
from panstore.connectors.tryton.wire import OutboxRow
from panstore.model.change import Signal, SignalKind
from panstore.sdk.roles import FeedBatch

__all__ = [
    "feed_batch",
]

_SIGNALS: dict[str, SignalKind] = {
    "stock": "stock",
    "price": "price",
    "price_list": "price_list",
    "product": "product",
}
"""Kinds of outbox rows that concern somebody; the others are acknowledged and forgotten."""


def feed_batch(changes: Sequence[OutboxRow], limit: int) -> FeedBatch:
    """Outbox rows; many changes of one record are one signal, but each row is a receipt."""
    signals = {
        Signal(_SIGNALS[each.kind], external(each.record_id), each.deleted, each.code or ""): None
        for each in changes
        if each.kind in _SIGNALS
    }
    return FeedBatch(
        signals=tuple(signals),
        receipts=tuple(str(each.id) for each in changes),
        more=len(changes) >= limit,
    )
