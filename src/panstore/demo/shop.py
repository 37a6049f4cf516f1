"""The demo's shop, from outside: built once, installed into a directory, started, asked for facts.

Runs in PanStore's environment and uses the standard library only; the shop itself (django-oscar)
lives in an environment of its own, so that its dependencies never meet PanStore's.
"""

import base64
import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
_PROJECT = _HERE / "oscar"
_CATALOGUE = _HERE / "catalogue.py"
# In a checkout the companion stands at the top of the tree, in an installed wheel beside this file.
_COMPANIONS = (_HERE.parents[2] / "companions" / "oscar", _HERE / "companions" / "oscar")
_ADMIN_EMAIL = "admin@vrt-dom.example.com"
_ADMIN_PASSWORD = "vrt-in-dom-admin"
_DATABASE = "shop.sqlite3"
_SETTINGS_FILE = "shop.json"

Say = Callable[[str], None]


class ShopError(Exception):
    """The shop could not be built or started; the text says why and what can be done."""


@dataclass(frozen=True)
class ShopBuild:
    """A shop ready to be installed: environment, pristine data, style sheets; never changed.

    Attributes:
        python: Interpreter of the shop's environment.
        data: Pristine database, pictures and search index.
        static: Collected style sheets and scripts, shared by every installation.
    """

    python: Path
    data: Path
    static: Path

    def install(self, directory: Path) -> None:
        """Put a pristine shop into a directory; a shop already there is left alone.

        The directory appears whole or not at all.
        """
        if (directory / _SETTINGS_FILE).exists():
            return
        directory.parent.mkdir(parents=True, exist_ok=True)
        fresh = directory.with_name(f".{directory.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(self.data, fresh)
        (fresh / "logs").mkdir()
        _write_settings(fresh, {"secret_key": secrets.token_urlsafe(48)})
        shutil.rmtree(directory, ignore_errors=True)
        fresh.replace(directory)

    def start(  # noqa: PLR0913 - each is one setting of the shop
        self,
        directory: Path,
        *,
        port: int,
        webhook_url: str | None,
        webhook_secret: str | None,
        api_token: str,
        guard: bool = True,
        search_indexing: bool = True,
        hosts: str = "",
        smtp: str = "",
        languages: str = "",
        price_url: str | None = None,
        contract_source: str = "ask",
    ) -> subprocess.Popen[bytes]:
        """Start the shop on 127.0.0.1, in a process group of its own.

        One gunicorn worker with four threads, against two with two each on two busy cores: the same
        rates, but with everything mixed the slowest 5 % took 2.3 to 2.9 s, not 5 to 6.5 s, and
        98 MB, not 182 MB. Threads take turns to write, processes wait for SQLite's lock.

        Args:
            directory: Where `install` put the shop.
            port: Free port.
            webhook_url: Where change notices go; None: nowhere.
            webhook_secret: `whsec_` and base64, needed with `webhook_url`.
            api_token: Bearer token accepted by the companion's API.
            guard: Whether a checkout re-checks free stock.
            search_indexing: Whether saved products are indexed (in a thread).
            hosts: More host names to answer to, separated by blanks.
            smtp: Host and port of the mail server; empty: mails are files in `directory/mail`.
            languages: Codes of languages the shop speaks besides English, separated by blanks.
            price_url: Where buyers' own prices are asked for; None: everybody pays the same.
            contract_source: "stored" makes it keep buyers' own prices and ask nobody.

        Returns:
            The process; `stop` ends it.
        """
        settings = _read_settings(directory)
        url = f"http://127.0.0.1:{port}"
        chosen = {
            "PANSTORE_API_TOKEN": api_token,
            "PANSTORE_WEBHOOK_URL": webhook_url or "",
            "PANSTORE_WEBHOOK_SECRET": webhook_secret or "",
            "PANSTORE_PRICE_URL": price_url or "",
            "PANSTORE_CONTRACT_SOURCE": contract_source,
            "PANSTORE_CHECKOUT_GUARD": "on" if guard else "off",
            "SHOP_SEARCH_INDEXING": "on" if search_indexing else "off",
            "SHOP_HOSTS": hosts,
            "SHOP_SMTP": smtp,
            "SHOP_LANGUAGES": languages,
            "SHOP_URL": url,
        }
        settings |= {"url": url, "api_token": api_token, "environment": chosen}
        _write_settings(directory, settings)
        (directory / "logs").mkdir(exist_ok=True)
        with (directory / "logs" / "shop.log").open("ab") as log:
            return subprocess.Popen(
                [
                    str(self.python),
                    *("-m", "gunicorn", "shop_site.wsgi:application"),
                    *("--bind", f"127.0.0.1:{port}"),
                    *("--workers", "1", "--worker-class", "gthread", "--threads", "4"),
                    *("--timeout", "60", "--graceful-timeout", "3", "--keep-alive", "75"),
                    *("--worker-tmp-dir", str(_memory_directory())),
                    # No pid file: one left by a kill may make gunicorn refuse to start.
                    *("--log-level", "warning"),
                    "--no-control-socket",
                ],
                cwd=directory,
                env=self.environment(directory),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def manage(self, directory: Path, *arguments: str) -> str:
        """Run one of Django's management commands on an installed shop; gives its output.

        It has the settings of the shop's last start.

        Raises:
            ShopError: If the command fails.
        """
        environment = self.environment(directory)
        command = [str(self.python), "-m", "django", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ShopError(f"The shop's command {arguments[0]!r} failed: {done.stderr[-2000:]}")
        return done.stdout

    def environment(self, directory: Path) -> dict[str, str]:
        """Environment variables of the shop's processes, with the settings of its last start."""
        settings = _read_settings(directory)
        chosen: dict[str, str] = settings.get("environment", {})
        return _environment(directory, self.static, settings["secret_key"]) | chosen


def prepare(cache: Path, say: Say) -> ShopBuild:
    """The shop of this version, from the cache or built now (about 30 s the first time).

    Cached by what it is made of: the pinned requirements, the sources of shop, companion and
    catalogue, and the Python version. Several processes may call this at once: one builds, the
    others wait. A build that was killed is cleared away by the next one.

    Args:
        cache: Directory for builds; made if it is missing.
        say: Told in a few words what takes time.

    Raises:
        ShopError: If packages cannot be had or the build fails.
    """
    cache.mkdir(parents=True, exist_ok=True)
    requirements = _PROJECT / "requirements.txt"
    environment = cache / f"oscar-env-{_digest([requirements])}"
    own = (_CATALOGUE, _CATALOGUE.with_suffix(".toml"))
    sources = [*_files(_PROJECT), *_files(_companion()), *own]
    build = cache / f"oscar-shop-{_digest(sources)}"
    with _locked(cache / "oscar.lock"):
        if not (environment / "READY").exists():
            say("Installing django-oscar into an environment of its own")
            _make_environment(environment, requirements)
        if not build.exists():
            say("Building the demo's shop: goods, pictures, search index")
            _make_shop(environment, build)
    return ShopBuild(_interpreter(environment), build / "data", build / "static")


def stop(process: subprocess.Popen[bytes], *, within_s: float = 8.0) -> None:
    """End the shop and all it started: asked first, killed if it does not obey."""
    for wanted, patience in ((signal.SIGTERM, within_s), (signal.SIGKILL, within_s)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, wanted)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            break
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def wait_ready(
    port: int, timeout: float = 30.0, process: subprocess.Popen[bytes] | None = None
) -> None:
    """Return when the shop answers.

    Args:
        port: The port it was started on.
        timeout: Seconds to wait.
        process: The process, to notice early that it has ended.

    Raises:
        ShopError: If it ends or does not answer in time.
    """
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        if process is not None and process.poll() is not None:
            raise ShopError(
                f"The shop ended at once (exit code {process.returncode}); "
                "the last lines of logs/shop.log say why. Is its port taken?"
            )
        try:
            with direct.open(f"http://127.0.0.1:{port}/panstore/v1/ping", timeout=5):
                return
        except urllib.error.HTTPError:
            return  # 401: it answers, and asks for a token
        except OSError:
            time.sleep(0.05)
    raise ShopError(f"The shop on port {port} is silent after {timeout:g} s; see logs/shop.log.")


def facts(directory: Path) -> dict[str, Any]:
    """What a program needs to use the shop.

    Returns:
        connector, url, api_token, admin {user, password}, customers [{email, password, contract}].
    """
    settings = _read_settings(directory)
    return {
        "connector": "oscar",
        "url": settings.get("url"),
        "api_token": settings.get("api_token"),
        "admin": {"user": _ADMIN_EMAIL, "password": _ADMIN_PASSWORD},
        "customers": [
            {"email": one.email, "password": one.password, "contract": one.contract}
            for one in _catalogue_module().customers()
        ],
    }


def product_ids(directory: Path) -> dict[str, str]:
    """SKU -> product id in the shop's API, of everything the shop sells."""
    with contextlib.closing(sqlite3.connect(directory / _DATABASE)) as database:
        rows = database.execute(
            "SELECT partner_sku, product_id FROM partner_stockrecord ORDER BY product_id"
        )
        return {sku: str(product) for sku, product in rows}


def webhook_secret() -> str:
    """A fresh signing secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _catalogue_module() -> Any:
    from panstore.demo import catalogue  # noqa: PLC0415 - read only when its facts are wanted

    return catalogue


def _companion() -> Path:
    for place in _COMPANIONS:
        if (place / "oscar_panstore").is_dir():
            return place
    raise ShopError("The Oscar companion is missing from this installation; install PanStore anew.")


def _files(folder: Path) -> list[Path]:
    kinds = {".py", ".html", ".css", ".txt", ".svg", ".js", ".in"}
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in kinds and "__pycache__" not in path.parts
    )


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256(f"{sys.version} {sys.platform}".encode())
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _memory_directory() -> Path:
    # gunicorn's heartbeat file; on a disk it may stall a worker (gunicorn FAQ).
    shared = Path("/dev/shm")  # noqa: S108 - gunicorn makes a file of its own there and unlinks it
    return shared if os.access(shared, os.W_OK) else Path(os.environ.get("TMPDIR", "/tmp"))  # noqa: S108


def _interpreter(environment: Path) -> Path:
    return environment / "bin" / "python"


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        raise ShopError("uv is missing; it comes with PanStore (pip install uv).")
    return found


def _make_environment(environment: Path, requirements: Path) -> None:
    shutil.rmtree(environment, ignore_errors=True)
    _run([_uv(), "venv", "--quiet", "--python", sys.executable, str(environment)])
    python = str(_interpreter(environment))
    # Compiled at once: three seconds now instead of at the first start.
    install = [_uv(), "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
    _run([*install, "--no-deps", "--requirement", str(requirements)])
    (environment / "READY").touch()


def _make_shop(environment: Path, build: Path) -> None:
    for left_over in build.parent.glob(f".{build.name}.*"):
        shutil.rmtree(left_over, ignore_errors=True)
    fresh = build.with_name(f".{build.name}.{os.getpid()}")
    (fresh / "data").mkdir(parents=True)
    settings = _environment(fresh / "data", fresh / "static", secrets.token_urlsafe(48))
    admin = json.dumps({"email": _ADMIN_EMAIL, "password": _ADMIN_PASSWORD})
    try:
        command = [str(_interpreter(environment)), "-W", "ignore", "-m", "shop_site.build"]
        _run(command, environment=settings | {"SHOP_FAST_TABLES": "1"}, stdin=admin)
        with contextlib.closing(sqlite3.connect(fresh / "data" / _DATABASE)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        fresh.replace(build)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _environment(directory: Path, static: Path, secret_key: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR") if name in os.environ}
    return kept | {
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join((str(_PROJECT), str(_companion()))),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DJANGO_SETTINGS_MODULE": "shop_site.settings",
        "SHOP_DIR": str(directory.resolve()),
        "SHOP_STATIC": str(static.resolve()),
        "SHOP_SECRET_KEY": secret_key,
        "SHOP_CATALOGUE": str(_CATALOGUE),
    }


def _run(command: list[str], *, environment: dict[str, str] | None = None, stdin: str = "") -> None:
    done = subprocess.run(
        command, env=environment, input=stdin, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise ShopError(
            f"Building the demo's shop failed at `{' '.join(command[:4])} ...`: {said}\n"
            "Is the package index reachable and is there disk space? Run it again to retry."
        )


def _read_settings(directory: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((directory / _SETTINGS_FILE).read_text("utf-8"))
    except FileNotFoundError:
        raise ShopError(f"There is no shop in {directory}; install one first.") from None
    return found


def _write_settings(directory: Path, settings: dict[str, Any]) -> None:
    fresh = directory / f".{_SETTINGS_FILE}.new"
    fresh.write_text(json.dumps(settings, indent=2), "utf-8")
    fresh.chmod(0o600)
    fresh.replace(directory / _SETTINGS_FILE)
