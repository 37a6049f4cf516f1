"""The runner of short commands: what they mark is left to the process that runs."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.engine.ports import Work
from panstore.model.ids import ModuleCode, RouteId
from panstore.store.marks import clear_wanted

__all__ = ["LeaveToOthers"]


class LeaveToOthers:
    """Enqueues nothing; the running process finds the marks in its next sweep."""

    def enqueue(
        self, connection: sa.Connection, route: RouteId, module: ModuleCode, shard: int
    ) -> None:
        """Take the wish back, so that the sweep sees marks nobody has asked for."""
        clear_wanted(connection, route, module, shard)

    async def start(self, work: Work) -> None:
        """Nothing is run here."""

    async def stop(self) -> None:
        """Nothing was started."""
