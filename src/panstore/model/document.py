"""What is printed for a buyer: invoices, credit notes and delivery notes as values.

One such value feeds the page and, later, the electronic invoice, so that both carry the same
numbers. Everything here is as the ERP booked it; nothing is computed anew.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

import msgspec

from panstore.model.ids import ExternalId

__all__ = [
    "Document",
    "DocumentKind",
    "DocumentLine",
    "DocumentParty",
    "Language",
    "VatCategory",
    "VatRow",
]

DocumentKind = Literal["invoice", "credit_note", "delivery_note"]
"""A delivery note goes with a parcel and carries no amounts."""

Language = Literal["sl", "en"]
"""In which buyers are spoken to."""
VatCategory = Literal["S", "Z", "E", "AE", "K", "G", "O"]
"""UNCL 5305, as the European e-invoice has it: standard or reduced rate, zero rate, exempt, reverse
charge, to another member state, export, outside VAT."""


class DocumentParty(msgspec.Struct, frozen=True):
    """Who sells, buys or receives; empty strings where the ERP says nothing.

    Attributes:
        street: may have several lines.
        country: ISO 3166-1 alpha-2.
        vat_id: with its country prefix; tax_number: national, where it is another one.
        iban, bic: of the seller, for payment.
        extra: lines the law wants on the page (register entry, share capital ...).
    """

    name: str
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    vat_id: str = ""
    tax_number: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    iban: str = ""
    bic: str = ""
    extra: tuple[str, ...] = ()


class DocumentLine(msgspec.Struct, frozen=True):
    """One line of a document.

    Attributes:
        code: the article's code, empty for charges.
        quantity: as printed, negative on a credit note; unit: the ERP's word for it.
        unit_net, net: before VAT, in the document's currency; None on a delivery note.
        rate: VAT in per cent; None on a delivery note. It names one row of `Document.vat`, together
            with `category`.
        unit_code: of UN/ECE recommendation 20, "C62" for pieces.
    """

    description: str
    quantity: Decimal
    code: str = ""
    unit: str = ""
    unit_net: Decimal | None = None
    net: Decimal | None = None
    rate: Decimal | None = None
    unit_code: str = "C62"
    category: VatCategory = "S"


class VatRow(msgspec.Struct, frozen=True):
    """VAT of one rate and category: base and tax as booked, in the document's currency.

    Attributes:
        category: "S" wherever the rate is above zero.
        reason: why no VAT is charged, as the law wants it on the page; empty with "S" and "Z".
    """

    rate: Decimal
    base: Decimal
    tax: Decimal
    category: VatCategory = "S"
    reason: str = ""


class Document(msgspec.Struct, frozen=True):
    """A document as the ERP issued it.

    Attributes:
        id: the ERP's id of the invoice or shipment; number: what people see.
        date: of issue; due: last day to pay, None where nothing is to be paid; delivered: day
            of delivery or service, None if not known.
        buyer: who pays; receiver: who gets the goods, None if it is the buyer.
        order_number: the shop's printed number; order_date: day of the order.
        net, tax, total: in `currency`; zero on a delivery note; negative on a credit note.
        paid: what has been received already.
        reference: payment reference the buyer shall use (model and number), empty for none.
        credits: number of the invoice a credit note takes back, or empty.
        taken_back_by: number of the credit note that has taken all of this invoice back, or empty.
        carrier, tracking: of a delivery note's parcel.
        note: for the buyer.
    """

    kind: DocumentKind
    id: ExternalId
    number: str
    date: dt.date
    currency: str
    seller: DocumentParty
    buyer: DocumentParty
    lines: tuple[DocumentLine, ...]
    receiver: DocumentParty | None = None
    vat: tuple[VatRow, ...] = ()
    net: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    due: dt.date | None = None
    delivered: dt.date | None = None
    order_number: str = ""
    order_date: dt.date | None = None
    payment_method: str = ""
    delivery_method: str = ""
    reference: str = ""
    credits: str = ""
    taken_back_by: str = ""
    carrier: str = ""
    tracking: str = ""
    note: str = ""

    @property
    def owed(self) -> Decimal:
        """What is still to be paid, never below zero; nothing of what was taken back."""
        if self.taken_back_by:
            return Decimal(0)
        return max(Decimal(0), self.total - self.paid)
