"""One real shop for all tests of the companion; every test takes products of its own."""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from panstore.demo import catalogue
from panstore.demo import shop as demo_shop
from tests.companions.oscar.client import ShopClient, Visitor
from tests.companions.oscar.contract_world import Buyer, World
from tests.companions.oscar.price_service import PriceService
from tests.companions.oscar.receiver import Receiver
from tests.companions.oscar.staff import Staff

TOKEN = "test-token-of-the-settings"
_numbers = itertools.count(1)


@dataclass
class RunningShop:
    build: demo_shop.ShopBuild
    directory: Path
    url: str
    api: ShopClient
    receiver: Receiver
    secret: str

    def manage(self, *arguments: str) -> str:
        return self.build.manage(self.directory, *arguments)

    def visitor(self) -> Visitor:
        return Visitor(self.url)

    def order(self, product: int, quantity: int = 1) -> dict[str, Any]:
        """A visitor buys; the order as PanStore reads it."""
        before = self.api.watermark()
        bought = self.visitor().buy(product, quantity)
        (found,) = self.api.orders_after(before)
        assert found["number"] == bought["number"]
        return found

    def read(self, order: dict[str, Any]) -> dict[str, Any]:
        """The order as it is now."""
        found: dict[str, Any] = self.api.get(f"/panstore/v1/orders/{order['id']}")
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def cache_directory() -> Path:
    default = Path.home() / ".cache" / "panstore"
    return Path(os.environ.get("PANSTORE_CACHE_DIR", default))


@pytest.fixture(scope="session")
def shop_build() -> demo_shop.ShopBuild:
    return demo_shop.prepare(cache_directory(), print)


@pytest.fixture(scope="session")
def shop(
    shop_build: demo_shop.ShopBuild, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningShop]:
    directory = tmp_path_factory.mktemp("oscar") / "shop"
    shop_build.install(directory)
    receiver = Receiver()
    port = free_port()
    secret = demo_shop.webhook_secret()
    process = shop_build.start(
        directory,
        port=port,
        webhook_url=receiver.url,
        webhook_secret=secret,
        api_token=TOKEN,
        languages="sl",
    )
    try:
        demo_shop.wait_ready(port, 30, process)
        url = f"http://127.0.0.1:{port}"
        api = ShopClient(url, TOKEN)
        yield RunningShop(shop_build, directory, url, api, receiver, secret)
    finally:
        demo_shop.stop(process)
        receiver.close()


@pytest.fixture(scope="session")
def asking(
    shop_build: demo_shop.ShopBuild, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A shop of its own that asks for its buyers' prices."""
    with _world(shop_build, tmp_path_factory.mktemp("oscar") / "asking", "ask") as world:
        yield world


@pytest.fixture(scope="session")
def storing(
    shop_build: demo_shop.ShopBuild, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A shop of its own that keeps its buyers' prices, and could ask for them as well."""
    with _world(shop_build, tmp_path_factory.mktemp("oscar") / "storing", "stored") as world:
        yield world


@contextmanager
def _world(shop_build: demo_shop.ShopBuild, directory: Path, source: str) -> Iterator[World]:
    shop_build.install(directory)
    receiver, secret, port = Receiver(), demo_shop.webhook_secret(), free_port()
    service = PriceService(secret)
    process = shop_build.start(
        directory,
        port=port,
        webhook_url=None,
        webhook_secret=secret,
        api_token=TOKEN,
        price_url=service.url,
        contract_source=source,
    )
    try:
        demo_shop.wait_ready(port, 30, process)
        url = f"http://127.0.0.1:{port}"
        api = ShopClient(url, TOKEN)
        running = RunningShop(shop_build, directory, url, api, receiver, secret)
        buyers = [
            Buyer(one.email, one.password, str(found["id"]))
            for one in catalogue.customers()
            for found in api.get(f"/panstore/v1/accounts?email={one.email}")["accounts"]
        ]
        yield World(running, service, buyers[1], buyers[3])
    finally:
        demo_shop.stop(process)
        service.stop()
        receiver.close()


@pytest.fixture
def world(asking: World) -> World:
    """The same with PanStore up and nothing agreed but that there is an agreement."""
    asking.reset()
    return asking


@pytest.fixture(scope="session")
def staff(shop: RunningShop) -> Staff:
    """The shop's administrator, logged in to the back office."""
    admin = demo_shop.facts(shop.directory)["admin"]
    return Staff(shop.url, admin["user"], admin["password"])


@pytest.fixture
def product(shop: RunningShop) -> Callable[..., int]:
    """Makes a new product with stock and price and gives its id."""

    def make(free: int = 10, price: str = "10.00", tax_class: str = "22") -> int:
        number = next(_numbers)
        wanted = {
            "key": f"test-{number}",
            "sku": f"TEST-{number}",
            "title": f"Testni izdelek {number}",
        }
        made: int = shop.api.post("/panstore/v1/products", {"products": [wanted]})["products"][0][
            "product"
        ]
        assert shop.api.set_stock(made, free)["outcome"] == "done"
        assert shop.api.set_price(made, price, tax_class)["outcome"] == "done"
        return made

    return make
