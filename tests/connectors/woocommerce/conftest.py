"""A simulated shop with a clock of its own, its people, and a client whose calls pass a proxy."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from panstore.connectors.woocommerce.client import WooClient
from panstore.connectors.woocommerce.config import WooSettings
from panstore.model.ids import ConnectionId
from panstore.testing.proxy import FaultProxy
from tests.connectors.woocommerce.desk import Clock, Desk
from tests.connectors.woocommerce.recorded_shop import recorded_shop
from tests.connectors.woocommerce.simulator.server import running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(clock: Clock) -> Desk:
    return Desk(recorded_shop(clock))


@pytest.fixture
async def proxy(desk: Desk) -> AsyncIterator[FaultProxy]:
    async with running(desk.shop, secure=True) as url:
        host, port = url.removeprefix("http://").split(":")
        async with FaultProxy(host, int(port)) as proxy:
            yield proxy


@pytest.fixture
async def client(proxy: FaultProxy, clock: Clock) -> AsyncIterator[WooClient]:
    entered = {"consumer_key": "ck_replay", "consumer_secret": "cs_replay", "auth": "basic"}
    settings = WooSettings.model_validate({"url": proxy.url, **entered})
    client = WooClient(ConnectionId("shop"), settings, now=clock, nonce=lambda: "n")
    yield client
    await client.close()
