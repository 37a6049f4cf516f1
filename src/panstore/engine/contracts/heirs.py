"""Accounts that are younger than their approval: the shop gave the id to somebody else since.

A shop that went back to a backup in which nobody has ordered since tells nobody of it; what it says
of the account does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.engine.contracts.approvals import is_another, take_back, tell_taken_back
from panstore.engine.contracts.ends import accounts_by_id
from panstore.model.contract import AccountLink
from panstore.model.ids import ExternalId
from panstore.store.account_links import account_link

__all__ = ["heirs_among", "take_from_heirs"]

_WHY = "since the account under this id was opened after the approval, so it is another one"
_SENTENCE = (
    "The account under this id was opened after the approval, so it is another one; the shop may"
    " have been restored from an older copy."
)


async def heirs_among(
    context: Context, route: Route, accounts: Sequence[ExternalId]
) -> list[AccountLink]:
    """Approvals of these accounts that were meant for others, as the shop says now.

    Raises:
        RemoteError: the shop could not be asked.
    """
    if not accounts:
        return []

    def read(connection: sa.Connection) -> list[AccountLink]:
        found = (account_link(connection, route.id, one) for one in accounts)
        return [one for one in found if one is not None]

    links = await context.store.read(read)
    known = await accounts_by_id(context, route, [one.account for one in links])
    return [
        one
        for one in links
        if (account := known.get(one.account)) is not None and is_another(one, account.opened_at)
    ]


async def take_from_heirs(
    context: Context, route: Route, links: Iterable[AccountLink], *, cause: str
) -> None:
    """Take these approvals back and say so; nobody inherits one."""
    given = list(links)

    def work(connection: sa.Connection) -> None:
        for one in given:
            if take_back(connection, context, route, one, cause=cause, why=_WHY):
                tell_taken_back(connection, context, route, one, _SENTENCE)

    if given:
        await context.store.write(work)
