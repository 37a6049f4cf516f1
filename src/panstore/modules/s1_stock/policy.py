"""The one rule of what can be sold; a company may replace it, everything else stays."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Context, Decimal, localcontext

from panstore.model.quantity import to_sales_units
from panstore.model.stock import StockLevel
from panstore.modules.s1_stock.settings import Promise

__all__ = ["offered", "promised", "sellable"]

_ZERO = Decimal(0)
_DOWN = Context(prec=50, rounding=ROUND_FLOOR)


def promised(level: StockLevel, promise: Promise) -> Decimal:
    """Goods of one warehouse that are somebody's already, in stock units, >= 0.

    A negative figure (a careless ERP) counts as none: it must never raise the offer.
    """
    reserved = max(level.reserved, _ZERO)
    return reserved + max(level.demand, _ZERO) if promise == "all" else reserved


def sellable(
    levels: Sequence[StockLevel], *, open_demand: Decimal, safety: Decimal, promise: Promise
) -> Decimal:
    """Goods a shop may still promise to a buyer.

    The warehouses are summed with their signs: where one of them has promised more than it
    holds, the missing pieces are taken off the others. Counting it as empty instead would offer
    more, and the buyer of those pieces would wait for goods that another buyer gets as soon as
    somebody moves them between the warehouses. Offering too little costs a sale now and then,
    offering too much breaks a promise, so the sum it is.

    Args:
        levels: one per chosen warehouse, in stock units.
        open_demand: pieces in shop orders that the ERP does not know yet, stock units.
        safety: safety stock held back, >= 0, stock units.
        promise: which promises of the ERP count.

    Returns:
        Absolute quantity in stock units, >= 0, never above
        on hand - promised - open demand - safety stock. Goods to arrive never raise it.
    """
    free = sum((level.on_hand - promised(level, promise) for level in levels), _ZERO)
    return max(free - max(open_demand, _ZERO) - safety, _ZERO)


def offered(stock_units: Decimal, factor: Decimal, digits: int) -> Decimal:
    """Sales units that a shop may offer, cut off (never rounded up) after `digits` places.

    Args:
        stock_units: what can be sold, >= 0.
        factor: stock units in one sales unit, > 0.
        digits: places the shop stores; 0 for a shop without fractions.
    """
    with localcontext(_DOWN):
        units = to_sales_units(stock_units, factor)
        return units.quantize(Decimal(1).scaleb(-digits))
