"""Papers of a simulated ERP as they would be printed: who, what, how much."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from panstore.model.customer import Address, Customer
from panstore.model.document import Document, DocumentKind, DocumentLine, DocumentParty, VatRow
from panstore.model.ids import ExternalId, OrderKey
from panstore.model.sale import BookedLine
from panstore.sdk.errors import NotFoundError, RejectedError
from panstore.testing.world.documents import Paper, Parcel, Sale
from panstore.testing.world.reckoning import erp_vat

if TYPE_CHECKING:
    from panstore.testing.world.erp import SimErp

__all__ = ["SELLER", "printed"]

SELLER = DocumentParty(
    name="Zelena skodelica d.o.o.",
    street="Slovenska cesta 40",
    postcode="1000",
    city="Ljubljana",
    country="SI",
    vat_id="SI50223054",
    email="trgovina@zelena-skodelica.example",
    phone="+386 1 555 01 23",
    website="https://zelena-skodelica.example",
    iban="SI56263300012039086",
    bic="PRIMSI2X",
    extra=("Matična številka 6543219000",),
)
"""Who issues everything in a simulated ERP."""

_TERM = dt.timedelta(days=8)
_ZERO = Decimal(0)
_NO_VAT = "VAT not charged"


def printed(erp: SimErp, key: OrderKey, kind: DocumentKind, id_: ExternalId) -> Document:
    """A document of a sale.

    Raises:
        NotFoundError: the sale has none of that kind and id.
        RejectedError: `code` "not_issued", it is a draft or a parcel not yet packed.
    """
    sale = erp.sales.first(key, "document")
    if kind == "delivery_note":
        for parcel in sale.parcels:
            if parcel.id == id_ and not parcel.returned:
                return _delivery_note(erp, sale, parcel)
    else:
        for paper in sale.papers:
            if paper.id == id_ and kind == _kind_of(paper):
                return _invoice(erp, sale, paper)
    raise NotFoundError(erp.name, "document", f"{sale.number} has no {kind} {id_}")


def _kind_of(paper: Paper) -> DocumentKind:
    return "credit_note" if paper.credits is not None or paper.total < 0 else "invoice"


def _invoice(erp: SimErp, sale: Sale, paper: Paper) -> Document:
    if paper.posted is None or paper.date is None:
        raise RejectedError(erp.name, "document", f"{paper.id} is a draft", code="not_issued")
    sign = -1 if paper.credits is not None else 1
    lines = [
        replace(sale.lines[place], quantity=sign * quantity)
        for place, quantity in paper.quantities.items()
    ]
    reckoned = erp_vat(lines, paper.currency, erp.rules)
    missing = paper.total - sum((base + tax for base, tax in reckoned.values()), _ZERO)
    if missing:
        # The last of several invoices brings their sum to the sale's total.
        lines.append(BookedLine(None, "rounding", "Rounding", Decimal(1), missing, missing, _ZERO))
        reckoned = erp_vat(lines, paper.currency, erp.rules)
    made = _blank(sale, paper.id, _kind_of(paper), paper.number, paper.date)
    originals = {one.id: one.number for one in sale.papers}
    notes = {one.credits: one.number for one in sale.papers if one.posted is not None}
    return replace(
        made,
        lines=tuple(_line(erp, line, paper.currency) for line in lines),
        vat=tuple(
            VatRow(rate, base, tax, "S" if rate else "E", "" if rate else _NO_VAT)
            for rate, (base, tax) in reckoned.items()
        ),
        net=sum((base for base, _ in reckoned.values()), _ZERO),
        tax=sum((tax for _, tax in reckoned.values()), _ZERO),
        total=paper.total,
        due=paper.date + _TERM if paper.total > 0 else None,
        delivered=_delivered(sale) if paper.total > 0 else None,
        reference=f"RF18{paper.number}" if paper.total > 0 else "",
        credits="" if paper.credits is None else originals[paper.credits],
        taken_back_by=notes.get(paper.id, ""),
    )


def _line(erp: SimErp, line: BookedLine, currency: str) -> DocumentLine:
    (base,) = (base for base, _ in erp_vat([line], currency, erp.rules).values())
    return DocumentLine(
        description=line.description,
        quantity=line.quantity,
        code=_code(erp, line.product),
        unit="kos" if line.kind == "goods" else "",
        unit_net=line.unit_net,
        net=base,
        rate=line.rate,
        category="S" if line.rate else "E",
    )


def _delivery_note(erp: SimErp, sale: Sale, parcel: Parcel) -> Document:
    if parcel.state not in {"packed", "shipped"}:
        raise RejectedError(
            erp.name, "document", f"parcel {parcel.number} is not packed", code="not_issued"
        )
    left = (parcel.shipped_at or erp.history.clock.now()).date()
    names = {line.product: line.description for line in sale.lines}
    return replace(
        _blank(sale, parcel.id, "delivery_note", parcel.number, left),
        lines=tuple(
            DocumentLine(names.get(one, one), quantity, _code(erp, one), "kos")
            for one, quantity in parcel.goods.items()
        ),
        delivered=left if parcel.state == "shipped" else None,
        carrier=parcel.carrier,
        tracking=parcel.tracking,
    )


def _blank(sale: Sale, id_: ExternalId, kind: DocumentKind, number: str, date: dt.date) -> Document:
    """What every paper of the sale has; a sale typed into the ERP is for whoever walks in."""
    order = sale.order
    customer = order.customer if order else Customer(None, "Walk-in", "")
    billing = (order.billing or order.shipping) if order else None
    return Document(
        kind=kind,
        id=id_,
        number=number,
        date=date,
        currency=sale.currency,
        seller=SELLER,
        buyer=_party(customer, billing),
        lines=(),
        receiver=(
            _party(customer, sale.shipping)
            if sale.shipping is not None and sale.shipping != billing
            else None
        ),
        order_number=order.number if order else "",
        order_date=order.date if order else None,
        payment_method=order.payment_method if order else "",
        delivery_method=order.delivery_method if order else "",
    )


def _party(customer: Customer, address: Address | None) -> DocumentParty:
    if address is None:
        return DocumentParty(customer.company or customer.name, email=customer.email)
    return DocumentParty(
        name=address.company or address.name or customer.company or customer.name,
        street=address.street,
        postcode=address.postcode,
        city=address.city,
        country=address.country,
        vat_id=customer.vat_id,
        email=customer.email,
        phone=address.phone or customer.phone,
    )


def _delivered(sale: Sale) -> dt.date | None:
    days = [
        parcel.shipped_at.date()
        for parcel in sale.parcels
        if parcel.state == "shipped" and not parcel.returned and parcel.shipped_at is not None
    ]
    return max(days, default=None)


def _code(erp: SimErp, product: ExternalId | None) -> str:
    known = None if product is None else erp.shelf.get(product)
    return known.sku if known is not None else ""
