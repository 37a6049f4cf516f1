"""A full run over real systems against a bare client that makes the same calls and no more."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.report import Figure, show
from benchmarks.world import World, demo

__all__ = ["measure"]

_BATCH = 500
_SIDE_BY_SIDE = 2
"""Batches at the same time, as our full run has them."""

_RUNS = 5


def measure(*, quick: bool, keep: Path | None) -> None:
    """1,000 (quick) or 10,000 products more than the demo has."""
    extra = 1_000 if quick else 10_000
    runs = 2 if quick else _RUNS
    with demo() as world:
        seeded = time.monotonic()
        seed(world, extra)
        seeded = time.monotonic() - seeded
        pairs = [
            (int(erp), int(shop))
            for erp, shop in world.sql("SELECT erp, shop FROM links ORDER BY item")
        ]
        bare: list[float] = []
        ours: list[float] = []
        for _ in range(runs):
            bare.append(_bare(world, pairs))
            ours.append(_ours(world))
        unchanged = _unchanged(world)
    ratio = statistics.median(o / b for o, b in zip(ours, bare, strict=True))
    figures = [
        Figure("items", float(len(pairs)), ""),
        Figure("seeding ERP and shop, and the first sync", seeded, "s"),
        Figure("bare client, median", statistics.median(bare), "s"),
        Figure("full run of S1, median", statistics.median(ours), "s"),
        Figure("ratio, median of alternated runs", ratio, "", "<= 1.15"),
        Figure("unchanged full run of S1 and S2", unchanged, "s"),
    ]
    show(f"full run, {len(pairs):,} real items", figures, keep)


def seed(world: World, extra: int) -> None:
    """More products with stock in the ERP, the same ones in the shop, all linked and in step."""
    erp = world.erp
    [sample] = erp.call("product.product.read", [int(world.skus[0]["erp_id"])], ["template"])
    fields = ["default_uom", "account_category"]
    [template] = erp.call("product.template.read", [sample["template"]], fields)
    shelf = world.shelf
    for begin in range(0, extra, 50):
        made = erp.call(
            "product.template.create",
            [
                {
                    "name": f"Bench {n}",
                    "code": f"BENCH-{n:06}",
                    "type": "goods",
                    "default_uom": template["default_uom"],
                    "salable": True,
                    "sale_uom": template["default_uom"],
                    "account_category": template["account_category"],
                    "list_price": Decimal("9.90"),
                    "products": [["create", [{}]]],
                }
                for n in range(begin, min(extra, begin + 50))
            ],
        )
        rows = erp.call("product.template.read", made, ["products"])
        erp.count(shelf, {row["products"][0]: 20 for row in rows})
    for begin in range(0, extra, 100):
        goods = [
            {
                "key": f"bench-{n}",
                "sku": f"BENCH-{n:06}",
                "upc": f"99{n:011}",
                "title": f"Bench {n}",
                "description": "",
                "category": "Bench",
                "tax_class": "22",
                "is_public": True,
            }
            for n in range(begin, min(extra, begin + 100))
        ]
        world.shop.post("products", {"products": goods})
    world.panstore("sync", "--wait")
    time.sleep(2)
    world.quiet(900)


def _bare(world: World, pairs: Sequence[tuple[int, int]]) -> float:
    """Reads the ERP, reads the shop, writes the shop, two batches side by side: nothing else."""
    [warehouse] = world.erp.call("stock.location.search", [["code", "=", "LJ"]], 0, 1, None)
    mark = world.shop.get("ping")["watermark"]
    pages = [pairs[begin : begin + _BATCH] for begin in range(0, len(pairs), _BATCH)]
    begun = time.monotonic()
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        for _ in pool.map(lambda page: _bare_page(world, warehouse, mark, page), pages):
            pass
    return time.monotonic() - begun


def _bare_page(world: World, warehouse: int, mark: int, page: Sequence[tuple[int, int]]) -> None:
    levels = world.erp.call("panstore.gateway.stock_levels", [warehouse], [e for e, _ in page])
    free = {row["product"]: row["on_hand"] - row["reserved"] - row["demand"] for row in levels}
    ids = ",".join(str(shop) for _, shop in page)
    world.shop.get(f"products?limit={_BATCH}&ids={ids}")
    items: list[dict[str, Any]] = [
        # One piece off, so that our run afterwards has every value to write.
        {"product": shop, "free": str(max(Decimal(0), free[erp] - 1).to_integral_value())}
        for erp, shop in page
    ]
    world.shop.post("stock", {"watermark": mark, "items": items})


def _ours(world: World) -> float:
    world.quiet()
    world.sql("UPDATE ledger SET stale = 1 WHERE module = 'S1'")
    return _full(world, "S1")


def _unchanged(world: World) -> float:
    return _full(world, "S1") + _full(world, "S2")


def _full(world: World, module: str) -> float:
    world.panstore("sync", module, "--wait")
    world.quiet()
    [(begun, ended)] = world.sql(
        "SELECT started_at, finished_at FROM full_runs WHERE module = ?", module
    )
    return (dt.datetime.fromisoformat(ended) - dt.datetime.fromisoformat(begun)).total_seconds()
