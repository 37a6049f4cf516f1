"""What a person or a program may decide about a parked record."""

from __future__ import annotations

from typing import Literal

from panstore.engine.engine import Engine
from panstore.store import parked

__all__ = ["Settlement", "settle_parked"]

Settlement = Literal["retried", "skipped"]


async def settle_parked(engine: Engine, record: int, state: Settlement) -> bool:
    """Retry or skip a record that waits.

    Returns:
        False if there is none, or somebody decided before; an order that went through meanwhile
        must not be skipped by a page that was open for long.
    """
    found = await engine.context.store.read(lambda c: parked.find(c, record))
    if found is None or found.state != "open":
        return False
    return await (engine.retry(record) if state == "retried" else engine.skip(record))
