"""Document work: one order is taken forward until nothing is due.

The facts are the truth. Before each outside call an intent is committed, after it the outcome; an
intent without outcome is unknown, and the ERP is asked for our key before anything else is done.
So it does not matter where the process dies, or how often a run is repeated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from panstore.engine import metrics
from panstore.engine.context import ORDERS, Context, Route
from panstore.engine.limiter import Lane
from panstore.engine.order_case import load_case
from panstore.engine.order_parking import set_aside, set_aside_failed
from panstore.engine.recovery import Action, action_for, backoff
from panstore.engine.remote import Stopwatch, stopwatch
from panstore.engine.stages.mark import mark_goods, mark_items
from panstore.model.change import Mark
from panstore.model.customer import FoundCustomer, MatchCriterion
from panstore.model.ids import ItemId, OrderKey
from panstore.model.link import Link
from panstore.model.plan import Held
from panstore.model.sale import BookedOrder
from panstore.sdk.errors import (
    OutcomeUnknownError,
    PanstoreError,
    RemoteError,
    UnsupportedError,
)
from panstore.sdk.modules import CreateOrder, CreateProduct, Due, FindCustomer, OrderCase
from panstore.sdk.roles import CreateOrders, CreateProducts
from panstore.store import facts as facts_table
from panstore.store import orders as table
from panstore.store.audit import Entry, append
from panstore.store.items import add_links
from panstore.store.marks import delete_worked, postpone
from panstore.store.parked import unpark

__all__ = ["IMPORTED", "advance", "work_orders"]

IMPORTED = "imported"
_MOST_STEPS = 500


class _Retry(Exception):  # noqa: N818 - says what comes next, not what went wrong
    """The order cannot go on now; it comes again at `at`."""

    def __init__(self, at: dt.datetime, why: str) -> None:
        super().__init__(why)
        self.at = at


async def work_orders(context: Context, route: Route, marks: Sequence[Mark]) -> bool:
    """Take marked orders forward, one after the other.

    Returns:
        False if the ERP did not let us, or the process is to end; the remaining marks wait.
    """
    for mark in marks:
        if context.stopping:
            return False
        try:
            await advance(context, route, mark)
        except _Retry as pause:
            context.log.info("order waits", route=route.id, order=mark.key, why=str(pause))
            await context.store.write(lambda c, m=mark, p=pause: postpone(c, [(m, p.at)]))  # type: ignore[misc]
            if context.remote.rests_until(route.erp) is not None:
                return False
    return True


async def advance(context: Context, route: Route, mark: Mark) -> None:
    """Do what is due for one order until nothing is."""
    watch = Stopwatch()
    token = stopwatch.set(watch)
    try:
        await _advance(context, route, mark, watch)
    except (_Retry, SQLAlchemyError):
        # The store failed, not the order: the run ends and comes again.
        raise
    except PanstoreError as error:
        if isinstance(error, RemoteError) and action_for(error) is not Action.PARK:
            raise _Retry(_next_try(context, route, mark), str(error)) from error
        await set_aside_failed(context, route, mark, error)
    except Exception as error:
        context.log.exception("order failed", route=route.id, order=mark.key)
        await set_aside_failed(context, route, mark, error)
    finally:
        stopwatch.reset(token)


async def _advance(context: Context, route: Route, mark: Mark, watch: Stopwatch) -> None:
    await _look_up_unknown(context, route, mark, watch)
    answers: dict[MatchCriterion, tuple[FoundCustomer, ...]] = {}
    for _ in range(_MOST_STEPS):
        case = await load_case(context, route, mark.key, answers)
        context.probe("order.loaded")
        due = _decide(route, case) if isinstance(case, OrderCase) else case
        match due:
            case None:
                await _finish(context, route, mark, case if isinstance(case, OrderCase) else None)
                return
            case Held():
                await set_aside(context, route, mark, due)
                return
            case FindCustomer(criterion=criterion):
                answers[criterion] = await _find_customer(context, route, criterion)
            case CreateProduct():
                await _create_product(context, route, mark, due)
            case CreateOrder():
                await _create_order(context, route, mark, due, watch)
    raise UnsupportedError(f"order {mark.key} did not come to an end after {_MOST_STEPS} steps")


def _decide(route: Route, case: OrderCase) -> Due:
    for module, settings in route.flow_modules.values():
        due = module.due(case, settings)
        if due is not None:
            return due
    return None


async def _look_up_unknown(context: Context, route: Route, mark: Mark, watch: Stopwatch) -> None:
    """Find out first what became of a call whose reply was lost.

    Whatever the order has become since (cancelled, not to be booked any more), a sale that stands
    in the ERP must be known here.
    """

    def look(connection: sa.Connection) -> facts_table.Intent | None:
        if any(f.name == IMPORTED for f in facts_table.facts_of(connection, route.id, mark.key)):
            return None
        intents = facts_table.intents_of(connection, route.id, mark.key)
        return next((i for i in intents if i.purpose == "order" and i.in_doubt), None)

    intent = await context.store.read(look)
    if intent is None:
        return
    erp = _order_role(context, route)
    ended = intent.ended_at or intent.started_at
    if not context.connectors[route.erp].capabilities.keyed_documents:
        # An ERP without keys may still be working on the lost call: it is given time to finish.
        settled = ended + dt.timedelta(seconds=context.options.settle_s)
        if settled > context.clock.now():
            raise _Retry(settled, "the ERP is given time to finish a call whose reply was lost")
    key = OrderKey(intent.key)
    booked = await context.remote.call(
        route.erp, Lane.ORDERS, "find order", lambda: erp.find_order(key)
    )
    context.probe("order.looked_up")
    if booked is not None:
        await _record_import(context, route, mark, key, booked, watch)
        return
    now = context.clock.now()
    await context.store.write(
        lambda c: facts_table.end_intent(c, key, "untried", now=now, message="not in the ERP")
    )


async def _find_customer(
    context: Context, route: Route, criterion: MatchCriterion
) -> tuple[FoundCustomer, ...]:
    erp = _order_role(context, route)
    found = await context.remote.call(
        route.erp, Lane.ORDERS, "find customer", lambda: erp.find_customers(criterion)
    )
    return tuple(found)


async def _create_product(context: Context, route: Route, mark: Mark, due: CreateProduct) -> None:
    """Creating under a key twice gives back the first, so a lost reply is simply asked again."""
    erp = context.connectors[route.erp]
    if not isinstance(erp, CreateProducts):
        raise UnsupportedError(
            f"connection {route.erp} cannot create products: set unknown_product to park"
        )
    now = context.clock.now()
    key = due.product.key
    await context.store.write(
        lambda c: facts_table.begin_intent(
            c, key, route=route.id, order_id=mark.key, purpose="product", now=now
        )
    )
    context.probe("product.intent")
    try:
        created = await context.remote.call(
            route.erp, Lane.ORDERS, "create product", lambda: erp.create_product(due.product)
        )
    except RemoteError as error:
        await _end(context, key, error)
        raise
    context.probe("product.created")
    link = Link(
        item=ItemId(context.new_id()),
        route=route.id,
        erp=created,
        shop=due.shop_variant,
        sku=due.product.sku,
    )

    def work(connection: sa.Connection) -> None:
        at = context.clock.now()
        facts_table.end_intent(connection, key, "done", now=at, reference=created)
        for new in add_links(connection, [link], now=at):
            for code in route.state_modules:
                mark_items(connection, context, route.id, code, [new.item], cause="linked")

    await context.store.write(work)


async def _create_order(
    context: Context, route: Route, mark: Mark, due: CreateOrder, watch: Stopwatch
) -> None:
    erp = _order_role(context, route)
    order = due.order
    now = context.clock.now()
    await context.store.write(
        lambda c: facts_table.begin_intent(
            c, order.key, route=route.id, order_id=mark.key, purpose="order", now=now
        )
    )
    context.probe("order.intent")
    try:
        booked = await context.remote.call(
            route.erp, Lane.ORDERS, "create order", lambda: erp.create_order(order)
        )
    except RemoteError as error:
        await _end(context, order.key, error)
        raise
    context.probe("order.created")
    await _record_import(context, route, mark, order.key, booked, watch)


async def _record_import(
    context: Context, route: Route, mark: Mark, key: OrderKey, booked: BookedOrder, watch: Stopwatch
) -> None:
    now = context.clock.now()
    remote_ms = round(watch.seconds * 1000)
    waited_ms = round((now - mark.marked_at).total_seconds() * 1000)
    fact = facts_table.FactRow(IMPORTED, now, booked.id, booked.number)

    def work(connection: sa.Connection) -> Entry:
        stored = table.load_order(connection, route.id, mark.key)
        number, currency = ("", "") if stored is None else (stored[0].number, stored[0].currency)
        entry = Entry(
            at=now,
            route=route.id,
            module=ORDERS,
            key=mark.key,
            label=number or mark.key,
            cause=mark.cause,
            outcome=IMPORTED,
            reason=f"sale {booked.number} in the ERP, total {booked.total} {currency}"
            + (", found there after a lost reply" if booked.repeated else ""),
            after=booked.id,
            own_ms=max(0, waited_ms - remote_ms),
            remote_ms=remote_ms,
        )
        facts_table.end_intent(connection, key, "done", now=now, reference=booked.id)
        facts_table.add_fact(connection, route.id, mark.key, fact)
        table.set_state(connection, route.id, mark.key, IMPORTED)
        # Stock read since the ERP has the sale counted its goods twice, until this moment.
        goods = table.ordered_variants(connection, route.id, mark.key)
        mark_goods(connection, context, route, goods, cause=IMPORTED, moved=False)
        append(connection, [entry])
        return entry

    metrics.observe([await context.store.write(work)])
    context.probe("order.recorded")


def _order_role(context: Context, route: Route) -> CreateOrders:
    erp = context.connectors[route.erp]
    if not isinstance(erp, CreateOrders):
        raise UnsupportedError(f"connection {route.erp} cannot create orders")
    return erp


async def _end(context: Context, key: str, error: RemoteError) -> None:
    """Write down how a call ended; what certainly had no effect may simply be tried again."""
    if isinstance(error, OutcomeUnknownError):
        state = "unknown"
    elif action_for(error) is Action.PARK:
        state = "refused"
    else:
        state = "untried"
    now = context.clock.now()
    await context.store.write(
        lambda c: facts_table.end_intent(c, key, state, now=now, message=str(error))
    )


async def _finish(context: Context, route: Route, mark: Mark, case: OrderCase | None) -> None:
    now = context.clock.now()

    def work(connection: sa.Connection) -> None:
        unpark(connection, route.id, ORDERS, [mark.key], now=now)
        if case is not None and IMPORTED in case.facts:
            # A person may have decided about it in the very moment in which it went through.
            table.set_state(connection, route.id, mark.key, IMPORTED)
        elif case is not None and case.order.stage == "cancelled":
            table.set_state(connection, route.id, mark.key, "closed")
        delete_worked(connection, [mark])

    await context.store.write(work)
    context.probe("order.end")


def _next_try(context: Context, route: Route, mark: Mark) -> dt.datetime:
    soon = context.clock.now() + backoff(mark.attempts)
    rests = [
        until
        for until in map(context.remote.rests_until, (route.erp, route.shop))
        if until is not None
    ]
    return max([soon, *rests])
