"""`panstore run`: engine, lease and web server in one process and one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import uvicorn

from panstore.app.clock import new_id
from panstore.app.settings import Config
from panstore.app.wiring import build
from panstore.engine.engine import Engine
from panstore.engine.lease import BEAT_S, renew, take_over
from panstore.engine.runner import DbosRunner
from panstore.sdk.errors import ConfigError
from panstore.store.database import Store
from panstore.store.migrate import migrate
from panstore.web.app import build as build_web
from panstore.web.app import end_streams

__all__ = ["serve"]

_GRACE_S = 3


async def serve(config: Config, ready: Callable[[], None] = lambda: None) -> int:
    """Run until SIGTERM or SIGINT.

    Args:
        ready: called once when everything runs and the port is open.

    Raises:
        ConfigError: the settings cannot work, or another process has the store.
    """
    url = config.store.url.get_secret_value()
    with _only_one(url):
        store = Store(url)
        await store.write(migrate)
        runner = DbosRunner(store, executor=f"run-{new_id()}")
        engine = build(config, store, runner)
        try:
            async with _running(engine, runner, alone=store.is_sqlite):
                return await _web(config, engine, ready)
        finally:
            await store.close()


@contextlib.asynccontextmanager
async def _running(engine: Engine, runner: DbosRunner, *, alone: bool) -> AsyncIterator[None]:
    context = engine.context
    await renew(context, runner.executor)
    await engine.start()
    await take_over(context, runner.executor, alone=alone)
    engine.every(BEAT_S, lambda: renew(context, runner.executor))
    engine.every(BEAT_S, lambda: take_over(context, runner.executor))
    engine.every(600, lambda: runner.forget_finished(now=context.clock.now()))
    try:
        yield
    finally:
        await engine.stop()


async def _web(config: Config, engine: Engine, ready: Callable[[], None]) -> int:
    app = build_web(engine, api_token=config.web.api_token.get_secret_value())
    server = _Server(
        lambda: end_streams(app),
        uvicorn.Config(
            app,
            host=config.web.host,
            port=config.web.port,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=_GRACE_S,
            lifespan="on",
        ),
    )
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, server.end)
    server.when_started = ready
    await server.serve()
    return 0 if server.started else 1


class _Server(uvicorn.Server):
    """Leaves signals to us: the engine has to stop in order, after the server."""

    when_started: Callable[[], None]

    def __init__(self, before_end: Callable[[], None], config: uvicorn.Config) -> None:
        super().__init__(config)
        self._before_end = before_end

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the port, then say so."""
        await super().startup(sockets)
        if self.started:
            self.when_started()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As in uvicorn, but takes none."""
        yield

    def end(self) -> None:
        """Stop taking requests; event streams are told to end, or they would hold us up."""
        self._before_end()
        self.should_exit = True


@contextlib.contextmanager
def _only_one(url: str) -> Iterator[None]:
    """One process per SQLite file; PostgreSQL takes any number."""
    if not url.startswith("sqlite:///"):
        yield
        return
    file = Path(url.removeprefix("sqlite:///") + ".lock")
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            what = f"another PanStore is running on {file.stem}"
            raise ConfigError("store.url", what, "stop it first, or use PostgreSQL") from error
        yield
