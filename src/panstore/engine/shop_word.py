"""A shop cancels an order or takes it up again: written down, for it only shows what is now."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.engine.context import ORDERS, Context, Route
from panstore.model.order import Order
from panstore.store.audit import Entry, append
from panstore.store.facts import FactRow, add_fact, facts_of

__all__ = ["note_word"]


def note_word(
    connection: sa.Connection,
    context: Context,
    route: Route,
    order: Order,
    *,
    before: str,
    cause: str,
) -> None:
    """Write down that an order was withdrawn or revived in the shop, if it was.

    It becomes a fact only of an order that has others: facts say that something was done for it.
    What the shop shows because it was told so is not its own word.

    Args:
        before: the stage in which the order was known until now.
    """
    if (before == "cancelled") == (order.stage == "cancelled"):
        return
    name = "withdrawn" if order.stage == "cancelled" else "revived"
    facts = facts_of(connection, route.id, order.id)
    told = max((f for f in facts if f.name == "told"), key=lambda f: f.revision, default=None)
    heard = "" if told is None else str(told.revision)
    moved = any(f.name == "revived" and f.detail == heard for f in facts)
    if told is not None and told.number == order.status and not moved:
        return
    now = context.clock.now()
    if any(fact.name != "priced" for fact in facts):
        revision = 1 + sum(1 for fact in facts if fact.name == name)
        fact = FactRow(name, revision, now, number=order.status, detail=heard)
        add_fact(connection, route.id, order.id, fact)
    entry = Entry(
        at=now,
        route=route.id,
        module=ORDERS,
        key=order.id,
        label=order.number or order.id,
        cause=cause,
        outcome=name,
        reason=f"the shop shows it as {order.status}",
    )
    append(connection, [entry])
