"""Table of how the messages of outside systems do."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.store.columns import metadata
from panstore.store.columns import text as _text
from panstore.store.columns import time as _time

__all__ = ["event_health"]

event_health = sa.Table(
    "event_health",
    metadata,
    _text("connection", key=True),
    _text("problems"),
    _time("looked_at"),
)
"""One row for each connection whose messages are looked after; `problems` is a list in JSON."""
