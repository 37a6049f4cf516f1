"""Drift of one web order: what the shop is owed for it against its sales in the ERP."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from panstore.model.drift import Mover, Waits, who_moved
from panstore.model.sale import BookedOrder

__all__ = ["OrderSides", "order_drift", "sales_words"]

_NOTHING = "nothing"
"""Both sides of an order of which nothing is to be delivered or paid."""


class OrderSides(msgspec.Struct, frozen=True):
    """An order as it stands in both systems.

    Attributes:
        owed: gross total less what was given back; None if the shop has the order no more.
        void: nothing of it is to be delivered any more.
        sales: those made for it and not cancelled by us, as they stand.
        lost: how many of these the ERP has no more.
        made: sum of what they were made from; None if none was made or nobody knows.
        waits, waits_why: for what our own work on it waits.
        due: what would be done next and why; empty if nothing is due.
    """

    owed: Decimal | None
    void: bool
    currency: str
    sales: tuple[BookedOrder, ...] = ()
    lost: int = 0
    made: Decimal | None = None
    waits: Waits = ""
    waits_why: str = ""
    due: str = ""


def order_drift(sides: OrderSides) -> tuple[Mover, Waits, str]:
    """Who moved, for what our own work waits, and the state in words."""
    if sides.owed is None:
        return "shop", "", "the shop has it no more"
    shop = _NOTHING if sides.void else _amount(sides.owed, sides.currency)
    erp = _erp(sides)
    wrote = None if sides.made is None else _amount(sides.made, sides.currency)
    if sides.lost:
        return "erp", "", f"the ERP has {sides.lost} of its sales no more"
    if shop == erp:
        if not sides.due:
            return "none", "", "in step"
        return "us", sides.waits or "mark", sides.waits_why or f"still to be done: {sides.due}"
    waits: Waits = sides.waits or ("mark" if sides.due else "")
    moved = who_moved(shop=shop, erp=erp, wrote=wrote, waits=waits)
    later = sides.waits_why or (f"still to be done: {sides.due}" if sides.due else "")
    what = _difference(sides, shop, erp)
    return moved, waits, f"{what}; {later}" if later else what


def sales_words(sales: Sequence[BookedOrder]) -> str | None:
    """The sales as they stand, for people; None if there are none."""
    words = [
        f"{sale.number}: {sale.total} {sale.currency}"
        + (", cancelled" if sale.state == "cancelled" else "")
        for sale in sales
    ]
    return "; ".join(words) or None


def _amount(amount: Decimal, currency: str) -> str:
    return f"{amount.normalize():f} {currency}"


def _erp(sides: OrderSides) -> str | None:
    standing = [sale for sale in sides.sales if sale.state != "cancelled"]
    total = sum((sale.total for sale in standing), Decimal(0))
    if not standing:
        return _NOTHING if sides.void or sides.sales else None
    if sides.void and not total:
        return _NOTHING
    currencies = sorted({sale.currency for sale in standing})
    return _amount(total, "/".join(currencies))


def _difference(sides: OrderSides, shop: str, erp: str | None) -> str:
    if erp is None:
        return "it is not in the ERP"
    if sides.void:
        return f"the shop wants nothing of it, the ERP has sales over {erp}"
    if erp == _NOTHING:
        return f"its sale is cancelled in the ERP, the shop still has it over {shop}"
    return f"the shop has it over {shop}, the ERP over {erp}"
