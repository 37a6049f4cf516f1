"""Notes and reasons of refunds are cut from what is kept for ever; orders are found by number."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005_no_notes_before"
down_revision = "0004_seen_sales_before"

_PAGE = 1000


def upgrade() -> None:
    """Apply; rows that hold no lines of a sale stay as they are."""
    op.create_index(op.f("ix_orders_number"), "orders", ["number"])
    columns = {
        "facts": ("route", "order_id", "name", "revision"),
        "intents": ("key",),
    }
    for name, keys in columns.items():
        _cut(sa.table(name, *(sa.column(key) for key in (*keys, "detail"))), keys)


def _cut(table: sa.TableClause, keys: tuple[str, ...]) -> None:
    connection = op.get_bind()
    place = sa.tuple_(*(table.c[key] for key in keys))
    after: tuple[Any, ...] | None = None
    while True:
        statement = sa.select(table).where(table.c.detail.like('{"lines":%'))
        if after is not None:
            statement = statement.where(place > sa.tuple_(*after))
        rows = connection.execute(statement.order_by(*place.clauses).limit(_PAGE)).mappings().all()
        for row in rows:
            _cut_row(connection, table, keys, row)
        if len(rows) < _PAGE:
            return
        after = tuple(rows[-1][key] for key in keys)


def _cut_row(
    connection: sa.Connection, table: sa.TableClause, keys: tuple[str, ...], row: sa.RowMapping
) -> None:
    booked = json.loads(row["detail"])
    for line in booked.get("lines", ()):
        if "description" in line:
            name = line["description"].partition("\n")[0]
            line["description"] = name if line.get("kind") == "goods" else ""
    detail = json.dumps(booked, ensure_ascii=False, separators=(",", ":"))
    here = [table.c[key] == row[key] for key in keys]
    connection.execute(sa.update(table).where(*here).values(detail=detail))
