"""What Tryton has issued for a sale, as it would be printed."""

from __future__ import annotations

from panstore.connectors.tryton.calls import GATEWAY
from panstore.connectors.tryton.map.documents import document_of
from panstore.connectors.tryton.map.rows import number_of, row
from panstore.connectors.tryton.orders import TrytonOrders
from panstore.connectors.tryton.wire_documents import DocumentRow
from panstore.model.document import Document, DocumentKind
from panstore.model.ids import ExternalId, OrderKey
from panstore.sdk.errors import MappingError, NotFoundError, RejectedError

__all__ = ["TrytonDocuments"]

_MISSING = frozenset({"unknown_document", "unknown_order"})


class TrytonDocuments(TrytonOrders):
    """Adds ReadDocuments."""

    async def document(self, sale: OrderKey, kind: DocumentKind, id: ExternalId) -> Document:  # noqa: A002 - the role's word
        operation = f"read {kind.replace('_', ' ')} {id} of order {sale}"
        number = number_of(id)
        if number is None:
            raise NotFoundError(
                self._id, operation, f"{id!r} is no id of such a document of Tryton's"
            )
        try:
            answer = await self._client.call(operation, f"{GATEWAY}.document", sale, kind, number)
        except RejectedError as error:
            if error.code in _MISSING:
                raise NotFoundError(self._id, operation, error.what) from None
            raise
        paper = row(answer, DocumentRow, operation)
        try:
            return document_of(paper, kind, id)
        except MappingError as error:
            raise RejectedError(
                self._id, operation, f"{error}; print it in Tryton", code="no_rate"
            ) from None
