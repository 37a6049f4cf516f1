"""Why something was written or not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ModuleCode, RouteId
from panstore.store.tables import audit

__all__ = ["Entry", "append", "delete_before", "latest", "story"]


class Entry(msgspec.Struct, frozen=True):
    """One row of the audit.

    Attributes:
        cause: what made PanStore look (feed, webhook, poll, full run, a person).
        before, after: canonical text of the values.
        outcome: written, refused, unknown, braked, parked, imported ...
        own_ms: from the mark to the last reply without `remote_ms`; None if nothing was marked.
    """

    at: dt.datetime
    route: RouteId
    module: ModuleCode
    key: str
    label: str
    cause: str
    outcome: str
    reason: str
    before: str | None = None
    after: str | None = None
    own_ms: int | None = None
    remote_ms: int | None = None
    id: int = 0


_COLUMNS = [audit.c[name] for name in Entry.__struct_fields__]


def append(connection: sa.Connection, entries: Sequence[Entry]) -> None:
    """Add rows."""
    if entries:
        rows = [msgspec.structs.asdict(entry) for entry in entries]
        for row in rows:
            del row["id"]
        connection.execute(sa.insert(audit), rows)


def latest(connection: sa.Connection, *, after: int = 0, limit: int = 50) -> list[Entry]:
    """The newest rows with an id above `after`, newest first."""
    rows = connection.execute(
        sa.select(*_COLUMNS).where(audit.c.id > after).order_by(audit.c.id.desc()).limit(limit)
    )
    return [Entry(*row) for row in rows]


def story(
    connection: sa.Connection, route: RouteId, module: ModuleCode, key: str, *, limit: int = 100
) -> list[Entry]:
    """All about one key, oldest first."""
    rows = connection.execute(
        sa
        .select(*_COLUMNS)
        .where(audit.c.route == route, audit.c.module == module, audit.c.key == key)
        .order_by(audit.c.id)
        .limit(limit)
    )
    return [Entry(*row) for row in rows]


def delete_before(connection: sa.Connection, at: dt.datetime) -> int:
    """Forget rows older than `at`."""
    return connection.execute(sa.delete(audit).where(audit.c.at < at)).rowcount
