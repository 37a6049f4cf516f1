"""Document work: one order is taken forward until nothing is due.

The facts are the truth. Before each outside call an intent is committed, after it the outcome; an
intent without outcome is unknown, and the ERP is asked for our key before anything else is done.
So it does not matter where the process dies, or how often a run is repeated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine import metrics
from panstore.engine.context import ORDERS, Context, Route
from panstore.engine.limiter import Lane
from panstore.engine.recovery import Action, action_for, backoff
from panstore.engine.remote import Stopwatch, stopwatch
from panstore.engine.stages.mark import mark_items
from panstore.model.change import Mark
from panstore.model.customer import FoundCustomer, MatchCriterion
from panstore.model.ids import ExternalId, ItemId
from panstore.model.link import Link
from panstore.model.order import BookedOrder, Order
from panstore.model.plan import Held
from panstore.sdk.errors import (
    OutcomeUnknownError,
    PanstoreError,
    RejectedError,
    RemoteError,
    UnsupportedError,
)
from panstore.sdk.modules import CreateOrder, CreateProduct, Due, Fact, FindCustomer, OrderCase
from panstore.sdk.roles import CreateOrders, CreateProducts, ReadOrders
from panstore.store import facts as facts_table
from panstore.store import orders as table
from panstore.store.audit import Entry, append
from panstore.store.items import add_links, links_by_shop
from panstore.store.marks import delete_worked, postpone
from panstore.store.parked import park, unpark

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
        False if the ERP did not let us; the remaining marks wait for a later time.
    """
    for mark in marks:
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
    except PanstoreError as error:
        if isinstance(error, RemoteError) and action_for(error) is not Action.PARK:
            raise _Retry(_next_try(context, route, mark), str(error)) from error
        held = _refused(mark.key, await _number(context, route, mark), error)
        await _set_aside(context, route, mark, held)
    except _Retry:
        raise
    except Exception as error:
        context.log.exception("order failed", route=route.id, order=mark.key)
        held = _poison(mark.key, await _number(context, route, mark), error)
        await _set_aside(context, route, mark, held)
    finally:
        stopwatch.reset(token)


async def _advance(context: Context, route: Route, mark: Mark, watch: Stopwatch) -> None:
    answers: dict[MatchCriterion, tuple[FoundCustomer, ...]] = {}
    for _ in range(_MOST_STEPS):
        case = await _load(context, route, mark.key, answers)
        context.probe("order.loaded")
        due = _decide(route, case) if case is not None else None
        match due:
            case None:
                await _finish(context, route, mark, case)
                return
            case Held():
                due = replace(due, sku=await _number(context, route, mark))
                await _set_aside(context, route, mark, due)
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


async def _load(
    context: Context,
    route: Route,
    order_id: str,
    answers: dict[MatchCriterion, tuple[FoundCustomer, ...]],
) -> OrderCase | None:
    stored = await context.store.read(lambda c: table.load_order(c, route.id, order_id))
    if stored is not None and stored[0].state == "skipped":
        return None
    order = stored[1] if stored is not None else None
    if order is None:
        order = await _fetch(context, route, order_id)
    if order is None:
        return None
    products = [line.product for line in order.lines if line.product is not None]
    facts, links = await context.store.read(
        lambda c: (
            facts_table.facts_of(c, route.id, order_id),
            links_by_shop(c, route.id, products),
        )
    )
    return OrderCase(
        view=context.view(route),
        order=order,
        facts={f.name: Fact(f.name, f.at, f.reference, f.number) for f in facts},
        links=links,
        answers=answers,
    )


async def _fetch(context: Context, route: Route, order_id: str) -> Order | None:
    """An order whose payload is not here (unreadable once, or expired) is read again."""
    shop = context.connectors[route.shop]
    if not isinstance(shop, ReadOrders):
        return None
    found = await context.remote.call(
        route.shop, Lane.ORDERS, "read order", lambda: shop.orders([ExternalId(order_id)])
    )
    for order in found:
        await context.store.write(
            lambda c, o=order: table.store_order(  # type: ignore[misc]
                c, route.id, o, payload=context.new_id(), now=context.clock.now()
            )
        )
        return order
    return None


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
    before = await context.store.write(
        lambda c: facts_table.begin_intent(
            c, order.key, route=route.id, order_id=mark.key, purpose="order", now=now
        )
    )
    context.probe("order.intent")
    booked: BookedOrder | None = None
    if before is not None and before.state in {"started", "unknown", "done"}:
        booked = await context.remote.call(
            route.erp, Lane.ORDERS, "find order", lambda: erp.find_order(order.key)
        )
    if booked is None:
        try:
            booked = await context.remote.call(
                route.erp, Lane.ORDERS, "create order", lambda: erp.create_order(order)
            )
        except RemoteError as error:
            await _end(context, order.key, error)
            if isinstance(error, OutcomeUnknownError):
                raise _Retry(_settled(context, route, mark), str(error)) from error
            raise
    context.probe("order.created")
    await _record_import(context, route, mark, due, booked, watch)
    context.probe("order.recorded")


async def _record_import(
    context: Context,
    route: Route,
    mark: Mark,
    due: CreateOrder,
    booked: BookedOrder,
    watch: Stopwatch,
) -> None:
    now = context.clock.now()
    remote_ms = round(watch.seconds * 1000)
    waited_ms = round((now - mark.marked_at).total_seconds() * 1000)
    entry = Entry(
        at=now,
        route=route.id,
        module=ORDERS,
        key=mark.key,
        label=due.order.number,
        cause=mark.cause,
        outcome=IMPORTED,
        reason=f"sale {booked.number} in the ERP, total {booked.total} {due.order.currency}"
        + (", found there after a lost reply" if booked.repeated else ""),
        after=booked.id,
        own_ms=max(0, waited_ms - remote_ms),
        remote_ms=remote_ms,
    )
    fact = facts_table.FactRow(IMPORTED, now, booked.id, booked.number)

    def work(connection: sa.Connection) -> None:
        facts_table.end_intent(connection, due.order.key, "done", now=now, reference=booked.id)
        facts_table.add_fact(connection, route.id, mark.key, fact)
        table.set_state(connection, route.id, mark.key, IMPORTED)
        append(connection, [entry])

    await context.store.write(work)
    metrics.observe([entry])


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
        if case is not None and IMPORTED not in case.facts and case.order.stage == "cancelled":
            table.set_state(connection, route.id, mark.key, "closed")
        delete_worked(connection, [mark])

    await context.store.write(work)
    context.probe("order.end")


async def _set_aside(context: Context, route: Route, mark: Mark, held: Held) -> None:
    now = context.clock.now()

    def work(connection: sa.Connection) -> None:
        news = park(connection, route.id, ORDERS, [held], now=now)
        table.set_state(connection, route.id, mark.key, "parked")
        delete_worked(connection, [mark])
        append(
            connection,
            [
                Entry(
                    at=now,
                    route=route.id,
                    module=ORDERS,
                    key=mark.key,
                    label=record.sku,
                    cause=mark.cause,
                    outcome="parked",
                    reason=record.reason,
                )
                for record in news
            ],
        )

    await context.store.write(work)
    context.probe("order.parked")


def _next_try(context: Context, route: Route, mark: Mark) -> dt.datetime:
    soon = context.clock.now() + backoff(mark.attempts)
    rests = [
        until
        for until in map(context.remote.rests_until, (route.erp, route.shop))
        if until is not None
    ]
    return max([soon, *rests])


def _settled(context: Context, route: Route, mark: Mark) -> dt.datetime:
    """An ERP without keys may still be working on the lost call: it is given time to finish."""
    if context.connectors[route.erp].capabilities.keyed_documents:
        return _next_try(context, route, mark)
    pause = dt.timedelta(seconds=context.options.settle_s)
    return context.clock.now() + pause


async def _number(context: Context, route: Route, mark: Mark) -> str:
    """What people call the order; its id if it was never readable."""
    stored = await context.store.read(lambda c: table.load_order(c, route.id, mark.key))
    return mark.key if stored is None else stored[0].number or mark.key


def _refused(order_id: str, number: str, error: PanstoreError) -> Held:
    code = error.code if isinstance(error, RejectedError) and error.code else "order.refused"
    return Held(
        item=order_id,
        code=code,
        reason=f"Order {number} was not taken over: {str(error).rstrip('.')}. The ERP has "
        "nothing of it. Mend what is named, then retry; or skip the order and enter it by hand.",
        sku=number,
    )


def _poison(order_id: str, number: str, error: Exception) -> Held:
    return Held(
        item=order_id,
        code="internal",
        reason=f"Order {number} could not be worked out: {type(error).__name__}: {error}. "
        "Nothing was sent; the other orders went on. This is a fault of PanStore or of a plugin: "
        "please report it with this text, then retry.",
        sku=number,
    )
