"""`panstore demo`: a real ERP, a real shop and PanStore between them, each its own process."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from panstore.demo import erp, shop
from panstore.demo.building import Build, finish
from panstore.demo.catalogue import WAREHOUSES, products
from panstore.demo.configuration import Messengers, write_settings
from panstore.demo.contracts import approve_accounts
from panstore.demo.messengers import start_mails, start_sms_centre, wait_until_open
from panstore.demo.processes import Children, DemoError, Ports
from panstore.store.database import Store
from panstore.store.full_runs import list_runs
from panstore.store.marks import backlog

__all__ = ["cache_directory", "run_demo"]

_NEEDED_BYTES = 2_000_000_000
_PLENTY = 60
_START_S = 60.0
_PORTS = {"console": 8600, "shop": 8601, "erp": 8602, "mails": 8603, "smtp": 8604, "sms": 8605}
_FIRST_SYNC_S = 120.0


def cache_directory() -> Path:
    """Where environments and built systems are kept between demos."""
    chosen = os.environ.get("PANSTORE_CACHE_DIR")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "panstore"


def run_demo(directory: Path, *, headless: bool) -> int:
    """Run the demo until SIGTERM or Ctrl-C; the exit code.

    Args:
        directory: holds everything of this demo; a second start on it takes seconds.
        headless: no colours, no moving progress, nothing but lines.
    """
    console = Console(stderr=True, force_terminal=False if headless else None)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # A closed terminal ends the demo too, but not one that was started with nohup.
        if signal.getsignal(name) is not signal.SIG_IGN:
            signal.signal(name, lambda *_: stop.set())
    directory = directory.resolve()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with _only_one(directory):
            return _Demo(directory, console, stop).run()
    except (DemoError, erp.ErpBuildError, shop.ShopError, TimeoutError) as error:
        console.print(f"The demo stopped: {error}", style="red", highlight=False)
        return 1
    except OSError as error:
        console.print(
            f"The demo stopped: {error.strerror or error} ({error.filename or directory}). "
            "Choose another directory with --dir, or free some space.",
            style="red",
            highlight=False,
        )
        return 1


class _Demo:
    def __init__(self, directory: Path, console: Console, stop: threading.Event) -> None:
        self.directory = directory
        self.console = console
        self.stop = stop
        self.begun = time.monotonic()
        self.children = Children(directory / "processes.json")
        self.summary = directory / "demo.json"
        self.ports = Ports()

    def run(self) -> int:
        """Start all, say where it is, wait, end all."""
        self.summary.unlink(missing_ok=True)
        left = self.children.end_leftovers()
        if left:
            self.say(f"ended {left} processes that an earlier demo had left behind")
        try:
            facts = self.start()
            if facts is None:
                return 0
            self.publish(facts)
            return self.wait()
        finally:
            self.summary.unlink(missing_ok=True)
            self.children.end_all()

    def say(self, what: str) -> None:
        """One line of progress with the seconds since the start."""
        with contextlib.suppress(OSError):  # the terminal may be closed by now
            self.console.print(
                f"[{time.monotonic() - self.begun:5.1f} s] {what}", highlight=False, markup=False
            )

    def start(self) -> dict[str, Any] | None:
        """Start all; the facts for demo.json, or None if it was told to end meanwhile."""
        cache = cache_directory()
        _check_cache(cache)
        erp_build = Build(lambda: erp.prepare(cache, lambda what: self.say(f"ERP: {what}")))
        shop_build = Build(lambda: shop.prepare(cache, lambda what: self.say(f"shop: {what}")))
        if not finish((erp_build, shop_build), self.stop):
            return None
        builds = erp_build.result(), shop_build.result()
        ports = {name: self.ports.take(preferred) for name, preferred in _PORTS.items()}
        secrets_ = self.secrets()
        hooks = f"http://127.0.0.1:{ports['console']}/hooks"
        builds[0].install(self.directory)
        builds[1].install(self.directory / "shop")
        self.children.add(
            "erp",
            builds[0].start(
                self.directory,
                port=ports["erp"],
                wake_url=f"{hooks}/erp",
                wake_secret=secrets_["erp_webhook"],
            ),
        )
        shop_process = builds[1].start(
            self.directory / "shop",
            port=ports["shop"],
            webhook_url=f"{hooks}/shop",
            webhook_secret=secrets_["shop_webhook"],
            api_token=secrets_["shop_api"],
            languages="sl",
            price_url=f"http://127.0.0.1:{ports['console']}/prices/shop",
        )
        self.children.add("shop", shop_process)
        shop.wait_ready(ports["shop"], _START_S, shop_process)
        erp.wait_ready(ports["erp"], _START_S)
        self.say("ERP and shop are up")
        self.start_messengers(ports)
        erp_facts, shop_facts = erp.facts(self.directory), shop.facts(self.directory / "shop")
        settings = write_settings(
            self.directory,
            erp_facts,
            shop_facts,
            secrets_,
            ports["console"],
            messengers=Messengers(smtp=ports["smtp"], sms=ports["sms"]),
        )
        self.start_panstore(settings, ports["console"])
        asyncio.run(self.first_sync(self.directory / "panstore.sqlite"))
        if self.stop.is_set():
            return None
        self.approve_contracts(ports["console"], secrets_["console_api"], erp_facts["parties"])
        return self.facts(erp_facts, shop_facts, secrets_, ports)

    def start_messengers(self, ports: dict[str, int]) -> None:
        """Start where mails and SMS land; nothing leaves this machine."""
        mails = start_mails(self.directory, smtp_port=ports["smtp"], web_port=ports["mails"])
        self.children.add("mails", mails)
        network = start_sms_centre(self.directory, port=ports["sms"])
        self.children.add("smsc", network)
        for process, port in (
            (mails, ports["smtp"]),
            (mails, ports["mails"]),
            (network, ports["sms"]),
        ):
            wait_until_open(port, process, _START_S)

    def start_panstore(self, settings: Path, port: int) -> None:
        """Start `panstore run` and wait until it takes requests."""
        logs = self.directory / "logs"
        logs.mkdir(exist_ok=True)
        with (logs / "panstore.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "panstore", "--config", str(settings), "run"],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.children.add("panstore", process)
        until = time.monotonic() + _START_S
        while not self.stop.is_set():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5):
                    break
            except (urllib.error.URLError, OSError):
                self.check_children()
            if time.monotonic() > until:
                raise DemoError("PanStore does not answer; logs/panstore.log says why")
            self.stop.wait(0.1)
        self.say("PanStore is up, bringing shop and ERP in step")

    async def first_sync(self, file: Path) -> None:
        """Wait until everything that is linked is in step."""
        store = Store(f"sqlite:///{file}")
        until = time.monotonic() + _FIRST_SYNC_S
        try:
            while not self.stop.is_set():
                now = dt.datetime.now(dt.UTC)
                runs = await store.read(list_runs)
                waiting = await store.read(lambda c, n=now: backlog(c, now=n))  # type: ignore[misc]
                if runs and all(r.finished_at for r in runs) and not waiting:
                    return
                self.check_children()
                if time.monotonic() > until:
                    raise DemoError("shop and ERP did not come in step; see logs/panstore.log")
                await asyncio.sleep(0.1)
        finally:
            await store.close()

    def approve_contracts(self, port: int, token: str, parties: dict[str, int]) -> None:
        """Once: what somebody has decided since then stands."""
        done = self.directory / "contracts-approved"
        if not done.exists():
            approve_accounts(f"http://127.0.0.1:{port}", token, self.directory / "shop", parties)
            done.touch()

    def check_children(self) -> None:
        """Stop with a clear word when one of the systems has died."""
        name = self.children.ended()
        if name is not None:
            log = self.directory / ("shop/logs" if name == "shop" else "logs") / f"{name}.log"
            tail = log.read_text(errors="replace").splitlines()[-5:] if log.exists() else []
            raise DemoError(f"{name} ended by itself. Its last words in {log}:\n" + "\n".join(tail))

    def secrets(self) -> dict[str, str]:
        """This demo's secrets; made once, so that a second start fits the first one's data."""
        file = self.directory / "secrets.json"
        if file.exists():
            found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
            return found
        made = {
            "erp_webhook": shop.webhook_secret(),
            "shop_webhook": shop.webhook_secret(),
            "shop_api": secrets.token_urlsafe(32),
            "console_api": secrets.token_urlsafe(32),
        }
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            json.dump(made, handle)
        return made

    def facts(
        self,
        erp_facts: dict[str, Any],
        shop_facts: dict[str, Any],
        secrets_: dict[str, str],
        ports: dict[str, int],
    ) -> dict[str, Any]:
        """What demo.json says."""
        shop_ids = shop.product_ids(self.directory / "shop")
        return {
            "pid": os.getpid(),
            # The ERP's administrator: whoever plays the company's people needs his rights.
            # PanStore has a user of its own, with fewer, in panstore.toml.
            "erp": {key: erp_facts[key] for key in ("connector", "url", "database")}
            | {"user": erp_facts["admin_user"], "password": erp_facts["admin_password"]},
            "shop": shop_facts,
            "console": {
                "url": f"http://127.0.0.1:{ports['console']}",
                "api_token": secrets_["console_api"],
            },
            "mail": {
                "url": f"http://127.0.0.1:{ports['mails']}",
                "dir": str(self.directory / "mails"),
            },
            "sms": {"log": str(self.directory / "sms.log")},
            "settings": str(self.directory / "panstore.toml"),
            "skus": [
                {"sku": sku, "erp_id": erp_facts["skus"][sku], "shop_id": int(shop_ids[sku])}
                for sku in _plain_ones_first()
                if sku in shop_ids and sku in erp_facts["skus"]
            ],
        }

    def publish(self, facts: dict[str, Any]) -> None:
        """Write demo.json in one go and print the addresses."""
        half = self.summary.with_suffix(".new")
        half.write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")
        half.rename(self.summary)
        customer = facts["shop"]["customers"][0]
        admin = facts["shop"]["admin"]
        self.say("ready")
        for name, text in (
            (
                "shop",
                f"{facts['shop']['url']}   buyer {customer['email']} / {customer['password']}",
            ),
            (
                "back office",
                f"{facts['shop']['url']}/dashboard/   {admin['user']} / {admin['password']}",
            ),
            (
                "ERP",
                f"{facts['erp']['url']}   database {facts['erp']['database']}, "
                f"user {facts['erp']['user']} / {facts['erp']['password']}",
            ),
            ("console", f"{facts['console']['url']}   token {facts['console']['api_token']}"),
            ("mails", f"{facts['mail']['url']}   what buyers are sent lands here"),
            ("SMS", facts["sms"]["log"]),
            ("settings", facts["settings"]),
        ):
            self.console.print(
                f"  {name:<12} {text}", highlight=False, markup=False, soft_wrap=True
            )
        self.console.print("Ctrl-C ends everything.", highlight=False)

    def wait(self) -> int:
        """Wait until told to end; 1 if one of the systems died meanwhile."""
        while not self.stop.wait(0.5):
            self.check_children()
        self.say("ending")
        return 0


def _plain_ones_first() -> list[str]:
    """SKUs, those first whose price is their template's and of which there is plenty.

    Whoever plays the company's people takes the first ones, and a change there has to show.
    """
    first_warehouse = WAREHOUSES[0][0]
    ranked = [
        (place > 0, variant.stock.get(first_warehouse, 0) < _PLENTY, number, variant.sku)
        for number, product in enumerate(products())
        for place, variant in enumerate(product.variants)
    ]
    return [sku for *_, sku in sorted(ranked)]


def _check_cache(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise DemoError(
            f"the built ERP and shop cannot be kept in {directory}: {error.strerror or error}. Set "
            "PANSTORE_CACHE_DIR to a directory you may write to."
        ) from None
    free = shutil.disk_usage(directory).free
    if free < _NEEDED_BYTES:
        raise DemoError(
            f"only {free // 1_000_000} MB are free in {directory}, 2 GB are needed. Free some "
            "space, or set PANSTORE_CACHE_DIR to a larger disk."
        )


@contextmanager
def _only_one(directory: Path) -> Iterator[None]:
    with (directory / "demo.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(
                f"another demo is running in {directory}. End it first, or choose another "
                "directory with --dir."
            ) from None
        yield
