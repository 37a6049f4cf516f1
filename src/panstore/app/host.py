"""What the command line asks of the composition root; imports wait until something is asked."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from panstore.engine.engine import Engine

__all__ = ["AppHost"]


class AppHost:
    """Wires engines from settings files and runs them."""

    @contextlib.asynccontextmanager
    async def engine(self, config: Path) -> AsyncIterator[Engine]:
        """An engine that is wired and not started, beside a running one or alone."""
        from panstore.app import logs
        from panstore.app.aside import LeaveToOthers
        from panstore.app.settings import load
        from panstore.app.wiring import build
        from panstore.store.database import Store
        from panstore.store.migrate import migrate, pending

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
                await engine.context.contracts.stop()
                for connector in engine.context.connectors.values():
                    await connector.close()
        finally:
            await store.close()

    def init(self, config: Path, *, force: bool) -> None:
        """Write a commented settings file."""
        from panstore.app.template import TEMPLATE

        with config.open("w" if force else "x", encoding="utf-8") as file:
            file.write(TEMPLATE)

    def run(self, config: Path) -> int:
        """Run until told to end."""
        from panstore.app import logs
        from panstore.app.serve import serve
        from panstore.app.settings import load

        settings = load(config)
        logs.configure(level=settings.log)
        return asyncio.run(serve(settings))

    def demo(self, directory: Path, *, headless: bool) -> int:
        """Run the demo world."""
        from panstore.demo.world import run_demo

        return run_demo(directory, headless=headless)
