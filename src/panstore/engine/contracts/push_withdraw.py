"""Takes contract prices out of a shop on whose route they are off: nobody keeps them right.

The accounts first, so that from then on everybody pays the shop's own prices; then what was kept
of the agreements. All of it is marked, and worked like anything else: a crash repeats it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from panstore.engine.context import WITHDRAWAL, Context, Route
from panstore.engine.contracts.push_buyers import release_buyers
from panstore.engine.contracts.push_drop import drop_prices
from panstore.engine.contracts.push_marks import begin_push, may_push
from panstore.engine.stages.mark import ask, mark_items
from panstore.model.change import Mark
from panstore.sdk.contract_roles import StoreContractPrices
from panstore.store.buyer_ledger import known_accounts, released_accounts
from panstore.store.marks import postpone, schedule
from panstore.store.parked import unpark
from panstore.store.push_marks import BUYER, KEEPS, LIST, has_buyer_marks
from panstore.store.pushed_agreements import list_pushed

__all__ = ["begin_withdrawal", "keeps_anything", "look_whether_kept", "work_withdrawal"]

_PATIENCE = dt.timedelta(seconds=15)
_SOON = dt.timedelta(seconds=1)
_CAUSE = "contract prices are off"
_AT_ONCE = 1000


def keeps_anything(connection: sa.Connection, route: Route) -> bool:
    """Whether the shop was told anything of contract prices that it may still know."""
    buyers = known_accounts(connection, route.id, after="", limit=1)
    return bool(buyers or list_pushed(connection, route.id))


def look_whether_kept(connection: sa.Connection, context: Context, route: Route) -> None:
    """At the start: what the shop was told is taken back if it is to keep no prices any more.

    One that was not called yet has not said whether it keeps any; a run asks it a moment later.
    """
    if not keeps_anything(connection, route):
        return
    if route.contract is None or not may_push(context, route):
        begin_withdrawal(connection, context, route)
    else:
        now = context.clock.now()
        if released := released_accounts(connection, route.id):
            # A withdrawal went as far as the shop let it: whoever it let go is told anew.
            keys = [f"{BUYER}{one}" for one in released]
            unpark(connection, route.id, WITHDRAWAL, keys, now=now)
            begin_push(connection, context, route)
        soon = now + _SOON
        schedule(connection, route.id, route.contract[0].code, [(KEEPS, soon)], cause="start")


def begin_withdrawal(connection: sa.Connection, context: Context, route: Route) -> None:
    """Mark every account and every agreement of which the shop was told."""
    if not isinstance(context.connectors[route.shop], StoreContractPrices):
        return  # Another kind of shop stands there now; what the former one was told is its own.
    keys = [f"{LIST}{one.agreement}" for one in list_pushed(connection, route.id)]
    after = ""
    while accounts := known_accounts(connection, route.id, after=after, limit=_AT_ONCE):
        keys += [f"{BUYER}{one}" for one in accounts]
        after = accounts[-1]
    if keys:
        mark_items(connection, context, route.id, WITHDRAWAL, keys, cause=_CAUSE)
        ask(connection, context, route.id, WITHDRAWAL)
        context.log.warning("contract prices are taken out of the shop", route=route.id)


async def work_withdrawal(context: Context, route: Route, marks: Sequence[Mark]) -> bool:
    """Work marks of one kind; False if the shop did not let us."""
    if marks[0].key.startswith(BUYER):
        return await release_buyers(context, route, marks)

    def wait(connection: sa.Connection) -> bool:
        if not has_buyer_marks(connection, route.id, WITHDRAWAL):
            return False
        postpone(connection, [(one, context.clock.now() + _PATIENCE) for one in marks])
        return True

    if await context.store.write(wait):
        return True
    for mark in marks:
        if not await drop_prices(context, route, mark):
            return False
    return True
