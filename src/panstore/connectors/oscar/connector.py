"""django-oscar as a shop: its goods, stock, prices, orders and messages."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from panstore.connectors.oscar import map as translate
from panstore.connectors.oscar import webhooks, wire
from panstore.connectors.oscar.accounts import AccountRoles
from panstore.connectors.oscar.client import Call, CompanionMissingError, OscarClient, id_groups
from panstore.connectors.oscar.config import OSCAR_STAGES, OscarSettings
from panstore.connectors.oscar.pages import PAGE_BATCH, PAGE_FIELDS, Pages
from panstore.connectors.oscar.tiers import TierRoles
from panstore.model.errors import sentence
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.order import Order
from panstore.model.plan import Operation, WriteOutcome
from panstore.model.price import PriceTarget
from panstore.model.product import Image, Product, ProductWrite, Variant
from panstore.model.product_plan import ProductOutcome
from panstore.model.quantity import plain
from panstore.model.stock import ShopStock
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.connectors import ConnectorSpec
from panstore.sdk.errors import (
    AuthError,
    MappingError,
    NotFoundError,
    RejectedError,
    UnavailableError,
)
from panstore.sdk.order_roles import OrderUpdate
from panstore.sdk.roles import BrokenOrder, Delivery, FeedBatch, OrderPage, Report, VariantPage

__all__ = ["OscarConnector", "connector"]

_BATCH = 500
_OVERLAP = 200
_CLOCK_SKEW = dt.timedelta(seconds=60)

OutcomeT = TypeVar("OutcomeT", wire.WireStockOutcome, wire.WirePriceOutcome)

_PING = msgspec.json.Decoder(wire.WirePing)
_PRODUCTS = msgspec.json.Decoder(wire.WireProductPage)
_STOCK = msgspec.json.Decoder(wire.WireStockReply)
_PRICES = msgspec.json.Decoder(wire.WirePriceReply)
_ORDERS = msgspec.json.Decoder(wire.WireOrderPage)
_ORDER = msgspec.json.Decoder(msgspec.Raw)
_UPDATED = msgspec.json.Decoder(wire.WireOrderUpdated)


def _machine_clock() -> dt.datetime:
    # The one place where the machine's clock itself is what is checked.
    return dt.datetime.now(dt.UTC)  # noqa: TID251


class OscarConnector(AccountRoles, TierRoles):
    """One django-oscar shop with the companion installed.

    Args:
        id: name of the connection.
        settings: where the shop is.
        now: aware clock that `check` compares with the shop's.
    """

    def __init__(
        self,
        id: ConnectionId,  # noqa: A002 - the role's word
        settings: OscarSettings,
        *,
        now: Callable[[], dt.datetime] = _machine_clock,
    ) -> None:
        self._id = id
        self._settings = settings
        secret = settings.webhook_secret
        self._secret = None if secret is None else secret.get_secret_value()
        self._now = now
        self._stages = OSCAR_STAGES | settings.statuses
        self._rates: dict[str, Decimal] = {}
        self._capabilities = _capabilities(settings.tax_classes or {}, None, "")
        self._client = OscarClient(
            id,
            str(settings.url),
            settings.api_token.get_secret_value(),
            timeout_s=settings.timeout_s,
            concurrency=settings.concurrency,
        )
        self._pages = Pages(id, self._client, lambda: self._rates)

    def __repr__(self) -> str:
        return f"OscarConnector({self._id}, {self._settings.url})"

    @property
    def id(self) -> ConnectionId:
        return self._id

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    async def start(self) -> None:
        """Learn currency, tax classes and where contract prices are; a wrong token shows here."""
        self._learn(await self._ping("start"))

    async def check(self) -> Report:
        """Versions, currency and clock of the shop, and whether the settings fit it."""
        try:
            shop = await self._ping("check")
        except AuthError as error:
            remedy = (
                "Make a token with `manage.py panstore_token` in the shop, enter it as `api_token`."
            )
            return Report({}, (f"The shop does not let PanStore in: {error.what} {remedy}",))
        except CompanionMissingError as error:
            return Report({}, (sentence(f"The companion is not there: {error.what}"),))
        skew = self._now() - shop.time
        facts = {
            "shop": shop.shop,
            "companion": shop.companion,
            "django-oscar": shop.oscar,
            "currency": shop.currency,
            "contract prices": "kept" if shop.contract_source == "stored" else "asked for",
            "order watermark": str(shop.watermark),
            "clock difference": f"{skew.total_seconds():.1f} s",
        }
        if shop.checkout_guard is not None:
            guard = "on" if shop.checkout_guard else "off: the last piece may be sold twice"
            facts["checkout guard"] = guard
        return Report(facts, tuple(self._problems(shop, skew)))

    async def close(self) -> None:
        await self._client.close()

    async def catalogue(self, after: str | None, limit: int) -> VariantPage:
        """In the order of Oscar's ids; at most 500 a page."""
        start = f"&after={int(after)}" if after else ""
        call = Call("list products", f"products?limit={min(limit, _BATCH)}{start}")
        page = await self._client.ask(call, _PRODUCTS)
        variants = tuple(translate.variant(product, self._rates) for product in page.products)
        return VariantPage(variants, None if page.next is None else str(page.next))

    async def variants(self, ids: Sequence[ExternalId]) -> Sequence[Variant]:
        return [
            translate.variant(product, self._rates)
            async for product in self._products("read products", ids)
        ]

    async def write_stock(
        self, operations: Sequence[Operation], watermark: str | None
    ) -> Sequence[WriteOutcome]:
        """Set free quantities; the shop takes off what was ordered after the watermark.

        Without a watermark the shop's present one is asked for first: the caller then answers for
        all orders there are, and one that is placed meanwhile is still taken off.
        """
        items, outcomes = _sorted(operations, translate.stock_item)
        if not items:
            return outcomes
        if watermark is None:
            position = (await self._ping("write stock")).watermark
        else:
            position = int(watermark)
        body = msgspec.json.encode({"watermark": position, "items": list(items.values())})
        reply = await self._client.ask(Call("write stock", "stock", body), _STOCK)
        answered = _by_product(reply.items)
        return outcomes + [
            _unmentioned(target)
            if (answer := answered.get(target)) is None
            else translate.stock_outcome(target, answer)
            for target in items
        ]

    async def shop_stock(self, variants: Sequence[ExternalId]) -> Sequence[ShopStock]:
        return [
            translate.present_stock(product)
            async for product in self._products("read stock", variants)
        ]

    async def write_prices(self, operations: Sequence[Operation]) -> Sequence[WriteOutcome]:
        """Set net prices, with the tax class where the plan names one."""
        items, outcomes = _sorted(operations, translate.price_item)
        if not items:
            return outcomes
        body = msgspec.json.encode({"items": list(items.values())})
        reply = await self._client.ask(Call("write prices", "prices", body), _PRICES)
        answered = _by_product(reply.items)
        return outcomes + [
            _unmentioned(target)
            if (answer := answered.get(target)) is None
            else translate.price_outcome(target, answer)
            for target in items
        ]

    async def shop_prices(
        self, variants: Sequence[ExternalId]
    ) -> Mapping[ExternalId, PriceTarget | None]:
        return {
            ExternalId(str(product.id)): translate.present_price(product)
            async for product in self._products("read prices", variants)
        }

    async def orders_since(self, cursor: str | None, limit: int) -> OrderPage:
        """Read on in the companion's order journal; `limit` counts its entries."""
        after = int(cursor) if cursor else 0
        call = Call("read orders", f"orders?after={after}&limit={limit}")
        page = await self._client.ask(call, _ORDERS)
        orders: list[Order] = []
        broken: list[BrokenOrder] = [translate.gone_order(id_) for id_ in page.gone]
        for raw in page.orders:
            try:
                orders.append(translate.order(raw, self._stages))
            except MappingError as error:
                broken.append(self._broken(raw, error))
        return OrderPage(tuple(orders), str(page.watermark), page.more, tuple(broken))

    async def orders(self, ids: Sequence[ExternalId]) -> Sequence[Order]:
        """One call each, some at the same time.

        Raises:
            MappingError: one of them cannot be translated.
        """
        known = [id_ for id_ in ids if translate.product_id(id_) is not None]
        found = await asyncio.gather(*(self._order(id_) for id_ in known))
        return [order for order in found if order is not None]

    async def update_order(self, update: OrderUpdate) -> str:
        """One call, in one transaction of the shop; the companion knows the key again."""
        if translate.product_id(update.order) is None:
            raise NotFoundError(self._id, "update order", f"{update.order!r} is no id of an order")
        try:
            body = msgspec.json.encode(translate.update_body(update))
        except MappingError as error:
            what, code = f"{error}; nothing was told", "unknown_product"
            raise RejectedError(self._id, "update order", what, code=code) from error
        call = Call("update order", f"orders/{update.order}/updates", body)
        return (await self._client.ask(call, _UPDATED)).present

    async def products(self, ids: Sequence[ExternalId]) -> Sequence[Product]:
        return await self._pages.read(ids)

    async def image(self, product: ExternalId, digest: str) -> bytes:
        return await self._pages.image(product, digest)

    async def write_products(self, writes: Sequence[ProductWrite]) -> Sequence[ProductOutcome]:
        return await self._pages.write(writes, self._capabilities.tax_classes)

    async def add_image(self, product: ExternalId, image: Image, content: bytes) -> None:
        await self._pages.add_image(product, image, content)

    async def pull(self, limit: int) -> FeedBatch:
        return await self._pages.pull(limit)

    async def acknowledge(self, receipts: Sequence[str]) -> None:
        await self._pages.acknowledge(receipts)

    def rewind(self, cursor: str) -> str:
        """200 journal entries earlier."""
        return str(max(0, int(cursor) - _OVERLAP))

    def receive(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> Delivery:
        return webhooks.received(self._id, self._secret, headers, body, now)

    async def _ping(self, operation: str) -> wire.WirePing:
        return await self._client.ask(Call(operation, "ping"), _PING)

    def _learn(self, shop: wire.WirePing) -> None:
        classes = self._settings.tax_classes
        if classes is None:
            classes = translate.tax_classes(shop.tax_rates)
        self._rates = {code: Decimal(rate) for code, rate in shop.tax_rates.items()}
        self._capabilities = _capabilities(classes, shop.currency, shop.contract_source)

    def _problems(self, shop: wire.WirePing, skew: dt.timedelta) -> Iterable[str]:
        if shop.prices_include_tax:
            yield (
                "The shop stores gross prices, this connector writes net ones. Use the companion's"
                " price strategy (oscar_panstore.strategy) in the shop."
            )
        if shop.token is not None and shop.token.read_only:
            yield (
                f"The token {shop.token.name!r} may only read. Make one that may write with"
                " `manage.py panstore_token` in the shop and enter it as `api_token`."
            )
        if abs(skew) > _CLOCK_SKEW:
            yield (
                f"The clocks of shop and PanStore differ by {abs(skew).total_seconds():.0f} s, so"
                " that webhooks are refused as too old. Let both set their time over the network."
            )
        for rate, code in (self._settings.tax_classes or {}).items():
            known = shop.tax_rates.get(code)
            if known is None or plain(Decimal(known)) != rate:
                yield (
                    f"tax_classes says that {rate} % is the shop's class {code!r}, but there it is"
                    f" {known + ' %' if known else 'unknown'}. Correct `tax_classes` here or"
                    " PANSTORE_TAX_RATES in the shop."
                )
        unknown = sorted(shop.order_statuses.keys() - self._stages.keys())
        if unknown:
            yield (
                f"The shop has order statuses whose meaning nobody has said: {', '.join(unknown)}."
                " Orders in them would be parked. Add them to `statuses` as open, shipped,"
                " returned or cancelled."
            )

    async def _products(
        self, operation: str, ids: Sequence[ExternalId]
    ) -> AsyncIterator[wire.WireProduct]:
        """Those of `ids` that exist, in as few calls as the length of an address allows."""
        known = dict.fromkeys(id_ for id_ in ids if translate.product_id(id_) is not None)
        for some in id_groups(list(known), _BATCH):
            call = Call(operation, f"products?ids={','.join(some)}")
            for product in (await self._client.ask(call, _PRODUCTS)).products:
                yield product

    async def _order(self, id_: ExternalId) -> Order | None:
        try:
            raw = await self._client.ask(Call("read order", f"orders/{id_}"), _ORDER)
        except NotFoundError:
            return None
        return translate.order(raw, self._stages)

    def _broken(self, raw: msgspec.Raw, error: MappingError) -> BrokenOrder:
        broken = translate.broken_order(raw, error, self._stages)
        if broken is None:
            raise UnavailableError(
                self._id, "read orders", f"an order without an id came, nothing was read ({error})"
            )
        return broken


def _capabilities(
    tax_classes: dict[str, str], currency: str | None, contract_source: str
) -> Capabilities:
    return Capabilities(
        read_batch=_BATCH,
        stock_batch=_BATCH,
        price_batch=_BATCH,
        guarded_stock=True,
        prices_include_tax=False,
        price_digits=2,
        tax_classes=tax_classes,
        currency=currency,
        keyed_updates=True,
        product_batch=PAGE_BATCH,
        product_fields=PAGE_FIELDS,
        html_text=True,
        name_length=255,
        weight_digits=6,
        compares_versions=True,
        tiers_batch=_BATCH if contract_source == "stored" else 0,
    )


def _sorted(
    operations: Sequence[Operation],
    item: Callable[[Operation], dict[str, object] | WriteOutcome],
) -> tuple[dict[ExternalId, dict[str, object]], list[WriteOutcome]]:
    """What is sent, by target (the last one counts), and what cannot even be said to the shop."""
    items: dict[ExternalId, dict[str, object]] = {}
    refused: list[WriteOutcome] = []
    for operation in operations:
        said = item(operation)
        if isinstance(said, WriteOutcome):
            refused.append(said)
        else:
            items[operation.target] = said
    return items, refused


def _by_product(items: Sequence[OutcomeT]) -> dict[ExternalId, OutcomeT]:
    return {ExternalId(str(item.product)): item for item in items}


def _unmentioned(target: ExternalId) -> WriteOutcome:
    message = "the shop's answer does not mention it"
    return WriteOutcome(target, "unknown", None, "unmentioned", message)


connector = ConnectorSpec(
    id="oscar", title="django-oscar", kind="shop", settings=OscarSettings, open=OscarConnector
)
