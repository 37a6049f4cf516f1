"""Which tests of a suite a connector fails."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest

from panstore.testing.suites import Suite
from tests.conformance.simulated import SimErpHarness, SimShopHarness

__all__ = ["failing"]


async def failing(
    suite: type[Suite], make: Callable[[], SimErpHarness | SimShopHarness]
) -> set[str]:
    """Names of the suite's tests that fail, each run against a world of its own."""
    names = set()
    for name, test in inspect.getmembers(suite, inspect.iscoroutinefunction):
        if not name.startswith("test"):
            continue
        harness = make()
        await harness.connector.start()
        try:
            await test(suite(), harness)
        except pytest.skip.Exception:
            continue
        except (pytest.fail.Exception, Exception):  # noqa: BLE001 - any failure counts
            names.add(name)
    return names
