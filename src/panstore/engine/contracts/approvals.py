"""An approval, taken back; what is written down of it, and whose turn it is to decide."""

from __future__ import annotations

import datetime as dt

import msgspec
import sqlalchemy as sa

from panstore.engine.context import A_PERSON, LINKS, Context, Route
from panstore.engine.contracts.push_marks import mark_buyers
from panstore.model.contract import AccountLink
from panstore.model.ids import ExternalId, ModuleCode
from panstore.model.plan import Held
from panstore.store import account_links as table
from panstore.store.audit import Entry, append
from panstore.store.parked import park
from panstore.store.turns import take_turn

__all__ = [
    "CLOCKS",
    "approval_entry",
    "approvals_of",
    "is_another",
    "take_back",
    "take_turn_of",
    "tell_taken_back",
]

CLOCKS = dt.timedelta(minutes=5)
"""The shop's clock and ours may be so far apart: further, they do not believe each other."""


def is_another(link: AccountLink, opened_at: dt.datetime | None) -> bool:
    """Whether an account was opened after it was approved, so that it cannot be the one meant."""
    return opened_at is not None and opened_at > link.linked_at + CLOCKS


def take_back(
    connection: sa.Connection,
    context: Context,
    route: Route,
    link: AccountLink,
    *,
    cause: str,
    why: str,
) -> bool:
    """End an approval within a transaction, also on a route that has no agreements now.

    Args:
        why: for people, the end of a sentence.

    Returns:
        False if it does not stand any more as it was seen.
    """
    take_turn_of(connection, route, link.account)
    if table.account_link(connection, route.id, link.account) != link:
        return False
    now = context.clock.now()
    table.unlink_account(connection, route.id, link.account, now=now)
    mark_buyers(connection, context, route, [link.account], cause=cause)
    reason = (
        f"account {link.account} of {route.shop} buys for party {link.party} of {route.erp} no "
        f"more, {why}"
    )
    taken = msgspec.structs.replace(link, linked_at=now)
    entry = approval_entry(route, taken, "unlinked", reason, before=link.party, cause=cause)
    append(connection, [entry])
    return True


def tell_taken_back(
    connection: sa.Connection, context: Context, route: Route, link: AccountLink, why: str
) -> None:
    """Say that an approval was taken back, and how to give it again.

    Args:
        why: a sentence.
    """
    held = Held(
        item=f"{table.ACCOUNT}{link.account}",
        code="contract.account_doubtful",
        reason=(
            f"Account {link.account} of {route.shop} bought for party {link.party} of {route.erp}."
            f" {why} PanStore took the approval back:"
            " the account is shown the shop's own prices. Look in the shop whose account it is,"
            f" and approve it again with `panstore contracts link {route.id} {link.account}"
            f" {link.party}` or on the page Contract prices; skip this if it buys for nobody."
        ),
        sku=link.account,
    )
    park(connection, route.id, approvals_of(route), [held], now=context.clock.now())


def approval_entry(
    route: Route,
    link: AccountLink,
    outcome: str,
    reason: str,
    *,
    before: str = "",
    after: str = "",
    cause: str = A_PERSON,
) -> Entry:
    """A row of the audit: ids only, it is kept longer than personal data."""
    return Entry(
        at=link.linked_at,
        route=route.id,
        module=approvals_of(route),
        key=link.account,
        label=link.account,
        cause=cause,
        outcome=outcome,
        reason=reason,
        before=before or None,
        after=after or None,
    )


def approvals_of(route: Route) -> ModuleCode:
    """Module under which approvals are told of: that of agreed prices, where it is on."""
    return LINKS if route.contract is None else route.contract[0].code


def take_turn_of(connection: sa.Connection, route: Route, account: ExternalId) -> None:
    """Two people may decide on one account in one moment."""
    take_turn(connection, f"account link {route.id} {account}")
