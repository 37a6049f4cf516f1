"""The runner on DBOS: durable queues in the store's own database.

DBOS says who runs and when; what is to be done stands in the marks, so its tables may be lost at
any time without losing work. Traps this file knows (found by running DBOS 3.4): the executor id
must be unique per process, the application version must be pinned, a dead process keeps its
queue slots until somebody resumes its runs (`lease.py`), and finished rows are ours to delete.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer

from panstore.engine.ports import Work
from panstore.model.ids import ModuleCode, RouteId
from panstore.store.database import Store

__all__ = ["QUEUE", "DbosRunner"]

QUEUE = "panstore"
_NAME = "panstore"
_VERSION = "1"
_RUN = "panstore.run"
_POLL_S = 0.05
_KEEP = dt.timedelta(hours=1)
_DRAIN_S = 10
_FORGET_AT_ONCE = 1000

_work: list[Work] = []


@DBOS.workflow(name=_RUN)
async def _run(route: str, module: str, shard: int) -> None:
    """The only workflow: one run. It has no steps; repeating it from the start is harmless."""
    await _work[-1](RouteId(route), ModuleCode(module), shard)


def _own_engine(url: str) -> sa.Engine:
    """An engine as DBOS wants it: it begins its transactions itself, so ours would not do."""
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True)
    engine = sa.create_engine(url, connect_args={"check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for setting in ("busy_timeout=30000", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {setting}")

    return engine


class DbosRunner:
    """Runs on this process' event loop what any process enqueues."""

    def __init__(self, store: Store, executor: str) -> None:
        self._store = store
        self.executor = executor
        self._engine = _own_engine(store.url)
        self._client = DBOSClient(
            system_database_engine=self._engine,
            serializer=DBOSPortableJSONSerializer(),
            application_name=_NAME,
            lazy=True,
        )
        self._running: set[asyncio.Task[Any]] = set()
        self._launched = False

    def prepare(self) -> None:
        """Create DBOS's own tables; blocking, before `start`."""
        for name in ("dbos", "alembic"):
            logging.getLogger(name).setLevel(logging.ERROR)
        config: DBOSConfig = {
            "name": _NAME,
            "system_database_engine": self._engine,
            "system_database_url": self._store.url,
            "executor_id": self.executor,
            "application_version": _VERSION,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "ERROR",
            "use_listen_notify": False,
        }
        DBOS(config=config)

    async def start(self, work: Work) -> None:
        """Begin to run."""
        _work.append(self._tracked(work))
        await asyncio.to_thread(self.prepare)
        DBOS.launch()
        self._launched = True
        await DBOS.register_queue_async(
            QUEUE,
            partition_concurrency=1,
            polling_interval_sec=_POLL_S,
            on_conflict="always_update",
        )

    def enqueue(
        self, connection: sa.Connection, route: RouteId, module: ModuleCode, shard: int
    ) -> None:
        """Ask for a run in the caller's transaction; one at a time per route, module, shard."""
        self._client.enqueue_in_transaction(
            connection,
            {
                "workflow_name": _RUN,
                "queue_name": QUEUE,
                "queue_partition_key": f"{route}/{module}/{shard}",
                "app_version": _VERSION,
            },
            route,
            module,
            shard,
        )

    async def stop(self) -> None:
        """Let what runs come to its next stopping point, then leave."""
        if self._running:
            await asyncio.wait(self._running, timeout=_DRAIN_S)
        # DBOS makes its thread pool the loop's default one and shuts it down when it ends, so it
        # is ended from a thread of our own, and the loop gets a fresh pool for what comes after.
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as pool:
            await loop.run_in_executor(pool, self._end)
        loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix="default"))

    def _end(self) -> None:
        if self._launched:
            DBOS.destroy(workflow_completion_timeout_sec=1)
            self._launched = False
            _work.pop()
        self._client.destroy()
        self._engine.dispose()

    async def forget_finished(self, *, now: dt.datetime) -> int:
        """Delete rows of runs that ended an hour ago; DBOS keeps them for ever."""
        before = (now - _KEEP).isoformat()
        deleted = 0
        while True:
            done = await DBOS.list_workflows_async(
                status=["SUCCESS", "ERROR", "CANCELLED"],
                completed_before=before,
                limit=_FORGET_AT_ONCE,
                load_input=False,
                load_output=False,
            )
            ids = [status.workflow_id for status in done]
            if ids:
                await DBOS.delete_workflows_async(ids)
            deleted += len(ids)
            if len(ids) < _FORGET_AT_ONCE:
                return deleted

    def _tracked(self, work: Work) -> Work:
        async def tracked(route: RouteId, module: ModuleCode, shard: int) -> None:
            task = asyncio.current_task()
            if task is not None:
                self._running.add(task)
            try:
                await work(route, module, shard)
            finally:
                with contextlib.suppress(KeyError):
                    if task is not None:
                        self._running.remove(task)

        return tracked
