"""A connector before a server that answers as recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from panstore.connectors.tryton.connector import TrytonConnector
from tests.connectors.tryton.replay import Replay, made


@pytest.fixture
async def replay() -> AsyncIterator[Replay]:
    async with Replay() as server:
        yield server


@pytest.fixture
async def erp(replay: Replay) -> AsyncIterator[TrytonConnector]:
    erp = made(replay.url)
    await erp.start()
    replay.calls.clear()
    yield erp
    await erp.close()
