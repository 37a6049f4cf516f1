"""The sales that were made for an order, as they stand in the ERP."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from panstore.model.ids import OrderKey
from panstore.model.sale import Booked, BookedOrder
from panstore.modules.s4_orders.content import read_booked
from panstore.sdk.modules import Fact, OrderCase

__all__ = ["Document", "Documents", "documents", "untouched"]


class Document(msgspec.Struct, frozen=True):
    """One sale of ours.

    Attributes:
        booked: what it was made from, None if that was not written down.
        sale: as it stands, None if the ERP does not have it (or we have cancelled it).
        ended: whether we have cancelled it.
    """

    fact: Fact
    key: OrderKey
    booked: Booked | None
    sale: BookedOrder | None
    ended: bool

    @property
    def living(self) -> bool:
        """Whether it stands in the ERP and counts."""
        return not self.ended and self.sale is not None and self.sale.state != "cancelled"

    @property
    def undone(self) -> bool:
        """Whether somebody else has cancelled it in the ERP."""
        return not self.ended and self.sale is not None and self.sale.state == "cancelled"

    @property
    def packed(self) -> bool:
        """Whether anything of it is packed, has left, or has come back."""
        return self.left or (self.sale is not None and self.sale.shipped)

    @property
    def left(self) -> bool:
        """Whether anything of it has left, or has come back."""
        return self.sale is not None and (
            any(parcel.state == "shipped" for parcel in self.sale.shipments)
            or any(goods.shipped for goods in self.sale.goods)
        )

    @property
    def invoiced(self) -> bool:
        """Whether an amount of it stands in the books.

        A credit note that somebody made by hand may not say which invoice it takes back.
        """
        invoices = () if self.sale is None else self.sale.standing_invoices
        return bool(sum((invoice.total for invoice in invoices), Decimal(0)))

    @property
    def changed(self) -> bool:
        """Whether somebody has changed its total since we made it."""
        return (
            self.booked is not None
            and self.sale is not None
            and self.sale.total != self.booked.total
        )


class Documents(msgspec.Struct, frozen=True):
    """All sales of one order.

    Attributes:
        main: the latest sale for the whole order, None before the first.
        corrections: returns and supplements we have not cancelled, oldest first.
    """

    main: Document | None
    corrections: tuple[Document, ...]

    @property
    def settled(self) -> tuple[Document, ...]:
        """What counts: also what somebody has cancelled, because that was decided by a person."""
        return self.corrections if self.main is None else (self.main, *self.corrections)

    @property
    def living(self) -> tuple[Document, ...]:
        """What stands in the ERP."""
        return tuple(one for one in self.settled if one.living)

    @property
    def fixed(self) -> bool:
        """Whether anything is packed, invoiced or corrected, so that nothing is made anew."""
        return bool(self.corrections) or any(one.packed or one.invoiced for one in self.living)


def documents(case: OrderCase) -> Documents:
    """The sales of an order, by its facts; which revision is the latest tells, not the clock."""
    cancelled = {fact.detail for fact in case.all("cancelled")}
    imported = sorted(case.all("imported"), key=_revision)
    corrected = sorted(case.all("corrected"), key=_revision)
    main = _document(case, imported[-1], cancelled) if imported else None
    corrections = (_document(case, fact, cancelled) for fact in corrected)
    return Documents(main, tuple(one for one in corrections if not one.ended))


def untouched(case: OrderCase) -> str:
    """What was done with an order that cannot go on, for people."""
    main = documents(case).main
    if main is None or main.ended:
        return "The order was not imported"
    return f"Sale {main.fact.number} in the ERP stays as it was before the change"


def _document(case: OrderCase, fact: Fact, cancelled: set[str]) -> Document:
    # Facts of the first versions do not name their key.
    key = OrderKey(fact.key) if fact.key else case.key("order", fact.revision)
    return Document(
        fact=fact,
        key=key,
        booked=read_booked(fact.detail),
        sale=case.sales.get(key),
        ended=key in cancelled,
    )


def _revision(fact: Fact) -> int:
    return fact.revision
