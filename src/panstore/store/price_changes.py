"""What may have changed the price of a buyer with an agreement, numbered as it was committed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import sqlalchemy as sa

from panstore.model.ids import ConnectionId
from panstore.store.tables import price_changes
from panstore.store.upsert import insert

__all__ = [
    "EVERYTHING",
    "PriceChange",
    "PriceChangeKind",
    "note_price_changes",
    "price_changes_since",
    "turns_of_prices",
]

PriceChangeKind = Literal["variant", "agreement", "party", "all"]
"""What the key of a change names; `all` has none."""

PriceChange = tuple[PriceChangeKind, str]

_AT_ONCE = 400

EVERYTHING: tuple[PriceChange, ...] = (("all", ""),)
"""Nothing that is known may be believed: notices of changes were lost, perhaps."""


def note_price_changes(
    connection: sa.Connection,
    system: ConnectionId,
    changes: Iterable[PriceChange],
    *,
    now: dt.datetime,
) -> int:
    """Note what has changed, all of it under one number; call it before other changes.

    The counter is raised first: its row stays locked until the caller commits, so whoever sees a
    number sees all smaller ones too.

    Args:
        system: the ERP in which it changed.

    Returns:
        The number; 0 if there are no changes.
    """
    noted = sorted(set(changes))
    if not noted:
        return 0
    counter = insert(connection, price_changes).values(
        connection=system, kind="", key="", version=1, changed_at=now
    )
    version: int = connection.execute(
        counter.on_conflict_do_update(
            index_elements=["connection", "kind", "key"],
            set_={"version": price_changes.c.version + 1, "changed_at": now},
        ).returning(price_changes.c.version)
    ).scalar_one()
    statement = insert(connection, price_changes)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["connection", "kind", "key"],
            set_={
                "version": statement.excluded.version,
                "changed_at": statement.excluded.changed_at,
            },
        ),
        [
            {"connection": system, "kind": kind, "key": key, "version": version, "changed_at": now}
            for kind, key in noted
        ],
    )
    return version


def price_changes_since(
    connection: sa.Connection, system: ConnectionId, version: int | None, *, limit: int
) -> tuple[int, Sequence[tuple[PriceChange, int]]]:
    """What changed behind `version`, the oldest first, each with the number of its last change.

    Args:
        version: the last number that was seen, None for nothing yet.
        limit: if more has changed, it is not listed: everything may have.

    Returns:
        The present number and the changes; `EVERYTHING` under that number if they were too many
        or nothing was seen yet.
    """
    known = version or 0
    # One statement, so one look at the table: the newest first, the counter's row among them.
    rows = connection.execute(
        sa
        .select(price_changes.c.kind, price_changes.c.key, price_changes.c.version)
        .where(price_changes.c.connection == system, price_changes.c.version > known)
        .order_by(price_changes.c.version.desc())
        .limit(1 if version is None else limit + 2)
    ).all()
    if not rows:
        return known, () if version is not None else ((EVERYTHING[0], known),)
    present: int = rows[0].version
    if version is None or len(rows) > limit + 1:
        return present, ((EVERYTHING[0], present),)
    return present, [((r.kind, r.key), r.version) for r in reversed(rows) if r.kind]


def turns_of_prices(
    connection: sa.Connection, system: ConnectionId, agreement: str, variants: Iterable[str]
) -> Mapping[str, Sequence[dt.datetime]]:
    """When prices under an agreement may last have changed, by variant; by "" for all of them."""
    keys = [("agreement", agreement), ("all", "")]
    wanted = [*keys, *(("variant", variant) for variant in sorted(set(variants)))]
    found: dict[str, list[dt.datetime]] = {}
    for begin in range(0, len(wanted), _AT_ONCE):
        rows = connection.execute(
            sa.select(price_changes.c.kind, price_changes.c.key, price_changes.c.changed_at).where(
                price_changes.c.connection == system,
                sa.tuple_(price_changes.c.kind, price_changes.c.key).in_(
                    wanted[begin : begin + _AT_ONCE]
                ),
            )
        )
        for row in rows:
            about = row.key if row.kind == "variant" else ""
            found.setdefault(about, []).append(row.changed_at)
    return found
