"""What a person says about a field that both sides have changed."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.engine.context import A_PERSON, Context, Route
from panstore.engine.stages.mark import mark_items
from panstore.model.ids import ItemId
from panstore.model.product_plan import FieldDecision
from panstore.store.product_conflicts import decide_field

__all__ = ["take_field"]


async def take_field(context: Context, route: Route, item: ItemId, said: FieldDecision) -> bool:
    """A person says whose value is right; it is written to the other side at once.

    Args:
        said: with both values as the person was shown them.

    Returns:
        False if there is no such conflict (any more), or one of the values is another by now.
    """

    def work(connection: sa.Connection) -> bool:
        now = context.clock.now()
        if not decide_field(connection, route.id, item, said, now=now):
            return False
        for code in route.product_modules:
            mark_items(connection, context, route.id, code, [item], cause=A_PERSON)
        return True

    return await context.store.write(work)
