"""Who has an account in the shop, and whose questions for prices are believed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import msgspec

from panstore.connectors.oscar import map as translate
from panstore.connectors.oscar import webhooks, wire_accounts
from panstore.connectors.oscar.client import Call, OscarClient, id_groups
from panstore.model.contract import Account
from panstore.model.ids import ConnectionId, ExternalId
from panstore.sdk.contract_roles import AccountPage

__all__ = ["AccountRoles"]

_BATCH = 500

_ACCOUNTS = msgspec.json.Decoder(wire_accounts.WireAccountPage)


class AccountRoles:
    """The roles around contract prices.

    Attributes:
        _id, _client: of the connector.
        _secret: `whsec_` and base64, None if none is set.
    """

    _id: ConnectionId
    _client: OscarClient
    _secret: str | None

    async def accounts(self, after: str | None, limit: int) -> AccountPage:
        """In the order of Oscar's ids, the shop's own staff left out; at most 500 a page."""
        start = f"&after={int(after)}" if after else ""
        page = await self._ask_accounts(f"limit={min(limit, _BATCH)}{start}")
        accounts = tuple(translate.account(one) for one in page.accounts)
        return AccountPage(accounts, None if page.next is None else str(page.next))

    async def accounts_of(self, ids: Sequence[ExternalId]) -> Sequence[Account]:
        """Those that exist, in as few calls as the length of an address allows."""
        # A number is how Oscar knows accounts and products alike.
        known = list(dict.fromkeys(id_ for id_ in ids if translate.product_id(id_) is not None))
        found: list[Account] = []
        for some in id_groups(known, _BATCH):
            page = await self._ask_accounts(f"ids={','.join(some)}")
            found += [translate.account(one) for one in page.accounts]
        return found

    async def accounts_by_email(self, email: str) -> Sequence[Account]:
        """Those with the address in any case; the shop compares."""
        if not email.strip():
            return []
        page = await self._ask_accounts(f"email={quote(email.strip(), safe='')}")
        return [translate.account(one) for one in page.accounts]

    def trusted(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> None:
        """As a message is, with the same secret."""
        webhooks.verified(self._id, "answer a question", self._secret, headers, body, now)

    async def _ask_accounts(self, query: str) -> wire_accounts.WireAccountPage:
        return await self._client.ask(Call("read accounts", f"accounts?{query}"), _ACCOUNTS)
