"""Rows of `panstore.gateway.document`: a paper with everything on it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

__all__ = [
    "DocumentRow",
    "IdentifierRow",
    "PaperLineRow",
    "PaperPartyRow",
    "PrintedRow",
    "VatRowRow",
]


class IdentifierRow(msgspec.Struct):
    """A number of a party; `type` is Tryton's, as `eu_vat` or `si_maticna`, null for others."""

    type: str | None
    code: str


class PaperPartyRow(msgspec.Struct):
    """Who sells, buys or receives; the tax identifier is the first of `identifiers`."""

    name: str
    street: str | None
    postcode: str | None
    city: str | None
    country: str | None
    identifiers: list[IdentifierRow]
    email: str | None
    phone: str | None
    website: str | None
    iban: str | None
    bic: str | None
    extra: list[str]


class PaperLineRow(msgspec.Struct):
    """A line; amounts are null on a delivery note.

    Attributes:
        unit: symbol of the unit; unit_code: of UN/ECE recommendation 20, where Tryton has it.
        rate: a share, 0.22; null where a tax is no percentage.
        category: of VAT, as in its row.
    """

    code: str | None
    description: str | None
    quantity: Decimal
    unit: str | None
    unit_name: str | None
    unit_code: str | None
    unit_net: Decimal | None
    net: Decimal | None
    rate: Decimal | None
    category: str | None


class VatRowRow(msgspec.Struct):
    """Taxes of one rate, category and reason; `rate` as in a line."""

    rate: Decimal | None
    base: Decimal
    tax: Decimal
    category: str | None
    reason: str | None


class PrintedRow(msgspec.Struct):
    """Answer of `panstore.gateway.print_document`: a PDF and a name for its file."""

    name: str
    content: bytes


class DocumentRow(msgspec.Struct):
    """An invoice, a credit note or a delivery note."""

    number: str
    date: dt.date
    currency: str
    seller: PaperPartyRow
    buyer: PaperPartyRow
    receiver: PaperPartyRow | None
    lines: list[PaperLineRow]
    vat: list[VatRowRow]
    net: Decimal
    tax: Decimal
    total: Decimal
    paid: Decimal
    due: dt.date | None
    delivered: dt.date | None
    order_number: str | None
    order_date: dt.date | None
    payment_method: str | None
    delivery_method: str | None
    reference: str | None
    credits: str | None
    taken_back_by: str | None
    carrier: str | None
    tracking: str | None
    note: str | None
