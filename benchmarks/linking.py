"""The linking wizard over two full catalogues: time and memory to compare what is not linked."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.report import Figure, show
from panstore.engine.context import Route
from panstore.engine.link_wizard import propose_in
from panstore.model.ids import ConnectionId, ExternalId, RouteId
from panstore.model.product import Variant
from panstore.store.database import Store
from panstore.store.items import remember_variants
from panstore.store.migrate import migrate

__all__ = ["measure"]

_ERP, _SHOP = ConnectionId("erp"), ConnectionId("shop")
_KINDS = ("majica", "stol", "miza", "čaj", "vijak", "lučka", "kabel", "torba")
_COLOURS = ("rdeča", "modra", "zelena", "bela", "črna")


def measure(*, quick: bool, keep: Path | None) -> None:
    """10,000 with codes and names, a third of them by name only; 100,000 of codes only."""
    _one(2_000 if quick else 10_000, keep, names=True)
    _one(5_000 if quick else 100_000, keep, names=False)


def _one(items: int, keep: Path | None, *, names: bool) -> None:
    route = Route(RouteId("shop"), _ERP, _SHOP, "UTC", {}, {})
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/panstore.sqlite")
        store.run(migrate)
        now = dt.datetime.now(dt.UTC)
        for side in (_ERP, _SHOP):
            made = _catalogue(items, side, names=names)
            store.run(lambda c, s=side, m=made: remember_variants(c, s, m, now=now))  # type: ignore[misc]
        before, began = _peak(), time.perf_counter()
        found = store.run(lambda c: propose_in(c, route))
        wall = time.perf_counter() - began
        asyncio.run(store.close())
    kind = "codes and names" if names else "codes only"
    figures = [
        Figure("wall time", wall, "s", "< 30" if items <= 10_000 else ""),
        Figure("growth of the most memory (RSS)", _peak() - before, "MB"),
        Figure("pairs proposed", float(len(found.pairs)), ""),
    ]
    show(f"linking wizard, {items:,} x {items:,}, {kind}", figures, keep)


def _catalogue(items: int, side: ConnectionId, *, names: bool) -> Iterator[Variant]:
    """The same goods on either side: a third with equal codes, a third dashed, a third renamed."""
    chance = random.Random(5)
    for n in range(items):
        title = (
            f"{chance.choice(_KINDS)} {chance.choice(_COLOURS)} m{chance.randrange(items // 4)}x"
            if names
            else ""
        )
        shop = side == _SHOP
        sku = f"AB-{n:06}"
        if shop and n % 3 == 1:
            sku = sku.replace("-", ".")
        if shop and names and n % 3 == 2:
            sku = f"W{n}"
        yield Variant(ExternalId(f"{side}{n}"), sku, title, parent=ExternalId(f"p{n // 5}"))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
