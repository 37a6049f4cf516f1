"""A console over the real engine in the simulated world."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

from litestar.testing import AsyncTestClient

from panstore.engine.context import BrakeLimits
from panstore.testing.world import Scene
from panstore.web.app import build
from tests.engine.house import House

__all__ = ["NASTY", "TOKEN", "Counter", "Room", "open_counter", "open_house"]

TOKEN = "token-of-the-tests"
NASTY = '<script>alert("x")</script><img src=x onerror=alert(1)>'


class Room:
    """The world, the engine and the web server over it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.scene = house.scene
        self.app = build(house.engine, api_token=TOKEN)
        self.api = {"Authorization": f"Bearer {TOKEN}"}

    async def park_an_order(self) -> str:
        """An order with a product the ERP does not know; its external id."""
        link = self.scene.shop_links[0]
        stranger = self.scene.shop.add_variant(f"STRANGE-{NASTY}", announce=False)
        self.scene.shop.edit_stock(stranger, 5)
        self.scene.shop.edit_price(stranger, self.scene.shop.prices[link.shop])
        order = self.scene.shop.place_order((link.shop, 1), (stranger, 1), note=NASTY)
        await self.house.settle()
        return order.id

    async def sell_out(self, most: int = 40) -> None:
        """A mass change: everything falls to zero at once."""
        for link in self.scene.shop_links[:most]:
            self.scene.erp.set_on_hand(link.erp, 0)
        await self.house.step(0)
        await self.house.step(0)


class Counter(Room):
    """A room with a client that calls the server without a network."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.client = AsyncTestClient(self.app)

    async def log_in(self) -> None:
        answer = await self.client.post(
            "/login", data={"token": TOKEN, "next": "/"}, follow_redirects=False
        )
        assert answer.status_code == 303, answer.text

    async def csrf(self) -> str:
        page = (await self.client.get("/")).text
        return page.partition('name="csrf" value="')[2].partition('"')[0]


@contextlib.asynccontextmanager
async def open_house(
    directory: Path, *, goods: int = 3, kind: type[House] = House, scene: Scene | None = None
) -> AsyncIterator[House]:
    """A shop that is in step with its ERP."""
    scene = scene or Scene()
    scene.add_goods(goods, on_hand=10, price=Decimal("33.33"))
    brakes = BrakeLimits(from_items=20, share=Decimal("0.5"))
    house = kind(scene, f"sqlite:///{directory}/panstore.sqlite", brakes=brakes)
    await house.open()
    await house.settle()
    yield house
    await house.close()


@contextlib.asynccontextmanager
async def open_counter(
    directory: Path, *, goods: int = 3, kind: type[House] = House, scene: Scene | None = None
) -> AsyncIterator[Counter]:
    """A counter whose shop is in step with its ERP."""
    async with open_house(directory, goods=goods, kind=kind, scene=scene) as house:
        counter = Counter(house)
        async with counter.client:
            yield counter
