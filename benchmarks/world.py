"""The demo as the benchmarks use it: started on a directory of its own, or one that runs."""

from __future__ import annotations

import base64
import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

__all__ = ["Erp", "Shop", "World", "demo"]

_START_S = 600.0


def _post(url: str, body: object, headers: dict[str, str], method: str = "POST") -> Any:
    data = None if body is None else json.dumps(body, default=_encode).encode()
    # Without gzip Tryton sends its answer token by token, which no client would choose.
    sent = {"Content-Type": "application/json", "Accept-Encoding": "gzip", **headers}
    request = urllib.request.Request(url, data, sent, method=method)
    with urllib.request.urlopen(request, timeout=300) as answer:
        text = answer.read()
        if answer.headers.get("Content-Encoding") == "gzip":
            text = gzip.decompress(text)
        return json.loads(text, object_hook=_decode)


def _encode(value: object) -> object:
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    raise TypeError(type(value))


def _decode(value: dict[str, Any]) -> Any:
    if value.get("__class__") == "Decimal":
        return Decimal(value["decimal"])
    return value


class Erp:
    """A session of the demo's ERP administrator."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self._url = f"{facts['url']}/{facts['database']}/rpc/"
        self._headers: dict[str, str] = {}
        uid, token, _ = self._call(
            "common.db.login", [facts["user"], {"password": facts["password"]}, "en"]
        )
        session = base64.b64encode(f"{facts['user']}:{uid}:{token}".encode()).decode()
        self._headers = {"Authorization": f"Session {session}"}
        self._context = self._call("model.res.user.get_preferences", [True, {}])

    def call(self, method: str, *arguments: Any) -> Any:
        """Call `model.method`."""
        return self._call(f"model.{method}", [*arguments, self._context])

    def _call(self, method: str, params: list[Any]) -> Any:
        answer = _post(self._url, {"id": 1, "method": method, "params": params}, self._headers)
        if answer.get("error"):
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def count(self, location: int, quantities: dict[int, int]) -> None:
        """An inventory: these quantities lie there now, all in one transaction."""
        today = time.localtime()
        day = {
            "__class__": "date",
            "year": today.tm_year,
            "month": today.tm_mon,
            "day": today.tm_mday,
        }
        lines = [["create", [{"product": p, "quantity": float(q)} for p, q in quantities.items()]]]
        values = {"location": location, "date": day, "lines": lines}
        made = self.call("stock.inventory.create", [values])
        self.call("stock.inventory.confirm", made)


class Shop:
    """The companion's API, and visitors."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.url = facts["url"]
        self._headers = {"Authorization": f"Bearer {facts['api_token']}"}

    def get(self, path: str) -> Any:
        """GET below `/panstore/v1/`."""
        return _post(f"{self.url}/panstore/v1/{path}", None, self._headers, "GET")

    def post(self, path: str, body: object) -> Any:
        """POST below `/panstore/v1/`."""
        return _post(f"{self.url}/panstore/v1/{path}", body, self._headers)

    def buy(self, product: int) -> str:
        """A guest buys one piece; the order's number."""
        jar = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

        def ask(method: str, path: str, body: object = None) -> Any:
            data = None if body is None else json.dumps(body).encode()
            kind = {"Content-Type": "application/json"}
            request = urllib.request.Request(f"{self.url}/api/{path}", data, kind, method=method)
            with jar.open(request, timeout=120) as answer:
                return json.loads(answer.read())

        basket = ask("GET", "basket/")["url"]
        ask(
            "POST",
            "basket/add-product/",
            {"url": f"{self.url}/api/products/{product}/", "quantity": 1},
        )
        address = {
            "country": f"{self.url}/api/countries/SI/",
            "first_name": "Nina",
            "last_name": "Zupančič",
            "line1": "Dunajska cesta 5",
            "line4": "Ljubljana",
            "postcode": "1000",
        }
        order = ask(
            "POST",
            "checkout/",
            {
                "basket": basket,
                "guest_email": "nina@example.com",
                "shipping_method_code": "posta",
                "shipping_address": {**address, "phone_number": "+38640123456"},
                "billing_address": address,
            },
        )
        return str(order["number"])


class World:
    """A running demo."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.facts = json.loads((directory / "demo.json").read_text())
        self.erp = Erp(self.facts["erp"])
        self.shop = Shop(self.facts["shop"])
        self.skus: list[dict[str, Any]] = self.facts["skus"]

    @property
    def shelf(self) -> int:
        """Storage location of the warehouse the shop sells from."""
        [row] = self.erp.call(
            "stock.location.search_read", [["code", "=", "LJ"]], 0, 1, None, ["storage_location"]
        )
        return int(row["storage_location"])

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """A look into PanStore's store, or a small change of it."""
        with closing(sqlite3.connect(self.directory / "panstore.sqlite", timeout=60)) as file, file:
            return file.execute(statement, values).fetchall()

    def last_audit(self) -> int:
        """Id of the newest audit row."""
        return int(self.sql("SELECT coalesce(max(id), 0) FROM audit")[0][0])

    def quiet(self, within_s: float = 300.0) -> None:
        """Wait until nothing is waiting any more."""
        until = time.monotonic() + within_s
        busy = (
            "SELECT (SELECT count(*) FROM marks WHERE attempts > 0 OR marked_at <= ?) +"
            " (SELECT count(*) FROM full_runs WHERE finished_at IS NULL)"
        )
        while self.sql(busy, time.strftime("%Y-%m-%d %H:%M:%S.999999", time.gmtime()))[0][0]:
            if time.monotonic() > until:
                raise TimeoutError("the demo did not come to rest")
            time.sleep(0.2)

    @contextmanager
    def panstore_frozen(self) -> Iterator[None]:
        """PanStore stands still meanwhile; the demo would end if it were stopped."""
        noted = json.loads((self.directory / "processes.json").read_text())
        pid = int(noted[-1][0])  # the one that is started last
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def panstore(self, *words: str) -> None:
        """Run a command of PanStore."""
        command = [sys.executable, "-m", "panstore", "--config", self.facts["settings"], *words]
        subprocess.run(command, check=True, capture_output=True)


@contextmanager
def demo() -> Iterator[World]:
    """A demo of the benchmark's own, ended afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "demo"
        command = [sys.executable, "-m", "panstore", "demo", "--headless", "--dir", str(directory)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + _START_S
            while not (directory / "demo.json").exists():
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("the demo did not start; try `make demo`")
                time.sleep(0.2)
            yield World(directory)
        finally:
            os.kill(process.pid, signal.SIGTERM)
            process.wait(60)
