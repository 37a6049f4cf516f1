"""What a plan leaves behind when it ends: nothing it did not write."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.engine.batch import undo_name
from panstore.model.stored_plan import StoredPlan
from panstore.store import brakes
from panstore.store.plans import unapplied_items
from panstore.store.undone import forget_unwritten

__all__ = ["settle_ended"]

_AT_ONCE = 5000


def settle_ended(connection: sa.Connection, plan: StoredPlan) -> None:
    """An undo is over: values it did not write were not taken back, and its brake is released.

    What a person let through was this plan; the same articles in another one are seen anew.
    """
    if plan.kind != "undo":
        return
    forget_unwritten(connection, plan.id)
    items = unapplied_items(connection, plan.id)
    for begin in range(0, len(items), _AT_ONCE):
        some = items[begin : begin + _AT_ONCE]
        brakes.release_items(connection, plan.route, undo_name(plan.module), some)
