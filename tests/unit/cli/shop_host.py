"""A host of the command line whose engines work in the simulated world."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from panstore.engine.context import BrakeLimits
from panstore.engine.engine import Engine
from panstore.testing.world import Scene
from tests.engine.house import House

__all__ = ["ShopHost"]


class ShopHost:
    """Every command gets a new engine over the same store and the same world."""

    def __init__(
        self,
        directory: Path,
        *,
        goods: int = 3,
        kind: type[House] = House,
        scene: Scene | None = None,
    ) -> None:
        self._kind = kind
        self.scene = scene or Scene()
        self.scene.add_goods(goods, on_hand=10, price=Decimal("33.33"))
        self.url = f"sqlite:///{directory}/panstore.sqlite"
        self.asked: list[tuple[Any, ...]] = []
        self._opened = 0

    @contextlib.asynccontextmanager
    async def house(self) -> AsyncIterator[House]:
        brakes = BrakeLimits(from_items=20, share=Decimal("0.5"))
        house = self._kind(self.scene, self.url, brakes=brakes)
        # Ids stay what they are in real life: never made before.
        self._opened += 1
        house._ids = itertools.count(self._opened * 10_000)
        await house.open()
        yield house
        await house.close()

    def work(self, do: Callable[[House], Awaitable[object]]) -> None:
        """Let the engine work, as `panstore run` does, and stop it."""

        async def whole() -> None:
            async with self.house() as house:
                await do(house)

        asyncio.run(whole())

    @contextlib.asynccontextmanager
    async def engine(self, config: Path) -> AsyncIterator[Engine]:
        self.asked.append(("engine", config))
        async with self.house() as house:
            yield house.engine

    def init(self, config: Path, *, force: bool) -> None:
        self.asked.append(("init", config, force))
        with config.open("w" if force else "x") as file:
            file.write("# settings\n")

    def run(self, config: Path) -> int:
        self.asked.append(("run", config))
        return 0

    def demo(self, directory: Path, *, headless: bool) -> int:
        self.asked.append(("demo", directory, headless))
        return 0
