"""An approval, taken back; what is written down of it, and whose turn it is to decide."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from panstore.engine.context import A_PERSON, LINKS, Context, Route
from panstore.engine.contracts.push_marks import mark_buyers
from panstore.model.contract import AccountLink
from panstore.model.ids import ExternalId, ModuleCode
from panstore.store import account_links as table
from panstore.store.audit import Entry, append
from panstore.store.turns import take_turn

__all__ = ["approval_entry", "approvals_of", "take_back", "take_turn_of"]


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
