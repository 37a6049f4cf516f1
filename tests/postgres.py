"""A PostgreSQL of the tests' own: a fresh cluster on a free port, gone with the session."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["Cluster", "cluster", "find_binaries"]


def find_binaries() -> Path | None:
    """Folder of the newest server binaries on this machine, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


class Cluster:
    """A running server; every test gets a database of its own."""

    def __init__(self, port: int, run: list[str], binaries: Path) -> None:
        self.port = port
        self._run = run
        self._binaries = binaries

    def create(self) -> str:
        """URL of a new, empty database."""
        name = f"t{uuid.uuid4().hex[:12]}"
        subprocess.run(
            [
                *self._run,
                str(self._binaries / "createdb"),
                "-h",
                "127.0.0.1",
                "-p",
                str(self.port),
                "-U",
                "panstore",
                name,
            ],
            check=True,
            capture_output=True,
        )
        return f"postgresql+psycopg://panstore@127.0.0.1:{self.port}/{name}"


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a server; skips where the machine has none, except in CI, where that is a failure."""
    binaries = find_binaries()
    if binaries is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have PostgreSQL's server binaries (apt-get install postgresql)")
        pytest.skip("no PostgreSQL server binaries here (apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="panstore-pg-"))
    run: list[str] = []
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        run = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    subprocess.run(
        [
            *run,
            str(binaries / "initdb"),
            "-D",
            str(data),
            "-U",
            "panstore",
            "-A",
            "trust",
            "--no-sync",
        ],
        check=True,
        capture_output=True,
        cwd="/",
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
    control = [*run, str(binaries / "pg_ctl"), "-D", str(data), "-w"]
    log = str(folder / "log")
    subprocess.run(
        [*control, "-l", log, "-o", options, "start"], check=True, capture_output=True, cwd="/"
    )
    try:
        yield Cluster(port, run, binaries)
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)
