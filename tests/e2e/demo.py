"""The demo as a program that a test starts, plays with and ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from tests.companions.oscar.client import ShopClient, Visitor
from tests.companions.tryton.client import Erp

__all__ = ["Demo", "eventually"]

T = TypeVar("T")
_START_S = 400.0


def eventually(look: Callable[[], T], holds: Callable[[T], bool], *, within_s: float = 30.0) -> T:
    """What `look` gives once `holds` is true of it; the last value if it never was."""
    until = time.monotonic() + within_s
    while True:
        found = look()
        if holds(found) or time.monotonic() > until:
            return found
        time.sleep(0.05)


class Demo:
    """`panstore demo --headless` on a directory of the test's own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.process: subprocess.Popen[bytes] | None = None
        self.facts: dict[str, Any] = {}

    def start(self) -> float:
        """Start and wait for demo.json; the seconds it took."""
        begun = time.monotonic()
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "demo.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "panstore", "demo", "--headless", "--dir", self.directory],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        summary = self.directory / "demo.json"
        # A demo that was killed leaves its summary; only one of this very process counts.
        while not summary.exists() or json.loads(summary.read_text())["pid"] != self.process.pid:
            if self.process.poll() is not None or time.monotonic() - begun > _START_S:
                raise AssertionError((self.directory / "demo.log").read_text())
            time.sleep(0.1)
        self.facts = json.loads(summary.read_text())
        return time.monotonic() - begun

    def stop(self) -> int:
        """End it as a person would; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def kill_everything(self) -> None:
        """kill -9 of the demo and of all it started, at once."""
        assert self.process is not None
        noted = json.loads((self.directory / "processes.json").read_text())
        self.process.kill()
        for pid, _ in noted:
            os.killpg(pid, signal.SIGKILL)
        self.process.wait()

    def pids(self) -> list[int]:
        """Every live process that belongs to this demo's directory."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                command = (entry / "cmdline").read_bytes()
                where = (entry / "cwd").readlink()
            except OSError:
                continue
            if str(self.directory).encode() in command or where.is_relative_to(self.directory):
                found.append(int(entry.name))
        return found

    @property
    def erp(self) -> Erp:
        erp = self.facts["erp"]
        skus = {entry["sku"]: entry["erp_id"] for entry in self.facts["skus"]}
        warehouses = json.loads((self.directory / "erp" / "facts.json").read_text())["warehouses"]
        return Erp({**erp, "skus": skus, "warehouses": warehouses})

    @property
    def shop(self) -> ShopClient:
        shop = self.facts["shop"]
        return ShopClient(shop["url"], shop["api_token"])

    def visitor(self) -> Visitor:
        return Visitor(self.facts["shop"]["url"])

    def console(self, path: str) -> Any:
        """A JSON answer of the console's API."""
        console = self.facts["console"]
        return ShopClient(console["url"], console["api_token"]).get(f"/api/v1/{path}")

    def panstore(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of PanStore on this demo."""
        command = [sys.executable, "-m", "panstore", "--config", self.facts["settings"], *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    def free(self, shop_id: int) -> Decimal:
        """What the shop still offers of a product."""
        return Decimal(self.shop.product(shop_id)["free"])

    def price(self, shop_id: int) -> Decimal:
        """The shop's net price of a product."""
        return Decimal(self.shop.product(shop_id)["price"])

    def sales_of(self, number: str) -> list[dict[str, Any]]:
        """Sales in the ERP for an order of the shop, by the number the buyer sees."""
        fields = ["number", "state", "total_amount", "untaxed_amount", "tax_amount", "party"]
        found: list[dict[str, Any]] = self.erp.call(
            "sale.sale.search_read", [["reference", "=", number]], 0, 10, None, fields
        )
        return found
