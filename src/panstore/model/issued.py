"""Which documents stand in the books for an order's sales, as the sales themselves tell it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from panstore.model.document import DocumentKind
from panstore.model.ids import ExternalId, OrderKey
from panstore.model.invoice import Invoice
from panstore.model.sale import BookedOrder
from panstore.model.shipment import Shipment

__all__ = ["Issued", "issued_of"]

_KINDS: tuple[DocumentKind, ...] = ("invoice", "credit_note", "delivery_note")


class Issued(msgspec.Struct, frozen=True):
    """A document the ERP has issued for an order.

    Attributes:
        id: the ERP's id of the invoice or shipment; number: what people see.
        date: of issue, or the day a parcel left; null where the ERP does not say.
        total: gross, negative on a credit note; null on a delivery note.
        currency: empty on a delivery note.
        sale: key of the sale it belongs to.
    """

    kind: DocumentKind
    id: ExternalId
    number: str
    date: dt.date | None
    total: Decimal | None
    currency: str
    sale: OrderKey


def issued_of(sales: Iterable[BookedOrder], zone: str) -> list[Issued]:
    """What stands in the books for these sales, invoices before parcels, the oldest first.

    An invoice that a credit note has taken back is among them: the buyer has both.

    Args:
        zone: the company's, for the day on which a parcel left.
    """
    found: list[Issued] = []
    for sale in sales:
        found += [_paper(sale.key, one) for one in sale.invoices if _has_stood(one)]
        found += [
            _parcel(sale.key, one, zone)
            for one in sale.shipments
            if one.state == "shipped" and not one.returned
        ]
    return sorted(found, key=_place)


def _has_stood(invoice: Invoice) -> bool:
    """Drafts have no number, whether they wait or were given up."""
    return invoice.state != "draft" and bool(invoice.number)


def _paper(sale: OrderKey, invoice: Invoice) -> Issued:
    takes_back = invoice.credits is not None or invoice.total < 0
    return Issued(
        kind="credit_note" if takes_back else "invoice",
        id=invoice.id,
        number=invoice.number,
        date=invoice.date,
        total=invoice.total,
        currency=invoice.currency,
        sale=sale,
    )


def _parcel(sale: OrderKey, parcel: Shipment, zone: str) -> Issued:
    left = parcel.shipped_at
    return Issued(
        kind="delivery_note",
        id=parcel.id,
        number=parcel.number,
        date=None if left is None else left.astimezone(ZoneInfo(zone)).date(),
        total=None,
        currency="",
        sale=sale,
    )


def _place(issued: Issued) -> tuple[int, dt.date, str]:
    return _KINDS.index(issued.kind), issued.date or dt.date.max, issued.number
