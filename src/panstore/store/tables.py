"""The tables. One writer on SQLite; the same shapes on PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.store.columns import flag as _flag
from panstore.store.columns import metadata
from panstore.store.columns import number as _int
from panstore.store.columns import serial as _serial
from panstore.store.columns import text as _text
from panstore.store.columns import time as _time
from panstore.store.contract_tables import (
    account_links,
    buyer_ledger,
    contract_prices,
    party_agreements,
    price_changes,
    tiers_ledger,
)
from panstore.store.message_tables import installation, module_starts, outbox, receipts, stop_list
from panstore.store.product_tables import (
    drift_days,
    plan_lines,
    plans,
    product_conflicts,
    products,
    undone,
)
from panstore.store.times import UtcTime

__all__ = [
    "UtcTime",
    "account_links",
    "approvals",
    "audit",
    "booked_goods",
    "brake_events",
    "buyer_ledger",
    "catalogue",
    "connection_state",
    "contract_prices",
    "counters",
    "cursors",
    "drift_days",
    "executors",
    "facts",
    "full_runs",
    "installation",
    "intents",
    "ledger",
    "links",
    "marks",
    "messages",
    "metadata",
    "module_starts",
    "order_lines",
    "orders",
    "outbox",
    "parked",
    "party_agreements",
    "payloads",
    "plan_lines",
    "plans",
    "price_changes",
    "product_conflicts",
    "products",
    "receipts",
    "seen_sales",
    "shortages",
    "stop_list",
    "suspects",
    "takeovers",
    "tiers_ledger",
    "undone",
    "wanted",
]


marks = sa.Table(
    "marks",
    metadata,
    _text("route", key=True),
    _text("module", key=True),
    _text("key", key=True),
    _int("shard"),
    _int("version", 1),
    _time("marked_at"),
    _time("due_at"),
    _int("attempts"),
    _text("cause"),
    sa.Index(None, "route", "module", "shard", "due_at"),
)
"""Dirty keys. `shard` is 0 for state modules; orders are spread so that they run side by side."""

wanted = sa.Table(
    "wanted",
    metadata,
    _text("route", key=True),
    _text("module", key=True),
    sa.Column("shard", sa.Integer, primary_key=True, autoincrement=False),
    _flag("wanted"),
    _time("since"),
)
"""One row per run that may be asked for; flipped to true in the transaction that marks."""

full_runs = sa.Table(
    "full_runs",
    metadata,
    _text("route", key=True),
    _text("module", key=True),
    _text("position"),
    _int("checked"),
    _time("started_at"),
    _time("retry_at"),
    _time("finished_at", null=True),
)
"""A look at everything, page by page; `position` is the last item done, so a crash costs a page."""

catalogue = sa.Table(
    "catalogue",
    metadata,
    _text("connection", key=True),
    _text("variant", key=True),
    _text("parent", null=True),
    _text("sku"),
    _text("sku_key"),
    _text("title"),
    _text("gtin"),
    _text("unit", null=True),
    _flag("active"),
    _flag("tracked"),
    _time("seen_at"),
    sa.Index(None, "connection", "sku_key"),
    sa.Index(None, "connection", "parent"),
)
"""Variants as each system last listed them; attributes for linking and for people."""

links = sa.Table(
    "links",
    metadata,
    _text("route", key=True),
    _text("item", key=True),
    _text("erp"),
    _text("shop"),
    _text("factor", null=True),
    _text("sku"),
    sa.Column("tracked", sa.Boolean, nullable=False, default=True),
    _time("linked_at"),
    sa.UniqueConstraint("route", "erp"),
    sa.UniqueConstraint("route", "shop"),
)

ledger = sa.Table(
    "ledger",
    metadata,
    _text("route", key=True),
    _text("module", key=True),
    _text("item", key=True),
    _text("value", null=True),
    _flag("stale"),
    _time("written_at"),
)
"""Last value known to stand in the destination, as read back."""

cursors = sa.Table(
    "cursors",
    metadata,
    _text("connection", key=True),
    _text("feed", key=True),
    _text("value"),
    _time("moved_at"),
)

payloads = sa.Table(
    "payloads",
    metadata,
    _text("id", key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    _time("stored_at"),
    _time("expires_at", null=True),
    sa.Index(None, "expires_at"),
)
"""The only place with personal data; everything else refers to it by id."""

orders = sa.Table(
    "orders",
    metadata,
    _text("route", key=True),
    _text("order_id", key=True),
    _text("number"),
    _text("status"),
    _text("stage"),
    _text("currency"),
    _text("total"),
    _time("placed_at"),
    _time("seen_at"),
    _text("payload"),
    _text("digest"),
    _flag("holds"),
    _text("state"),
    _time("wake_at", null=True),
    sa.Index(None, "wake_at"),
    sa.Index(None, "route", "state"),
    sa.Index(None, "route", "placed_at"),
    sa.Index(None, "number"),
)
"""`holds`: some of its goods are promised by the shop and not yet known to the ERP. `wake_at`: when
it is looked at again though nothing has happened to it."""

order_lines = sa.Table(
    "order_lines",
    metadata,
    _text("route", key=True),
    _text("order_id", key=True),
    _text("line_id", key=True),
    _text("variant"),
    _text("quantity"),
    sa.Index(None, "route", "variant"),
)

booked_goods = sa.Table(
    "booked_goods",
    metadata,
    _text("route", key=True),
    _text("order_id", key=True),
    _text("variant", key=True),
    _text("quantity"),
)
"""How much of a shop order's goods the ERP knows of, in the shop's ids and units."""

shortages = sa.Table(
    "shortages",
    metadata,
    _text("route", key=True),
    _text("order_id", key=True),
    _text("variant", key=True),
    _text("missing"),
    _text("priority"),
    _flag("arrived"),
    sa.Index(None, "variant"),
)
"""Goods orders wait for, in the ERP's ids and stock units. `arrived`: there may be some now."""

seen_sales = sa.Table(
    "seen_sales",
    metadata,
    _text("key", key=True),
    _text("route"),
    _text("order_id"),
    _text("body"),
    _time("seen_at"),
    sa.Index(None, "route", "order_id"),
)
"""Sales of orders as the ERP last showed them, for people to read; a run asks the ERP anew."""

facts = sa.Table(
    "facts",
    metadata,
    _text("route", key=True),
    _text("order_id", key=True),
    _text("name", key=True),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    _time("at"),
    _text("key"),
    _text("reference"),
    _text("number"),
    _text("detail"),
)

intents = sa.Table(
    "intents",
    metadata,
    _text("key", key=True),
    _text("route"),
    _text("order_id"),
    _text("purpose"),
    _text("fact"),
    _int("revision", 1),
    _text("detail"),
    _text("state"),
    _int("attempts"),
    _time("started_at"),
    _time("ended_at", null=True),
    _text("reference"),
    _text("message"),
    sa.Index(None, "route", "order_id"),
)
"""Committed before an outside call as `started`; without an outcome it is unknown."""

parked = sa.Table(
    "parked",
    metadata,
    _serial(),
    _text("route"),
    _text("module"),
    _text("key"),
    _text("label"),
    _text("code"),
    _text("reason"),
    _text("payload", null=True),
    _text("state"),
    _time("parked_at"),
    _time("closed_at", null=True),
    sa.UniqueConstraint("route", "module", "key"),
    sa.Index(None, "state"),
)

audit = sa.Table(
    "audit",
    metadata,
    _serial(),
    _time("at"),
    _text("route"),
    _text("module"),
    _text("key"),
    _text("label"),
    _text("cause"),
    _text("before", null=True),
    _text("after", null=True),
    _text("outcome"),
    _text("reason"),
    sa.Column("own_ms", sa.Integer, nullable=True),
    sa.Column("remote_ms", sa.Integer, nullable=True),
    sa.Index(None, "route", "module", "key"),
    sa.Index(None, "at"),
)
"""Why something was written or not. `own_ms`: mark to last reply, without `remote_ms`."""

brake_events = sa.Table(
    "brake_events",
    metadata,
    _text("route", key=True),
    _text("module", key=True),
    _text("kind", key=True),
    _text("item", key=True),
    _time("at"),
    sa.Column("approval", sa.Integer, nullable=True),
    sa.Index(None, "route", "module", "kind", "at"),
)
"""Risky changes inside the window; `approval` is set while the item waits behind the brake."""

approvals = sa.Table(
    "approvals",
    metadata,
    _serial(),
    _text("route"),
    _text("module"),
    _text("kind"),
    _text("state"),
    _text("reason"),
    _time("opened_at"),
    _time("applies_at", null=True),
    _time("decided_at", null=True),
    sa.Index(None, "state"),
)

messages = sa.Table(
    "messages",
    metadata,
    _text("connection", key=True),
    _text("message", key=True),
    _time("at"),
    sa.Index(None, "at"),
)
"""Ids of webhook messages already taken, so that a replay is answered and not worked."""

counters = sa.Table("counters", metadata, _text("name", key=True), _int("value"))

connection_state = sa.Table(
    "connection_state",
    metadata,
    _text("connection", key=True),
    _time("ok_at", null=True),
    _time("failed_at", null=True),
    _text("trouble"),
    _time("paused_until", null=True),
)

executors = sa.Table(
    "executors",
    metadata,
    _text("executor", key=True),
    _time("started_at"),
    _time("expires_at"),
)
"""Leases of live processes: the runner does not notice dead ones by itself."""

takeovers = sa.Table("takeovers", metadata, _text("workflow", key=True), _int("count"))
"""How often a run (`route/module/shard`) died with its process since it last came to its end."""

suspects = sa.Table(
    "suspects",
    metadata,
    _text("route", key=True),
    _text("module", key=True),
    _text("key", key=True),
    _int("tries"),
)
"""Records worked alone because their run died; counted before each try."""
