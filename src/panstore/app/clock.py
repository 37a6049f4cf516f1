"""The only place that reads the clock and makes ids."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
import uuid

__all__ = ["SystemClock", "new_id"]


class SystemClock:
    """Time as it is."""

    def now(self) -> dt.datetime:
        """Aware UTC."""
        return dt.datetime.now(dt.UTC)

    def timer(self) -> float:
        """Seconds on a clock that never jumps."""
        return time.perf_counter()

    async def sleep(self, seconds: float) -> None:
        """Let others run."""
        await asyncio.sleep(seconds)


def new_id() -> str:
    """An id nobody has made before; ids made later sort later, which keeps indexes compact."""
    stamp = time.time_ns() // 1_000_000
    return f"{stamp:012x}{uuid.uuid4().hex[:16]}"
