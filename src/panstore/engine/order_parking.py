"""Orders that cannot go on: set aside for a person, with a reason that says what is known."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine.acts import Step
from panstore.engine.context import ORDERS, Context, Route
from panstore.engine.goods_line import pass_turn, tidy_line
from panstore.engine.order_case import note_sales
from panstore.engine.order_promise import count_anew
from panstore.engine.stages.mark import mark_products
from panstore.model.change import Mark
from panstore.model.errors import sentence
from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.model.privacy import without_person
from panstore.sdk.errors import PanstoreError, RejectedError
from panstore.sdk.modules import OrderCase
from panstore.store import facts as facts_table
from panstore.store import orders as table
from panstore.store.audit import Entry, append
from panstore.store.demand import unlinked_variants
from panstore.store.marks import delete_worked
from panstore.store.parked import park

__all__ = ["refused_step", "set_aside", "set_aside_failed"]


async def set_aside(
    context: Context,
    route: Route,
    mark: Mark,
    held: Sequence[Held],
    *,
    case: OrderCase | None = None,
    order: Order | None = None,
) -> None:
    """Park an order; people read its number. One that is in the ERP stays imported.

    A reason may quote another system, and so the buyer; it is kept longer than the buyer is, so
    what it says of a person is left out. Who it is shows the shop, under the order's number.

    Args:
        held: at least one reason; they become one record.
        order: as it was last read, where there is no case; else what is kept of it here.
    """
    now = context.clock.now()
    last_read = order if case is None else case.order

    def work(connection: sa.Connection) -> None:
        number, kept = _known(connection, route, mark)
        said = " ".join(dict.fromkeys(one.reason for one in held))
        reason = without_person(said, kept if last_read is None else last_read)
        record = replace(held[0], item=mark.key, sku=number, reason=reason)
        news = park(connection, route.id, ORDERS, [record], now=now)
        table.set_state(connection, route.id, mark.key, "parked")
        if case is not None:
            note_sales(connection, route, mark.key, case.sales, now=now)
            count_anew(connection, context, route, mark.key)
            tidy_line(connection, context, route, mark.key, case.sales)
        pass_turn(connection, context, route, mark.key)
        delete_worked(connection, [mark])
        # An article nobody has announced may be linked all the same: it is looked for now.
        unknown = unlinked_variants(connection, route.id, mark.key)
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


_FAILED = {
    "cancel": "could not be cancelled in the ERP",
    "reserve": "is in the ERP, but its goods could not be set aside there",
    "release": "is in the ERP, but its goods could not be given back there",
    "invoice": "is in the ERP, but its invoice could not be issued",
    "credit": "is in the ERP, but its invoice could not be credited",
    "tell": "is in the ERP, but the shop could not be told of it",
}


def refused_step(case: OrderCase, step: Step, error: RejectedError) -> Held:
    """Why a step will not be tried again by itself."""
    order = case.order
    if step.purpose == "order" and not case.sales:
        return _refused(order.id, order.number, error, _NOTHING)
    what = _FAILED.get(step.purpose, "was changed in the shop, but could not be changed in the ERP")
    return Held(
        item=order.id,
        code=error.code or f"order.{step.purpose}_refused",
        reason=f"Order {order.number} {what}: {sentence(error)} Nothing was changed by "
        "this attempt, everything else went on. Mend what is named, then retry.",
        sku=order.number,
    )


_NOTHING = "The ERP has nothing of it."


async def set_aside_failed(
    context: Context, route: Route, mark: Mark, error: Exception, *, order: Order | None
) -> None:
    """Park an order that an error ended.

    Args:
        order: as it was last read, None if it was not.
    """

    def look(connection: sa.Connection) -> tuple[str, bool, bool]:
        intents = facts_table.intents_of(connection, route.id, mark.key)
        doubt = any(i.purpose == "order" and i.in_doubt for i in intents)
        there = facts_table.is_begun(connection, route.id, mark.key)
        return _known(connection, route, mark)[0], doubt, there

    number, doubt, there = await context.store.read(look)
    if doubt:
        whether = (
            "Whether the ERP has it is not known: look there before you enter it by hand; a retry "
            "looks there first."
        )
    else:
        whether = "What the ERP has of it stays as it is." if there else _NOTHING
    refused = isinstance(error, PanstoreError)
    held = _refused if refused else _poison
    record = held(mark.key, number, error, whether)
    await set_aside(context, route, mark, [record], order=order)


def _known(connection: sa.Connection, route: Route, mark: Mark) -> tuple[str, Order | None]:
    """What people call the order, its id if it was never readable; and what is kept of it."""
    stored = table.load_order(connection, route.id, mark.key)
    return (mark.key, None) if stored is None else (stored[0].number or mark.key, stored[1])


def _refused(order_id: str, number: str, error: Exception, whether: str) -> Held:
    code = error.code if isinstance(error, RejectedError) and error.code else "order.refused"
    return Held(
        item=order_id,
        code=code,
        reason=f"Order {number} was not taken over: {sentence(error)} {whether} Mend what "
        "is named, then retry; or skip the order and enter it by hand.",
        sku=number,
    )


def _poison(order_id: str, number: str, error: Exception, whether: str) -> Held:
    return Held(
        item=order_id,
        code="internal",
        reason=f"Order {number} could not be worked out: {type(error).__name__}: {sentence(error)} "
        f"{whether} The other orders went on. This is a fault of PanStore or of a plugin: please "
        "report it with this text, then retry.",
        sku=number,
    )
