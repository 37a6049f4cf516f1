"""The demo's ERP: a real Tryton in an environment and a process of its own.

Building the company takes about a minute of CPU, so it is done once per version of everything it
is made from, and the finished database file is copied into each demo directory.

Nothing here imports Tryton: its environment has its own interpreter, and its licence stays there.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

DATABASE = "demo"
_HERE = Path(__file__).parent
_SCRIPTS = _HERE / "tryton"
_PICTURES = _HERE / "oscar" / "shop_site" / "pictures.py"
_REQUIREMENTS = _SCRIPTS / "requirements.txt"
_TAIL_LINES = 25


class ErpBuildError(RuntimeError):
    """The ERP's environment or company could not be built; the text says why and what to do."""


@dataclass(frozen=True)
class ErpBuild:
    """A finished environment and a finished company, both in the cache and never changed there.

    Attributes:
        environment: directory of the virtual environment with Tryton and our companion.
        modules: directory with `demo.sqlite` that has the ERP's own modules and no company yet.
        company: directory with `demo.sqlite` and `facts.json`.
        digest: what the company was built from.
    """

    environment: Path
    modules: Path
    company: Path
    digest: str

    @property
    def python(self) -> Path:
        """The ERP's interpreter."""
        return self.environment / "bin" / "python"

    def install(self, directory: Path) -> None:
        """Copy the company into a demo directory, unless the same one is there already.

        A company of another build is put aside under `erp-<its digest>`, as its database does not
        fit the companion of this one.
        """
        target = directory / "erp"
        if (target / "facts.json").exists():
            digest = str(_read_facts(directory)["build"])
            if digest == self.digest:
                return
            target.rename(directory / f"erp-{digest}-{time.time_ns()}")
        half = directory / ".erp-being-copied"
        shutil.rmtree(half, ignore_errors=True)
        shutil.rmtree(target, ignore_errors=True)
        half.mkdir(parents=True)
        shutil.copyfile(self.company / f"{DATABASE}.sqlite", half / f"{DATABASE}.sqlite")
        shutil.copyfile(self.company / "facts.json", half / "facts.json")
        half.rename(target)

    def start(
        self,
        directory: Path,
        *,
        port: int,
        wake_url: str | None,
        wake_secret: str,
        database_url: str | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start the server on 127.0.0.1; it ends with its worker on SIGTERM.

        One synchronous worker: with several at once SQLite lets the ERP assign the last piece
        more than once. The database is named beforehand, else the first log-in fails
        (both seen with 8.2.1).

        Args:
            directory: the demo directory; `install` must have been called.
            port: free port.
            wake_url: where the companion announces changes, several separated by commas, or None.
            wake_secret: "whsec_" and base64, signs the announcements.
            database_url: URI of a PostgreSQL server to use instead of the SQLite file.

        Returns:
            The process, leader of a group of its own; its output goes to `logs/erp.log`.
        """
        logs = directory / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        (directory / "erp" / "url").write_text(f"http://127.0.0.1:{port}", encoding="utf-8")
        environment = _erp_environment(directory / "erp", database_url) | {
            "PYTHONOPTIMIZE": "1",
            "TRYTOND_DATABASE_NAMES": DATABASE,
        }
        if wake_url:
            environment["TRYTOND_PANSTORE__WAKE_URL"] = wake_url
            environment["TRYTOND_PANSTORE__WAKE_SECRET"] = wake_secret
        command = [str(self.python), "-m", "gunicorn", "-w", "1", "-b", f"127.0.0.1:{port}"]
        command += ["--timeout", "300", "--graceful-timeout", "3", "--no-control-socket"]
        command += ["trytond.application:app"]
        with (logs / "erp.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def build_into(
        self,
        database_url: str,
        directory: Path,
        say: Callable[[str], None],
        *,
        steps: Sequence[str] = ("modules", "company"),
    ) -> None:
        """Build the same company into the PostgreSQL database `demo` of a server.

        Args:
            database_url: URI of the server without a database name.
            directory: existing directory for `facts.json`, as a demo directory's `erp`.
            say: told about the progress.
            steps: "modules" needs an empty database, "company" one that has had that step.
        """
        for step in steps:
            _build_step(self.python, step, directory, database_url, say)


def prepare(cache: Path, say: Callable[[str], None]) -> ErpBuild:
    """Build what is missing in `cache`: the ERP's environment and the demo company.

    Safe against another process that prepares at the same time (it waits) and against an earlier
    one that was killed (its leftovers are removed).

    Args:
        cache: directory that survives; made if missing.
        say: told about the progress, one line each.

    Raises:
        ErpBuildError: packages could not be had, or a build step failed.
    """
    companion = _companion()
    environment_digest = _digest(
        [_REQUIREMENTS, *_sources(companion)], {"python": sys.version.split()[0]}
    )
    digest = _digest(
        [*_sources(_SCRIPTS), _HERE / "catalogue.py", _HERE / "catalogue.toml", _PICTURES],
        {"environment": environment_digest, "year": str(datetime.now(UTC).year)},
    )
    build = ErpBuild(
        environment=cache / f"tryton-environment-{environment_digest}",
        modules=cache / f"tryton-modules-{_digest([_REQUIREMENTS, _SCRIPTS / 'build.py'], {})}",
        company=cache / f"tryton-company-{digest}",
        digest=digest,
    )
    if build.environment.exists() and build.company.exists():
        return build
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / "tryton.lock", say):
        for leftover in cache.glob(".tryton-being-built-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if not build.environment.exists():
            with _atomically(build.environment) as half:
                _build_environment(half, companion, say)
        if not build.modules.exists():
            with _atomically(build.modules) as half:
                say("setting up the ERP's database, under a minute, once per version")
                _build_step(build.python, "modules", half, None, say)
        if not build.company.exists():
            with _atomically(build.company) as half:
                shutil.copyfile(build.modules / f"{DATABASE}.sqlite", half / f"{DATABASE}.sqlite")
                _build_step(build.python, "company", half, None, say)
                facts = json.loads((half / "facts.json").read_text(encoding="utf-8"))
                (half / "facts.json").write_text(
                    json.dumps(facts | {"build": digest}, indent=1), encoding="utf-8"
                )
                (half / "facts.json").chmod(0o600)
    return build


def wait_ready(port: int, timeout: float) -> None:
    """Wait until the server on `port` answers.

    Raises:
        TimeoutError: it did not within `timeout` seconds.
    """
    body = json.dumps({"id": 1, "method": "common.server.version", "params": []}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/rpc/", body, {"Content-Type": "application/json"}
    )
    deadline = time.monotonic() + timeout
    while True:
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                response.read()
        except OSError:
            if time.monotonic() > deadline:
                message = f"the ERP on port {port} gave no answer in {timeout:.0f} s; see erp.log"
                raise TimeoutError(message) from None
            time.sleep(0.05)
        else:
            return


def facts(directory: Path) -> dict[str, Any]:
    """What others need to know of the ERP installed in a demo directory.

    Returns:
        {"connector", "url", "database", "user", "password", "admin_user", "admin_password",
        "skus": {SKU: product id}, "warehouses": {code: id}, "taxes": {"22": id, "9.5": id},
        "price_lists": {name: id}, "carriers", "services" (product ids of shipping, pickup,
        rounding), "parties": {e-mail: id}, "web_shop", "company", "payment_journals", "build"}.
    """
    url = (directory / "erp" / "url").read_text(encoding="utf-8")
    return {"connector": "tryton", "url": url, "database": DATABASE, **_read_facts(directory)}


def _read_facts(directory: Path) -> dict[str, Any]:
    text = (directory / "erp" / "facts.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _companion() -> Path:
    """Sources of the Tryton companion: inside the installed package, else in the repository."""
    for place in (
        _HERE / "companions" / "tryton",
        _HERE.parents[2] / "companions" / "tryton",
    ):
        if (place / "pyproject.toml").exists():
            return place
    message = "the sources of the Tryton companion are missing; install PanStore anew"
    raise ErpBuildError(message)


def _sources(directory: Path) -> list[Path]:
    """Files of `directory` that matter for a build, in a fixed order."""
    return sorted(
        path
        for path in directory.rglob("*")
        if path.is_file()
        and path.suffix in {".py", ".xml", ".cfg", ".toml", ".txt"}
        and not {"build", "dist", "__pycache__"} & set(path.parts[len(directory.parts) :])
    )


def _digest(paths: Sequence[Path], more: Mapping[str, str]) -> str:
    found = hashlib.sha256(repr(sorted(more.items())).encode())
    for path in paths:
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]


@contextmanager
def _locked(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another build of the ERP to finish")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _atomically(target: Path) -> Iterator[Path]:
    """A new directory that becomes `target` only if the block ends well."""
    half = target.parent / f".tryton-being-built-{os.getpid()}"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir()
    try:
        yield half
        half.rename(target)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _build_environment(directory: Path, companion: Path, say: Callable[[str], None]) -> None:
    say("installing the ERP's packages")
    python = str(directory / "bin" / "python")
    uv = _uv()
    # The companion is built from a copy, so that nothing is left in its sources.
    sources = directory / "companion"
    shutil.copytree(
        companion, sources, ignore=shutil.ignore_patterns("build", "dist", "__pycache__")
    )
    if uv:
        _run([
            uv,
            "venv",
            "--quiet",
            "--allow-existing",
            "--python",
            sys.executable,
            str(directory),
        ])
        install = [uv, "pip", "install", "--quiet", "--python", python]
    else:
        _run([sys.executable, "-m", "venv", str(directory)])
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*install, "-r", str(_REQUIREMENTS)])
    _run([*install, "--no-deps", "--no-build-isolation", str(sources)])


def _uv() -> str | None:
    beside = Path(sys.executable).parent / "uv"
    return str(beside) if beside.exists() else shutil.which("uv")


def _build_step(
    python: Path,
    step: str,
    directory: Path,
    database_url: str | None,
    say: Callable[[str], None],
) -> None:
    """Run a step of build.py on the database in `directory`, or on the server if one is given."""
    command = [str(python), str(_SCRIPTS / "build.py"), step, DATABASE]
    if step == "company":
        command += [str(directory / "facts.json"), str(_HERE / "catalogue.py"), str(_PICTURES)]
    _run(command, _erp_environment(directory, database_url), say)
    if list(directory.glob("*.sqlite-wal")):
        message = "the ERP's database was not closed after building; start again"
        raise ErpBuildError(message)


def _erp_environment(directory: Path, database_url: str | None) -> dict[str, str]:
    """Environment of an ERP process; nothing of ours or of another Tryton gets in."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TRYTOND_", "PYTHON", "VIRTUAL_ENV"))
    }
    kept["PYTHONDONTWRITEBYTECODE"] = ""
    kept["TRYTOND_DATABASE__PATH"] = str(directory)
    if database_url:
        kept["TRYTOND_DATABASE__URI"] = database_url
    return kept


def _run(
    command: list[str],
    environment: dict[str, str] | None = None,
    say: Callable[[str], None] | None = None,
) -> None:
    """Run a build step; its lines go to `say`, its last ones into the error.

    Raises:
        ErpBuildError: the step failed.
    """
    lines: list[str] = []
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - for the type checker, it is a pipe
            for line in process.stdout:
                lines.append(line.rstrip())
                if say and line[:1].isdigit():
                    say(line.rstrip())
        except BaseException:
            process.kill()
            raise
    code = process.returncode
    if code:
        tail = "\n".join(lines[-_TAIL_LINES:])
        message = (
            f"building the ERP stopped at {Path(command[0]).name} (exit code {code}); packages "
            f"come from PyPI, so check the network first. Its last words:\n{tail}"
        )
        raise ErpBuildError(message)
