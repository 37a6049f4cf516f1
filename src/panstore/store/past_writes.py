"""What was written in the past, as far as the audit still knows, for those who want it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ModuleCode, RouteId
from panstore.store.audit import Entry
from panstore.store.tables import audit

__all__ = ["Selection", "chosen_keys", "is_newer", "writes_of"]

_WRITES = ("written", "unknown")
"""Whether a write whose reply was lost was done is told by what stands there."""

_COLUMNS = [audit.c[name] for name in Entry.__struct_fields__]


class Selection(msgspec.Struct, frozen=True):
    """Which writes a person wants to take back; what is None excludes none.

    Attributes:
        since, until: aware, both included.
        plan: what applying this stored plan wrote.
        approval: what went through with this approval.
        sku: as it was called then.
    """

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    plan: int | None = None
    approval: int | None = None
    sku: str | None = None

    def takes(self, entry: Entry) -> bool:
        """Whether a write is among them."""
        causes = _causes(self)
        return (
            (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at <= self.until)
            and all(entry.cause == cause for cause in causes)
            and (self.sku is None or entry.label.lower() == self.sku.strip().lower())
        )


def chosen_keys(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    selection: Selection,
    *,
    after: str,
    limit: int,
) -> list[str]:
    """Keys with a chosen write, in order, beginning after `after`."""
    statement = sa.select(audit.c.key).where(
        audit.c.route == route,
        audit.c.module == module,
        audit.c.outcome.in_(_WRITES),
        audit.c.key > after,
    )
    if selection.since is not None:
        statement = statement.where(audit.c.at >= selection.since)
    if selection.until is not None:
        statement = statement.where(audit.c.at <= selection.until)
    for cause in _causes(selection):
        statement = statement.where(audit.c.cause == cause)
    if selection.sku is not None:
        sku = selection.sku.strip().lower()
        statement = statement.where(sa.func.lower(audit.c.label) == sku)
    rows = connection.execute(statement.distinct().order_by(audit.c.key).limit(limit))
    return list(rows.scalars())


def writes_of(
    connection: sa.Connection, route: RouteId, module: ModuleCode, keys: Sequence[str]
) -> list[Entry]:
    """All writes of these keys that the audit knows, oldest first."""
    rows = connection.execute(
        sa
        .select(*_COLUMNS)
        .where(
            audit.c.route == route,
            audit.c.module == module,
            audit.c.key.in_(keys),
            audit.c.outcome.in_(_WRITES),
            audit.c.after.is_not(None),
        )
        .order_by(audit.c.id)
    )
    return [Entry(*row) for row in rows]


def is_newer(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    keys: Sequence[str],
    *,
    than: dt.datetime,
    but: str,
) -> dict[str, dt.datetime]:
    """When these keys were last written after `than`, by anything but the cause `but`."""
    rows = connection.execute(
        sa
        .select(audit.c.key, sa.func.max(audit.c.at).label("at"))
        .where(
            audit.c.route == route,
            audit.c.module == module,
            audit.c.key.in_(keys),
            audit.c.outcome.in_(_WRITES),
            audit.c.at > than,
            audit.c.cause != but,
        )
        .group_by(audit.c.key)
    )
    return {row.key: row.at for row in rows}


def _causes(selection: Selection) -> list[str]:
    named = (("plan", selection.plan), ("approval", selection.approval))
    return [f"{what} {number}" for what, number in named if number is not None]
