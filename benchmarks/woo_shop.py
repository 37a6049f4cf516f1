"""The simulated WooCommerce in a process of its own, so that its work is counted apart."""

from __future__ import annotations

import asyncio
import multiprocessing
import multiprocessing.connection
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.connectors.woocommerce.simulator.router import WooRequest
from tests.connectors.woocommerce.simulator.server import running
from tests.connectors.woocommerce.simulator.shop import Pace, SimWoo

__all__ = ["KEY", "SECRET", "WooShop", "woo_shop"]

KEY, SECRET = "ck_benchmark", "cs_benchmark"
_TICKS = os.sysconf("SC_CLK_TCK")
_SEEDED_S = 900
_REAL = Pace(per_call=0.15, per_item=0.025, cores=2)
"""A batch of 100 takes 2.7 s, two at a time are 70 items a second (WooCommerce 10.5)."""


@dataclass
class WooShop:
    """A shop that is served by another process.

    Attributes:
        url: where it is.
        first: id of its first product; the others follow one by one.
    """

    url: str
    first: int
    pid: int
    line: Any

    def asked(self) -> dict[str, int]:
        """Calls since the last time, by method and path without numbers."""
        self.line.send("asked")
        found: dict[str, int] = self.line.recv()
        return found

    def slow(self) -> None:
        """From now on it takes the time that a real shop with two cores was measured to take."""
        self.line.send("slow")
        self.line.recv()

    def cpu(self) -> float:
        """Seconds of CPU that the shop has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def woo_shop(products: int, orders: int) -> Iterator[WooShop]:
    """A shop with so many simple products (ART-0000 on) and orders; ended afterwards."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, products, orders), daemon=True)
    process.start()
    try:
        if not ours.poll(_SEEDED_S):
            raise RuntimeError("the simulated shop did not start")
        url, first = ours.recv()
        assert process.pid is not None
        yield WooShop(url, first, process.pid, ours)
    finally:
        ours.close()
        process.join(30)
        if process.is_alive():
            process.terminate()


def _serve(line: multiprocessing.connection.Connection, products: int, orders: int) -> None:
    asyncio.run(_served(line, products, orders))


async def _served(line: Any, products: int, orders: int) -> None:
    asked: dict[str, int] = {}

    def count(request: WooRequest) -> None:
        parts = (part for part in request.path.split("/")[4:] if not part.isdigit())
        name = f"{request.method} {'/'.join(parts)}"
        asked[name] = asked.get(name, 0) + 1

    shop = SimWoo()
    shop.courier.may_send = lambda _: False
    shop.add_key(KEY, SECRET)
    shop.seed(products=products)
    with shop.locked() as database:
        [first] = database.execute("SELECT min(id) FROM product").fetchone()
        database.execute("ANALYZE")
    shop.seed(orders=orders)
    shop.before = count
    async with running(shop, secure=True) as url:
        line.send((url, first))
        loop = asyncio.get_running_loop()
        while True:
            try:
                word = await loop.run_in_executor(None, line.recv)
            except EOFError:
                return
            if word == "slow":
                shop.pace = _REAL
            line.send(dict(asked))
            asked.clear()
