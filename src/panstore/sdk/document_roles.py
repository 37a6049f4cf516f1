"""Roles around documents for the buyer: read in the ERP, made into a page.

As with `panstore.sdk.roles`, all methods are coroutines and every failure is one of
`panstore.sdk.errors`.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import msgspec

from panstore.model.document import Document, DocumentKind, Language
from panstore.model.ids import ExternalId, OrderKey

__all__ = ["Page", "PrintDocuments", "ReadDocuments", "RenderDocuments"]


@runtime_checkable
class ReadDocuments(Protocol):
    """ERP: what was issued for a sale, as it would be printed."""

    async def document(self, sale: OrderKey, kind: DocumentKind, id: ExternalId) -> Document:  # noqa: A002 - the model's word
        """One invoice, credit note or delivery note.

        Args:
            sale: our key of the sale it belongs to.
            id: the ERP's id of the invoice or shipment, as `booked_orders` named it.

        Raises:
            NotFoundError: there is no such document of that sale.
            RejectedError: it is not issued yet (`code` "not_issued").
        """


class Page(msgspec.Struct, frozen=True):
    """A rendered document.

    Attributes:
        name: file name with extension, safe on every system, e.g. `racun-2026-00001.pdf`.
        media_type: `application/pdf`.
        problem: what is not as the settings want it, for people: a company's own template with
            an error, a logo that cannot be read, figures for which no e-invoice can be vouched;
            empty if all is.
    """

    name: str
    content: bytes
    media_type: str = "application/pdf"
    problem: str = ""


@runtime_checkable
class PrintDocuments(Protocol):
    """ERP: its own page of what was issued, in the form its people know."""

    async def print_document(
        self,
        sale: OrderKey,
        kind: DocumentKind,
        id: ExternalId,  # noqa: A002 - the model's word
        language: Language,
    ) -> Page:
        """The document as a PDF.

        Args:
            sale, kind, id: as for `ReadDocuments.document`.
            language: in which it should be; an ERP may know better what its buyer speaks.

        Raises:
            NotFoundError: there is no such document of that sale.
            RejectedError: it is not issued yet (`code` "not_issued"), or the ERP makes no PDFs
                (`code` "no_print").
        """


@runtime_checkable
class RenderDocuments(Protocol):
    """Makes pages of documents; the same document gives the same bytes."""

    async def render(self, document: Document, language: Language) -> Page:
        """The document as a PDF.

        Raises:
            RejectedError: it cannot be shown (`code` "unprintable": a character no font has, or
                making it failed twice).
            UnavailableError: no page was made now; the next time it may be.
        """
