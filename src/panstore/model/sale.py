"""Sales: web orders as the ERP shall book them, and as they stand there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

import msgspec

from panstore.model.customer import Address, Customer
from panstore.model.ids import ExternalId, OrderKey
from panstore.model.invoice import Invoice
from panstore.model.shipment import Shipment

__all__ = [
    "Booked",
    "BookedLine",
    "BookedOrder",
    "ErpOrder",
    "NewCustomer",
    "SoldGoods",
    "lost_goods",
]


class NewCustomer(msgspec.Struct, frozen=True):
    """A party to be created in the ERP under a key of ours, so that it is created once."""

    key: str
    customer: Customer
    generic_code: str = ""


class BookedLine(msgspec.Struct, frozen=True):
    """One line of the sale to be created.

    Attributes:
        product: the ERP's id; None for shipping, fees, discounts and rounding.
        kind: what the line is for; the ERP connection says on which product or account the
            kinds other than `goods` are booked.
        quantity: in stock units.
        unit_net: net price of one stock unit, at most 4 decimal places.
            Negative for goods that come back.
        net: what `quantity * unit_net` gives in the currency's places.
        rate: VAT in per cent.
    """

    product: ExternalId | None
    kind: Literal["goods", "shipping", "fee", "discount", "rounding"]
    description: str
    quantity: Decimal
    unit_net: Decimal
    net: Decimal
    rate: Decimal


class ErpOrder(msgspec.Struct, frozen=True):
    """A sale to be created once, whole, confirmed, or not at all.

    With negative quantities it is a return: the goods come in, its invoice is a credit note.

    Attributes:
        key: our idempotency key; the ERP gives back the first sale when it repeats.
        corrects: key of the sale this one supplements or takes back, None for a first one.
        party: id of the ERP's party, or the data of a new one.
        date: business date in the company's zone.
        total: gross; the ERP refuses the sale if its own total differs.
    """

    key: OrderKey
    shop_order: ExternalId
    number: str
    date: dt.date
    currency: str
    warehouse: str
    party: ExternalId | NewCustomer
    customer: Customer
    lines: tuple[BookedLine, ...]
    total: Decimal
    billing: Address | None = None
    shipping: Address | None = None
    delivery_method: str = ""
    payment_method: str = ""
    note: str = ""
    corrects: OrderKey | None = None


class Booked(msgspec.Struct, frozen=True):
    """What one sale of ours was made from; kept with the fact, without personal data.

    Attributes:
        lines: as they were sent; total: gross.
        content: digest of the goods and money of the shop's order at that moment.
        address: digest of where it goes and who pays.
        goods: (the shop's variant, sales units), what of the shop's order the sale covers;
            negative for a return.
        unlike: whether the ERP had made the sale from something else by then: a call that came
            late had used the key. What else is not known, so it covers nothing.
    """

    lines: tuple[BookedLine, ...]
    total: Decimal
    content: str
    address: str
    goods: tuple[tuple[ExternalId, Decimal], ...] = ()
    unlike: bool = False

    def as_made(self, sale: BookedOrder) -> Booked:
        """What `sale` was made from, as far as its total and its articles with stock tell."""
        sent: dict[ExternalId, Decimal] = {}
        for line in self.lines:
            if line.product is not None:
                sent[line.product] = sent.get(line.product, Decimal(0)) + line.quantity
        same = all(sent.get(one.product, Decimal(0)) == one.ordered for one in sale.goods)
        if same and sale.total == self.total:
            return self
        return msgspec.structs.replace(self, lines=(), total=sale.total, goods=(), unlike=True)


class SoldGoods(msgspec.Struct, frozen=True):
    """How far one article of a sale has come, in stock units; negative for a return.

    Attributes:
        ordered: in the sale.
        reserved: set aside in parcels that have not left.
        shipped: has left (or has come back).
        invoiced: on invoices that stand in the books.
        lost: its parcel was cancelled by a person and not made anew, so that the ERP promises it
            to nobody.
    """

    product: ExternalId
    ordered: Decimal
    reserved: Decimal = Decimal(0)
    shipped: Decimal = Decimal(0)
    invoiced: Decimal = Decimal(0)
    lost: Decimal = Decimal(0)


class BookedOrder(msgspec.Struct, frozen=True):
    """The sale as it stands in the ERP, read back.

    Attributes:
        id: the ERP's id; number: what people see.
        state: `cancelled`: nothing of it will be delivered or invoiced any more.
        repeated: whether the call that gave this answer had been made before.
        goods: stockable articles, one row per product.
        invoices: those that can have an effect, drafts included, and credit notes.
    """

    key: OrderKey
    id: ExternalId
    number: str
    party: ExternalId
    total: Decimal
    currency: str
    state: Literal["open", "done", "cancelled"]
    repeated: bool = False
    goods: tuple[SoldGoods, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    invoices: tuple[Invoice, ...] = ()

    @property
    def shipped(self) -> bool:
        """Whether any of its goods have left, or are packed to leave."""
        return any(s.state in {"packed", "shipped"} for s in self.shipments)

    @property
    def all_shipped(self) -> bool:
        """Whether all its goods have left; a sale without goods needs no parcel."""
        return all(abs(g.shipped) >= abs(g.ordered) for g in self.goods)

    @property
    def all_reserved(self) -> bool:
        """Whether everything that has not left and is still to leave is set aside."""
        return all(
            abs(g.reserved) + abs(g.shipped) + abs(g.lost) >= abs(g.ordered) for g in self.goods
        )

    @property
    def reserved(self) -> bool:
        """Whether anything of it is set aside and has not left."""
        return any(g.reserved for g in self.goods)

    @property
    def standing_invoices(self) -> tuple[Invoice, ...]:
        """Issued invoices and credit notes that nothing has taken back."""
        taken_back = {one.credits for one in self.invoices if one.issued and one.credits}
        return tuple(
            one
            for one in self.invoices
            if one.issued and one.id not in taken_back and one.credits is None
        )


def lost_goods(sales: Iterable[BookedOrder]) -> dict[ExternalId, Decimal]:
    """What an order is owed and its sales promise to nobody, in stock units by product, > 0.

    A piece that was given back before it left is booked as a return that has not come in; of lost
    pieces these are no longer owed.

    Args:
        sales: all of one order; cancelled ones count for nothing.
    """
    lost: dict[ExternalId, Decimal] = {}
    for sale in sales:
        if sale.state == "cancelled":
            continue
        for one in sale.goods:
            open_return = min(Decimal(0), one.ordered - one.shipped) if one.ordered < 0 else 0
            owed = max(Decimal(0), one.lost) + open_return
            lost[one.product] = lost.get(one.product, Decimal(0)) + owed
    return {product: quantity for product, quantity in lost.items() if quantity > 0}
