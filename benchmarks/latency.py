"""From the mark to the shop's reply, at 1, 10 and 50 changes a second in the real ERP."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import Figure, percentile, show
from benchmarks.world import World, demo

__all__ = ["measure"]

_RATES = ((1, 1), (10, 10), (50, 50))
"""(changes a second, changes in one transaction)"""


def measure(*, quick: bool, keep: Path | None) -> None:
    """Each rate for 10 (quick) or 30 seconds, for stock and for prices."""
    seconds = 10 if quick else 30
    with demo() as world:
        numbers = itertools.count(1)
        shelf = world.shelf
        products = [int(entry["erp_id"]) for entry in world.skus]
        rows = world.erp.call("product.product.read", products, ["template", "list_price"])
        own_price = [r for r in rows if r["list_price"] is None]
        templates = sorted({int(r["template"]) for r in own_price})

        def stock(many: int) -> None:
            base = next(numbers)
            chosen = [products[(base * many + i) % len(products)] for i in range(many)]
            world.erp.count(shelf, {p: 100 + (base + i) % 50 for i, p in enumerate(chosen)})

        def price(many: int) -> None:
            from decimal import Decimal  # noqa: PLC0415

            base = next(numbers)
            changes: list[object] = []
            for i in range(min(many, len(templates))):
                template = templates[(base * many + i) % len(templates)]
                changes += [[template], {"list_price": Decimal(2000 + (base + i) % 500) / 100}]
            world.erp.call("product.template.write", *changes)

        for module, change in (("S1", stock), ("S2", price)):
            for rate, many in _RATES:
                figures = _one(world, module, change, rate, many, seconds)
                show(f"latency {module}, {rate} changes/s", figures, keep)


def _one(
    world: World, module: str, change: Callable[[int], None], rate: int, many: int, seconds: int
) -> list[Figure]:
    world.quiet()
    after = world.last_audit()
    begun = time.monotonic()
    for turn in range(seconds * rate // many):
        due = begun + turn * many / rate
        time.sleep(max(0.0, due - time.monotonic()))
        change(many)
    took = time.monotonic() - begun
    world.quiet()
    rows = world.sql(
        "SELECT own_ms, remote_ms FROM audit WHERE id > ? AND module = ? AND outcome = 'written'"
        " AND own_ms IS NOT NULL",
        after,
        module,
    )
    own = [float(row[0]) for row in rows]
    remote = [float(row[1]) for row in rows]
    top = rate == max(r for r, _ in _RATES)
    return [
        Figure("changes really made per second", seconds * rate / took, "/s"),
        Figure("values written", float(len(rows)), ""),
        Figure("own time p50", percentile(own, 0.50), "ms", "<= 150" if top else ""),
        Figure("own time p95", percentile(own, 0.95), "ms"),
        Figure("own time p99", percentile(own, 0.99), "ms", "<= 1000" if top else ""),
        Figure("remote time p50 (ERP and shop)", percentile(remote, 0.50), "ms"),
        Figure("remote time p99", percentile(remote, 0.99), "ms"),
    ]
