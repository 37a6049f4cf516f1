"""Keeps contract prices in step in a shop that stores them: what is marked, and whole lists.

Only agreements that somebody buys at are kept, and of them only what differs from the shop's own
prices; never a row for each customer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine.context import Context, Route
from panstore.engine.contracts.push_batch import TiersBatch, keeper_of
from panstore.engine.contracts.push_buyers import work_buyers
from panstore.engine.contracts.push_drop import drop_prices, put_off
from panstore.engine.contracts.push_marks import mark_buyers, mark_list
from panstore.engine.contracts.push_read import look_at_tiers
from panstore.engine.contracts.push_record import record_batch
from panstore.engine.contracts.push_write import write_batch
from panstore.engine.limiter import Lane
from panstore.engine.remote import Stopwatch, stopwatch
from panstore.model.change import Mark
from panstore.model.ids import ExternalId
from panstore.sdk.contract_roles import StoreContractPrices
from panstore.sdk.errors import RejectedError, RemoteError
from panstore.store import full_runs
from panstore.store.account_links import list_account_links
from panstore.store.buyer_ledger import is_wanted, known_accounts, waiting_for
from panstore.store.items import page_of_links
from panstore.store.marks import delete_worked, postpone
from panstore.store.push_marks import BUYER, KEEPS, LIST, TIERS, has_buyer_marks
from panstore.store.pushed_agreements import (
    Pushed,
    add_pushed,
    begin_list,
    end_list,
    list_pushed,
    move_list,
    pushed,
)
from panstore.store.tiers_ledger import tiers_without_link

__all__ = ["is_pushed", "push_page", "work_push"]

_LIST_GONE = "unknown_price_list"
_PATIENCE = dt.timedelta(seconds=15)


async def is_pushed(context: Context, route: Route) -> bool | None:
    """Whether the shop keeps contract prices; None while it cannot be asked."""
    shop = context.connectors[route.shop]
    if route.contract is None or not isinstance(shop, StoreContractPrices):
        return False
    if not context.remote.is_open(route.shop):

        async def nothing() -> None:
            """Being called, it is logged in to, and says what it can."""

        try:
            await context.remote.call(route.shop, Lane.PRICES, "log in", nothing, reads=True)
        except RemoteError as error:
            context.log.info("contract prices wait", route=route.id, why=str(error))
            return None
    return shop.capabilities.tiers_batch > 0


async def work_push(context: Context, route: Route, marks: Sequence[Mark]) -> bool:
    """Work marks of one kind; False if a system did not let us."""
    if marks[0].key.startswith(BUYER):
        return await work_buyers(context, route, marks)
    if marks[0].key == KEEPS:
        # It does, or this run would have ended before.
        await context.store.write(lambda c: delete_worked(c, marks))
        return True
    if marks[0].key.startswith(TIERS):
        return await _work_tiers(context, route, marks)
    for mark in marks:
        await context.give_way()
        if not await _work_list(context, route, mark):
            return False
    return True


async def _work_tiers(context: Context, route: Route, marks: Sequence[Mark]) -> bool:
    groups: dict[ExternalId, dict[str, Mark]] = {}
    for one in marks:
        agreement, _, item = one.key[len(TIERS) :].rpartition(":")
        groups.setdefault(ExternalId(agreement), {})[item] = one
    for agreement, some in groups.items():
        place = await context.store.read(lambda c, a=agreement: pushed(c, route.id, a))  # type: ignore[misc]
        if place is None:
            await context.store.write(lambda c, s=some: delete_worked(c, s.values()))  # type: ignore[misc]
            continue
        batch = TiersBatch(route, agreement, list(some), Lane.PRICES, "", marks=some)
        if not await _through(context, batch):
            return False
    return True


async def _work_list(context: Context, route: Route, mark: Mark) -> bool:
    """One page of a list; the mark stands until the last one is done."""
    agreement = ExternalId(mark.key[len(LIST) :])

    def begin(connection: sa.Connection) -> tuple[Pushed | None, bool]:
        used = is_wanted(connection, route.id, agreement)
        if used:
            add_pushed(connection, route.id, agreement)
        elif has_buyer_marks(connection, route.id, mark.module):
            # Somebody may yet turn out to buy at it.
            postpone(connection, [(mark, context.clock.now() + _PATIENCE)])
            return None, True
        place = pushed(connection, route.id, agreement)
        if used and place is not None and place.marked_at is None:
            moment = {"version": mark.version, "marked_at": mark.marked_at}
            begin_list(connection, route.id, agreement, **moment)  # type: ignore[arg-type]
            place = replace(place, position="", **moment)
        return place, used

    place, used = await context.store.write(begin)
    if not used:
        return await drop_prices(context, route, mark)
    return place is None or await _list_page(context, route, mark, place)


async def _list_page(context: Context, route: Route, mark: Mark, place: Pushed) -> bool:
    agreement = place.agreement
    most = max(1, context.connectors[route.erp].capabilities.contract_batch)
    limit = min(context.options.batch, most)

    def read(connection: sa.Connection) -> tuple[list[str], bool]:
        links = page_of_links(connection, route.id, after=place.position, limit=limit)
        if links:
            return [link.item for link in links], True
        lost = tiers_without_link(connection, route.id, agreement, limit=limit)
        return [str(item) for item in lost], False

    items, linked = await context.store.read(read)
    if items:
        batch = TiersBatch(route, agreement, items, Lane.FULL, mark.cause, thorough=place.thorough)
        if not await _through(context, batch, list_mark=mark):
            return False
    if items and linked:
        await context.store.write(lambda c: move_list(c, route.id, agreement, items[-1]))
        context.probe("push.list.page")
        return True
    if len(items) == limit:
        return True
    began = replace(mark, version=place.version, marked_at=place.marked_at or mark.marked_at)

    def end(connection: sa.Connection) -> None:
        end_list(connection, route.id, agreement)
        waiting = waiting_for(connection, route.id, agreement)
        mark_buyers(connection, context, route, waiting, cause="its prices stand in the shop")
        # A mark made meanwhile stands, and all of it is looked at once more.
        delete_worked(connection, [began])

    await context.store.write(end)
    context.probe("push.list.end")
    return True


async def _through(context: Context, batch: TiersBatch, list_mark: Mark | None = None) -> bool:
    """Read, plan, guard, write, record; False if a system did not let us go on."""
    marks = list(batch.marks.values()) if list_mark is None else [list_mark]
    watch = Stopwatch()
    token = stopwatch.set(watch)
    try:
        try:
            await look_at_tiers(context, batch)
        except RejectedError as error:
            if error.code != _LIST_GONE:
                raise
            await _list_gone(context, batch, marks, error)
            return True
        except RemoteError as error:
            await put_off(context, batch.route, marks, error)
            return False
        result = await write_batch(context, batch)
    finally:
        stopwatch.reset(token)
    await record_batch(context, batch, result, watch.seconds)
    if list_mark is not None and (result.trouble is not None or result.again or result.unknown):
        # The page is done once more: what nobody is sure of does not stand in the shop.
        await put_off(context, batch.route, marks, result.trouble)
        return False
    return result.trouble is None


async def _list_gone(
    context: Context, batch: TiersBatch, marks: Sequence[Mark], error: RejectedError
) -> None:
    """Its buyers must have another one by now; nothing of it is changed before they are told."""
    route, now = batch.route, context.clock.now()
    context.log.info("agreement is gone", route=route.id, why=str(error))

    def work(connection: sa.Connection) -> None:
        after = ""
        while accounts := known_accounts(connection, route.id, after=after, limit=1000):
            mark_buyers(connection, context, route, accounts, cause="agreement is gone")
            after = accounts[-1]
        postpone(connection, [(one, now + _PATIENCE) for one in marks])

    await context.store.write(work)


async def push_page(context: Context, route: Route, run: full_runs.FullRun) -> bool:
    """A page of the look at everything: accounts first, then every agreement kept anywhere.

    Returns:
        False if it is finished.
    """
    limit = context.options.batch
    word, _, after = (run.position or "links:").partition(":")
    if word in {"links", "known"}:

        def read(connection: sa.Connection) -> list[ExternalId]:
            if word == "known":
                return known_accounts(connection, route.id, after=after, limit=limit)
            position = ExternalId(after) if after else None
            links = list_account_links(connection, route.id, after=position, limit=limit)
            return [one.account for one in links]

        accounts = await context.store.read(read)
        following = "known:" if word == "links" else "lists:"
        position = f"{word}:{accounts[-1]}" if accounts else following

        def work(connection: sa.Connection) -> None:
            now = context.clock.now()
            if full_runs.move(connection, run, position, checked=len(accounts), now=now):
                mark_buyers(connection, context, route, accounts, cause="full run")

        await context.store.write(work)
        return True
    shop, _ = keeper_of(context, route)
    stored = await context.remote.call(
        route.shop, Lane.FULL, "read agreements", shop.stored_agreements, reads=True
    )

    def finish(connection: sa.Connection) -> None:
        now = context.clock.now()
        known = {*stored, *(one.agreement for one in list_pushed(connection, route.id))}
        if full_runs.move(connection, run, "end:", checked=len(known), now=now, finished=True):
            mark_list(connection, context, route, sorted(known), cause="full run")

    await context.store.write(finish)
    return False
