"""Roles that follow an order on its way: reserved, invoiced, cancelled, told to the shop.

As with `panstore.sdk.roles`, all methods are coroutines and every failure is one of
`panstore.sdk.errors`. What an ERP answers here is the whole sale as it stands after the call, so
that nothing has to be assumed.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import msgspec

from panstore.model.document import DocumentKind
from panstore.model.ids import ExternalId, OrderKey
from panstore.model.invoice import CreditRequest, InvoiceRequest
from panstore.model.sale import BookedOrder
from panstore.model.shipment import Shipment

__all__ = [
    "CancelOrders",
    "DocumentLink",
    "IssueInvoices",
    "OrderUpdate",
    "ReservationPage",
    "ReserveGoods",
    "UpdateOrders",
]


@runtime_checkable
class CancelOrders(Protocol):
    """ERP: a sale that will not be delivered."""

    async def cancel_order(self, key: OrderKey) -> BookedOrder:
        """Cancel a sale in one transaction: reservations, parcels and draft invoices go with it.

        A sale that is cancelled already is given back as it is.

        Raises:
            RejectedError: something is packed or shipped (`code` "order_shipped"), an issued
                invoice has not been credited ("order_invoiced"), or the ERP refuses; nothing was
                changed.
        """


class ReservationPage(msgspec.Struct, frozen=True):
    """Keys of sales with goods set aside; `after` is None on the last page."""

    keys: tuple[OrderKey, ...]
    after: str | None


@runtime_checkable
class ReserveGoods(Protocol):
    """ERP: goods set aside for one sale."""

    async def reserve(self, key: OrderKey, *, whole: bool) -> BookedOrder:
        """Set aside what is there and not yet set aside, never more than is on hand.

        Repeating it is harmless.

        Args:
            whole: all goods of the sale or none.

        Returns:
            The sale read back: `all_reserved` says whether anything is short.
        """

    async def release(self, key: OrderKey) -> BookedOrder:
        """Give back what is set aside and not packed; the sale itself stays."""

    async def reservations(self, after: str | None, limit: int) -> ReservationPage:
        """Next page of the sales with one of our keys for which goods are set aside."""


@runtime_checkable
class IssueInvoices(Protocol):
    """ERP: invoices and credit notes."""

    async def issue_invoice(self, request: InvoiceRequest) -> BookedOrder:
        """Create, date and post one invoice under its key, or give back the sale with the first.

        For a sale of negative quantities it is a credit note. An invoice that a person has
        issued meanwhile takes the key and is the result.

        Raises:
            RejectedError: `code` "nothing_to_invoice", or the ERP's reason; nothing remains.
            OutcomeUnknownError: the reply was lost; look for the key in `booked_orders`.
        """

    async def credit_invoice(self, request: CreditRequest) -> BookedOrder:
        """Take an issued invoice back by a credit note under its key, or give back the first.

        Raises:
            RejectedError: as the ERP says; nothing remains.
            OutcomeUnknownError: the reply was lost; look for the key in `booked_orders`.
        """


class DocumentLink(msgspec.Struct, frozen=True):
    """Where the buyer finds a document of his order as a page, without signing in at PanStore.

    Attributes:
        number: what people see.
        url: absolute https address; whoever has it sees the page, so it is for the buyer alone.
    """

    kind: DocumentKind
    number: str
    url: str


class OrderUpdate(msgspec.Struct, frozen=True):
    """What the shop is told about an order.

    Attributes:
        key: our idempotency key.
        order: the shop's id.
        status: the shop's own word, None to leave it as it is.
        shipments: parcels that have left and the shop was not told of; quantities are in the
            shop's sales units and `product` is the shop's id.
        invoices: numbers of documents the shop was not told of.
        links: to documents the shop was not told of, for the buyer's own pages in the shop; given
            only where the shop declares `document_links`.
        note: for the order's history in the shop, in the shop's language.
    """

    key: OrderKey
    order: ExternalId
    status: str | None = None
    shipments: tuple[Shipment, ...] = ()
    invoices: tuple[str, ...] = ()
    note: str = ""
    links: tuple[DocumentLink, ...] = ()


@runtime_checkable
class UpdateOrders(Protocol):
    """Shop: the state of an order as people see it; the shop's own mails follow from it."""

    async def update_order(self, update: OrderUpdate) -> str:
        """Do all of `update` or nothing, once under its key.

        Returns:
            The order's status afterwards.

        Raises:
            RejectedError: the shop does not allow it (`code` "impossible_transition").
            OutcomeUnknownError: the reply was lost. With `keyed_updates` asking again is
                harmless; else the engine reads the order first.
        """
