"""The demo's three systems as a test starts them one by one, with fault proxies between them."""

from __future__ import annotations

import asyncio
import json
import secrets
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from panstore.demo import erp as demo_erp
from panstore.demo import shop as demo_shop
from panstore.demo.configuration import write_settings
from panstore.demo.world import cache_directory
from panstore.testing.proxy import FaultProxy, Injection, Request
from tests.companions.oscar.client import ShopClient
from tests.companions.tryton.client import Erp
from tests.e2e.demo import eventually

__all__ = ["Systems"]

T = TypeVar("T")
_START_S = 60.0


class Systems:
    """Tryton, Oscar and PanStore; PanStore reaches both through a proxy and can be killed alone.

    Args:
        directory: new, of the test's own.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.facts: dict[str, Any] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._proxies: dict[str, FaultProxy] = {}
        self._erp: subprocess.Popen[bytes] | None = None
        self._shop: subprocess.Popen[bytes] | None = None
        self._panstore: subprocess.Popen[bytes] | None = None

    @property
    def erp(self) -> Erp:
        """The company's administrator, straight at the ERP."""
        known = demo_erp.facts(self.directory)
        return Erp(known | {"user": known["admin_user"], "password": known["admin_password"]})

    @property
    def shop(self) -> ShopClient:
        """The companion's API, straight at the shop."""
        return ShopClient(self.facts["shop"]["url"], self.facts["shop"]["api_token"])

    def start(self) -> None:
        """Start all three and wait until the shop has prices."""
        self._thread.start()
        self.directory.mkdir(parents=True)
        cache = cache_directory()
        erp_build, shop_build = demo_erp.prepare(cache, print), demo_shop.prepare(cache, print)
        shop_directory = self.directory / "shop"
        erp_build.install(self.directory)
        shop_build.install(shop_directory)
        hidden = {
            "erp_webhook": demo_shop.webhook_secret(),
            "shop_webhook": demo_shop.webhook_secret(),
            "shop_api": secrets.token_urlsafe(32),
            "console_api": secrets.token_urlsafe(32),
        }
        console, erp_port, shop_port = _free_port(), _free_port(), _free_port()
        hooks = f"http://127.0.0.1:{console}/hooks"
        self._erp = erp_build.start(
            self.directory,
            port=erp_port,
            wake_url=f"{hooks}/erp",
            wake_secret=hidden["erp_webhook"],
        )
        self._shop = shop_build.start(
            shop_directory,
            port=shop_port,
            webhook_url=f"{hooks}/shop",
            webhook_secret=hidden["shop_webhook"],
            api_token=hidden["shop_api"],
        )
        demo_shop.wait_ready(shop_port, _START_S, self._shop)
        demo_erp.wait_ready(erp_port, _START_S)
        erp_facts, shop_facts = demo_erp.facts(self.directory), demo_shop.facts(shop_directory)
        settings = write_settings(
            self.directory,
            erp_facts | {"url": self._between("erp", erp_facts["url"])},
            shop_facts | {"url": self._between("shop", shop_facts["url"])},
            hidden,
            console,
        )
        in_shop = demo_shop.product_ids(shop_directory)
        self.facts = {
            "shop": shop_facts,
            "console": f"http://127.0.0.1:{console}",
            "settings": settings,
            "skus": [
                {"sku": sku, "erp_id": id_, "shop_id": int(in_shop[sku])}
                for sku, id_ in erp_facts["skus"].items()
                if sku in in_shop
            ],
        }
        self.start_panstore()
        last = self.facts["skus"][-1]["shop_id"]
        assert eventually(lambda: self.shop.product(last)["price"], bool, within_s=_START_S)

    def start_panstore(self) -> None:
        """Start it, for the first time or again, and wait until it takes requests."""
        with (self.directory / "panstore.log").open("ab") as log:
            self._panstore = subprocess.Popen(
                [sys.executable, "-m", "panstore", "--config", self.facts["settings"], "run"],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        ready = eventually(self._is_ready, bool, within_s=_START_S)
        assert ready, (self.directory / "panstore.log").read_text()

    def kill_panstore(self) -> None:
        """kill -9."""
        assert self._panstore is not None
        self._panstore.kill()
        assert self._panstore.wait() == -signal.SIGKILL

    def lose_answer(self, system: str, call: str) -> None:
        """The next such call has its effect, and its answer never comes.

        Args:
            system: erp or shop.
            call: what the request names it by.
        """

        def is_meant(request: Request) -> bool:
            return request.method == "POST" and call.encode() in request.raw

        self._proxies[system].script(Injection("black_hole"), only=is_meant)

    def lost(self) -> int:
        """How many answers were lost so far."""
        return sum(proxy.counts["black_hole"] for proxy in self._proxies.values())

    def parked(self) -> list[dict[str, Any]]:
        """What PanStore has set aside for a person."""
        command = [sys.executable, "-m", "panstore", "--config", self.facts["settings"]]
        listed = [*command, "parked", "list", "--json"]
        # Its exit code says whether there is any.
        done = subprocess.run(listed, capture_output=True, text=True, check=False)
        found: list[dict[str, Any]] = json.loads(done.stdout)["parked"]
        return found

    def stop(self) -> None:
        """End everything, PanStore first."""
        if self._panstore is not None:
            self._panstore.send_signal(signal.SIGTERM)
            self._panstore.wait(_START_S)
        for proxy in self._proxies.values():
            self._do(proxy.refuse())
        for process in (self._shop, self._erp):
            if process is not None:
                demo_shop.stop(process)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _between(self, name: str, url: str) -> str:
        """Address of a proxy in front of a system."""
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        proxy = self._proxies[name] = FaultProxy(parts.hostname, parts.port)
        self._do(proxy.accept())
        return proxy.url

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_START_S)

    def _is_ready(self) -> bool:
        assert self._panstore is not None
        assert self._panstore.poll() is None, (self.directory / "panstore.log").read_text()
        try:
            with urllib.request.urlopen(f"{self.facts['console']}/health/ready", timeout=5):
                return True
        except OSError:
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
