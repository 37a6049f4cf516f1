"""Document work: one order is taken forward until nothing is due.

The facts are the truth. Before each outside call an intent is committed, after it the outcome; an
intent without outcome is unknown, and the ERP is asked for our key before anything else is done.
So it does not matter where the process dies, or how often a run is repeated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.exc import SQLAlchemyError

from panstore.engine.acts import Step, step_of
from panstore.engine.context import Context, Route
from panstore.engine.contracts.order_check import check_prices, needs_check
from panstore.engine.decide import Decision, decide
from panstore.engine.document_links import with_addresses
from panstore.engine.doubts import RetryError, settle_doubts
from panstore.engine.goods_line import in_line
from panstore.engine.limiter import Lane
from panstore.engine.new_products import create_product
from panstore.engine.order_case import load_case, load_sales
from panstore.engine.order_parking import refused_step, set_aside, set_aside_failed
from panstore.engine.order_record import Turn, begin_step, end_step, finish, record_step
from panstore.engine.outbox.queue import queue_messages
from panstore.engine.recovery import Action, action_for, backoff
from panstore.engine.remote import Stopwatch, stopwatch
from panstore.engine.reused_ids import lost_in_shop
from panstore.model.change import Mark
from panstore.model.customer import FoundCustomer, MatchCriterion
from panstore.model.ids import ModuleCode, OrderKey
from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.model.privacy import without_person
from panstore.model.sale import BookedOrder
from panstore.sdk.errors import PanstoreError, RejectedError, RemoteError, UnsupportedError
from panstore.sdk.modules import (
    CreateProduct,
    FindCustomer,
    OrderCase,
    QueueMessages,
    Reserve,
    TellShop,
)
from panstore.sdk.roles import CreateOrders
from panstore.store.marks import postpone
from panstore.store.order_past import is_given_away

__all__ = ["advance", "work_orders"]

_MOST_STEPS = 500


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
        except RetryError as pause:
            context.log.info("order waits", route=route.id, order=mark.key, why=str(pause))
            await context.store.write(lambda c, m=mark, p=pause: postpone(c, [(m, p.at)]))  # type: ignore[misc]
            if context.remote.rests_until(route.erp) is not None:
                return False
    return True


async def advance(context: Context, route: Route, mark: Mark) -> None:
    """Do what is due for one order until nothing is."""
    watch = Stopwatch()
    token = stopwatch.set(watch)
    advancing = _Advance(context, Turn(route, mark, watch))
    try:
        await advancing.run()
    except (RetryError, SQLAlchemyError):
        # The store failed, not the order: the run ends and comes again.
        raise
    except PanstoreError as error:
        if isinstance(error, RemoteError) and action_for(error) is not Action.PARK:
            why = without_person(str(error), advancing.order)  # it is logged
            raise RetryError(_next_try(context, route, mark), why) from error
        await set_aside_failed(context, route, mark, error, order=advancing.order)
    except Exception as error:
        context.log.exception("order failed", route=route.id, order=mark.key)
        await set_aside_failed(context, route, mark, error, order=advancing.order)
    finally:
        stopwatch.reset(token)


class _Advance:
    """One run for one order; what it has learned lives as long as the run.

    Attributes:
        order: as it was last read, None until then.
        sales: as the ERP last said, None until asked.
        refused: modules whose step was refused for good in this run, with the reason.
        tried_again: steps refused once, after which everything was read anew.
    """

    def __init__(self, context: Context, turn: Turn) -> None:
        self.context = context
        self.turn = turn
        self.route = turn.route
        self.mark = turn.mark
        self.answers: dict[MatchCriterion, tuple[FoundCustomer, ...]] = {}
        self.order: Order | None = None
        self.sales: dict[OrderKey, BookedOrder] | None = None
        self.refused: dict[ModuleCode, Held] = {}
        self.tried_again: set[str] = set()

    async def run(self) -> None:
        context, route, mark = self.context, self.route, self.mark
        await settle_doubts(context, self.turn)
        for _ in range(_MOST_STEPS):
            case = await self._case()
            context.probe("order.loaded")
            if case is None:
                await finish(context, self.turn, None, None)
                return
            if isinstance(case, Held):
                await set_aside(context, route, mark, [case])
                return
            decision = decide(self.route, case, self.refused)
            if decision.step is None:
                await self._rest(case, decision)
                return
            await self._do(case, decision)
        raise UnsupportedError(f"order {mark.key} did not come to an end after {_MOST_STEPS} steps")

    async def _case(self) -> OrderCase | Held | None:
        if self.sales is None:
            self.sales = await load_sales(self.context, self.route, self.mark.key)
        case = await load_case(self.context, self.route, self.mark.key, self.answers, self.sales)
        if isinstance(case, OrderCase):
            self.order = case.order
        return case

    async def _rest(self, case: OrderCase, decision: Decision) -> None:
        if decision.held:
            await set_aside(self.context, self.route, self.mark, decision.held, case=case)
        else:
            await finish(self.context, self.turn, case, decision.wake_at)

    async def _do(self, case: OrderCase, decision: Decision) -> None:
        context, route = self.context, self.route
        match decision.step:
            case None:
                return
            case FindCustomer(criterion=criterion):
                self.answers[criterion] = await self._find_customer(criterion)
            case CreateProduct() as product:
                await create_product(context, route, self.mark, product)
            case QueueMessages() as queued:
                await self._queue(case, decision.module, queued)
            case Reserve() as act if await in_line(context, route, self.mark, case, act):
                pass
            case TellShop() if await self._is_lost():
                self.refused[decision.module] = lost_in_shop(case.order)
            case act if needs_check(route, case, act):
                held = await check_prices(context, route, self.mark, case)
                if held is not None:
                    self.refused[decision.module] = held
            case act:
                act = await with_addresses(context, case, act)
                step = step_of(act, case, context.connectors)
                wanted = act if isinstance(act, Reserve) else None
                try:
                    await self._perform(step, wanted)
                except RejectedError as error:
                    await self._refuse(case, decision, step, error)

    async def _perform(self, step: Step, wanted: Reserve | None) -> None:
        context = self.context
        await begin_step(context, self.turn, step)
        context.probe(f"{step.purpose}.intent")
        try:
            done = await context.remote.call(
                step.connection, Lane.ORDERS, f"{step.purpose} {step.key}", step.call
            )
        except RemoteError as error:
            cancelling = self.turn if step.purpose == "cancel" else None
            await end_step(context, step.key, error, order=self.order, cancelling=cancelling)
            raise
        context.probe(f"{step.purpose}.done")
        if done.sale is not None and self.sales is not None:
            self.sales[done.sale.key] = done.sale
        sales = self.sales or {}
        await record_step(context, self.turn, step, done, sales=sales, wanted=wanted)
        context.probe(f"{step.purpose}.recorded")

    async def _refuse(
        self, case: OrderCase, decision: Decision, step: Step, error: RejectedError
    ) -> None:
        """What was true when we decided may not be any more: look again once, then give up."""
        if case.sales and step.key not in self.tried_again:
            self.tried_again.add(step.key)
            self.sales = None
            return
        self.refused[decision.module] = refused_step(case, step, error)

    async def _queue(self, case: OrderCase, code: ModuleCode, queued: QueueMessages) -> None:
        """The messages are sent by runs of their own; a module that has no new ones is done."""
        order = (case.order.id, case.order.number)
        fresh = await queue_messages(
            self.context,
            self.route,
            code,
            order,
            queued.messages,
            cause=self.mark.cause,
            reason=queued.reason,
        )
        if not fresh:
            left = {k: v for k, v in self.route.flow_modules.items() if k != code}
            self.route = replace(self.route, flow_modules=left)

    async def _is_lost(self) -> bool:
        """Whether the shop shows another order under this one's id: it must not be told of ours."""
        route, key = self.route.id, self.mark.key
        return await self.context.store.read(lambda c: is_given_away(c, route, key))

    async def _find_customer(self, criterion: MatchCriterion) -> tuple[FoundCustomer, ...]:
        erp = self.context.connectors[self.route.erp]
        if not isinstance(erp, CreateOrders):
            raise UnsupportedError(f"connection {self.route.erp} cannot create orders")
        found = await self.context.remote.call(
            self.route.erp, Lane.ORDERS, "find customer", lambda: erp.find_customers(criterion)
        )
        return tuple(found)


def _next_try(context: Context, route: Route, mark: Mark) -> dt.datetime:
    soon = context.clock.now() + backoff(mark.attempts)
    rests = [
        until
        for until in map(context.remote.rests_until, (route.erp, route.shop))
        if until is not None
    ]
    return max([soon, *rests])
