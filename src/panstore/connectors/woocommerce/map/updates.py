"""What the shop is told of an order, as one write that is harmless when it is repeated.

Everything is kept in the order's own fields: a hidden one with our keys, by which an update is
known again, and three that the shop's people see in the order and templates of mails can show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from panstore.connectors.woocommerce import wire_orders as wire
from panstore.connectors.woocommerce.map.order_text import meta_text, shown
from panstore.connectors.woocommerce.map.order_words import UNPAID
from panstore.model.order import OrderStage
from panstore.model.shipment import Shipment
from panstore.sdk.order_roles import OrderUpdate

__all__ = [
    "DOCUMENTS",
    "INVOICES",
    "KEYS",
    "PARCELS",
    "TRACKING",
    "hindrance",
    "is_told",
    "noted",
    "update_body",
]

KEYS = "_panstore_updates"
"""Hidden field: our keys as a JSON list in text."""

INVOICES, PARCELS, TRACKING = "panstore_invoices", "panstore_parcels", "panstore_tracking"
"""Fields that people see: numbers of documents, parcels with their carriers, numbers to follow them
by."""

DOCUMENTS = "_panstore_documents"
"""Hidden field that the plugin shows in the buyer's account: a JSON list in text, each entry with
`kind`, `number` and `url`."""

_KEYS = msgspec.json.Decoder(list[str])
_LIST = msgspec.json.Decoder(list[object])
_PAYING = frozenset({"processing", "completed"})
"""Statuses by which WooCommerce notes that an order was paid, if it was not before (10.5, recorded
37-order-refunds: an order that was only made `processing`)."""

_ON_DELIVERY = "cod"
"""Its orders are paid when they are completed, and not before (recorded 42)."""

_BETWEEN = ", "
_GIVEN_BACK = "refunded"


def is_told(present: wire.WireOrderState, update: OrderUpdate) -> bool:
    """Whether all but the note was written before, under the same key."""
    return update.key in _keys(present)


def hindrance(
    present: wire.WireOrderState, status: str | None, stages: Mapping[str, OrderStage]
) -> str:
    """Why the order must not get a status, empty if it may.

    WooCommerce lets any status follow any (10.5, recorded 33-order-status-stock): out of
    `cancelled` it would take the goods from the stock again, and send the buyer mails.
    """
    before, after = stages.get(present.status, "open"), stages.get(status or present.status, "open")
    if before in {"open", after} or after == "cancelled" or status == _GIVEN_BACK:
        return ""
    return (
        f"it is {present.status!r} in the shop by now, and {status!r} would take it up again;"
        " nothing was told. Change it in the shop by hand if that is wanted"
    )


def update_body(present: wire.WireOrderState, update: OrderUpdate) -> dict[str, object]:
    """Body of `PUT orders/ID`: status and fields in one write."""
    parcels = [_parcel(one) for one in update.shipments]
    tracking = [number for one in update.shipments for number in one.tracking.split()]
    keys = [*_keys(present), update.key]
    fields = {KEYS: msgspec.json.encode(keys).decode()}
    for key, more in ((INVOICES, update.invoices), (PARCELS, parcels), (TRACKING, tracking)):
        if more:
            fields[key] = _longer(present, key, more)
    if update.links:
        said = [msgspec.to_builtins(link) for link in update.links]
        fields[DOCUMENTS] = msgspec.json.encode([*_documents(present), *said]).decode()
    if _would_look_paid(present, update.status):
        fields[UNPAID] = "yes"
    meta = [{"key": key, "value": value} for key, value in fields.items()]
    body: dict[str, object] = {"meta_data": meta}
    if update.status is not None and update.status != present.status:
        body["status"] = update.status
    return body


def _would_look_paid(present: wire.WireOrderState, status: str | None) -> bool:
    """Whether the shop would note a payment only because of a status of ours."""
    moved = status != present.status and status in _PAYING
    return moved and not present.date_paid_gmt and present.payment_method != _ON_DELIVERY


def noted(notes: Iterable[wire.WireNote], text: str) -> bool:
    """Whether the order's history has this note; blanks and escapes are the shop's."""
    wanted = _same(text)
    return any(_same(note.note) == wanted for note in notes)


def _keys(present: wire.WireOrderState) -> list[str]:
    try:
        return _KEYS.decode(meta_text(present.meta_data, (KEYS,)) or "[]")
    except msgspec.DecodeError:
        # Somebody wrote into it; what it said is lost, and the update is told once more.
        return []


def _documents(present: wire.WireOrderState) -> list[object]:
    """What was told before; what somebody has written over it is lost."""
    try:
        return _LIST.decode(meta_text(present.meta_data, (DOCUMENTS,)) or "[]")
    except msgspec.DecodeError:
        return []


def _longer(present: wire.WireOrderState, key: str, more: Sequence[str]) -> str:
    before = meta_text(present.meta_data, (key,))
    return _BETWEEN.join([before, *more] if before else more)


def _parcel(parcel: Shipment) -> str:
    told = " ".join(part for part in (parcel.carrier, parcel.tracking) if part)
    return f"{parcel.number} ({told})" if told else parcel.number


def _same(text: str) -> str:
    return " ".join(shown(text).split())
