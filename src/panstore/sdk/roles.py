"""Roles a connector may play, each a small protocol; implement those your system can.

All methods are coroutines; all ids are the system's own. Reading methods answer for ids they
know and leave out the others. Every failure is one of `panstore.sdk.errors`: what had certainly
no effect is `UnavailableError`, what may have had one is `OutcomeUnknownError`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, Literal, Protocol, runtime_checkable

import msgspec

from panstore.model.change import Signal
from panstore.model.customer import FoundCustomer, MatchCriterion
from panstore.model.ids import ConnectionId, ExternalId, OrderKey
from panstore.model.message import Receipt
from panstore.model.order import Order
from panstore.model.plan import Operation, WriteOutcome
from panstore.model.price import PriceTarget, SalesPrice
from panstore.model.product import Variant
from panstore.model.sale import BookedOrder, ErpOrder
from panstore.model.stock import ShopStock, StockLevel
from panstore.sdk.capabilities import Capabilities

__all__ = [
    "BrokenOrder",
    "ChangeFeed",
    "Connector",
    "CreateOrders",
    "CreateProducts",
    "Delivery",
    "FeedBatch",
    "NewProduct",
    "OrderPage",
    "PriceQuery",
    "ReadCatalogue",
    "ReadOrders",
    "ReadPrices",
    "ReadStock",
    "ReceiveQueries",
    "ReceiveWebhooks",
    "Report",
    "VariantPage",
    "WritePrices",
    "WriteStock",
]


class Report(msgspec.Struct, frozen=True):
    """Answer of `Connector.check`.

    Attributes:
        facts: what was found, for people: version, company, currency ...
        problems: what must be mended before it can work, each with the remedy; empty if fine.
    """

    facts: dict[str, str]
    problems: tuple[str, ...] = ()


@runtime_checkable
class Connector(Protocol):
    """One configured use of an outside system."""

    @property
    def id(self) -> ConnectionId:
        """Name of the connection."""

    @property
    def capabilities(self) -> Capabilities:
        """Declared traits; known after `start`."""

    async def start(self) -> None:
        """Log in and learn what the system says of itself. Called again after a failure."""

    async def check(self) -> Report:
        """Look whether everything needed is there; raises only `RemoteError`."""

    async def close(self) -> None:
        """Give back sockets. The connector may be started again."""


class VariantPage(msgspec.Struct, frozen=True):
    """Some variants in the system's own order; `after` is None on the last page."""

    variants: tuple[Variant, ...]
    after: str | None


@runtime_checkable
class ReadCatalogue(Protocol):
    """Lists the sellable variants."""

    async def catalogue(self, after: str | None, limit: int) -> VariantPage:
        """Next page of all variants, archived ones included.

        Args:
            after: what the page before said, None to begin.
            limit: most variants wanted, >= 1.
        """

    async def variants(self, ids: Sequence[ExternalId]) -> Sequence[Variant]:
        """Those of `ids` that exist, in any order."""


@runtime_checkable
class ReadStock(Protocol):
    """ERP: present stock."""

    async def stock_levels(
        self, variants: Sequence[ExternalId], warehouses: Sequence[str]
    ) -> Sequence[StockLevel]:
        """One level per known variant and warehouse code, zero levels included."""


class PriceQuery(msgspec.Struct, frozen=True):
    """Which sales price is meant.

    Attributes:
        price_list: the ERP's id of a list, None for the list price.
        promotion_list: list with the promotional prices, None for none.
        currency: ISO 4217.
        day: business day in the company's zone.
    """

    price_list: ExternalId | None
    promotion_list: ExternalId | None
    currency: str
    day: dt.date


@runtime_checkable
class ReadPrices(Protocol):
    """ERP: sales prices, computed by the ERP itself."""

    async def prices(
        self, variants: Sequence[ExternalId], query: PriceQuery
    ) -> Sequence[SalesPrice]:
        """Price of one stock unit of each known variant."""


@runtime_checkable
class WriteStock(Protocol):
    """Shop: free stock."""

    async def write_stock(
        self, operations: Sequence[Operation], watermark: str | None
    ) -> Sequence[WriteOutcome]:
        """Set absolute free quantities.

        Args:
            operations: at most `capabilities.stock_batch`; `after` is a `StockTarget`.
            watermark: cursor of the order feed up to which shop orders are accounted for; a shop
                with `guarded_stock` takes off what was ordered after it.

        Returns:
            One outcome per operation, in any order.
        """

    async def shop_stock(self, variants: Sequence[ExternalId]) -> Sequence[ShopStock]:
        """What the shop offers of each known variant now."""


@runtime_checkable
class WritePrices(Protocol):
    """Shop: the default sales price."""

    async def write_prices(self, operations: Sequence[Operation]) -> Sequence[WriteOutcome]:
        """Set absolute prices; at most `capabilities.price_batch`; `after` is a `PriceTarget`."""

    async def shop_prices(
        self, variants: Sequence[ExternalId]
    ) -> Mapping[ExternalId, PriceTarget | None]:
        """Price the shop holds for each known variant, None where it has none."""


class BrokenOrder(msgspec.Struct, frozen=True):
    """An order that could not be translated; its goods are promised all the same.

    Attributes:
        what: what is wrong with it, for people.
        holds: (the shop's variant id, sales units) of its lines, as far as they can be read.
        placed_at: aware UTC, None if it cannot be read.
    """

    id: ExternalId
    what: str
    holds: tuple[tuple[ExternalId, Decimal], ...] = ()
    placed_at: dt.datetime | None = None


class OrderPage(msgspec.Struct, frozen=True):
    """Orders that were placed or changed.

    Attributes:
        cursor: everything up to it has been delivered; give it to the next call, and as the
            watermark to stock writes.
        more: whether another page is waiting.
        broken: orders that could not be translated.
    """

    orders: tuple[Order, ...]
    cursor: str
    more: bool
    broken: tuple[BrokenOrder, ...] = ()


@runtime_checkable
class ReadOrders(Protocol):
    """Shop: orders."""

    async def orders_since(self, cursor: str | None, limit: int) -> OrderPage:
        """Orders placed or changed after `cursor`, each with its present state.

        No order may be missed between two calls; the same one may come again.
        """

    async def orders(self, ids: Sequence[ExternalId]) -> Sequence[Order]:
        """Those of `ids` that exist."""

    def rewind(self, cursor: str) -> str:
        """An earlier cursor, for the overlapping poll that catches what a feed lost."""


@runtime_checkable
class CreateOrders(Protocol):
    """ERP: sales from web orders."""

    async def find_customers(self, criterion: MatchCriterion) -> Sequence[FoundCustomer]:
        """Active parties that answer the criterion, at most 5."""

    async def create_order(self, order: ErpOrder) -> BookedOrder:
        """Create the whole sale, confirmed, in one transaction, or nothing.

        Raises:
            RejectedError: the ERP refuses it (`code` says why); nothing remains.
            OutcomeUnknownError: the reply was lost; ask `booked_orders` before anything else.
        """

    async def booked_orders(self, keys: Sequence[OrderKey]) -> Sequence[BookedOrder]:
        """Those of the sales that exist, each with its parcels and invoices as they stand."""


class NewProduct(msgspec.Struct, frozen=True):
    """A product the ERP does not know yet, as the shop sold it.

    Attributes:
        key: idempotency key.
        net: price of one sales unit without VAT.
        rate: VAT in per cent.
    """

    key: OrderKey
    sku: str
    title: str
    net: str
    rate: str


@runtime_checkable
class CreateProducts(Protocol):
    """ERP: products first seen in a web order."""

    async def create_product(self, product: NewProduct) -> ExternalId:
        """Create it once under its key and return the variant's id."""


class FeedBatch(msgspec.Struct, frozen=True):
    """Unacknowledged rows of a change feed.

    Attributes:
        receipts: what to acknowledge after the signals are marked durably.
        more: whether another batch is waiting.
        missed: changes before these were lost (the feed was set up anew): what was read from the
            system before may be other by now.
    """

    signals: tuple[Signal, ...]
    receipts: tuple[str, ...]
    more: bool
    missed: bool = False


@runtime_checkable
class ChangeFeed(Protocol):
    """A durable list of changes, consumed by acknowledgement, never by `id greater than`."""

    async def pull(self, limit: int) -> FeedBatch:
        """Unacknowledged rows, oldest first; repeating it is harmless."""

    async def acknowledge(self, receipts: Sequence[str]) -> None:
        """Tell that these rows are marked durably here; repeating it is harmless."""


class Delivery(msgspec.Struct, frozen=True):
    """A verified message.

    Attributes:
        id: the sender's id of the message, unique per connection.
        signals: where to look.
        wake: whether the connection's feeds shall be read now.
        receipts: what became of messages that were handed over on this connection.
    """

    id: str
    signals: tuple[Signal, ...]
    wake: bool
    receipts: tuple[Receipt, ...] = ()


@runtime_checkable
class ReceiveWebhooks(Protocol):
    """Understands the messages the system sends us."""

    def receive(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> Delivery:
        """Verify the raw bytes, then say where to look; the content is never trusted as truth.

        Args:
            headers: lower-case names; `:query` is the query of the address, as it came.

        Raises:
            ForgedError: wrong signature, too old, or not a message of this system.
        """


@runtime_checkable
class ReceiveQueries(ReceiveWebhooks, Protocol):
    """The system may also send messages as a mere address with a query (GET), without a body."""

    takes_queries: ClassVar[Literal[True]]
