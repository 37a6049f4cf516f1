"""Connectors with one mistake each, of kinds seen in the field; the suites must catch them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec.structs import replace

from panstore.model.ids import ExternalId, OrderKey
from panstore.model.plan import Operation, WriteOutcome
from panstore.model.price import PriceTarget, SalesPrice
from panstore.model.sale import BookedOrder, ErpOrder
from panstore.model.stock import ShopStock, StockLevel, StockTarget
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.errors import (
    ForgedError,
    OutcomeUnknownError,
    PanstoreError,
    RateLimitedError,
    RemoteError,
    UnavailableError,
    WentBackError,
)
from panstore.sdk.roles import (
    Delivery,
    FeedBatch,
    NewProduct,
    OrderPage,
    PriceQuery,
    VariantPage,
)
from panstore.testing.world import SimErpConnector, SimShopConnector


class AddingShop(SimShopConnector):
    """Adds to the stock instead of setting it."""

    async def write_stock(
        self, operations: Sequence[Operation], watermark: str | None
    ) -> Sequence[WriteOutcome]:
        there = {one.variant: one.free for one in await self.shop_stock(_targets(operations))}
        added = [
            replace(one, after=StockTarget(one.after.free + there.get(one.target, Decimal(0))))
            for one in operations
            if isinstance(one.after, StockTarget)
        ]
        return await super().write_stock(added, watermark)


class SwallowingShop(SimShopConnector):
    """Logs errors somewhere and goes on as if all were well."""

    async def write_stock(
        self, operations: Sequence[Operation], watermark: str | None
    ) -> Sequence[WriteOutcome]:
        try:
            outcomes = await super().write_stock(operations, watermark)
        except PanstoreError:
            return [WriteOutcome(one.target, "done") for one in operations]
        return [WriteOutcome(one.target, "done", one.stored) for one in outcomes]


class SilentShop(SimShopConnector):
    """Leaves refused items out of its answer."""

    async def write_stock(
        self, operations: Sequence[Operation], watermark: str | None
    ) -> Sequence[WriteOutcome]:
        outcomes = await super().write_stock(operations, watermark)
        return [one for one in outcomes if one.state == "done"]


class GrossShop(SimShopConnector):
    """Takes the shop's gross field for what is free."""

    async def shop_stock(self, variants: Sequence[ExternalId]) -> Sequence[ShopStock]:
        levels = await super().shop_stock(variants)
        held = self._shop.allocated
        return [
            ShopStock(one.variant, one.free + held.get(one.variant, Decimal(0))) for one in levels
        ]


class ForgetfulShop(SimShopConnector):
    """Does not pass the watermark on."""

    async def write_stock(
        self,
        operations: Sequence[Operation],
        watermark: str | None,  # noqa: ARG002 - the mistake
    ) -> Sequence[WriteOutcome]:
        return await super().write_stock(operations, None)


class SureShop(SimShopConnector):
    """Says that nothing happened where nobody knows."""

    async def write_stock(
        self, operations: Sequence[Operation], watermark: str | None
    ) -> Sequence[WriteOutcome]:
        try:
            return await super().write_stock(operations, watermark)
        except OutcomeUnknownError as error:
            raise UnavailableError(error.connector, error.operation, error.what) from error


class HastyShop(SimShopConnector):
    """Loses an order at every page boundary."""

    async def orders_since(self, cursor: str | None, limit: int) -> OrderPage:
        page = await super().orders_since(cursor, limit)
        return replace(page, cursor=str(int(page.cursor) + 1)) if page.more else page


class LateCursorShop(SimShopConnector):
    """Takes a cursor for the time of asking, not for what has been delivered."""

    async def orders_since(self, cursor: str | None, limit: int) -> OrderPage:
        page = await super().orders_since(cursor, limit)
        return replace(page, cursor=str(self._shop.orders.watermark), more=False)


class NaiveShop(SimShopConnector):
    """Answers times without a zone."""

    async def orders_since(self, cursor: str | None, limit: int) -> OrderPage:
        page = await super().orders_since(cursor, limit)
        naive = [replace(one, placed_at=one.placed_at.replace(tzinfo=None)) for one in page.orders]
        return replace(page, orders=tuple(naive))


class ContentShop(SimShopConnector):
    """Takes a page it cannot read for the end of the list."""

    async def catalogue(self, after: str | None, limit: int) -> VariantPage:
        try:
            return await super().catalogue(after, limit)
        except RemoteError:
            return VariantPage((), None)


class TrustingShop(SimShopConnector):
    """Believes whoever sends it something."""

    def receive(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> Delivery:
        try:
            return super().receive(headers, body, now)
        except ForgedError:
            return Delivery(headers.get("webhook-id", "?"), (), wake=True)


class ImpatientShop(SimShopConnector):
    """Does not say how long it was asked to wait."""

    async def write_stock(
        self, operations: Sequence[Operation], watermark: str | None
    ) -> Sequence[WriteOutcome]:
        try:
            return await super().write_stock(operations, watermark)
        except RateLimitedError as error:
            raise UnavailableError(error.connector, error.operation, error.what) from error


class TalkativeShop(SimShopConnector):
    """Shows its token to whoever prints it."""

    def __repr__(self) -> str:
        return f"TalkativeShop({self._id}, token={self._shop.api_token!r})"


class RoundingShop(SimShopConnector):
    """Sends prices through a number with one decimal place."""

    async def write_prices(self, operations: Sequence[Operation]) -> Sequence[WriteOutcome]:
        rounded = [
            replace(one, after=replace(one.after, amount=round(one.after.amount, 1)))
            for one in operations
            if isinstance(one.after, PriceTarget)
        ]
        return await super().write_prices(rounded)


class QuietPriceShop(SimShopConnector):
    """Does not tell of prices that were refused."""

    async def write_prices(self, operations: Sequence[Operation]) -> Sequence[WriteOutcome]:
        outcomes = await super().write_prices(operations)
        return [WriteOutcome(one.target, "done", one.stored) for one in outcomes]


class CalmShop(SimShopConnector):
    """Takes a shop that knows less than before for one without news."""

    async def orders_since(self, cursor: str | None, limit: int) -> OrderPage:
        try:
            return await super().orders_since(cursor, limit)
        except WentBackError:
            return OrderPage((), cursor or "", more=False)


class TimelessShop(SimShopConnector):
    """Takes the moment of reading for that of placing."""

    async def orders_since(self, cursor: str | None, limit: int) -> OrderPage:
        page = await super().orders_since(cursor, limit)
        now = self._shop.history.clock.now() + dt.timedelta(seconds=1)
        return replace(page, orders=tuple(replace(one, placed_at=now) for one in page.orders))


class OffsetErp(SimErpConnector):
    """Pages by counting rows, so that what is removed meanwhile shifts the others."""

    async def catalogue(self, after: str | None, limit: int) -> VariantPage:
        page = await super().catalogue(None, 10_000)
        start = int(after or 0)
        found = page.variants[start : start + limit]
        more = start + limit < len(page.variants)
        return VariantPage(found, str(start + limit) if more else None)


class StalePriceErp(SimErpConnector):
    """Keeps prices it has read once."""

    async def prices(
        self, variants: Sequence[ExternalId], query: PriceQuery
    ) -> Sequence[SalesPrice]:
        kept: dict[ExternalId, SalesPrice] = self.__dict__.setdefault("_kept", {})
        for price in await super().prices([one for one in variants if one not in kept], query):
            kept[price.variant] = price
        return [kept[one] for one in variants if one in kept]


class DatelessErp(SimErpConnector):
    """Asks for prices of one day only, whatever day is meant."""

    async def prices(
        self, variants: Sequence[ExternalId], query: PriceQuery
    ) -> Sequence[SalesPrice]:
        return await super().prices(variants, replace(query, day=dt.date(2026, 3, 2)))


class TwinProductErp(SimErpConnector):
    """Creates a product again by itself when the reply was lost."""

    async def create_product(self, product: NewProduct) -> ExternalId:
        try:
            return await super().create_product(product)
        except OutcomeUnknownError:
            again = replace(product, key=OrderKey(product.key + "/again"))
            return await super().create_product(again)


class DoublingErp(SimErpConnector):
    """Sends an order again by itself when the reply was lost."""

    async def create_order(self, order: ErpOrder) -> BookedOrder:
        try:
            return await super().create_order(order)
        except OutcomeUnknownError:
            return await super().create_order(order)


class BlindErp(SimErpConnector):
    """Never finds what it created, so that PanStore creates it again."""

    async def booked_orders(self, keys: Sequence[OrderKey]) -> Sequence[BookedOrder]:
        await super().booked_orders(keys)
        return ()


class CarelessErp(SimErpConnector):
    """Takes a question that failed for the answer that there is nothing."""

    async def booked_orders(self, keys: Sequence[OrderKey]) -> Sequence[BookedOrder]:
        try:
            return await super().booked_orders(keys)
        except RemoteError:
            return ()


class BoastingErp(SimErpConnector):
    """Declares keyed documents that the ERP does not have."""

    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, keyed_documents=True)


class SureErp(SimErpConnector):
    """Says that nothing happened where nobody knows."""

    async def create_order(self, order: ErpOrder) -> BookedOrder:
        try:
            return await super().create_order(order)
        except OutcomeUnknownError as error:
            raise UnavailableError(error.connector, error.operation, error.what) from error


class ObligingErp(SimErpConnector):
    """Makes the ERP's total what it wants to hear."""

    async def create_order(self, order: ErpOrder) -> BookedOrder:
        net = sum((line.net for line in order.lines), Decimal(0))
        tax = sum((line.net * line.rate / 100 for line in order.lines), Decimal(0))
        return await super().create_order(replace(order, total=round(net + tax, 2)))


class FloatingErp(SimErpConnector):
    """Answers quantities as they came out of JSON."""

    async def stock_levels(
        self, variants: Sequence[ExternalId], warehouses: Sequence[str]
    ) -> Sequence[StockLevel]:
        levels = await super().stock_levels(variants, warehouses)
        return [
            replace(one, on_hand=float(one.on_hand))  # the mistake
            for one in levels
        ]


class ForgettingDemandErp(SimErpConnector):
    """Reads what lies in the warehouse and forgets what is promised."""

    async def stock_levels(
        self, variants: Sequence[ExternalId], warehouses: Sequence[str]
    ) -> Sequence[StockLevel]:
        levels = await super().stock_levels(variants, warehouses)
        return [replace(one, reserved=Decimal(0), demand=Decimal(0)) for one in levels]


class CountingErp(SimErpConnector):
    """Consumes the feed by `id greater than` the last one seen."""

    _last = 0

    async def pull(self, limit: int) -> FeedBatch:
        batch = await super().pull(10_000)
        pairs = zip(batch.signals, batch.receipts, strict=True)
        rows = [(signal, receipt) for signal, receipt in pairs if int(receipt) > self._last]
        signals, receipts = zip(*rows[:limit], strict=True) if rows else ((), ())
        return FeedBatch(signals, receipts, more=len(rows) > limit)

    async def acknowledge(self, receipts: Sequence[str]) -> None:
        await super().acknowledge(())
        self._last = max([self._last, *(int(one) for one in receipts)])


def _targets(operations: Sequence[Operation]) -> list[ExternalId]:
    return [one.target for one in operations]
