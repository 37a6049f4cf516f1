"""Accounts nobody has approved yet, with parties of the ERP that could be theirs.

What fits only proposes: a VAT id is typed by whoever registers, and an e-mail address is in the ERP
for many reasons. A person who knows the buyer decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from panstore.engine.context import Context, Route
from panstore.engine.contracts.ends import (
    account_page,
    accounts_with_email,
    agreements_by_party,
    parties_like,
)
from panstore.model.contract import Account, Agreement
from panstore.model.customer import MatchCriterion
from panstore.model.ids import ExternalId
from panstore.store.account_links import linked_among

__all__ = ["MatchedBy", "PossibleParty", "Proposal", "Proposals", "accounts_like", "propose"]

MatchedBy = Literal["vat", "email"]
_Possible = dict[ExternalId, tuple[MatchedBy, ...]]

_TYPED = (
    "Whoever registers types the VAT id himself; it proves nothing. Approve it only if you know "
    "that this account is the company's."
)
_MAILED = "An e-mail address proves something only where the shop has made its owner confirm it."
_SEVERAL = "Several parties of the ERP fit; at most one is right."


class PossibleParty(msgspec.Struct, frozen=True):
    """A party that could be the account's, and what both have in common."""

    party: Agreement
    matched: tuple[MatchedBy, ...]


class Proposal(msgspec.Struct, frozen=True):
    """An account nobody has approved yet.

    Attributes:
        parties: that fit and have an agreement.
        warning: what has to be looked at before it is approved.
    """

    account: Account
    parties: tuple[PossibleParty, ...]
    warning: str = ""


class Proposals(msgspec.Struct, frozen=True):
    """What one page of accounts gave.

    Attributes:
        looked: accounts on the page.
        after: where the next page begins; None on the last.
    """

    proposals: tuple[Proposal, ...]
    looked: int
    after: str | None = None


async def propose(
    context: Context, route: Route, after: str | None = None, limit: int = 50
) -> Proposals:
    """Accounts of the shop's next page that are not linked and for which a party fits.

    Args:
        after: what the page before said, None to begin.
        limit: accounts that are looked at, >= 1.

    Raises:
        RemoteError: shop or ERP could not be asked.
    """
    page = await account_page(context, route, after, limit)
    found = await _proposals(context, route, page.accounts)
    return Proposals(tuple(one for one in found if one.parties), len(page.accounts), page.after)


async def accounts_like(context: Context, route: Route, email: str) -> Proposals:
    """Accounts with an e-mail address that are not linked, also those for which nothing fits.

    Raises:
        RemoteError: shop or ERP could not be asked.
    """
    accounts = await accounts_with_email(context, route, email)
    found = await _proposals(context, route, accounts)
    return Proposals(tuple(found), len(accounts))


async def _proposals(
    context: Context, route: Route, accounts: Sequence[Account]
) -> Sequence[Proposal]:
    ids = [one.id for one in accounts]
    linked = await context.store.read(lambda c: linked_among(c, route.id, ids))
    free = [one for one in accounts if one.active and one.id not in linked]
    # One after the other: the ERP has orders to take meanwhile.
    fits = {one.id: await _fitting(context, route, one) for one in free}
    wanted = sorted({party for found in fits.values() for party in found})
    parties = await agreements_by_party(context, route, wanted)
    return [_proposal(account, fits[account.id], parties) for account in free]


async def _fitting(context: Context, route: Route, account: Account) -> _Possible:
    found: _Possible = {}
    questions: tuple[tuple[MatchedBy, str], ...] = (
        ("vat", account.vat_id.strip()),
        ("email", account.email.strip()),
    )
    for by, value in questions:
        if value:
            for party in await parties_like(context, route, MatchCriterion(by, value)):
                found[party.id] = (*found.get(party.id, ()), by)
    return found


def _proposal(
    account: Account, fits: _Possible, parties: Mapping[ExternalId, Agreement]
) -> Proposal:
    possible = tuple(
        PossibleParty(parties[id_], matched)
        for id_, matched in fits.items()
        if id_ in parties and parties[id_].active and parties[id_].id is not None
    )
    words = []
    if any("vat" in one.matched for one in possible):
        words.append(_TYPED)
    if any("email" in one.matched for one in possible):
        words.append(_MAILED)
    if len(possible) > 1:
        words.append(_SEVERAL)
    return Proposal(account, possible, " ".join(words))
