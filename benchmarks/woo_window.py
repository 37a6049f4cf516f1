"""WooCommerce has no stock write under a lock: how long an overwritten order is offered again.

The real engine between a simulated ERP and the simulated WooCommerce, on the real clock. The shop
takes as long as a real one was measured to take (25 ms an item, 150 ms a call, two cores) and
changes stock at the end of that time, the worst moment. Stock only rises in the ERP, so whatever
the shop offers too much is an order that a write has overwritten.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import tempfile
import time
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from benchmarks.report import Figure, percentile, show
from panstore.engine.context import Options
from panstore.model.ids import ConnectionId, ExternalId
from panstore.testing.world import Scene, SimClock
from tests.connectors.woocommerce.harness import WooHarness, woo_harness
from tests.connectors.woocommerce.simulator.shop import Pace, SimWoo
from tests.engine.house import S1, House

__all__ = ["measure"]

_SHOP = ConnectionId("shop")
_GOODS = 200
_ORDERS_A_SECOND = 5
_RISE_EVERY_S = 8.0
_LOOK_EVERY_S = 1.0


class _RealClock(SimClock):
    """Time as it is."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def advance(self, by: dt.timedelta | float) -> dt.datetime:  # noqa: ARG002 - it goes by itself
        return self.now()


class _Polling(House):
    """Asks the shop once a second, as `panstore run` does without messages."""

    looked = 0.0

    async def look(self) -> None:
        if time.monotonic() - self.looked >= _LOOK_EVERY_S:
            self.looked = time.monotonic()
            await super().look()


@dataclass
class _Watch:
    """What the shop offers too much, article by article."""

    on_hand: dict[ExternalId, int]
    sold: dict[ExternalId, int] = field(default_factory=dict)
    since: dict[ExternalId, float] = field(default_factory=dict)
    lasted: list[float] = field(default_factory=list)

    def look(self, harness: WooHarness) -> None:
        now = time.monotonic()
        for id_, on_hand in self.on_hand.items():
            offered = harness.stored(id_)["stock_quantity"]
            if offered > on_hand - self.sold.get(id_, 0):
                self.since.setdefault(id_, now)
            elif id_ in self.since:
                self.lasted.append(now - self.since.pop(id_))


def measure(*, quick: bool, keep: Path | None) -> None:
    """Buyers buy while all stock is written again and again, for 30 (quick) or 120 seconds."""
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(_measured(30 if quick else 120, Path(folder)))
    show("WooCommerce, the window of a stock write", figures, keep)


async def _measured(seconds: int, folder: Path) -> list[Figure]:
    async with woo_harness(SimWoo()) as harness:
        scene = Scene(clock=_RealClock())
        scene.shop_connectors = cast(
            "Any", {_SHOP: harness.connect("cs_conformancesecret", timeout_s=90)}
        )
        options = Options(batch=500)
        house = _Polling(
            scene, f"sqlite:///{folder}/w.sqlite", modules=frozenset({S1}), options=options
        )
        goods: dict[ExternalId, ExternalId] = {}
        for n in range(_GOODS):
            shop_id = await harness.add_variant(f"P-{n}", price=Decimal(10))
            goods[shop_id] = scene.erp.add_variant(f"P-{n}", on_hand=1000, rate=Decimal(19))
        await scene.shop_connectors[_SHOP].start()
        await house.open()
        await house.settle()
        harness.shop.pace = Pace(per_call=0.15, per_item=0.025, after=False)
        watch = _Watch(dict.fromkeys(goods, 1000))
        stop = time.monotonic() + seconds
        await asyncio.gather(
            _engine(house, stop + 15),
            _buyers(harness, watch, stop),
            _rises(scene, goods, watch, stop),
            _watching(harness, watch, stop + 15),
        )
        await house.close()
        await scene.shop_connectors[_SHOP].close()
    orders = sum(watch.sold.values())
    return [
        Figure("orders placed", float(orders), ""),
        Figure("of these overwritten for a while", float(len(watch.lasted)), ""),
        Figure("offered again for, p50", percentile(watch.lasted, 0.5), "s"),
        Figure("offered again for, longest", max(watch.lasted, default=0.0), "s"),
        Figure("still offered too much at the end", float(len(watch.since)), "", "0"),
    ]


async def _engine(house: House, stop: float) -> None:
    while time.monotonic() < stop:
        await house.step()
        await asyncio.sleep(0.02)


async def _buyers(harness: WooHarness, watch: _Watch, stop: float) -> None:
    chance = random.Random(1)
    ids = list(watch.on_hand)
    while time.monotonic() < stop:
        id_ = chance.choice(ids)
        line = {"product_id": int(id_), "quantity": 1}
        harness.ask("POST", "orders", {"status": "processing", "line_items": [line]})
        watch.sold[id_] = watch.sold.get(id_, 0) + 1
        await asyncio.sleep(chance.expovariate(_ORDERS_A_SECOND))


async def _rises(
    scene: Scene, goods: dict[ExternalId, ExternalId], watch: _Watch, stop: float
) -> None:
    while time.monotonic() < stop:
        for shop_id, erp_id in goods.items():
            watch.on_hand[shop_id] += 1
            scene.erp.set_on_hand(erp_id, watch.on_hand[shop_id])
        await asyncio.sleep(_RISE_EVERY_S)


async def _watching(harness: WooHarness, watch: _Watch, stop: float) -> None:
    while time.monotonic() < stop:
        watch.look(harness)
        await asyncio.sleep(0.1)
