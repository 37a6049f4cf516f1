"""Who buys, and what they ordered: the roles around orders and accounts."""

from __future__ import annotations

from collections.abc import Sequence

from panstore.connectors.woocommerce.accounts import Accounts
from panstore.connectors.woocommerce.order_feed import OrderFeed
from panstore.connectors.woocommerce.order_updates import OrderUpdates
from panstore.model.contract import Account
from panstore.model.ids import ExternalId
from panstore.model.order import Order
from panstore.sdk.contract_roles import AccountPage
from panstore.sdk.order_roles import OrderUpdate
from panstore.sdk.roles import OrderPage

__all__ = ["TradeRoles"]


class TradeRoles:
    """Orders both ways, and accounts.

    Attributes:
        _feed: reads orders.
        _updates: tells of them.
        _buyers: reads accounts.
    """

    _feed: OrderFeed
    _updates: OrderUpdates
    _buyers: Accounts

    async def orders_since(self, cursor: str | None, limit: int) -> OrderPage:
        return await self._feed.since(cursor, limit)

    async def orders(self, ids: Sequence[ExternalId]) -> Sequence[Order]:
        return await self._feed.of(ids)

    def rewind(self, cursor: str) -> str:
        """A quarter of an hour by the dates, half an hour by the numbers of orders."""
        return self._feed.rewind(cursor)

    async def update_order(self, update: OrderUpdate) -> str:
        """Known again by our key in the order's own fields, so it may be told again."""
        return await self._updates.tell(update)

    async def accounts(self, after: str | None, limit: int) -> AccountPage:
        return await self._buyers.page(after, limit)

    async def accounts_of(self, ids: Sequence[ExternalId]) -> Sequence[Account]:
        return await self._buyers.of(ids)

    async def accounts_by_email(self, email: str) -> Sequence[Account]:
        return await self._buyers.by_email(email)
