"""What Tryton has issued for a sale, as it would be printed."""

from __future__ import annotations

from typing import TypeVar

from panstore.connectors.tryton.calls import GATEWAY
from panstore.connectors.tryton.map.documents import document_of, safe_name
from panstore.connectors.tryton.map.rows import number_of, row
from panstore.connectors.tryton.orders import TrytonOrders
from panstore.connectors.tryton.wire_documents import DocumentRow, PrintedRow
from panstore.model.document import Document, DocumentKind, Language
from panstore.model.ids import ExternalId, OrderKey
from panstore.sdk.document_roles import Page
from panstore.sdk.errors import MappingError, NotFoundError, RejectedError

__all__ = ["TrytonDocuments"]

RowT = TypeVar("RowT")

_MISSING = frozenset({"unknown_document", "unknown_order"})


class TrytonDocuments(TrytonOrders):
    """Adds ReadDocuments and PrintDocuments."""

    async def document(self, sale: OrderKey, kind: DocumentKind, id: ExternalId) -> Document:  # noqa: A002 - the role's word
        operation = f"read {kind.replace('_', ' ')} {id} of order {sale}"
        paper = await self._paper(operation, "document", (sale, kind, id), DocumentRow)
        try:
            return document_of(paper, kind, id)
        except MappingError as error:
            raise RejectedError(
                self._id, operation, f"{error}; print it in Tryton", code="no_rate"
            ) from None

    async def print_document(
        self,
        sale: OrderKey,
        kind: DocumentKind,
        id: ExternalId,  # noqa: A002 - the role's word
        language: Language,  # noqa: ARG002 - Tryton's report speaks as it knows of the party
    ) -> Page:
        operation = f"print {kind.replace('_', ' ')} {id} of order {sale}"
        printed = await self._paper(operation, "print_document", (sale, kind, id), PrintedRow)
        return Page(safe_name(printed.name), printed.content)

    async def _paper(
        self,
        operation: str,
        method: str,
        which: tuple[OrderKey, DocumentKind, ExternalId],
        shape: type[RowT],
    ) -> RowT:
        sale, kind, id_ = which
        number = number_of(id_)
        if number is None:
            raise NotFoundError(
                self._id, operation, f"{id_!r} is no id of such a document of Tryton's"
            )
        try:
            answer = await self._client.call(operation, f"{GATEWAY}.{method}", sale, kind, number)
        except RejectedError as error:
            if error.code in _MISSING:
                raise NotFoundError(self._id, operation, error.what) from None
            raise
        return row(answer, shape, operation)
