"""What the command line asks of the composition root."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from panstore.app import logs
from panstore.app.aside import LeaveToOthers
from panstore.app.settings import load
from panstore.app.template import TEMPLATE
from panstore.app.wiring import build
from panstore.engine.engine import Engine
from panstore.store.database import Store
from panstore.store.migrate import migrate, pending

__all__ = ["AppHost"]


class AppHost:
    """Wires engines from settings files and runs them."""

    @contextlib.asynccontextmanager
    async def engine(self, config: Path) -> AsyncIterator[Engine]:
        """An engine that is wired and not started, beside a running one or alone."""
        settings = load(config)
        logs.configure(level="error" if settings.log != "debug" else "debug", json=False)
        store = Store(settings.store.url.get_secret_value())
        try:
            if await store.read(pending):
                await store.write(migrate)
            engine = build(settings, store, LeaveToOthers())
            try:
                yield engine
            finally:
                for connector in engine.context.connectors.values():
                    await connector.close()
        finally:
            await store.close()

    def init(self, config: Path, *, force: bool) -> None:
        """Write a commented settings file."""
        with config.open("w" if force else "x", encoding="utf-8") as file:
            file.write(TEMPLATE)

    def run(self, config: Path) -> int:
        """Run until told to end."""
        from panstore.app.serve import serve  # noqa: PLC0415 - keeps short commands quick

        settings = load(config)
        logs.configure(level=settings.log)
        return asyncio.run(serve(settings))

    def demo(self, directory: Path, *, headless: bool) -> int:
        """Run the demo world."""
        from panstore.demo.world import run_demo  # noqa: PLC0415 - keeps short commands quick

        return run_demo(directory, headless=headless)
