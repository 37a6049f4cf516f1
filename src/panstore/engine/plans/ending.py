"""What a plan leaves behind when it ends: no word of a person for anything that is not of it."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from panstore.engine.batch import undo_name
from panstore.engine.brakes import CREATE
from panstore.model.stored_plan import StoredPlan
from panstore.store import brakes
from panstore.store import plans as table

__all__ = ["settle_ended", "settle_left"]

_AT_ONCE = 5000


def settle_ended(connection: sa.Connection, number: int, *, now: dt.datetime) -> None:
    """Whatever brakes let through or held of a plan that is not being applied was for this once.

    The same articles in another plan, or by themselves, are seen anew. What was sent and not heard
    of stays as it is: the next read knows it by its value.
    """
    plan = table.find_plan(connection, number)
    if plan is None or plan.kind == "preview" or plan.state == "applying":
        return
    if plan.kind == "undo" and plan.state != "open":
        brakes.end_name(connection, plan.route, undo_name(plan.module, plan.id), now=now)
        return
    name = undo_name(plan.module, plan.id) if plan.kind == "undo" else plan.module
    kind = None if plan.kind == "undo" else CREATE
    items = table.unapplied_items(connection, plan.id)
    for begin in range(0, len(items), _AT_ONCE):
        some = items[begin : begin + _AT_ONCE]
        brakes.release_items(connection, plan.route, name, some, kind=kind)


def settle_left(connection: sa.Connection, plan: StoredPlan, *, now: dt.datetime) -> None:
    """A person has left lines: if none of a plan waits any more, it is not being applied."""
    if plan.state == "applying" and not table.page_of_items(connection, plan.id, after="", limit=1):
        table.move_plan(connection, plan.id, "open", among=("applying",))
        settle_ended(connection, plan.id, now=now)
