"""The connector of the how-to passes the shipped suites against a small shop."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from aiohttp import web

from docs.howto.example.shelf import ShelfConnector, ShelfSettings, connector
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.price import PriceTarget
from panstore.testing.proxy import FaultProxy
from panstore.testing.suites import (
    ConnectorSuite,
    Disturbance,
    PlacedOrder,
    WriteStockSuite,
    disturb_through,
)

TOKEN = "token-of-the-shelf"
SHOP = ConnectionId("shelf")


class Shelf:
    """The small shop: what is on the shelf, and an HTTP server in front of it."""

    def __init__(self) -> None:
        self.free: dict[str, int] = {}
        self.port = 0

    async def open(self) -> web.AppRunner:
        app = web.Application()
        app.add_routes([web.get("/stock", self._tell), web.put("/stock", self._set)])
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = int(runner.addresses[0][1])
        return runner

    async def _tell(self, request: web.Request) -> web.Response:
        if request.headers.get("X-Token") != TOKEN:
            return web.Response(status=401)
        wanted = request.query.get("ids", "").split(",")
        return web.json_response({sku: self.free[sku] for sku in wanted if sku in self.free})

    async def _set(self, request: web.Request) -> web.Response:
        if request.headers.get("X-Token") != TOKEN:
            return web.Response(status=401)
        answer: dict[str, dict[str, object]] = {}
        for sku, free in (await request.json()).items():
            if sku in self.free:
                self.free[sku] = free
                answer[sku] = {"free": free}
            else:
                answer[sku] = {"error": f"there is no article {sku}"}
        return web.json_response(answer)


class ShelfHarness:
    """Arranges the shelf and looks at it without the connector."""

    unknown_id = ExternalId("nothing-has-this")
    vat_rate = Decimal(22)
    currency = "EUR"
    secrets = (TOKEN, "wrong-token")

    def __init__(self, shelf: Shelf, proxy: FaultProxy) -> None:
        self.shelf, self.proxy = shelf, proxy
        self._numbers = itertools.count(1)
        self.connector = self._connector(TOKEN)

    def _connector(self, token: str) -> ShelfConnector:
        given = {"url": self.proxy.url, "token": token, "timeout_s": 1.0}
        made = connector.open(SHOP, ShelfSettings.model_validate(given))
        assert isinstance(made, ShelfConnector)
        return made

    def wrong_credentials_connector(self) -> ShelfConnector:
        return self._connector("wrong-token")

    def disturb(self, what: Disturbance, *, seconds: int = 7) -> None:
        disturb_through(self.proxy, what, seconds=seconds)

    async def refuse_connections(self) -> None:
        await self.proxy.refuse()

    async def accept_connections(self) -> None:
        await self.proxy.accept()

    async def add_variant(
        self, sku: str, *, price: Decimal | None = None, stock: Decimal = Decimal(0)
    ) -> ExternalId:
        del price
        self.shelf.free[sku] = int(stock)
        return ExternalId(sku)

    async def rename_variant(self, id_: ExternalId, title: str) -> None:
        raise NotImplementedError(f"this shop has no titles ({id_}, {title})")

    async def retire_variant(self, id_: ExternalId) -> None:
        del self.shelf.free[id_]

    async def stored_free(self, id_: ExternalId) -> Decimal:
        return Decimal(self.shelf.free[id_])

    async def stored_price(self, id_: ExternalId) -> PriceTarget | None:
        raise NotImplementedError(f"this shop has no prices ({id_})")

    async def place_order(self, id_: ExternalId, quantity: Decimal) -> PlacedOrder:
        self.shelf.free[id_] -= int(quantity)
        return PlacedOrder(ExternalId(str(next(self._numbers))), Decimal(0))

    async def change_order(self, id_: ExternalId) -> str:
        raise NotImplementedError(f"this shop's orders have no status ({id_})")

    async def cancel_order(self, id_: ExternalId) -> None:
        raise NotImplementedError(f"this shop cancels nothing ({id_})")


@pytest.fixture
async def harness() -> AsyncIterator[ShelfHarness]:
    shelf = Shelf()
    runner = await shelf.open()
    async with FaultProxy("127.0.0.1", shelf.port) as proxy:
        found = ShelfHarness(shelf, proxy)
        await found.connector.start()
        yield found
        await found.connector.close()
    await runner.cleanup()


class TestShelf(ConnectorSuite, WriteStockSuite):
    """Everything the example declares."""
