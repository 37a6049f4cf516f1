"""Approvals of accounts that a restored shop may have given, or may yet give, to somebody else.

A shop counts on from its backup, so the next to register gets the id of an account that was lost
with it. Whoever was approved under that id is another person; so what cannot be told to be the same
person still is taken back, and a person is told how to approve it again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.engine.contracts.approvals import CLOCKS, is_another, take_back, tell_taken_back
from panstore.engine.contracts.ends import accounts_by_id
from panstore.engine.feeds import ORDER_FEED
from panstore.engine.limiter import Lane
from panstore.engine.remote import LOOK_BACK
from panstore.engine.reused_ids import id_in_shop
from panstore.model.contract import Account, AccountLink
from panstore.model.ids import ConnectionId, ExternalId
from panstore.sdk.contract_roles import ReadAccounts
from panstore.sdk.errors import MappingError
from panstore.sdk.roles import ReadOrders
from panstore.store.account_links import list_account_links
from panstore.store.restored import known_orders, looked_at, note_looked_at
from panstore.store.systems import get_cursor

__all__ = ["doubt_accounts"]

_AT_ONCE = 50
_LINKS_AT_ONCE = 1000
_MOST_ORDERS = 10_000


async def doubt_accounts(context: Context, shop: ConnectionId, *, again: bool = False) -> None:
    """Take back every approval that may be somebody else's by now; once for each time it went back.

    Whoever is approved after that was looked at by a person as the shop is now.

    Args:
        again: look also where that was done; whoever was approved since is left in peace.

    Raises:
        RemoteError: the shop could not be asked; nothing was taken back.
    """
    now = context.clock.now()
    for route in context.routes.values():
        if route.shop == shop:
            await _doubt(context, route, now, again=again)


async def _doubt(context: Context, route: Route, now: dt.datetime, *, again: bool) -> None:
    if not isinstance(context.connectors[route.shop], ReadAccounts):
        return
    # As long as nothing more was read of its orders, it is the same time that it went back.
    place = await context.store.read(lambda c: get_cursor(c, route.shop, ORDER_FEED)) or ""
    since = await context.store.read(lambda c: looked_at(c, route.id, route.shop, place))
    if since is not None and not again:
        return
    links = await _links(context, route, until=since or now)
    accounts = await _accounts(context, route, links)
    unsure = [one for one in links if not _surely_same(one, accounts.get(one.account))]
    kept = await _kept_until(context, route, unsure)
    lost = [
        (one, why) for one in unsure if (why := _doubtful(one, accounts.get(one.account), kept))
    ]

    def work(connection: sa.Connection) -> None:
        note_looked_at(connection, route.id, route.shop, place, now=now)
        for link, why in lost:
            _take_back(connection, context, route, link, why)

    await context.store.write(work)
    for link, why in lost:
        context.log.warning("approval taken back", route=route.id, account=link.account, why=why)


async def _links(context: Context, route: Route, *, until: dt.datetime) -> list[AccountLink]:
    """All that were approved until then."""
    found: list[AccountLink] = []
    after: ExternalId | None = None
    while True:
        some = await context.store.read(
            lambda c, a=after: list_account_links(c, route.id, after=a, limit=_LINKS_AT_ONCE)  # type: ignore[misc]
        )
        found += [one for one in some if one.linked_at <= until]
        if len(some) < _LINKS_AT_ONCE:
            return found
        after = some[-1].account


async def _accounts(
    context: Context, route: Route, links: Sequence[AccountLink]
) -> Mapping[ExternalId, Account]:
    ids = [one.account for one in links]
    return await accounts_by_id(context, route, ids, operation=LOOK_BACK) if ids else {}


def _surely_same(link: AccountLink, account: Account | None) -> bool:
    """Whether it was there before it was approved: then nobody else can have got its id since."""
    opened = None if account is None else account.opened_at
    return opened is not None and opened + CLOCKS <= link.linked_at


def _doubtful(link: AccountLink, account: Account | None, kept: dt.datetime | None) -> str:
    """Why it may be somebody else's; empty if the shop still knew it when it was backed up.

    Args:
        kept: when the newest order was placed that the shop still has; None if it has none of
            those that were placed since.
    """
    if account is None:
        return "the shop has no such account any more and may give its id to the next to register"
    if is_another(link, account.opened_at):
        return "the account under this id was opened after the approval, so it is another one"
    if kept is not None and link.linked_at + CLOCKS <= kept:
        return ""
    return (
        f"it was approved on {link.linked_at:%Y-%m-%d %H:%M} UTC, and of the orders that were read"
        " since the shop has none, so nobody can tell whether it is the same person's account"
    )


async def _kept_until(
    context: Context, route: Route, links: Sequence[AccountLink]
) -> dt.datetime | None:
    """When the newest order was placed that was there before the shop went back and still is.

    What the restored shop has taken since says nothing: those orders are newer than lost ones.
    """
    shop = context.connectors[route.shop]
    if not links or not isinstance(shop, ReadOrders):
        return None
    oldest = min(one.linked_at for one in links)
    known = await context.store.read(
        lambda c: known_orders(c, route.id, since=oldest, limit=_MOST_ORDERS)
    )
    rows = [(id_in_shop(one), placed_at) for one, placed_at in known]
    newest: dt.datetime | None = None
    some_lost = False
    for begin in range(0, len(rows), _AT_ONCE):
        some = rows[begin : begin + _AT_ONCE]
        there = await _there(context, route, shop, [one for one, _ in some])
        for row in some:
            if row in there:
                newest = newest or row[1]
            elif not some_lost:
                some_lost, newest = True, None  # What is newer was taken after it went back.
            if some_lost and newest is not None:
                return newest
    return newest


async def _there(
    context: Context, route: Route, shop: ReadOrders, ids: Sequence[ExternalId]
) -> set[tuple[ExternalId, dt.datetime]]:
    try:
        found = await context.remote.call(
            route.shop, Lane.ORDERS, LOOK_BACK, lambda: shop.orders(ids), reads=True
        )
    except MappingError:
        return set()  # What cannot be read proves nothing.
    return {(order.id, order.placed_at) for order in found}


def _take_back(
    connection: sa.Connection, context: Context, route: Route, link: AccountLink, why: str
) -> None:
    told = f"since the shop was restored from an older copy: {why}"
    if take_back(connection, context, route, link, cause="restored", why=told):
        # Else somebody has said otherwise while the shop was asked.
        sentence = f"The shop was restored from an older copy: {why}."
        tell_taken_back(connection, context, route, link, sentence)
