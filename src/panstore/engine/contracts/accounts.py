"""Who buys for whom: a person approves each account; data that fit only propose.

Ids are stored and nothing else. Names and addresses are asked for while somebody looks, so what is
shown is what the two systems say at that moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec
import sqlalchemy as sa

from panstore.engine.context import A_PERSON, LINKS, Context, Route
from panstore.engine.contracts.approvals import (
    approval_entry,
    approvals_of,
    is_another,
    take_back,
    take_turn_of,
)
from panstore.engine.contracts.ends import accounts_by_id, accounts_with_email, agreements_by_party
from panstore.engine.contracts.push_marks import mark_buyers
from panstore.model.contract import Account, AccountLink, Agreement
from panstore.model.ids import ExternalId, RouteId
from panstore.sdk.errors import RemoteError
from panstore.store import account_links as table
from panstore.store.audit import append
from panstore.store.parked import unpark

__all__ = [
    "AccountRefusedError",
    "Approved",
    "Linked",
    "LinkedAccount",
    "accounts_named",
    "link",
    "listed",
    "remove_links",
    "unlink",
]


class AccountRefusedError(Exception):
    """What was asked cannot be; nothing was changed.

    Attributes:
        remedy: what the person can do.
        kind: `unknown`: there is no such account, party or link; `changed`: the account buys for
            somebody else by now; `closed`: it is there and may not buy.
    """

    def __init__(
        self, what: str, remedy: str, kind: Literal["unknown", "changed", "closed"]
    ) -> None:
        super().__init__(what)
        self.remedy = remedy
        self.kind = kind


class LinkedAccount(msgspec.Struct, frozen=True):
    """A link with what the two systems say of its ends now.

    Attributes:
        account, party: None where the system does not know it any more, or could not be asked.
        trouble: what is wrong with it, in words; empty if nothing is.
    """

    link: AccountLink
    account: Account | None
    party: Agreement | None
    trouble: str = ""


class Linked(msgspec.Struct, frozen=True):
    """Links of a route by account.

    Attributes:
        silent: systems that could not be asked and why; names are missing then.
        after: the last account of a page that is not the last one; None else.
    """

    accounts: tuple[LinkedAccount, ...]
    silent: tuple[str, ...] = ()
    after: ExternalId | None = None


class Approved(msgspec.Struct, frozen=True):
    """What became of an approval.

    Attributes:
        change: whether the account bought for nobody before, for another party, or for this one.
        before: the party it bought for until now.
    """

    link: AccountLink
    account: Account
    party: Agreement
    change: Literal["made", "replaced", "none"]
    before: ExternalId | None = None


async def listed(
    context: Context,
    route: Route,
    *,
    after: ExternalId | None = None,
    limit: int = 200,
) -> Linked:
    """Who buys for whom, with the names both systems give now.

    A system that does not answer hides no link: names are missing, and it is said why.

    Args:
        after: the account behind which the page begins, None to begin.
        limit: at most so many, >= 1.
    """
    links = await context.store.read(
        lambda c: table.list_account_links(c, route.id, after=after, limit=limit + 1)
    )
    page, silent = list(links[:limit]), []
    accounts: Mapping[ExternalId, Account] | None = None
    parties: Mapping[ExternalId, Agreement] | None = None
    if page:
        try:
            accounts = await accounts_by_id(context, route, [one.account for one in page])
        except RemoteError as error:
            silent.append(f"{route.shop}: {error}")
        try:
            parties = await agreements_by_party(context, route, sorted({one.party for one in page}))
        except RemoteError as error:
            silent.append(f"{route.erp}: {error}")
    return Linked(
        tuple(_told(one, accounts, parties) for one in page),
        tuple(silent),
        page[-1].account if len(links) > limit else None,
    )


async def link(
    context: Context,
    route: Route,
    account: ExternalId,
    party: ExternalId,
    *,
    by: str,
    expected: ExternalId | None = None,
) -> Approved:
    """Approve that an account buys for a party; the next price asked for is that party's.

    Args:
        by: where a person said it, e.g. "the console".
        expected: the party it buys for now and shall no more; None if it buys for none.

    Raises:
        AccountRefusedError: one of the two is not there or may not buy, or the account buys for
            another party than `expected` says.
        RemoteError: shop or ERP could not be asked.
    """
    buyer = (await accounts_by_id(context, route, [account])).get(account)
    if buyer is None:
        raise AccountRefusedError(
            f"{route.shop} has no account {account}. Nothing was changed.",
            "look up its id in the shop, or name it by its e-mail address.",
            "unknown",
        )
    if not buyer.active:
        raise AccountRefusedError(
            f"nobody can log in to account {account} of {route.shop} any more. Nothing was "
            "changed.",
            "open the account again in the shop, or approve another one of the company.",
            "closed",
        )
    agreed = (await agreements_by_party(context, route, [party])).get(party)
    if agreed is None:
        raise AccountRefusedError(
            f"{route.erp} has no party {party}. Nothing was changed.",
            "look up the party's id in the ERP.",
            "unknown",
        )
    if not agreed.active:
        raise AccountRefusedError(
            f"party {party} of {route.erp} is not active. Nothing was changed.",
            "activate it in the ERP, or name the party it became.",
            "closed",
        )
    made = AccountLink(route.id, account, party, context.clock.now(), by)
    return await context.store.write(
        lambda c: _link(c, context, route, made, (buyer, agreed), expected)
    )


async def unlink(
    context: Context,
    route: Route,
    account: ExternalId,
    *,
    by: str,
    seen: ExternalId | None = None,
) -> AccountLink:
    """Take an approval back: the account is shown the shop's own prices from the next question on.

    No system is asked, so that it can be done whatever is down.

    Args:
        by: where a person said it.
        seen: the party it is taken from; None for whichever it is.

    Raises:
        AccountRefusedError: the account buys for nobody, or for another party than was seen.
    """

    def work(connection: sa.Connection) -> AccountLink:
        take_turn_of(connection, route, account)
        present = table.account_link(connection, route.id, account)
        if seen is not None and present is not None and present.party != seen:
            raise _changed(route, account, present.party)
        found = _remove(connection, context, route, account, by=by)
        if found is None:
            raise AccountRefusedError(
                f"account {account} buys for nobody on {route.id}. Nothing was changed.",
                f"see who does with `panstore contracts list {route.id}`.",
                "unknown",
            )
        return found

    return await context.store.write(work)


def _remove(
    connection: sa.Connection, context: Context, route: Route, account: ExternalId, *, by: str
) -> AccountLink | None:
    """`unlink` within a transaction; None if there was nothing to take back."""
    take_turn_of(connection, route, account)
    found = table.account_link(connection, route.id, account)
    if found is not None:
        take_back(
            connection, context, route, found, cause=A_PERSON, why=f"said by a person at {by}"
        )
    return found


def remove_links(
    connection: sa.Connection, context: Context, links: Iterable[AccountLink], *, by: str
) -> None:
    """Take approvals back within a transaction, also those of a route that has no agreements now.

    Args:
        by: what they are taken back for.
    """
    for one in links:
        route = context.routes.get(one.route)
        if route is None or route.contract is None:
            table.unlink_account(connection, one.route, one.account, now=context.clock.now())
        else:
            _remove(connection, context, route, one.account, by=by)


async def accounts_named(context: Context, email: str) -> set[tuple[RouteId, ExternalId]]:
    """Accounts with an e-mail address, of shops of which any account is linked.

    Raises:
        RemoteError: such a shop could not be asked.
    """
    found = set()
    for route in context.routes.values():
        if route.contract is None:
            continue
        if await context.store.read(
            lambda c, route=route: table.count_account_links(c, route.id)  # type: ignore[misc]
        ):
            some = await accounts_with_email(context, route, email)
            found |= {(route.id, one.id) for one in some}
    return found


def _link(
    connection: sa.Connection,
    context: Context,
    route: Route,
    made: AccountLink,
    ends: tuple[Account, Agreement],
    expected: ExternalId | None,
) -> Approved:
    take_turn_of(connection, route, made.account)
    old = table.account_link(connection, route.id, made.account)
    if old is not None and old.party == made.party:
        return Approved(old, *ends, "none")
    before = None if old is None else old.party
    if before != expected:
        raise _changed(route, made.account, before)
    table.link_account(connection, made)
    for code in dict.fromkeys((approvals_of(route), LINKS)):
        unpark(connection, route.id, code, [f"{table.ACCOUNT}{made.account}"], now=made.linked_at)
    mark_buyers(connection, context, route, [made.account], cause=A_PERSON)
    reason = (
        f"account {made.account} of {route.shop} buys for party {made.party} of {route.erp}, "
        f"approved by a person at {made.linked_by}"
    )
    append(
        connection,
        [approval_entry(route, made, "linked", reason, before=before or "", after=made.party)],
    )
    return Approved(made, *ends, "made" if before is None else "replaced", before)


def _changed(route: Route, account: ExternalId, before: ExternalId | None) -> AccountRefusedError:
    if before is None:
        return AccountRefusedError(
            f"account {account} buys for nobody on {route.id} by now. Nothing was changed.",
            "look at it again, then approve it without naming a party that it replaces.",
            "changed",
        )
    return AccountRefusedError(
        f"account {account} buys for party {before} on {route.id}. Nothing was changed.",
        f"take that back first, or say that it replaces party {before}.",
        "changed",
    )


def _told(
    one: AccountLink,
    accounts: Mapping[ExternalId, Account] | None,
    parties: Mapping[ExternalId, Agreement] | None,
) -> LinkedAccount:
    account = None if accounts is None else accounts.get(one.account)
    party = None if parties is None else parties.get(one.party)
    wrong = []
    if accounts is not None:
        if account is None:
            wrong.append("the shop has no such account any more")
        elif is_another(one, account.opened_at):
            wrong.append("the account was opened after it was approved: it may be another one")
        elif not account.active:
            wrong.append("nobody can log in to the account any more")
    if parties is not None:
        if party is None:
            wrong.append("the ERP has no such party any more")
        elif not party.active:
            wrong.append("the party is not active in the ERP")
        elif party.id is None:
            wrong.append("the party has no agreement: it pays what everybody pays")
    return LinkedAccount(one, account, party, "; ".join(wrong))
