"""Which accounts of a shop buy for which party of the ERP; every row is a person's word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

import sqlalchemy as sa

from panstore.model.contract import AccountLink
from panstore.model.ids import ExternalId, RouteId
from panstore.store.contract_tables import ended_links
from panstore.store.tables import account_links
from panstore.store.upsert import insert

__all__ = [
    "ACCOUNT",
    "account_link",
    "accounts_of_parties",
    "count_account_links",
    "forget_ended_links",
    "link_account",
    "linked_among",
    "list_account_links",
    "party_at",
    "unlink_account",
]

ACCOUNT = "account:"
"""What the key of a parked record about an approval begins with; the account follows."""

_COLUMNS = [account_links.c[name] for name in AccountLink.__struct_fields__]


def link_account(connection: sa.Connection, link: AccountLink) -> None:
    """Say for whom an account buys; an earlier word about it is replaced, and kept as ended."""
    old = account_link(connection, link.route, link.account)
    if old is not None and old.party != link.party:
        _end(connection, old, link.linked_at)
    values = {"party": link.party, "linked_by": link.linked_by, "linked_at": link.linked_at}
    connection.execute(
        insert(connection, account_links)
        .values(route=link.route, account=link.account, **values)
        .on_conflict_do_update(index_elements=["route", "account"], set_=values)
    )


def unlink_account(
    connection: sa.Connection, route: RouteId, account: ExternalId, *, now: dt.datetime
) -> AccountLink | None:
    """Take the word back; the link there was, None if there was none."""
    found = account_link(connection, route, account)
    if found is not None:
        _end(connection, found, now)
    connection.execute(
        sa.delete(account_links).where(
            account_links.c.route == route, account_links.c.account == account
        )
    )
    return found


def _end(connection: sa.Connection, link: AccountLink, at: dt.datetime) -> None:
    connection.execute(
        insert(connection, ended_links)
        .values(
            route=link.route,
            account=link.account,
            ended_at=at,
            party=link.party,
            linked_at=link.linked_at,
        )
        .on_conflict_do_nothing()
    )


def party_at(
    connection: sa.Connection, route: RouteId, account: ExternalId, at: dt.datetime
) -> ExternalId | None:
    """For whom an account bought at a moment, None if for nobody or if that is forgotten."""
    present = account_link(connection, route, account)
    if present is not None and present.linked_at <= at:
        return present.party
    found = connection.execute(
        sa
        .select(ended_links.c.party)
        .where(
            ended_links.c.route == route,
            ended_links.c.account == account,
            ended_links.c.linked_at <= at,
            ended_links.c.ended_at > at,
        )
        .order_by(ended_links.c.ended_at)
        .limit(1)
    ).scalar_one_or_none()
    return None if found is None else ExternalId(found)


def forget_ended_links(connection: sa.Connection, *, before: dt.datetime) -> int:
    """Forget words that ended before; how many."""
    done = connection.execute(sa.delete(ended_links).where(ended_links.c.ended_at < before))
    return done.rowcount


def account_link(
    connection: sa.Connection, route: RouteId, account: ExternalId
) -> AccountLink | None:
    """For whom an account buys, None if nobody has said."""
    row = connection.execute(
        sa.select(*_COLUMNS).where(
            account_links.c.route == route, account_links.c.account == account
        )
    ).one_or_none()
    return None if row is None else AccountLink(*row)


def list_account_links(
    connection: sa.Connection,
    route: RouteId,
    *,
    party: ExternalId | None = None,
    after: ExternalId | None = None,
    limit: int = 1000,
) -> Sequence[AccountLink]:
    """Links of a route by account, from the one behind `after`.

    Args:
        party: only those of this party.
        limit: at most so many, > 0.
    """
    query = sa.select(*_COLUMNS).where(account_links.c.route == route)
    if party is not None:
        query = query.where(account_links.c.party == party)
    if after is not None:
        query = query.where(account_links.c.account > after)
    rows = connection.execute(query.order_by(account_links.c.account).limit(limit))
    return [AccountLink(*row) for row in rows]


def linked_among(
    connection: sa.Connection, route: RouteId, accounts: Collection[ExternalId]
) -> set[ExternalId]:
    """Those of `accounts` that buy for somebody."""
    rows = connection.execute(
        sa.select(account_links.c.account).where(
            account_links.c.route == route, account_links.c.account.in_(accounts)
        )
    )
    return {ExternalId(row.account) for row in rows}


def accounts_of_parties(
    connection: sa.Connection, route: RouteId, parties: Collection[ExternalId]
) -> list[ExternalId]:
    """Accounts that buy for one of `parties`."""
    rows = connection.execute(
        sa
        .select(account_links.c.account)
        .where(account_links.c.route == route, account_links.c.party.in_(parties))
        .order_by(account_links.c.account)
    )
    return [ExternalId(account) for account in rows.scalars()]


def count_account_links(connection: sa.Connection, route: RouteId) -> int:
    """How many accounts of a route buy for a party."""
    return connection.execute(
        sa.select(sa.func.count()).select_from(account_links).where(account_links.c.route == route)
    ).scalar_one()
