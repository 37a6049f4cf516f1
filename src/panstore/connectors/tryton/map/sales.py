"""Sales as they stand in Tryton, with their parcels and invoices."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from panstore.connectors.tryton.map.rows import external
from panstore.connectors.tryton.wire import InvoiceRow, SaleRow, ShipmentRow
from panstore.model.ids import ExternalId, OrderKey
from panstore.model.invoice import Invoice
from panstore.model.sale import BookedOrder, SoldGoods
from panstore.model.shipment import Shipment, ShippedGoods

__all__ = [
    "booked_order",
]


def booked_order(sale: SaleRow, zone: ZoneInfo) -> BookedOrder:
    """The sale; a draft has no number yet.

    Args:
        sale: the row.
        zone: of the company; Tryton knows the day a parcel left, not the hour.
    """
    return BookedOrder(
        key=OrderKey(sale.key),
        id=external(sale.sale),
        number=sale.number or "",
        party=external(sale.party),
        total=sale.total,
        currency=sale.currency,
        state=sale.state,
        repeated=sale.repeated,
        goods=tuple(
            SoldGoods(
                product=external(one.product),
                ordered=one.ordered,
                reserved=one.reserved,
                shipped=one.shipped,
                invoiced=one.invoiced,
                lost=one.lost,
            )
            for one in sale.goods
        ),
        shipments=tuple(_shipment(one, zone) for one in sale.shipments),
        invoices=tuple(map(_invoice, sale.invoices)),
    )


def _shipment(shipment: ShipmentRow, zone: ZoneInfo) -> Shipment:
    """A parcel; a return is another record of Tryton's, so its id is set apart."""
    id_ = external(shipment.id)
    return Shipment(
        id=ExternalId(f"return-{id_}") if shipment.returned else id_,
        number=shipment.number or "",
        state=shipment.state,
        goods=tuple(
            ShippedGoods(external(one.product), one.quantity, one.reserved)
            for one in shipment.goods
        ),
        returned=shipment.returned,
        carrier=shipment.carrier or "",
        tracking=shipment.tracking or "",
        shipped_at=_noon(shipment.date, zone) if shipment.state == "shipped" else None,
    )


def _noon(day: dt.date | None, zone: ZoneInfo) -> dt.datetime | None:
    """Noon of that day where the company is, so that it is that day in the shop's zone too."""
    if day is None:
        return None
    return dt.datetime.combine(day, dt.time(12), zone).astimezone(dt.UTC)


def _invoice(invoice: InvoiceRow) -> Invoice:
    return Invoice(
        id=external(invoice.id),
        number=invoice.number or "",
        state=invoice.state,
        total=invoice.total,
        currency=invoice.currency,
        key=invoice.key or "",
        date=invoice.date,
        credits=None if invoice.credits is None else external(invoice.credits),
    )
