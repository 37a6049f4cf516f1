"""The connector of the simulated ERP: every ERP role, with faults around each call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from panstore.model.contract import Agreement, ContractPrice, PriceWish
from panstore.model.customer import FoundCustomer, MatchCriterion
from panstore.model.document import Document, DocumentKind, Language
from panstore.model.errors import InvariantError
from panstore.model.ids import ConnectionId, ExternalId, OrderKey
from panstore.model.invoice import CreditRequest, InvoiceRequest
from panstore.model.price import SalesPrice
from panstore.model.product import Variant
from panstore.model.product_fields import PRODUCT_FIELDS, VARIANT_FIELDS
from panstore.model.sale import BookedOrder, ErpOrder
from panstore.model.stock import StockLevel
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.document_roles import Page
from panstore.sdk.order_roles import ReservationPage
from panstore.sdk.roles import (
    Delivery,
    FeedBatch,
    NewProduct,
    PriceQuery,
    Report,
    VariantPage,
)
from panstore.testing.world.erp import SimErp
from panstore.testing.world.faults import Faults
from panstore.testing.world.history import StockRead
from panstore.testing.world.page_roles import PageRoles
from panstore.testing.world.papers import printed
from panstore.testing.world.session import Session

__all__ = ["SimErpConnector"]


class SimErpConnector(PageRoles):
    """Every role of an ERP: goods, stock, prices, sales, parcels, invoices, feed, webhooks.

    Args:
        password: the ERP's own unless given; another one is refused at `start`.
        read_batch: most ids in one reading call.
        contract_batch: most prices under an agreement in one question.
    """

    def __init__(
        self,
        id: ConnectionId,  # noqa: A002 - the role's word
        erp: SimErp,
        faults: Faults,
        *,
        password: str | None = None,
        read_batch: int = 500,
        contract_batch: int = 500,
    ) -> None:
        self._id = id
        self._erp = erp
        self._pages = erp.pages
        given = erp.password if password is None else password
        self._session = Session(id, faults, erp.history, erp.password, given)
        self._capabilities = Capabilities(
            read_batch=read_batch,
            contract_batch=contract_batch,
            currency=erp.currency,
            keyed_documents=erp.keyed,
            tax_rounding=erp.rules.tax_rounding,
            document_rounding=erp.rules.document_rounding,
            tax_base=erp.rules.tax_base,
            tax_by_sign=erp.rules.tax_by_sign,
            compares_versions=True,
            product_batch=20,
            product_fields=frozenset(PRODUCT_FIELDS + VARIANT_FIELDS) - {"unit"},
        )

    @property
    def id(self) -> ConnectionId:
        return self._id

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    async def start(self) -> None:
        await self._session.start()

    async def check(self) -> Report:
        facts = {"system": "simulated ERP", "currency": self._erp.currency}
        return await self._session.call("check", "", lambda: Report(facts))

    async def close(self) -> None:
        self._session.close()

    async def catalogue(self, after: str | None, limit: int) -> VariantPage:
        return await self._session.call(
            "catalogue", f"after {after}", lambda: self._erp.shelf.page(after, limit)
        )

    async def variants(self, ids: Sequence[ExternalId]) -> Sequence[Variant]:
        return await self._session.call("variants", _many(ids), lambda: self._erp.shelf.known(ids))

    async def stock_levels(
        self, variants: Sequence[ExternalId], warehouses: Sequence[str]
    ) -> Sequence[StockLevel]:
        def work() -> list[StockLevel]:
            known = [id_ for id_ in variants if id_ in self._erp.shelf]
            return [self._erp.level(id_, code) for id_ in known for code in warehouses]

        def detail(levels: list[StockLevel]) -> StockRead:
            available: dict[ExternalId, Decimal] = {}
            for level in levels:
                free = level.on_hand - level.reserved - level.demand
                available[level.variant] = available.get(level.variant, Decimal(0)) + free
            return StockRead(tuple(warehouses), available)

        return await self._session.call("stock_levels", _many(variants), work, detail=detail)

    async def prices(
        self, variants: Sequence[ExternalId], query: PriceQuery
    ) -> Sequence[SalesPrice]:
        def work() -> list[SalesPrice]:
            known = [id_ for id_ in variants if id_ in self._erp.shelf]
            return [self._erp.price(id_, query) for id_ in known]

        return await self._session.call("prices", _many(variants), work)

    async def agreements(self, parties: Sequence[ExternalId]) -> Sequence[Agreement]:
        return await self._session.call(
            "agreements", _many(parties), lambda: self._erp.agreements(parties)
        )

    async def contract_prices(
        self,
        agreement: ExternalId,
        wishes: Sequence[PriceWish],
        currency: str,
        day: dt.date,
    ) -> Sequence[ContractPrice]:
        most = self._capabilities.contract_batch
        if len(wishes) > most or len(set(wishes)) < len(wishes):
            raise InvariantError(f"{len(wishes)} wishes: more than {most}, or some are alike")
        return await self._session.call(
            "contract_prices",
            f"{agreement}: {_many([wish.variant for wish in wishes])}",
            lambda: self._erp.contract_prices(agreement, wishes, currency, day),
        )

    async def price_breaks(
        self, agreement: ExternalId, variants: Sequence[ExternalId], day: dt.date
    ) -> Mapping[ExternalId, tuple[Decimal, ...]]:
        most = self._capabilities.contract_batch
        if len(variants) > most:
            raise InvariantError(f"breaks of {len(variants)} variants: more than {most}")
        return await self._session.call(
            "price_breaks",
            f"{agreement}: {_many(variants)}",
            lambda: self._erp.price_breaks(agreement, variants, day),
        )

    async def find_customers(self, criterion: MatchCriterion) -> Sequence[FoundCustomer]:
        return await self._session.call(
            "find_customers", criterion.by, lambda: self._erp.parties.find(criterion)
        )

    async def create_order(self, order: ErpOrder) -> BookedOrder:
        return await self._session.call(
            "create_order", order.key, lambda: self._erp.sales.create(order), writes=True
        )

    async def booked_orders(self, keys: Sequence[OrderKey]) -> Sequence[BookedOrder]:
        return await self._session.call(
            "booked_orders", _many(keys), lambda: self._erp.sales.booked(keys)
        )

    async def cancel_order(self, key: OrderKey) -> BookedOrder:
        return await self._session.call(
            "cancel_order", key, lambda: self._erp.deliveries.cancel_for(key), writes=True
        )

    async def reserve(self, key: OrderKey, *, whole: bool) -> BookedOrder:
        return await self._session.call(
            "reserve",
            f"{key}, whole" if whole else key,
            lambda: self._erp.deliveries.reserve_for(key, whole=whole),
            writes=True,
        )

    async def release(self, key: OrderKey) -> BookedOrder:
        return await self._session.call(
            "release", key, lambda: self._erp.deliveries.release_for(key), writes=True
        )

    async def reservations(self, after: str | None, limit: int) -> ReservationPage:
        return await self._session.call(
            "reservations",
            f"after {after}",
            lambda: self._erp.deliveries.reservations(after, limit),
        )

    async def issue_invoice(self, request: InvoiceRequest) -> BookedOrder:
        return await self._session.call(
            "issue_invoice", request.key, lambda: self._erp.billing.issue(request), writes=True
        )

    async def credit_invoice(self, request: CreditRequest) -> BookedOrder:
        return await self._session.call(
            "credit_invoice", request.key, lambda: self._erp.billing.credit(request), writes=True
        )

    async def document(self, sale: OrderKey, kind: DocumentKind, id: ExternalId) -> Document:  # noqa: A002 - the role's word
        return await self._session.call(
            "document", f"{kind} {id} of {sale}", lambda: printed(self._erp, sale, kind, id)
        )

    async def print_document(
        self,
        sale: OrderKey,
        kind: DocumentKind,
        id: ExternalId,  # noqa: A002 - the role's word
        language: Language,
    ) -> Page:
        def work() -> Page:
            number = printed(self._erp, sale, kind, id).number
            return Page(f"{kind}-{number}-{language}.pdf", f"own {kind} {number}".encode())

        return await self._session.call("print_document", f"{kind} {id} of {sale}", work)

    async def create_product(self, product: NewProduct) -> ExternalId:
        return await self._session.call(
            "create_product",
            product.key,
            lambda: self._erp.create_product(product),
            writes=True,
        )

    async def pull(self, limit: int) -> FeedBatch:
        return await self._session.call("pull", str(limit), lambda: self._erp.rows.pull(limit))

    async def acknowledge(self, receipts: Sequence[str]) -> None:
        await self._session.call(
            "acknowledge",
            _many(receipts),
            lambda: self._erp.rows.acknowledge(tuple(receipts)),
            writes=True,
        )

    def receive(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> Delivery:
        id_, _ = self._erp.messages.verify(headers, body, now)
        return Delivery(id_, (), wake=True)

    def __repr__(self) -> str:
        return f"SimErpConnector({self._id})"


def _many(ids: Sequence[str]) -> str:
    """The first of them and how many there are."""
    return f"{ids[0]} and {len(ids) - 1} more" if len(ids) > 1 else "".join(ids)
