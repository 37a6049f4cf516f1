"""What every request handler works with."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from litestar import Litestar
    from litestar.connection import ASGIConnection

    from panstore.engine.engine import Engine

__all__ = ["Site", "end_streams", "site_of"]

_READERS = 4
"""Pages that are made at a time for people who came by a link. They are made one after the
other, and a crowd that waits for one must not hold up a mail for long."""


@dataclass(frozen=True)
class Site:
    """One console with its engine.

    Attributes:
        closing: set when open event streams shall end, so that they do not hold up a shutdown.
        readers: held while a page is made for somebody who came by a link.
    """

    engine: Engine
    api_token: str
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    readers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_READERS))

    @property
    def is_closing(self) -> bool:
        """Whether streams shall end now."""
        return self.closing.is_set() or self.engine.context.stopping

    @property
    def zone(self) -> str:
        """The company's time zone, in which people read times."""
        return self.engine.context.zone


def site_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Site:
    """The site a request was made to."""
    return cast("Site", connection.app.state.site)


def end_streams(app: Litestar) -> None:
    """End the open event streams; call it before the server is told to stop."""
    app.state.site.closing.set()
