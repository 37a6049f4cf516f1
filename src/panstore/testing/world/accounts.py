"""Who has an account in the simulated shop, and the roles around it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from panstore.model.contract import Account
from panstore.model.ids import ConnectionId, ExternalId
from panstore.sdk.contract_roles import AccountPage
from panstore.testing.world.messages import Sender
from panstore.testing.world.session import Session

if TYPE_CHECKING:
    from panstore.testing.world.shop import SimShop

__all__ = ["AccountRoles", "Accounts"]


class Accounts(dict[ExternalId, Account]):
    """Accounts by id, in the order in which they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self._last = 0

    def open(
        self,
        email: str,
        *,
        name: str = "",
        company: str = "",
        vat_id: str = "",
        opened_at: dt.datetime | None = None,
    ) -> ExternalId:
        """Somebody registers; the new account's id."""
        self._last += 1
        id_ = ExternalId(f"A{self._last}")
        self[id_] = Account(id_, email, name, company, vat_id, opened_at=opened_at)
        return id_

    def close(self, id_: ExternalId) -> None:
        """The account stays, but nobody can log in to it any more."""
        self[id_] = replace(self[id_], active=False)

    def page(self, after: str | None, limit: int) -> AccountPage:
        """Some of them; `after` is a number of accounts."""
        start = int(after) if after else 0
        end = start + limit
        some = tuple(self.values())[start:end]
        return AccountPage(some, str(end) if end < len(self) else None)

    def by_email(self, email: str) -> list[Account]:
        """Compared without regard to case."""
        wanted = email.strip().casefold()
        return [one for one in self.values() if one.email.casefold() == wanted]


class AccountRoles:
    """Reads accounts through a session, with its faults; believes the shop's own questions.

    Attributes:
        _id, _session: of the connector.
        _shop: whose accounts they are; _messages: of it.
    """

    _id: ConnectionId
    _session: Session
    _shop: SimShop
    _messages: Sender

    async def accounts(self, after: str | None, limit: int) -> AccountPage:
        return await self._session.call(
            "accounts", f"after {after}", lambda: self._shop.accounts.page(after, limit)
        )

    async def accounts_of(self, ids: Sequence[ExternalId]) -> Sequence[Account]:
        def work() -> list[Account]:
            return [
                self._shop.accounts[id_] for id_ in dict.fromkeys(ids) if id_ in self._shop.accounts
            ]

        return await self._session.call("accounts_of", f"{len(ids)} ids", work)

    async def accounts_by_email(self, email: str) -> Sequence[Account]:
        return await self._session.call(
            "accounts_by_email", "one address", lambda: self._shop.accounts.by_email(email)
        )

    def trusted(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> None:
        self._messages.verify(headers, body, now)
