"""Marks of contract prices that a shop keeps: what is made at once, and what is worked first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from panstore.model.change import Mark
from panstore.model.ids import ModuleCode, RouteId
from panstore.store.marks import remark
from panstore.store.tables import account_links, buyer_ledger, marks
from panstore.store.upsert import insert

__all__ = [
    "BUYER",
    "KEEPS",
    "LIST",
    "TIERS",
    "due_push_marks",
    "has_buyer_marks",
    "mark_buyers_at",
]

BUYER, TIERS, LIST = "buyer:", "tiers:", "list:"
"""What a key begins with; an account, an agreement and an item, an agreement follow."""

KEEPS = "keeps"
"""Whole key: whether the shop keeps prices at all."""


def mark_buyers_at(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    agreements: Sequence[str],
    *,
    now: dt.datetime,
    cause: str,
) -> int:
    """Mark the linked accounts that changes of agreements may concern, in one statement.

    Those that buy at one of them; those that buy at none, for it may be the new default; and those
    that are being looked at, for nobody has written down yet at what they buy.

    Returns:
        How many.
    """
    account = account_links.c.account
    its_row = sa.exists().where(buyer_ledger.c.route == route, buyer_ledger.c.account == account)
    concerned = sa.or_(
        its_row.where(buyer_ledger.c.wanted.in_(agreements)),
        ~its_row.where(buyer_ledger.c.wanted != ""),
        sa.exists().where(
            marks.c.route == route,
            marks.c.module == module,
            marks.c.key == sa.literal(BUYER, sa.Text) + account,
        ),
    )
    literal = sa.select(
        account_links.c.route,
        sa.literal(str(module)),
        sa.literal(BUYER, sa.Text) + account_links.c.account,
        sa.literal(0),
        sa.literal(1),
        sa.literal(now, marks.c.marked_at.type),
        sa.literal(now, marks.c.due_at.type),
        sa.literal(0),
        sa.literal(cause),
    ).where(account_links.c.route == route, concerned)
    columns = [c.name for c in marks.columns]
    statement = insert(connection, marks).from_select(
        columns, literal.order_by(account_links.c.account)
    )
    counted = {"preserve_rowcount": True}
    return connection.execute(remark(connection, statement), execution_options=counted).rowcount


def due_push_marks(
    connection: sa.Connection, route: RouteId, module: ModuleCode, *, now: dt.datetime, limit: int
) -> list[Mark]:
    """Marks of one kind that may be worked now.

    Accounts that buy for nobody any more come before all others, then the other buyers, then
    single articles, then one whole list.
    """
    unlinked = ~sa.exists().where(
        account_links.c.route == marks.c.route,
        # So, and not put together, its key can be looked up.
        account_links.c.account == sa.func.substr(marks.c.key, len(BUYER) + 1),
    )
    kinds: tuple[tuple[str, int, tuple[sa.ColumnElement[bool], ...]], ...] = (
        (BUYER, limit, (unlinked,)),
        (BUYER, limit, ()),
        (TIERS, limit, ()),
        (LIST, 1, ()),
        (KEEPS, 1, ()),
    )
    for prefix, most, more in kinds:
        rows = connection.execute(
            sa
            .select(marks)
            .where(
                marks.c.route == route,
                marks.c.module == module,
                marks.c.due_at <= now,
                marks.c.key.startswith(prefix, autoescape=True),
                *more,
            )
            .order_by(marks.c.due_at, marks.c.key)
            .limit(most)
        ).all()
        if rows:
            names = Mark.__struct_fields__
            return [Mark(**{name: getattr(row, name) for name in names}) for row in rows]
    return []


def has_buyer_marks(connection: sa.Connection, route: RouteId, module: ModuleCode) -> bool:
    """Whether any account waits to be looked at, now or later."""
    row = connection.execute(
        sa
        .select(marks.c.key)
        .where(
            marks.c.route == route,
            marks.c.module == module,
            marks.c.key.startswith(BUYER, autoescape=True),
        )
        .limit(1)
    ).first()
    return row is not None
