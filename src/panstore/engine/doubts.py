"""Calls whose reply was lost: what became of them is found out before anything else is done."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from panstore.engine.acts import Done, Step, found_done, sale_key_of, told_again, told_by
from panstore.engine.context import ORDERS, Context, Route
from panstore.engine.goods_line import call_again
from panstore.engine.limiter import Lane
from panstore.engine.order_case import ask_sales, read_again
from panstore.engine.order_record import Turn, record_step
from panstore.engine.recovery import Action, action_for
from panstore.sdk.errors import RemoteError, UnsupportedError
from panstore.store import facts as table
from panstore.store import orders
from panstore.store.audit import Entry, append
from panstore.store.order_past import is_given_away

__all__ = ["RetryError", "settle_doubts"]


class RetryError(Exception):
    """The order cannot go on now; it comes again at `at`."""

    def __init__(self, at: dt.datetime, why: str) -> None:
        super().__init__(why)
        self.at = at


async def settle_doubts(context: Context, turn: Turn) -> None:
    """Find out first what became of calls whose reply was lost.

    Whatever the order has become since (cancelled, not to be booked any more), what stands in
    the ERP must be known here.

    Raises:
        RetryError: a system without keys may still be working on the call.
    """

    def look(connection: sa.Connection) -> list[table.Intent]:
        intents = table.intents_of(connection, turn.route.id, turn.mark.key)
        return [i for i in intents if i.in_doubt and i.purpose != "product"]

    for intent in await context.store.read(look):
        await _settle(context, turn, intent)


async def _settle(context: Context, turn: Turn, intent: table.Intent) -> None:
    route = turn.route
    tells = intent.purpose == "tell"
    connection = route.shop if tells else route.erp
    capabilities = context.connectors[connection].capabilities
    keyed = capabilities.keyed_updates if tells else capabilities.keyed_documents
    if not keyed:
        ended = intent.ended_at or intent.started_at
        settled = ended + dt.timedelta(seconds=context.options.settle_s)
        if settled > context.clock.now():
            who = "the shop" if tells else "the ERP"
            raise RetryError(settled, f"{who} is given time to finish a call whose reply was lost")
        if tells:
            # What it shows by now says whether it has to be told again.
            await read_again(context, route, turn.mark.key)
    if tells:
        await (_tell_again if keyed else _tell_anew)(context, turn, intent)
        return
    done = await _look_up(context, route, intent)
    context.probe(f"{intent.purpose}.looked_up")
    if done is None:
        await _not_done(context, intent)
        return
    step = Step(
        key=intent.key,
        purpose=intent.purpose,
        fact=intent.fact,
        revision=intent.revision,
        detail=intent.detail,
        reason="found there after a lost reply",
        connection=connection,
        call=_never,
    )
    sales = {} if done.sale is None else {done.sale.key: done.sale}
    if intent.purpose == "reserve":
        # What is short is tried for again; how it was wanted is known then.
        await context.store.write(lambda c: call_again(c, route, turn.mark.key, sales))
    await record_step(context, turn, step, done, sales=sales)


async def _tell_again(context: Context, turn: Turn, intent: table.Intent) -> None:
    """Ask a shop that knows our keys again: it answers what it did, or does it now.

    Until it has answered the intent stays in doubt, since the first call may have had its effect.
    """
    route, key = turn.route, turn.mark.key
    step = told_again(intent, context.connectors[route.shop])
    if step is None or await context.store.read(lambda c: is_given_away(c, route.id, key)):
        await _not_done(context, intent)
        return
    try:
        done = await context.remote.call(
            route.shop, Lane.ORDERS, f"tell again {intent.key}", step.call
        )
    except RemoteError as error:
        if action_for(error) is not Action.PARK:
            raise
        # It would have answered as it did the first time, so there was none.
        context.log.info("not told", route=route.id, order=key, why=str(error))
        await _not_done(context, intent)
        return
    context.probe("tell.looked_up")
    await record_step(context, turn, step, done, sales={})


async def _tell_anew(context: Context, turn: Turn, intent: table.Intent) -> None:
    """A shop without keys shows its status, but not which parcels and numbers it has heard of.

    They are told once more, and so that nobody wonders why a buyer has two mails, it is written
    down.
    """
    update = told_by(intent)
    now, route, mark = context.clock.now(), turn.route, turn.mark
    parts = [] if update is None else [f"parcel {one.number}" for one in update.shipments]
    parts += [] if update is None else list(update.invoices)
    parts += [] if update is None else [f"the page of {one.number}" for one in update.links]

    def work(connection: sa.Connection) -> None:
        table.end_intent(connection, intent.key, "untried", now=now, message="not known to be done")
        if not parts:
            return  # Of a status it is seen whether the shop shows it.
        stored = orders.load_order(connection, route.id, mark.key)
        number = "" if stored is None else stored[0].number
        entry = Entry(
            at=now,
            route=route.id,
            module=ORDERS,
            key=mark.key,
            label=number or mark.key,
            cause=mark.cause,
            outcome="maybe_twice",
            reason=f"the shop was told of {', '.join(parts)}, its answer was lost, and it cannot"
            " say whether it heard it (it knows no keys). It is told once more, so it may show"
            " it twice, and the buyer may have two messages of it: look at the order in the shop",
        )
        append(connection, [entry])

    await context.store.write(work)


async def _not_done(context: Context, intent: table.Intent) -> None:
    now = context.clock.now()
    await context.store.write(
        lambda c: table.end_intent(c, intent.key, "untried", now=now, message="not done")
    )


async def _look_up(context: Context, route: Route, intent: table.Intent) -> Done | None:
    key = sale_key_of(intent)
    if key is None:
        return None
    sales = await ask_sales(context, route, [key])
    return found_done(intent, sales.get(key))


async def _never() -> Done:
    raise UnsupportedError("this step was done before")
