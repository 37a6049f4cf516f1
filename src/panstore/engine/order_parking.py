"""Orders that cannot go on: set aside for a person, with a reason that says what is known."""

from __future__ import annotations

import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine.context import ORDERS, Context, Route
from panstore.engine.stages.mark import mark_products
from panstore.model.change import Mark
from panstore.model.plan import Held
from panstore.sdk.errors import PanstoreError, RejectedError
from panstore.store import facts as facts_table
from panstore.store import orders as table
from panstore.store.audit import Entry, append
from panstore.store.marks import delete_worked
from panstore.store.parked import park

__all__ = ["set_aside", "set_aside_failed"]


async def set_aside(context: Context, route: Route, mark: Mark, held: Held) -> None:
    """Park an order; people read its number."""
    now = context.clock.now()

    def work(connection: sa.Connection) -> None:
        record = replace(held, sku=_number(connection, route, mark))
        news = park(connection, route.id, ORDERS, [record], now=now)
        table.set_state(connection, route.id, mark.key, "parked")
        delete_worked(connection, [mark])
        # An article nobody has announced may be linked all the same: it is looked for now.
        unknown = table.unlinked_variants(connection, route.id, mark.key)
        mark_products(connection, context, route.id, "shop", unknown, cause="order")
        append(
            connection,
            [
                Entry(
                    at=now,
                    route=route.id,
                    module=ORDERS,
                    key=mark.key,
                    label=told.sku,
                    cause=mark.cause,
                    outcome="parked",
                    reason=told.reason,
                )
                for told in news
            ],
        )

    await context.store.write(work)
    context.probe("order.parked")


async def set_aside_failed(context: Context, route: Route, mark: Mark, error: Exception) -> None:
    """Park an order that an error ended."""

    def look(connection: sa.Connection) -> tuple[str, bool]:
        intents = facts_table.intents_of(connection, route.id, mark.key)
        doubt = any(i.purpose == "order" and i.in_doubt for i in intents)
        return _number(connection, route, mark), doubt

    number, doubt = await context.store.read(look)
    whether = (
        "Whether the ERP has it is not known: look there before you enter it by hand; a retry "
        "looks there first."
        if doubt
        else "The ERP has nothing of it."
    )
    refused = isinstance(error, PanstoreError)
    held = _refused if refused else _poison
    await set_aside(context, route, mark, held(mark.key, number, error, whether))


def _number(connection: sa.Connection, route: Route, mark: Mark) -> str:
    """What people call the order; its id if it was never readable."""
    stored = table.load_order(connection, route.id, mark.key)
    return mark.key if stored is None else stored[0].number or mark.key


def _refused(order_id: str, number: str, error: Exception, whether: str) -> Held:
    code = error.code if isinstance(error, RejectedError) and error.code else "order.refused"
    return Held(
        item=order_id,
        code=code,
        reason=f"Order {number} was not taken over: {str(error).rstrip('.')}. {whether} Mend what "
        "is named, then retry; or skip the order and enter it by hand.",
        sku=number,
    )


def _poison(order_id: str, number: str, error: Exception, whether: str) -> Held:
    return Held(
        item=order_id,
        code="internal",
        reason=f"Order {number} could not be worked out: {type(error).__name__}: {error}. "
        f"{whether} The other orders went on. This is a fault of PanStore or of a plugin: please "
        "report it with this text, then retry.",
        sku=number,
    )
