"""Tables of products in both directions, of stored plans, and of drift."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.store.columns import flag as _flag
from panstore.store.columns import metadata
from panstore.store.columns import number as _int
from panstore.store.columns import serial as _serial
from panstore.store.columns import text as _text
from panstore.store.columns import time as _time

__all__ = [
    "drift_days",
    "former_variants",
    "plan_lines",
    "plans",
    "product_conflicts",
    "products",
    "undone",
]

products = sa.Table(
    "products",
    metadata,
    _text("route", key=True),
    _text("item", key=True),
    _text("erp", null=True),
    _text("shop", null=True),
    _text("label"),
    _text("base", null=True),
    _time("base_at", null=True),
    _time("seen_at"),
    sa.UniqueConstraint("route", "erp"),
    sa.UniqueConstraint("route", "shop"),
)
"""Products of a route under our own id, on one side or on both; `base` is the last common state,
each side as read back."""

former_variants = sa.Table(
    "former_variants",
    metadata,
    _text("route", key=True),
    _text("variant", key=True),
    _text("item"),
    sa.Index(None, "route", "item"),
)
"""Ids by which the shop knew linked variants before they were made again under others: its orders
may still name them."""

product_conflicts = sa.Table(
    "product_conflicts",
    metadata,
    _text("route", key=True),
    _text("item", key=True),
    _text("variant", key=True),
    _text("field", key=True),
    _text("erp"),
    _text("shop"),
    _text("sku"),
    _time("since"),
    _text("take"),
    _time("decided_at", null=True),
)
"""Fields both sides changed, with both values; `take` (erp or shop) once a person has said."""

plans = sa.Table(
    "plans",
    metadata,
    _serial(),
    _text("route"),
    _text("module"),
    _text("kind"),
    _text("state"),
    _text("title"),
    _time("made_at"),
    _time("ended_at", null=True),
    _int("looked_at"),
    _int("unchanged"),
    _int("calls"),
    _int("seconds"),
    sa.Index(None, "state"),
    sqlite_autoincrement=True,
)
"""Stored plans; no number is given out twice, for causes and brakes name it. `kind`: preview, first
(before the first sync) or undo; `state`: open, applying, applied or closed; `calls` and `seconds`
are what applying it was estimated to take."""

plan_lines = sa.Table(
    "plan_lines",
    metadata,
    sa.Column("plan", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    _text("item"),
    _text("sku"),
    _text("side"),
    _text("kind"),
    _text("variant"),
    _text("field"),
    _text("before"),
    _text("after"),
    _text("reason"),
    _text("state"),
    _text("note"),
    _time("sent_at", null=True),
    sa.Index(None, "plan", "item"),
    sa.Index(None, "state"),
)
"""One field of one record each. `kind`: create, change, hide, show, or held (cannot go on);
`before`, `after`: canonical texts; `state`: open, approved, sent, left, applied or
refused; `sent_at`: when its write began."""

undone = sa.Table(
    "undone",
    metadata,
    _text("route", key=True),
    _text("module", key=True),
    _text("item", key=True),
    _text("after"),
    _time("at"),
    sa.Column("plan", sa.BigInteger, nullable=False),
)
"""Values a person took back: what would be written is not, as long as it is still `after`."""

drift_days = sa.Table(
    "drift_days",
    metadata,
    _text("route", key=True),
    _text("kind", key=True),
    _text("day", key=True),
    _time("at"),
    _int("looked_at"),
    _int("differ"),
    *(_int(name) for name in ("by_shop", "by_erp", "by_us", "by_unknown")),
    _int("repaired"),
    _flag("whole"),
)
"""The last drift report of each day; `kind`: stock, price, product or order; `whole`: it looked at
everything."""
