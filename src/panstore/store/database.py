"""Opens the store and runs queries in transactions, off the event loop."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Store", "make_engine"]

T = TypeVar("T")
_TRIES = 5
_SQLITE_BUSY_MS = 30_000
# PostgreSQL: serialization_failure, deadlock_detected, lock_not_available.
_RETRY_STATES = {"40001", "40P01", "55P03"}


def make_engine(url: str) -> sa.Engine:
    """An engine with the settings the store needs.

    SQLite: write-ahead log, `synchronous=NORMAL` (a power cut may repeat the last milliseconds of
    work, kill -9 loses nothing), transactions that take the write lock when they begin.
    """
    # Errors are logged and shown; what was to be stored (buyers' names) is not to be in them.
    if not url.startswith("sqlite"):
        return sa.create_engine(
            url, pool_size=8, max_overflow=4, pool_pre_ping=True, hide_parameters=True
        )
    engine = sa.create_engine(url, connect_args={"check_same_thread": False}, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={_SQLITE_BUSY_MS}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        readonly = connection.get_execution_options().get("readonly", False)
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    return engine


class Store:
    """The store of one installation.

    On SQLite one thread writes, so that writers queue up in order instead of starving each
    other; on PostgreSQL several do. Functions given to `write` may run again after a conflict
    and must have no effect but on their connection.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = make_engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        writers = 1 if self.is_sqlite else 6
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="store-write")
        self._readers = ThreadPoolExecutor(3, thread_name_prefix="store-read")
        self._closed = threading.Event()

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work` in one transaction and commit it."""
        return await asyncio.get_running_loop().run_in_executor(self._writers, self.run, work)

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work` in a transaction that only reads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, work)

    def run(self, work: Callable[[sa.Connection], T]) -> T:
        """Blocking form of `write`, for the command line and migrations."""
        for attempt in range(1, _TRIES + 1):
            try:
                with self.engine.begin() as connection:
                    return work(connection)
            except OperationalError as error:
                if attempt == _TRIES or not _worth_repeating(error):
                    raise
                # Conflicting writers must not collide again in step.
                self._closed.wait(random.uniform(0.005, 0.05) * attempt)  # noqa: S311
        raise AssertionError("unreachable")

    def _read(self, work: Callable[[sa.Connection], T]) -> T:
        with self.engine.connect().execution_options(readonly=True) as connection:
            return work(connection)

    async def close(self) -> None:
        """Finish what runs and give back the files."""
        self._closed.set()
        await asyncio.to_thread(self._shut)

    def _shut(self) -> None:
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self.engine.dispose()


def _worth_repeating(error: OperationalError) -> bool:
    cause: Any = error.orig
    if isinstance(cause, sqlite3.OperationalError):
        return "locked" in str(cause) or "busy" in str(cause)
    return getattr(cause, "sqlstate", None) in _RETRY_STATES
