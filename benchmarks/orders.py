"""Orders: from the shop into the ERP on the quiet demo, and a backlog drained."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

from benchmarks.backlog import drain
from benchmarks.report import Figure, percentile, show
from benchmarks.world import World, demo

__all__ = ["measure"]


def measure(*, quick: bool, keep: Path | None) -> None:
    """Real systems first, then a backlog on the simulated ERP."""
    with demo() as world:
        show("orders on the quiet demo", _quiet(world, 10 if quick else 40), keep)
        show("orders in a row on the demo", _burst(world, 20 if quick else 200), keep)
        show("waiting orders on the demo", _waiting(world, 20 if quick else 200), keep)
    size = 1_000 if quick else 10_000
    show(f"{size:,} waiting orders, simulated ERP", drain(size), keep)
    title = f"{size:,} waiting orders with reservation and invoice, simulated ERP"
    show(title, drain(size, whole=True), keep)


def _quiet(world: World, count: int) -> list[Figure]:
    total: list[float] = []
    remote: list[float] = []
    for product in _plenty(world, count):
        world.quiet()
        after = world.last_audit()
        placed_by = world.shop.buy(product)
        placed = dt.datetime.now(dt.UTC)
        row = _imported(world, after, placed_by)
        total.append((dt.datetime.fromisoformat(row[0] + "+00:00") - placed).total_seconds())
        remote.append(float(row[1]) / 1000)
    return [
        Figure("orders", float(count), ""),
        Figure("checkout answered -> sale in the ERP, p50", percentile(total, 0.5), "s"),
        Figure("checkout answered -> sale in the ERP, p95", percentile(total, 0.95), "s", "<= 2"),
        Figure("of that the ERP's and shop's own time, p50", percentile(remote, 0.5), "s"),
        Figure("of that the ERP's and shop's own time, p95", percentile(remote, 0.95), "s"),
    ]


def _imported(world: World, after: int, number: str) -> tuple[str, int]:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        rows = world.sql(
            "SELECT at, remote_ms FROM audit WHERE id > ? AND outcome = 'imported' AND label = ?",
            after,
            number,
        )
        if rows:
            return rows[0][0], rows[0][1]
        time.sleep(0.02)
    raise TimeoutError(f"order {number} is not in the ERP")


def _burst(world: World, count: int) -> list[Figure]:
    world.quiet()
    after = world.last_audit()
    begun = time.monotonic()
    for product in _plenty(world, count):
        world.shop.buy(product)
    placed = time.monotonic() - begun
    done = "SELECT count(*) FROM audit WHERE id > ? AND outcome = 'imported'"
    while world.sql(done, after)[0][0] < count:
        time.sleep(0.1)
    took = time.monotonic() - begun
    return [
        Figure("orders", float(count), ""),
        Figure("placed by visitors", count / placed, "/s"),
        Figure("in the ERP", count / took, "/s"),
        Figure("last order placed -> all in the ERP", took - placed, "s"),
    ]


def _waiting(world: World, count: int) -> list[Figure]:
    """Orders placed while PanStore stands still: each set aside, invoiced and told afterwards."""
    chosen = _plenty(world, count)
    world.quiet()
    after = world.last_audit()
    with world.panstore_frozen():
        numbers = [world.shop.buy(product) for product in chosen]
    begun = dt.datetime.now(dt.UTC)
    ended: list[dt.datetime] = []
    until = time.monotonic() + 60 + 10 * count
    done = (
        "SELECT max(at) FROM audit WHERE id > ? GROUP BY label"
        " HAVING sum(outcome = 'told') >= 1 AND sum(outcome = 'invoiced') = 1"
        " AND sum(outcome = 'imported') = 1"
    )
    while len(ended) < count:
        if time.monotonic() > until:
            raise TimeoutError(f"{len(ended)} of {len(numbers)} orders have come to rest")
        time.sleep(0.2)
        rows = world.sql(done, after)
        ended = sorted(dt.datetime.fromisoformat(at + "+00:00") for (at,) in rows)
    quarter = count // 4
    first = (ended[quarter - 1] - begun).total_seconds() / quarter
    last = (ended[-1] - ended[-quarter - 1]).total_seconds() / quarter
    return [
        Figure("orders in the ERP, set aside, invoiced, shop told", float(len(ended)), ""),
        Figure("drained", count / (ended[-1] - begun).total_seconds(), "/s"),
        Figure("time per order, first quarter", first, "s"),
        Figure("time per order, last quarter", last, "s"),
        Figure("growth (last / first)", last / first, "", "no growth"),
    ]


def _plenty(world: World, count: int) -> list[int]:
    shelf = world.shelf
    chosen = world.skus[: min(50, count)]
    world.erp.count(shelf, {int(entry["erp_id"]): 500 for entry in chosen})
    time.sleep(1)
    world.quiet()
    return [int(chosen[i % len(chosen)]["shop_id"]) for i in range(count)]
