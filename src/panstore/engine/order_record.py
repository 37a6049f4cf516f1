"""What is written down of an order's steps: intents before, facts after, and where it rests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from panstore.engine import metrics
from panstore.engine.acts import Done, Step
from panstore.engine.context import ORDERS, Context, Route
from panstore.engine.goods_line import after_trying, leave_line, pass_turn, tidy_line
from panstore.engine.order_case import note_sales, own_sales
from panstore.engine.order_promise import count_anew, count_promises
from panstore.engine.recovery import Action, action_for
from panstore.engine.remote import Stopwatch
from panstore.engine.stages.mark import mark_goods
from panstore.model.change import Mark
from panstore.model.ids import OrderKey
from panstore.model.order import Order
from panstore.model.privacy import without_person
from panstore.model.sale import BookedOrder
from panstore.sdk.errors import OutcomeUnknownError, RemoteError
from panstore.sdk.modules import OrderCase, Reserve
from panstore.store import facts as facts_table
from panstore.store import orders as table
from panstore.store.audit import Entry, append
from panstore.store.demand import ordered_variants
from panstore.store.facts import FactRow
from panstore.store.marks import delete_worked
from panstore.store.parked import unpark
from panstore.store.seen_sales import remember_sales

__all__ = ["Turn", "begin_step", "end_step", "finish", "record_step", "rest_state"]


@dataclass(frozen=True)
class Turn:
    """One order that is being taken forward, because of one mark."""

    route: Route
    mark: Mark
    watch: Stopwatch


async def begin_step(context: Context, turn: Turn, step: Step) -> None:
    """Commit to an outside call.

    The goods of a sale that is about to be cancelled are promised here from now on: between the
    cancelling and the next sale the ERP does not know of them.
    """
    now = context.clock.now()
    route, order_id = turn.route, turn.mark.key
    intent = facts_table.NewIntent(
        step.key, step.purpose, step.fact, step.revision, step.sent or step.detail
    )

    def work(connection: sa.Connection) -> None:
        facts_table.begin_intent(connection, intent, route=route.id, order_id=order_id, now=now)
        if step.purpose == "cancel":
            count_promises(connection, route, order_id, without=step.detail)

    await context.store.write(work)


async def end_step(
    context: Context,
    key: str,
    error: RemoteError,
    *,
    order: Order | None = None,
    cancelling: Turn | None = None,
) -> None:
    """Write down how a call ended; what certainly had no effect may simply be tried again.

    Args:
        order: what the call was about; the error may quote its buyer, and is kept without.
        cancelling: given if a sale was to be cancelled: where it certainly was not, the ERP still
            promises its goods.
    """
    if isinstance(error, OutcomeUnknownError):
        state = "unknown"
    elif action_for(error) is Action.PARK:
        state = "refused"
    else:
        state = "untried"
    now = context.clock.now()
    message = without_person(str(error), order)

    def work(connection: sa.Connection) -> None:
        facts_table.end_intent(connection, key, state, now=now, message=message)
        if cancelling is not None and state != "unknown":
            count_anew(connection, context, cancelling.route, cancelling.mark.key)

    await context.store.write(work)


async def record_step(
    context: Context,
    turn: Turn,
    step: Step,
    done: Done,
    *,
    sales: Mapping[OrderKey, BookedOrder],
    wanted: Reserve | None = None,
) -> None:
    """Write down what was done, in one transaction with everything that follows from it.

    Args:
        sales: all of the order, as they stand now.
        wanted: for a reservation, how it was wanted.
    """
    now = context.clock.now()
    route, mark = turn.route, turn.mark
    remote_ms = round(turn.watch.seconds * 1000)
    waited_ms = round((now - mark.marked_at).total_seconds() * 1000)
    fact = FactRow(
        step.fact,
        step.revision,
        now,
        step.key,
        done.reference,
        done.number,
        done.detail or step.detail,
    )

    def work(connection: sa.Connection) -> Entry:
        stored = table.load_order(connection, route.id, mark.key)
        number = "" if stored is None else stored[0].number
        entry = Entry(
            at=now,
            route=route.id,
            module=ORDERS,
            key=mark.key,
            label=number or mark.key,
            cause=mark.cause,
            outcome=step.fact,
            reason=f"{done.told} ({step.reason})" if step.reason else done.told,
            after=done.reference,
            own_ms=max(0, waited_ms - remote_ms),
            remote_ms=remote_ms,
        )
        facts_table.end_intent(connection, step.key, "done", now=now, reference=done.reference)
        facts_table.add_fact(connection, route.id, mark.key, fact)
        remember_sales(connection, route.id, mark.key, sales.values(), now=now)
        if step.purpose in {"cancel", "release"}:
            leave_line(connection, context, route, mark.key)
        if step.purpose in {"order", "cancel"}:
            _goods_moved(connection, context, route, mark.key, step)
        if wanted is not None:
            after_trying(
                connection,
                context,
                route,
                mark.key,
                sales,
                priority=wanted.priority,
                whole=wanted.whole,
            )
        append(connection, [entry])
        return entry

    metrics.observe([await context.store.write(work)])


def _goods_moved(
    connection: sa.Connection, context: Context, route: Route, order_id: str, step: Step
) -> None:
    """The ERP knows of more or less of the order's goods than before, until this moment."""
    facts = facts_table.facts_of(connection, route.id, order_id)
    table.settle(connection, route.id, order_id, rest_state(route, order_id, facts, void=False))
    count_promises(connection, route, order_id)
    # Stock read since then counted its goods twice, or not at all.
    goods = ordered_variants(connection, route.id, order_id)
    mark_goods(connection, context, route, goods, cause=step.fact, moved=False)


def rest_state(route: Route, order_id: str, facts: Sequence[FactRow], *, void: bool) -> str:
    """Where an order has come to: imported while a sale of it stands, else closed or waiting."""
    if any(fact.name == "imported" for _, fact in own_sales(route, order_id, facts)):
        return "imported"
    return "closed" if void else "waiting"


async def finish(
    context: Context, turn: Turn, case: OrderCase | None, wake_at: dt.datetime | None
) -> None:
    """Nothing is due: the order rests until something happens to it, or until `wake_at`.

    Args:
        case: None if a person said to leave the order, or only facts of it are left.
    """
    now = context.clock.now()
    route, mark = turn.route, turn.mark

    def work(connection: sa.Connection) -> None:
        unpark(connection, route.id, ORDERS, [mark.key], now=now)
        if case is not None:
            facts = facts_table.facts_of(connection, route.id, mark.key)
            # A person may have decided about it in the very moment in which it went through.
            state = rest_state(route, mark.key, facts, void=case.order.is_void)
            table.settle(connection, route.id, mark.key, state, wake_at=wake_at)
            note_sales(connection, route, mark.key, case.sales, now=now)
            count_anew(connection, context, route, mark.key)
            tidy_line(connection, context, route, mark.key, case.sales)
        pass_turn(connection, context, route, mark.key)
        delete_worked(connection, [mark])

    await context.store.write(work)
    context.probe("order.end")
