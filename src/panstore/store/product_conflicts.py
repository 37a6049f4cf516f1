"""Fields both sides changed, and what people said about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ItemId, RouteId
from panstore.model.product_plan import FieldConflict, FieldDecision, Side
from panstore.store.product_tables import product_conflicts as table
from panstore.store.upsert import insert

__all__ = [
    "ConflictRow",
    "decide_field",
    "decisions_of",
    "find_conflicts",
    "list_conflicts",
    "replace_conflicts",
]


class ConflictRow(msgspec.Struct, frozen=True):
    """A conflict as people see it.

    Attributes:
        variant: the ERP's id of the variant (`shop:ID` where it has none), empty for the product.
        erp, shop: canonical texts of both values.
        take: whose value was chosen, empty while nobody has said.
    """

    route: RouteId
    item: ItemId
    variant: str
    field: str
    erp: str
    shop: str
    sku: str
    since: dt.datetime
    take: str
    decided_at: dt.datetime | None


_COLUMNS = [table.c[name] for name in ConflictRow.__struct_fields__]


def list_conflicts(
    connection: sa.Connection, route: RouteId | None = None, *, limit: int = 200
) -> list[ConflictRow]:
    """Conflicts, the oldest first; of all routes if none is given."""
    statement = sa.select(*_COLUMNS)
    if route is not None:
        statement = statement.where(table.c.route == route)
    rows = connection.execute(
        statement.order_by(table.c.since, table.c.item, table.c.variant, table.c.field).limit(limit)
    )
    return [ConflictRow(*row) for row in rows]


def find_conflicts(connection: sa.Connection, route: RouteId, item: ItemId) -> list[ConflictRow]:
    """Conflicts of one product."""
    rows = connection.execute(
        sa
        .select(*_COLUMNS)
        .where(table.c.route == route, table.c.item == item)
        .order_by(table.c.variant, table.c.field)
    )
    return [ConflictRow(*row) for row in rows]


def decisions_of(
    connection: sa.Connection, route: RouteId, items: Sequence[str]
) -> dict[ItemId, list[FieldDecision]]:
    """What people have said about conflicts of these products."""
    rows = connection.execute(
        sa.select(*_COLUMNS).where(
            table.c.route == route, table.c.item.in_(items), table.c.take != ""
        )
    )
    found: dict[ItemId, list[FieldDecision]] = {}
    for row in rows:
        said = FieldDecision(row.variant, row.field, cast("Side", row.take), row.erp, row.shop)
        found.setdefault(ItemId(row.item), []).append(said)
    return found


def replace_conflicts(
    connection: sa.Connection,
    route: RouteId,
    items: Iterable[str],
    present: Sequence[FieldConflict],
    *,
    now: dt.datetime,
) -> None:
    """Keep the conflicts that these products have now, and no others.

    One with the same two values keeps its time and what was said of it.
    """
    some = sorted(set(items))
    there = {
        (row.item, row.variant, row.field): row
        for row in connection.execute(
            sa.select(*_COLUMNS).where(table.c.route == route, table.c.item.in_(some))
        )
    }
    wished: dict[tuple[str, str, str], FieldConflict] = {
        (one.item, one.variant, one.field): one for one in present
    }
    for key in sorted(there.keys() - wished.keys()):
        connection.execute(sa.delete(table).where(*_is(route, key)))
    for key, one in sorted(wished.items()):
        old = there.get(key)
        if old is not None and (old.erp, old.shop) == (one.erp, one.shop):
            continue
        values: dict[str, Any] = {
            "erp": one.erp,
            "shop": one.shop,
            "sku": one.sku,
            "since": now,
            "take": "",
            "decided_at": None,
        }
        item, variant, field = key
        connection.execute(
            insert(connection, table)
            .values(route=route, item=item, variant=variant, field=field, **values)
            .on_conflict_do_update(
                index_elements=["route", "item", "variant", "field"], set_=values
            )
        )


def decide_field(
    connection: sa.Connection,
    route: RouteId,
    item: ItemId,
    said: FieldDecision,
    *,
    now: dt.datetime,
) -> bool:
    """Keep what a person said; False if there is no such conflict, or of other values by now."""
    done = connection.execute(
        sa
        .update(table)
        .where(
            *_is(route, (item, said.variant, said.field)),
            table.c.erp == said.erp,
            table.c.shop == said.shop,
        )
        .values(take=said.take, decided_at=now)
    )
    return done.rowcount == 1


def _is(route: RouteId, key: tuple[str, str, str]) -> tuple[sa.ColumnElement[bool], ...]:
    item, variant, field = key
    return (
        table.c.route == route,
        table.c.item == item,
        table.c.variant == variant,
        table.c.field == field,
    )
