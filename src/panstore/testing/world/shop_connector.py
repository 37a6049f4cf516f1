"""The connector of the simulated shop: every shop role, with faults around each call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from msgspec.structs import replace

from panstore.model.change import Signal, SignalKind
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.order import Order
from panstore.model.plan import Operation, WriteOutcome
from panstore.model.price import PriceTarget
from panstore.model.product import Variant
from panstore.model.product_fields import PRODUCT_FIELDS, VARIANT_FIELDS
from panstore.model.stock import ShopStock, StockTarget
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.errors import ForgedError, RejectedError, WentBackError
from panstore.sdk.order_roles import OrderUpdate
from panstore.sdk.roles import Delivery, OrderPage, Report, VariantPage
from panstore.testing.world.accounts import AccountRoles
from panstore.testing.world.faults import Faults
from panstore.testing.world.history import StockWrite
from panstore.testing.world.page_roles import PageRoles
from panstore.testing.world.session import Session
from panstore.testing.world.shop import SimShop
from panstore.testing.world.tier_roles import TierRoles

__all__ = ["SimShopConnector"]

_KINDS: dict[str, SignalKind] = {
    "order.changed": "order",
    "product.changed": "product",
    "stock.changed": "stock",
    "price.changed": "price",
}


class SimShopConnector(PageRoles, AccountRoles, TierRoles):
    """Every role of a shop: goods, stock, prices, orders both ways, accounts, webhooks.

    Args:
        token: the shop's own unless given; another one is refused at `start`.
        batch: most items in one stock or price write, and in one reading call.
        tiers_batch: most variants in one write of contract prices; 0: the shop asks for them.
    """

    def __init__(
        self,
        id: ConnectionId,  # noqa: A002 - the role's word
        shop: SimShop,
        faults: Faults,
        *,
        token: str | None = None,
        batch: int = 500,
        tiers_batch: int = 0,
    ) -> None:
        self._id = id
        self._shop = shop
        self._pages = shop.pages
        self._messages = shop.messages
        self._faults = faults
        self._tiers_batch = tiers_batch
        given = shop.api_token if token is None else token
        self._session = Session(id, faults, shop.history, shop.api_token, given)
        window = "" if shop.guarded_stock else "an order between reading and writing is undone"
        self._capabilities = Capabilities(
            read_batch=batch,
            stock_batch=batch,
            price_batch=batch,
            fractional_stock=shop.fractional,
            guarded_stock=shop.guarded_stock,
            stock_window=window,
            prices_include_tax=shop.prices_include_tax,
            dated_prices=shop.dated_prices,
            tax_classes=shop.tax_classes,
            currency=shop.currency,
            product_batch=20,
            product_fields=frozenset(PRODUCT_FIELDS + VARIANT_FIELDS) - {"unit"},
        )

    @property
    def id(self) -> ConnectionId:
        return self._id

    @property
    def capabilities(self) -> Capabilities:
        return replace(
            self._capabilities,
            keyed_updates=self._shop.keyed_updates,
            document_links=self._shop.document_links,
            compares_versions=self._shop.pages.compares,
            weight_digits=self._shop.pages.weight_digits,
            tiers_batch=self._tiers_batch,
        )

    async def start(self) -> None:
        await self._session.start()

    async def check(self) -> Report:
        facts = {"system": "simulated shop", "currency": self._shop.currency}
        return await self._session.call("check", "", lambda: Report(facts))

    async def close(self) -> None:
        self._session.close()

    async def catalogue(self, after: str | None, limit: int) -> VariantPage:
        return await self._session.call(
            "catalogue", f"after {after}", lambda: self._shop.shelf.page(after, limit)
        )

    async def variants(self, ids: Sequence[ExternalId]) -> Sequence[Variant]:
        return await self._session.call(
            "variants", f"{len(ids)} ids", lambda: self._shop.shelf.known(ids)
        )

    async def write_stock(
        self, operations: Sequence[Operation], watermark: str | None
    ) -> Sequence[WriteOutcome]:
        mark = None if watermark is None else int(watermark)

        def work() -> list[WriteOutcome]:
            self._admit("write_stock", operations)
            self._know("write_stock", mark or 0)
            return [
                self._item(operation, lambda op: self._stock(op, mark)) for operation in operations
            ]

        def detail(outcomes: list[WriteOutcome]) -> StockWrite:
            done = {one.target for one in outcomes if one.state == "done"}
            given = {
                one.target: one.after.free
                for one in operations
                if one.target in done and isinstance(one.after, StockTarget)
            }
            return StockWrite(mark, given)

        summary = f"{len(operations)} items, watermark {watermark}"
        return await self._session.call("write_stock", summary, work, writes=True, detail=detail)

    async def shop_stock(self, variants: Sequence[ExternalId]) -> Sequence[ShopStock]:
        def work() -> list[ShopStock]:
            shop = self._shop
            return [ShopStock(id_, shop.free(id_)) for id_ in variants if id_ in shop.shelf]

        return await self._session.call("shop_stock", f"{len(variants)} ids", work)

    async def write_prices(self, operations: Sequence[Operation]) -> Sequence[WriteOutcome]:
        def work() -> list[WriteOutcome]:
            self._admit("write_prices", operations)
            return [self._item(operation, self._price) for operation in operations]

        summary = f"{len(operations)} items"
        return await self._session.call("write_prices", summary, work, writes=True)

    async def shop_prices(
        self, variants: Sequence[ExternalId]
    ) -> Mapping[ExternalId, PriceTarget | None]:
        def work() -> dict[ExternalId, PriceTarget | None]:
            shop = self._shop
            return {id_: shop.prices.get(id_) for id_ in variants if id_ in shop.shelf}

        return await self._session.call("shop_prices", f"{len(variants)} ids", work)

    async def orders_since(self, cursor: str | None, limit: int) -> OrderPage:
        after = int(cursor) if cursor else 0

        def work() -> OrderPage:
            self._know("orders_since", after)
            return self._shop.orders.since(after, limit, self._shop.history.tick())

        return await self._session.call("orders_since", f"after {after}", work)

    async def orders(self, ids: Sequence[ExternalId]) -> Sequence[Order]:
        def work() -> list[Order]:
            found = [self._shop.orders.get(id_) for id_ in ids]
            return [entry.order for entry in found if entry is not None and not entry.broken]

        return await self._session.call("orders", ", ".join(ids[:5]), work)

    async def update_order(self, update: OrderUpdate) -> str:
        return await self._session.call(
            "update_order", update.key, lambda: self._shop.desk.update(update), writes=True
        )

    def rewind(self, cursor: str) -> str:
        return self._shop.orders.rewind(cursor)

    def receive(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> Delivery:
        id_, content = self._shop.messages.verify(headers, body, now)
        kind = _KINDS.get(str(content.get("type")))
        if kind is None:
            raise ForgedError(self._id, "receive", f"unknown message {content.get('type')!r}")
        ids = [ExternalId(str(one)) for one in content.get("ids", ())]
        return Delivery(id_, tuple(Signal(kind, one) for one in ids), wake=kind == "order")

    def __repr__(self) -> str:
        return f"SimShopConnector({self._id})"

    def _know(self, operation: str, watermark: int) -> None:
        end = self._shop.orders.watermark
        if watermark > end:
            what = f"its journal ends at {end}, it was asked for what comes after {watermark}"
            raise WentBackError(self._id, operation, what)

    def _admit(self, operation: str, operations: Sequence[Operation]) -> None:
        if len(operations) > self._capabilities.stock_batch:
            raise self._rejected(operation, f"{len(operations)} items are too many", "too_many")
        if any(self._faults.poisonous(self._id, one.target) for one in operations):
            raise self._rejected(operation, "the batch is refused", "bad_batch")

    def _item(
        self, operation: Operation, apply: Callable[[Operation], WriteOutcome]
    ) -> WriteOutcome:
        refusal = self._faults.item_refusal(self._id, operation.target)
        if refusal is not None:
            return WriteOutcome(operation.target, "refused", None, *refusal)
        if operation.target not in self._shop.shelf:
            return _refused(operation, "unknown_product", "there is no such product")
        return apply(operation)

    def _stock(self, operation: Operation, watermark: int | None) -> WriteOutcome:
        value = operation.after
        if not isinstance(value, StockTarget) or value.free < 0:
            return _refused(operation, "not_a_quantity", f"{value} is no free quantity")
        if not self._shop.fractional and value.free != value.free.to_integral_value():
            return _refused(operation, "fraction", f"{value.free} is not a whole number")
        if _places(value.free) > self._capabilities.stock_digits:
            return _refused(operation, "too_exact", f"{value.free} has too many places")
        stored = self._shop.take_stock(operation.target, value.free, watermark)
        return WriteOutcome(operation.target, "done", StockTarget(max(Decimal(0), stored)))

    def _price(self, operation: Operation) -> WriteOutcome:
        value = operation.after
        shop = self._shop
        if not isinstance(value, PriceTarget) or value.amount <= 0:
            return _refused(operation, "not_a_price", f"{value} is no price")
        if value.currency != shop.currency or value.includes_tax != shop.prices_include_tax:
            return _refused(operation, "wrong_terms", f"prices are in {shop.currency}")
        if _places(value.amount) > self._capabilities.price_digits:
            return _refused(operation, "too_exact", f"{value.amount} has too many places")
        if shop.tax_classes and value.tax_class not in shop.tax_classes.values():
            return _refused(operation, "unknown_tax_class", f"no class {value.tax_class}")
        if value.promotion is not None and not shop.dated_prices:
            return _refused(operation, "no_dates", "no promotional prices here")
        shop.prices[operation.target] = value
        return WriteOutcome(operation.target, "done", value)

    def _rejected(self, operation: str, what: str, code: str) -> RejectedError:
        return RejectedError(self._id, operation, what, code=code)


def _places(value: Decimal) -> int:
    """Decimal places that count."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _refused(operation: Operation, code: str, message: str) -> WriteOutcome:
    return WriteOutcome(operation.target, "refused", None, code, message)
