"""The papers of a simulated ERP: sales with their parcels and invoices, as they stand."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from panstore.model.customer import Address
from panstore.model.ids import ExternalId, OrderKey
from panstore.model.invoice import Invoice, InvoiceState
from panstore.model.sale import BookedLine, BookedOrder, ErpOrder, SoldGoods
from panstore.model.shipment import Shipment, ShipmentState, ShippedGoods

__all__ = ["Paper", "Parcel", "Sale", "SaleState"]

SaleState = Literal["confirmed", "done", "cancelled"]

_ZERO = Decimal(0)


@dataclass(slots=True)
class Parcel:
    """Goods that leave or come back together.

    Attributes:
        goods: stock units by variant, > 0.
        returned: they come back.
        reserved: how much of them is set aside; nothing any more once they have left.
        state: `packed` and `shipped` are a person's doing, the rest follows from `reserved`.
        anew: it was cancelled, and its goods are in another one since.
    """

    id: ExternalId
    number: str
    goods: dict[ExternalId, Decimal]
    returned: bool = False
    reserved: dict[ExternalId, Decimal] = field(default_factory=dict)
    state: Literal["open", "packed", "shipped", "cancelled"] = "open"
    carrier: str = ""
    tracking: str = ""
    shipped_at: dt.datetime | None = None
    anew: bool = False

    @property
    def waits(self) -> bool:
        """Whether its goods are still on the shelf, or with the buyer who sends them back."""
        return self.state in {"open", "packed"}

    def as_shipment(self) -> Shipment:
        """As the order role reports it."""
        state: ShipmentState
        if self.state == "open":
            whole = not self.returned and all(
                self.reserved.get(one, _ZERO) >= n for one, n in self.goods.items()
            )
            state = "reserved" if whole else "waiting"
        else:
            state = self.state
        left = state == "shipped" and not self.returned
        return Shipment(
            self.id,
            self.number,
            state,
            tuple(
                ShippedGoods(one, n, n if left else self.reserved.get(one, _ZERO))
                for one, n in self.goods.items()
            ),
            self.returned,
            self.carrier,
            self.tracking,
            self.shipped_at,
        )


@dataclass(slots=True)
class Paper:
    """An invoice or a credit note of one sale.

    Attributes:
        key: ours, empty for one a person made.
        quantities: how much of each line of the sale is on it, by the line's place.
        credits: the invoice it takes back.
        credited: whether a credit note has taken it back.
        posted: tick of the world's history at which it got its number, None for a draft.
        by_hand: whether a person made it; one that is given our key later is still theirs.
    """

    id: ExternalId
    currency: str
    quantities: dict[int, Decimal]
    total: Decimal = _ZERO
    number: str = ""
    key: str = ""
    date: dt.date | None = None
    credits: ExternalId | None = None
    credited: bool = False
    posted: int | None = None
    by_hand: bool = False

    @property
    def stands(self) -> bool:
        """An issued invoice that nothing has taken back."""
        return self.posted is not None and not self.credited and self.credits is None

    def as_invoice(self) -> Invoice:
        """As the order role reports it."""
        state: InvoiceState = "draft"
        if self.posted is not None:
            state = "cancelled" if self.credited else "posted"
        return Invoice(
            self.id,
            self.number,
            state,
            self.total,
            self.currency,
            self.key,
            self.date,
            self.credits,
        )


@dataclass(slots=True)
class Sale:
    """One sale.

    Attributes:
        key: our key, empty for sales typed into the ERP.
        shop_order: the shop's order id, empty likewise.
        goods: quantity by variant, in stock units; negative for what comes back.
        created: tick of the world's history at which it came to be.
        corrects: key of the sale it supplements or takes back, empty for none.
        parcels: at most one of them is open in each direction.
        papers: invoices and credit notes in the order in which they were made.
        cancelled: tick at which it was cancelled, None if it was not.
        by_hand: whether a person of the ERP cancelled it.
        shipping: where its goods go.
        order: what it was made from, None for one typed into the ERP.
    """

    id: ExternalId
    number: str
    key: str
    shop_order: str
    party: ExternalId
    warehouse: str
    currency: str
    total: Decimal
    goods: dict[ExternalId, Decimal]
    created: int
    lines: tuple[BookedLine, ...] = ()
    corrects: str = ""
    state: SaleState = "confirmed"
    parcels: list[Parcel] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    cancelled: int | None = None
    by_hand: bool = False
    shipping: Address | None = None
    order: ErpOrder | None = None

    @property
    def reserved(self) -> dict[ExternalId, Decimal]:
        """Set aside and not gone, by variant."""
        return _sum(one.reserved for one in self.parcels if one.waits)

    @property
    def shipped(self) -> dict[ExternalId, Decimal]:
        """Gone, by variant; negative for what has come back."""
        return _sum(
            {one: -n for one, n in parcel.goods.items()} if parcel.returned else parcel.goods
            for parcel in self.parcels
            if parcel.state == "shipped"
        )

    @property
    def lost(self) -> dict[ExternalId, Decimal]:
        """In parcels that a person has cancelled while the sale lives on, by variant."""
        if self.state == "cancelled":
            return {}
        return _sum(
            parcel.goods
            for parcel in self.parcels
            if parcel.state == "cancelled" and not parcel.returned and not parcel.anew
        )

    @property
    def on_the_way(self) -> bool:
        """Whether anything is packed or gone."""
        return any(parcel.state in {"packed", "shipped"} for parcel in self.parcels)

    @property
    def standing(self) -> list[Paper]:
        """Issued invoices that nothing has taken back."""
        return [paper for paper in self.papers if paper.stands]

    def invoiced_lines(self, papers: Iterable[Paper] | None = None) -> dict[int, Decimal]:
        """How much of each line is on these papers, the standing ones unless given."""
        found: dict[int, Decimal] = defaultdict(Decimal)
        for paper in self.standing if papers is None else papers:
            for place, quantity in paper.quantities.items():
                found[place] += quantity
        return dict(found)

    @property
    def invoiced(self) -> dict[ExternalId, Decimal]:
        """Goods on standing invoices, by variant."""
        found: dict[ExternalId, Decimal] = defaultdict(Decimal)
        for place, quantity in self.invoiced_lines().items():
            line = self.lines[place]
            if line.kind == "goods" and line.product is not None:
                found[line.product] += quantity
        return dict(found)

    @property
    def papers_by_hand(self) -> bool:
        """Whether a person has issued or taken back any of its invoices."""
        return any(paper.by_hand for paper in self.papers)

    @property
    def charged(self) -> Decimal:
        """Gross amount in the books: what was issued less what was credited."""
        return sum((paper.total for paper in self.papers if paper.posted is not None), _ZERO)

    def booked(self, *, repeated: bool) -> BookedOrder:
        """As the order role reports it."""
        reserved, shipped, invoiced = self.reserved, self.shipped, self.invoiced
        return BookedOrder(
            OrderKey(self.key),
            self.id,
            self.number,
            self.party,
            self.total,
            self.currency,
            "open" if self.state == "confirmed" else self.state,
            repeated,
            goods=tuple(
                SoldGoods(
                    one,
                    ordered,
                    reserved.get(one, _ZERO),
                    shipped.get(one, _ZERO),
                    invoiced.get(one, _ZERO),
                    self.lost.get(one, _ZERO),
                )
                for one, ordered in self.goods.items()
            ),
            shipments=tuple(parcel.as_shipment() for parcel in self.parcels),
            invoices=tuple(paper.as_invoice() for paper in self.papers),
        )


def _sum(piles: Iterable[Mapping[ExternalId, Decimal]]) -> dict[ExternalId, Decimal]:
    total: dict[ExternalId, Decimal] = {}
    for pile in piles:
        for one, quantity in pile.items():
            total[one] = total.get(one, _ZERO) + quantity
    return {one: quantity for one, quantity in total.items() if quantity}
