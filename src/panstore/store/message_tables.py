"""Tables of what buyers are told."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.store.columns import flag as _flag
from panstore.store.columns import metadata
from panstore.store.columns import number as _int
from panstore.store.columns import text as _text
from panstore.store.columns import time as _time

__all__ = ["installation", "module_starts", "outbox", "receipts", "stop_list"]

module_starts = sa.Table(
    "module_starts",
    metadata,
    _text("route", key=True),
    _text("module", key=True),
    _time("at"),
)
"""When a flow module was first switched on for a route: nobody is told of what had been before."""

installation = sa.Table("installation", metadata, _text("name", key=True), _text("value"))
"""What is this installation's own. `recipients`: the secret under which digests of addresses and
numbers are made, so that nobody who sees one elsewhere finds it by trying all numbers."""

outbox = sa.Table(
    "outbox",
    metadata,
    _text("id", key=True),
    _text("route"),
    _text("order_id"),
    _text("module"),
    _text("channel"),
    _text("purpose"),
    _text("subject"),
    _text("language"),
    _text("document"),
    _text("recipient"),
    _text("payload"),
    _flag("copy"),
    _int("again"),
    _text("state"),
    _int("attempts"),
    _flag("maybe_twice"),
    _time("queued_at"),
    _time("due_at", null=True),
    _time("not_after", null=True),
    _time("sending_at", null=True),
    _time("sent_at", null=True),
    _time("ended_at", null=True),
    _text("reference"),
    _int("parts"),
    _text("price"),
    _text("note"),
    sa.Index(None, "route", "order_id"),
    sa.Index(None, "state"),
    sa.Index(None, "sent_at"),
    sa.Index(None, "reference"),
)
"""Messages for buyers, one row each. `recipient` is a digest; who it is stands in `payload`."""

receipts = sa.Table(
    "receipts",
    metadata,
    _text("connection", key=True),
    _text("reference", key=True),
    _text("state", key=True),
    _time("at"),
    _text("note"),
    sa.Index(None, "at"),
)
"""What a network said of a message; kept apart, since it may come before we know its reference."""

stop_list = sa.Table(
    "stop_list",
    metadata,
    _text("channel", key=True),
    _text("recipient", key=True),
    _time("since"),
    _text("reason"),
)
"""Digests of addresses and numbers to which nothing is sent any more."""
