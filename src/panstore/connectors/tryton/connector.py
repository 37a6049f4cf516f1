"""Tryton in PanStore's roles; every call is one question to the companion."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence

from panstore.connectors.tryton.calls import GATEWAY, READ_BATCH
from panstore.connectors.tryton.config import TrytonSettings
from panstore.connectors.tryton.contracts import TrytonContracts
from panstore.connectors.tryton.documents import TrytonDocuments
from panstore.connectors.tryton.map.changes import feed_batch
from panstore.connectors.tryton.map.goods import sales_price, stock_level, variant
from panstore.connectors.tryton.map.report import report
from panstore.connectors.tryton.map.rows import number_of, numbers_of, parts, row, rows
from panstore.connectors.tryton.products import TrytonProducts
from panstore.connectors.tryton.webhooks import verified
from panstore.connectors.tryton.wire import (
    OutboxRow,
    PendingRow,
    PriceRow,
    StockRow,
    WebShopRow,
)
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.price import SalesPrice
from panstore.model.product import Variant
from panstore.model.stock import StockLevel
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.connectors import ConnectorSpec
from panstore.sdk.errors import (
    AuthError,
    MappingError,
    RejectedError,
)
from panstore.sdk.roles import (
    Delivery,
    FeedBatch,
    PriceQuery,
    Report,
    VariantPage,
)

__all__ = ["TrytonConnector", "connector"]

_OUTBOX = "model.panstore.outbox"
_UNKNOWN_CONSUMER = "unknown_consumer"
_SERVER_LIMIT = 5000
"""Most rows the companion gives in one answer, whatever it is asked for."""

log = logging.getLogger(__name__)


class TrytonConnector(TrytonDocuments, TrytonProducts, TrytonContracts):
    """Adds ReadCatalogue, ReadStock, ReadPrices, ChangeFeed and webhooks."""

    def __init__(self, id: ConnectionId, settings: TrytonSettings) -> None:  # noqa: A002 - the role's word
        super().__init__(id, settings)
        self._consumer = settings.consumer or id

    @property
    def id(self) -> ConnectionId:
        return self._id

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    async def start(self) -> None:
        self._client.forget_session()
        await self._ping()
        await self._read_taxes()
        await self._find_web_shop()
        await self._register()

    async def check(self) -> Report:
        try:
            ping = await self._ping()
            await self._read_taxes()
            await self._find_web_shop()
            waiting = await self._waiting()
        except AuthError as error:
            where = {"address": self._settings.url, "database": self._settings.database}
            return Report(where, (error.what,))
        return report(ping, self._taxes, waiting, self._settings)

    async def close(self) -> None:
        await self._client.close()

    async def catalogue(self, after: str | None, limit: int) -> VariantPage:
        limit = min(limit, _SERVER_LIMIT)
        products = await self._products(f"catalogue after {after}", int(after or 0), limit)
        more = str(products[-1].id) if len(products) >= limit else None
        return VariantPage(tuple(map(variant, products)), more)

    async def variants(self, ids: Sequence[ExternalId]) -> Sequence[Variant]:
        products = await self._products_of(ids)
        return [variant(product) for product in products]

    async def stock_levels(
        self, variants: Sequence[ExternalId], warehouses: Sequence[str]
    ) -> Sequence[StockLevel]:
        codes = await self._warehouse_codes(warehouses)
        levels: list[StockLevel] = []
        for numbers in parts(numbers_of(variants), READ_BATCH):
            answer = await self._client.call(
                "stock levels", f"{GATEWAY}.stock_levels", list(codes), numbers
            )
            stock = rows(answer, StockRow, "stock of product", "product")
            await self._learn_units({each.unit: each.product for each in stock})
            levels += [
                stock_level(
                    each,
                    codes[each.warehouse],
                    self._units.get(each.unit, str(each.unit)),
                )
                for each in stock
            ]
        return levels

    async def prices(
        self, variants: Sequence[ExternalId], query: PriceQuery
    ) -> Sequence[SalesPrice]:
        prices: list[SalesPrice] = []
        for numbers in parts(numbers_of(variants), READ_BATCH):
            usual = await self._prices(numbers, query.price_list, query)
            promotional: dict[int, PriceRow] = {}
            if query.promotion_list is not None:
                listed = await self._prices(numbers, query.promotion_list, query)
                promotional = {each.product: each for each in listed}
            prices += [sales_price(each, promotional.get(each.product)) for each in usual]
        return prices

    async def pull(self, limit: int) -> FeedBatch:
        limit = min(limit, _SERVER_LIMIT)
        missed = False
        try:
            answer = await self._pull(limit)
        except RejectedError as error:
            if error.code != _UNKNOWN_CONSUMER:
                raise
            log.warning(
                "%s: the outbox of Tryton no longer knew %r (a database restored from a backup?); "
                "it was registered anew. Changes made meanwhile are found by the next full run",
                self._id,
                self._consumer,
            )
            await self._register()
            missed = True
            answer = await self._pull(limit)
        changes = rows(answer, OutboxRow, "outbox row", "id")
        return feed_batch(changes, limit, missed=missed)

    async def acknowledge(self, receipts: Sequence[str]) -> None:
        for numbers in parts([int(receipt) for receipt in receipts], READ_BATCH):
            await self._client.call(
                f"acknowledge {len(numbers)} changes",
                f"{_OUTBOX}.acknowledge",
                self._consumer,
                numbers,
                writes=True,
            )

    def receive(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> Delivery:
        settings = self._settings
        return verified(self._id, settings.webhook_secret, settings.database, headers, body, now)

    def __repr__(self) -> str:
        return f"TrytonConnector({self._id}, {self._settings.url}/{self._settings.database})"

    async def _find_web_shop(self) -> None:
        name = self._settings.web_shop
        if name is None:
            return
        domain, fields = [["name", "=", name]], ["name"]
        try:
            answer = await self._client.call(
                f"find web shop {name}", "model.web.shop.search_read", domain, 0, 1, None, fields
            )
            shops = rows(answer, WebShopRow, "web shop", "id")
        except (RejectedError, MappingError):
            shops = []
        if not shops:
            # Like a wrong password this concerns the connection, so that no record is parked.
            raise AuthError(
                self._id,
                f"find web shop {name}",
                f"there is no web shop {name!r} that the user may read; correct `web_shop`, or "
                "leave it out where Tryton's module web_shop is not used",
            )
        self._web_shop = shops[0].id

    async def _register(self) -> None:
        # A lost reply may be asked again without harm, so it counts as a question.
        await self._client.call(f"register {self._consumer}", f"{_OUTBOX}.register", self._consumer)

    async def _waiting(self) -> str:
        """How many changes wait for us, for people."""
        try:
            answer = await self._client.call(
                "look at the outbox", f"{_OUTBOX}.pending", self._consumer
            )
        except RejectedError as error:
            if error.code != _UNKNOWN_CONSUMER:
                raise
            return "not registered yet"
        return str(row(answer, PendingRow, "outbox").count)

    async def _pull(self, limit: int) -> object:
        return await self._client.call("read changes", f"{_OUTBOX}.pull", self._consumer, limit)

    async def _learn_units(self, examples: Mapping[int, int]) -> None:
        """Ask for a product of each unit that is not known by name yet."""
        unknown = [product for unit, product in examples.items() if unit not in self._units]
        if unknown:
            await self._products("units", 0, len(unknown), unknown)

    async def _prices(
        self, numbers: list[int], price_list: ExternalId | None, query: PriceQuery
    ) -> list[PriceRow]:
        chosen = None if price_list is None else number_of(price_list)
        if price_list is not None and chosen is None:
            raise RejectedError(
                self._id,
                "prices",
                f"{price_list!r} is no id of a price list; `panstore check` shows those there are",
                code="unknown_price_list",
            )
        answer = await self._client.call(
            "prices", f"{GATEWAY}.prices", numbers, chosen, query.currency, query.day
        )
        return rows(answer, PriceRow, "price of product", "product")

    async def _warehouse_codes(self, codes: Sequence[str]) -> dict[int, str]:
        """Codes by Tryton's ids; asks once more for one that may be new."""
        if not self._warehouses.keys() >= set(codes):
            await self._ping()
        unknown = [code for code in codes if code not in self._warehouses]
        if unknown:
            raise RejectedError(
                self._id,
                "stock levels",
                f"Tryton has no warehouse with the code {', '.join(unknown)}, only "
                f"{', '.join(sorted(self._warehouses)) or 'none with a code'}; correct the "
                "setting, or the code of the location in Tryton",
                code="unknown_warehouse",
            )
        return {self._warehouses[code]: code for code in codes}


connector = ConnectorSpec(
    id="tryton", title="Tryton", kind="erp", settings=TrytonSettings, open=TrytonConnector
)
