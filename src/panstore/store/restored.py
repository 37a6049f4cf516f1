"""A shop that was restored from an older copy: what was known of it is true no more."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.model.ids import RouteId
from panstore.store.tables import ledger

__all__ = ["doubt_all"]


def doubt_all(connection: sa.Connection, route: RouteId) -> None:
    """Every value is read in the shop before anything is planned for it."""
    connection.execute(sa.update(ledger).where(ledger.c.route == route).values(stale=True))
