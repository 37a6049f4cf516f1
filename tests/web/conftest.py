from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.counter import Counter, open_counter


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    async with open_counter(tmp_path) as opened:
        yield opened


@pytest.fixture
async def make_sold_out(tmp_path: Path) -> AsyncIterator[Counter]:
    """A counter on which a mass change waits."""
    async with open_counter(tmp_path, goods=30) as opened:
        await opened.sell_out()
        yield opened
