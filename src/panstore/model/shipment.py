"""Parcels: goods of a sale on their way to the buyer, or on their way back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

import msgspec

from panstore.model.ids import ExternalId

__all__ = ["Shipment", "ShipmentState", "ShippedGoods"]

ShipmentState = Literal["waiting", "reserved", "packed", "shipped", "cancelled"]
"""`waiting`: not all its goods are set aside; `shipped`: it has left (a return: it has come in)."""


class ShippedGoods(msgspec.Struct, frozen=True):
    """One article in a parcel.

    Attributes:
        product: the ERP's id of the variant.
        quantity: in stock units, > 0.
        reserved: how much of it is set aside; all of it once the parcel is packed.
    """

    product: ExternalId
    quantity: Decimal
    reserved: Decimal = Decimal(0)


class Shipment(msgspec.Struct, frozen=True):
    """A parcel as it stands in the ERP.

    Attributes:
        id: the ERP's id; number: what people see.
        returned: goods that come back instead of going out.
        carrier: the ERP's name of who carries it, or empty.
        tracking: numbers to follow it by, separated by spaces, or empty.
        shipped_at: business time at which it left, aware UTC; None while it has not.
    """

    id: ExternalId
    number: str
    state: ShipmentState
    goods: tuple[ShippedGoods, ...] = ()
    returned: bool = False
    carrier: str = ""
    tracking: str = ""
    shipped_at: dt.datetime | None = None
