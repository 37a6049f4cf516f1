"""Connectors that do one thing wrong on an order's way; the suites must catch them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from panstore.model.document import Document, DocumentKind
from panstore.model.ids import ExternalId, OrderKey
from panstore.model.invoice import CreditRequest, InvoiceRequest
from panstore.model.sale import BookedOrder
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.errors import (
    OutcomeUnknownError,
    PanstoreError,
    RejectedError,
    UnavailableError,
)
from panstore.sdk.order_roles import OrderUpdate, ReservationPage
from panstore.sdk.roles import FeedBatch
from panstore.testing.world import SimErpConnector, SimShopConnector
from panstore.testing.world.papers import SELLER


class BoastingErp(SimErpConnector):
    """Declares keyed documents that the ERP does not have."""

    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, keyed_documents=True)


class DoublingErp(SimErpConnector):
    """Asks again by itself when the reply was lost."""

    async def issue_invoice(self, request: InvoiceRequest) -> BookedOrder:
        try:
            return await super().issue_invoice(request)
        except OutcomeUnknownError:
            return await super().issue_invoice(request)

    async def credit_invoice(self, request: CreditRequest) -> BookedOrder:
        try:
            return await super().credit_invoice(request)
        except OutcomeUnknownError:
            return await super().credit_invoice(request)


class SureErp(SimErpConnector):
    """Says that nothing happened where nobody knows."""

    async def cancel_order(self, key: OrderKey) -> BookedOrder:
        try:
            return await super().cancel_order(key)
        except OutcomeUnknownError as error:
            raise _sure(error) from error

    async def reserve(self, key: OrderKey, *, whole: bool) -> BookedOrder:
        try:
            return await super().reserve(key, whole=whole)
        except OutcomeUnknownError as error:
            raise _sure(error) from error

    async def issue_invoice(self, request: InvoiceRequest) -> BookedOrder:
        try:
            return await super().issue_invoice(request)
        except OutcomeUnknownError as error:
            raise _sure(error) from error


def _sure(error: OutcomeUnknownError) -> UnavailableError:
    return UnavailableError(error.connector, error.operation, error.what)


class SwallowingErp(SimErpConnector):
    """Logs errors somewhere and answers with the sale as it is."""

    async def cancel_order(self, key: OrderKey) -> BookedOrder:
        try:
            return await super().cancel_order(key)
        except PanstoreError:
            return (await self.booked_orders([key]))[0]

    async def issue_invoice(self, request: InvoiceRequest) -> BookedOrder:
        try:
            return await super().issue_invoice(request)
        except PanstoreError:
            return (await self.booked_orders([request.sale]))[0]


class RuthlessErp(SimErpConnector):
    """Cancels whatever has become of the sale."""

    async def cancel_order(self, key: OrderKey) -> BookedOrder:
        try:
            return await super().cancel_order(key)
        except RejectedError:
            self._erp.sales.first(key, "cancel_order").state = "cancelled"
            raise


class GreedyErp(SimErpConnector):
    """Forces goods that are not there to be set aside."""

    async def reserve(self, key: OrderKey, *, whole: bool) -> BookedOrder:
        await super().reserve(key, whole=whole)
        sale = self._erp.sales.first(key, "reserve")
        for parcel in sale.parcels:
            for variant, quantity in parcel.goods.items():
                missing = quantity - parcel.reserved.get(variant, Decimal(0))
                place = sale.warehouse, variant
                held = self._erp.reserved.get(place, Decimal(0))
                self._erp.reserved[place] = held + missing
                parcel.reserved[variant] = quantity
        return (await self.booked_orders([key]))[0]


class HopefulErp(SimErpConnector):
    """Says that everything is reserved without reading it back."""

    async def reserve(self, key: OrderKey, *, whole: bool) -> BookedOrder:
        answer = await super().reserve(key, whole=whole)
        goods = tuple(replace(one, reserved=one.ordered - one.shipped) for one in answer.goods)
        return replace(answer, goods=goods)


class EagerErp(SimErpConnector):
    """Takes what is there where all or nothing was wanted."""

    async def reserve(
        self,
        key: OrderKey,
        *,
        whole: bool,  # noqa: ARG002 - the mistake
    ) -> BookedOrder:
        return await super().reserve(key, whole=False)


class KeepingErp(SimErpConnector):
    """Gives nothing back and says it has."""

    async def release(self, key: OrderKey) -> BookedOrder:
        found = (await self.booked_orders([key]))[0]
        return replace(found, goods=tuple(replace(one, reserved=Decimal(0)) for one in found.goods))


class OnePageErp(SimErpConnector):
    """Takes the first page of the reservations for all of them."""

    async def reservations(self, after: str | None, limit: int) -> ReservationPage:
        return replace(await super().reservations(after, limit), after=None)


class WholesaleErp(SimErpConnector):
    """Invoices the whole order whatever has left."""

    async def issue_invoice(self, request: InvoiceRequest) -> BookedOrder:
        return await super().issue_invoice(replace(request, scope="order"))


class AnonymousErp(SimErpConnector):
    """Does not pass our key on to the invoice."""

    async def issue_invoice(self, request: InvoiceRequest) -> BookedOrder:
        answer = await super().issue_invoice(request)
        for paper in self._erp.sales.first(request.sale, "issue_invoice").papers:
            paper.key = ""
        return answer


class RefundingErp(SimErpConnector):
    """Credits without saying which invoice, so that it goes on standing."""

    async def credit_invoice(self, request: CreditRequest) -> BookedOrder:
        await super().credit_invoice(request)
        for paper in self._erp.sales.first(request.sale, "credit_invoice").papers:
            paper.credits, paper.credited = None, False
        return (await self.booked_orders([request.sale]))[0]


class RememberingErp(SimErpConnector):
    """Keeps sales it has read once."""

    async def booked_orders(self, keys: Sequence[OrderKey]) -> Sequence[BookedOrder]:
        kept: dict[OrderKey, BookedOrder] = self.__dict__.setdefault("_kept", {})
        for found in await super().booked_orders([one for one in keys if one not in kept]):
            kept[found.key] = found
        return [kept[one] for one in keys if one in kept]


class OutboundErp(SimErpConnector):
    """Knows parcels that leave and none that come back."""

    async def booked_orders(self, keys: Sequence[OrderKey]) -> Sequence[BookedOrder]:
        found = await super().booked_orders(keys)
        return [
            replace(one, shipments=tuple(replace(s, returned=False) for s in one.shipments))
            for one in found
        ]


class DeafErp(SimErpConnector):
    """Hears of goods and not of sales."""

    async def pull(self, limit: int) -> FeedBatch:
        batch = await super().pull(limit)
        return replace(batch, signals=tuple(s for s in batch.signals if s.kind != "sale"))


class HelpfulErp(SimErpConnector):
    """Prints drafts, too, so that somebody who asks gets something."""

    async def document(self, sale: OrderKey, kind: DocumentKind, id: ExternalId) -> Document:  # noqa: A002 - the role's word
        try:
            return await super().document(sale, kind, id)
        except RejectedError:
            return Document(kind, id, "", dt.date(2026, 3, 2), "EUR", SELLER, SELLER, ())


class ReckoningErp(SimErpConnector):
    """Works the VAT out anew from unit prices, instead of telling what was booked."""

    async def document(self, sale: OrderKey, kind: DocumentKind, id: ExternalId) -> Document:  # noqa: A002 - as above
        paper = await super().document(sale, kind, id)
        rows = tuple(replace(row, tax=row.tax + Decimal("0.01")) for row in paper.vat if row.rate)
        return replace(paper, vat=rows)


class StrangersErp(SimErpConnector):
    """Looks documents up by their id alone."""

    async def document(self, sale: OrderKey, kind: DocumentKind, id: ExternalId) -> Document:  # noqa: A002 - as above
        for other in self._erp.sales:
            if any(paper.id == id for paper in other.papers):
                return await super().document(OrderKey(other.key), kind, id)
        return await super().document(sale, kind, id)


class RepeatingShop(SimShopConnector):
    """Makes up a key of its own for each call."""

    _calls = 0

    async def update_order(self, update: OrderUpdate) -> str:
        self._calls += 1
        key = OrderKey(f"{update.key}/{self._calls}")
        return await super().update_order(replace(update, key=key))


class TaciturnShop(SimShopConnector):
    """Tells the status and keeps the rest to itself."""

    async def update_order(self, update: OrderUpdate) -> str:
        return await super().update_order(replace(update, invoices=()))


class ForgetfulShop(SimShopConnector):
    """Knows the links of its last call only."""

    async def update_order(self, update: OrderUpdate) -> str:
        entry = self._shop.orders.get(update.order)
        assert entry is not None
        entry.updates = [replace(one, links=()) for one in entry.updates]
        return await super().update_order(update)


class LinklessShop(SimShopConnector):
    """Says that it shows links and does not."""

    async def update_order(self, update: OrderUpdate) -> str:
        return await super().update_order(replace(update, links=()))


class LinkingShop(SimShopConnector):
    """Adds the links apart from the rest, and so each time it is told."""

    _calls = 0

    async def update_order(self, update: OrderUpdate) -> str:
        self._calls += 1
        key = OrderKey(f"{update.key}/links/{self._calls}")
        status = await super().update_order(replace(update, links=()))
        await super().update_order(OrderUpdate(key, update.order, links=update.links))
        return status


class PiecemealShop(SimShopConnector):
    """Tells parcels and documents first and the status after that."""

    async def update_order(self, update: OrderUpdate) -> str:
        await super().update_order(replace(update, status=None))
        key = OrderKey(f"{update.key}/status")
        return await super().update_order(OrderUpdate(key, update.order, update.status))


class SureShop(SimShopConnector):
    """Says that nothing happened where nobody knows."""

    async def update_order(self, update: OrderUpdate) -> str:
        try:
            return await super().update_order(update)
        except OutcomeUnknownError as error:
            raise _sure(error) from error


class ContentShop(SimShopConnector):
    """Takes every answer for a yes."""

    async def update_order(self, update: OrderUpdate) -> str:
        try:
            return await super().update_order(update)
        except PanstoreError:
            return update.status or ""
