"""What a template is given: words and figures, ready to be shown.

A company's own template reads the same, so these fields are a promise: they may grow, and what is
there stays.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from panstore.model.document import DocumentKind, Language

__all__ = [
    "Column",
    "ColumnName",
    "Fact",
    "LogoData",
    "PageData",
    "PartyData",
    "PaymentData",
    "RowData",
    "VatData",
]

ColumnName = Literal["place", "description", "code", "quantity", "price", "rate", "net"]


class Fact(msgspec.Struct, frozen=True):
    """A word and what belongs to it."""

    label: str
    value: str


class PartyData(msgspec.Struct, frozen=True):
    """Who sells, buys or receives.

    Attributes:
        title: above the name, e.g. "Buyer"; empty for the seller.
        lines: address, numbers and the like, one a line.
    """

    name: str
    lines: tuple[str, ...]
    title: str = ""


class LogoData(msgspec.Struct, frozen=True):
    """A picture as SVG, and its height on the page in mm where it is not too wide for that."""

    svg: str
    height: float


class Column(msgspec.Struct, frozen=True):
    """A column of the table of lines: which field of a row, and its title."""

    name: ColumnName
    title: str


class RowData(msgspec.Struct, frozen=True):
    """One line; fields that the document does not have are empty."""

    place: str
    description: str
    code: str
    quantity: str
    price: str
    rate: str
    net: str


class VatData(msgspec.Struct, frozen=True):
    """VAT per rate.

    Attributes:
        titles: of the four columns.
        rows: rate, base, tax and both together.
        reasons: why none is charged, where none is.
    """

    titles: tuple[str, str, str, str]
    rows: tuple[tuple[str, str, str, str], ...]
    reasons: tuple[str, ...]


class PaymentData(msgspec.Struct, frozen=True):
    """How to pay what is owed.

    Attributes:
        hint: what the code is for; empty if there is none.
        qr: UPN QR code as SVG, None where such a payment cannot be made.
    """

    title: str
    facts: tuple[Fact, ...]
    hint: str = ""
    qr: str | None = None


class PageData(msgspec.Struct, frozen=True):
    """Everything on a page.

    Attributes:
        title: kind of document as people call it; date: year, month, day of issue.
        facts: dates and numbers beside the addresses.
        totals: above the grand total; after: below it; owed: last, None where nothing is.
        signatures: who signs, on a delivery note.
        note, thanks, footer: lines.
        page: the word before "1 / 2".
        color: `#rrggbb`.
    """

    kind: DocumentKind
    language: Language
    title: str
    number: str
    date: tuple[int, int, int]
    seller: PartyData
    buyer: PartyData
    facts: tuple[Fact, ...]
    columns: tuple[Column, ...]
    rows: tuple[RowData, ...]
    page: str
    color: str
    receiver: PartyData | None = None
    vat: VatData | None = None
    totals: tuple[Fact, ...] = ()
    grand: Fact | None = None
    after: tuple[Fact, ...] = ()
    owed: Fact | None = None
    payment: PaymentData | None = None
    signatures: tuple[str, ...] = ()
    note: tuple[str, ...] = ()
    thanks: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    logo: LogoData | None = None
