"""Invoices and credit notes as they stand in the ERP."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

import msgspec

from panstore.model.ids import ExternalId, OrderKey

__all__ = ["CreditRequest", "Invoice", "InvoiceRequest", "InvoiceScope", "InvoiceState"]

InvoiceState = Literal["draft", "posted", "paid", "cancelled"]
"""`cancelled`: it has no effect any more, or its credit note has taken it back."""

InvoiceScope = Literal["order", "shipped"]
"""What an invoice is for: everything ordered, or what has been shipped and is not invoiced yet."""


class Invoice(msgspec.Struct, frozen=True):
    """An invoice or a credit note.

    Attributes:
        id: the ERP's id; number: what people see, empty for a draft.
        key: our idempotency key, empty if a person made it.
        total: gross, negative for a credit note.
        credits: id of the invoice a credit note takes back, None if it is none or says nothing.
    """

    id: ExternalId
    number: str
    state: InvoiceState
    total: Decimal
    currency: str
    key: str = ""
    date: dt.date | None = None
    credits: ExternalId | None = None

    @property
    def issued(self) -> bool:
        """Whether it has a number and stands in the books, paid or not."""
        return self.state in {"posted", "paid"}


class InvoiceRequest(msgspec.Struct, frozen=True):
    """An invoice to be issued once under its key: created, dated, posted.

    Attributes:
        sale: key of the sale.
        date: business date in the company's zone.
    """

    key: OrderKey
    sale: OrderKey
    scope: InvoiceScope
    date: dt.date


class CreditRequest(msgspec.Struct, frozen=True):
    """A credit note for the whole of an issued invoice, once under its key.

    Attributes:
        sale: key of the sale; invoice: the ERP's id.
        date: business date in the company's zone.
    """

    key: OrderKey
    sale: OrderKey
    invoice: ExternalId
    date: dt.date
