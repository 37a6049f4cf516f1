"""A real Tryton with our companion, spoken to over JSON-RPC as any client would."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from panstore.demo import erp as demo_erp
from tests.companions.tryton.client import Erp
from tests.companions.tryton.receiver import Receiver
from tests.postgres import Cluster, find_binaries

WAKE_SECRET = "whsec_" + base64.b64encode(b"a secret of the tests only").decode()


@contextmanager
def serving(
    build: demo_erp.ErpBuild,
    directory: Path,
    *,
    wake_url: str | None = None,
    database_url: str | None = None,
) -> Iterator[Erp]:
    """A server on a free port for as long as the block runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = build.start(
        directory, port=port, wake_url=wake_url, wake_secret=WAKE_SECRET, database_url=database_url
    )
    try:
        demo_erp.wait_ready(port, 60)
        yield Erp(demo_erp.facts(directory))
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def erp_build() -> demo_erp.ErpBuild:
    home = Path.home() / ".cache" / "panstore"
    return demo_erp.prepare(Path(os.environ.get("PANSTORE_CACHE_DIR", home)), lambda _: None)


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


@pytest.fixture(scope="session")
def erp(
    erp_build: demo_erp.ErpBuild,
    receiver: Receiver,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Erp]:
    """The demo company on SQLite, announcing its changes to `receiver`."""
    directory = tmp_path_factory.mktemp("tryton")
    erp_build.install(directory)
    with serving(erp_build, directory, wake_url=receiver.url) as session:
        yield session


@pytest.fixture
def consumer(erp: Erp) -> Iterator[str]:
    """A registered consumer of the outbox of its own."""
    name = f"test-{uuid.uuid4().hex}"
    erp.call("panstore.outbox.register", name)
    yield name
    erp.call("panstore.outbox.unregister", name)


@pytest.fixture
def key() -> str:
    """A key no other test uses."""
    return f"test/{uuid.uuid4().hex}/order/1"


@pytest.fixture(scope="session")
def erp_on_postgres(
    erp_build: demo_erp.ErpBuild, postgres: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Erp, Erp, str]]:
    """Two servers on one PostgreSQL database, and its URI.

    Building there takes minutes, so the finished database is kept as a dump beside the cache.
    """
    directory = tmp_path_factory.mktemp("tryton-postgres")
    (directory / "erp").mkdir()
    server = f"postgresql://panstore@127.0.0.1:{postgres.port}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE demo")
    _fill_postgres(erp_build, server, directory / "erp")
    with (
        serving(erp_build, directory, database_url=server) as first,
        serving(erp_build, directory, database_url=server) as second,
    ):
        yield first, second, f"{server}/demo"


def _fill_postgres(build: demo_erp.ErpBuild, server: str, directory: Path) -> None:
    """Fill the empty database `demo`, from dumps where earlier sessions have left them."""
    company = build.company.with_suffix(".dump")
    facts = build.company.with_suffix(".json")
    if company.exists() and facts.exists():
        _postgres("pg_restore", "--no-owner", "-d", f"{server}/demo", str(company))
        (directory / "facts.json").write_bytes(facts.read_bytes())
        return
    modules = build.modules.with_suffix(".dump")
    if modules.exists():
        _postgres("pg_restore", "--no-owner", "-d", f"{server}/demo", str(modules))
    else:
        build.build_into(server, directory, lambda _: None, steps=["modules"])
        _dump(server, modules)
    build.build_into(server, directory, lambda _: None, steps=["company"])
    facts.write_bytes((directory / "facts.json").read_bytes())
    _dump(server, company)


def _dump(server: str, target: Path) -> None:
    half = target.with_suffix(f".{os.getpid()}")
    _postgres("pg_dump", "-Fc", "-f", str(half), f"{server}/demo")
    half.rename(target)


def _postgres(program: str, *arguments: str) -> None:
    binaries = find_binaries()
    assert binaries is not None
    subprocess.run([str(binaries / program), *arguments], check=True, capture_output=True)
