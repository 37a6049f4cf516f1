from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from panstore.testing.world import Scene
from tests.engine.house import House


@pytest.fixture
async def make_house(store_url: str) -> AsyncIterator[Callable[..., House]]:
    """Makes a house over a scene; it is closed at the end."""
    made: list[House] = []

    def make(scene: Scene, **options: object) -> House:
        house = House(scene, store_url, **options)  # type: ignore[arg-type]
        made.append(house)
        return house

    yield make
    for house in made:
        await house.close()
