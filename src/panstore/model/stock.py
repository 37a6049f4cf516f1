"""Stock as the ERP keeps it, and as a shop offers it."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from panstore.model.ids import ExternalId

__all__ = ["ShopStock", "StockLevel", "StockTarget"]


class StockLevel(msgspec.Struct, frozen=True):
    """Stock of one variant in one warehouse, in stock units.

    Attributes:
        variant: the ERP's id.
        warehouse: the ERP's warehouse code.
        on_hand: in the storage zone; may be negative in a careless ERP.
        reserved: assigned to documents and not yet taken out of the zone; >= 0.
        demand: confirmed, not yet reserved; >= 0. Goods to arrive are in none of the three.
        unit: the stock unit.
    """

    variant: ExternalId
    warehouse: str
    on_hand: Decimal
    reserved: Decimal
    demand: Decimal
    unit: str


class ShopStock(msgspec.Struct, frozen=True):
    """What a shop offers of one variant now, in sales units.

    Attributes:
        variant: the shop's id.
        free: quantity a visitor could still buy; negative when the shop has oversold.
    """

    variant: ExternalId
    free: Decimal


class StockTarget(msgspec.Struct, frozen=True, tag="stock"):
    """The absolute free quantity a shop shall offer, in sales units, >= 0."""

    free: Decimal
