"""How the shop's changes come to be known: by its messages, and by asking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from panstore.connectors.woocommerce import notices, webhooks
from panstore.connectors.woocommerce.changes import GoodsChanges
from panstore.connectors.woocommerce.config import WooSettings
from panstore.connectors.woocommerce.hooks import Hooks
from panstore.connectors.woocommerce.memory import Echoes
from panstore.connectors.woocommerce.order_feed import OrderFeed
from panstore.connectors.woocommerce.punctuality import Punctuality
from panstore.model.ids import ConnectionId
from panstore.sdk.feed_roles import ChangePage, MessageHealth
from panstore.sdk.roles import Delivery

__all__ = ["EventRoles"]

_THROWN = frozenset({"order.deleted", "order.restored"})


class EventRoles:
    """Messages, and what was modified.

    Attributes:
        _id, _settings: of the connector.
        _echoes: what our writes were answered with.
        _feed: reads orders.
        _changes: reads which goods were changed.
        _hooks: looks after the shop's webhooks.
        _punctuality: how late messages come.
    """

    _id: ConnectionId
    _settings: WooSettings
    _echoes: Echoes
    _feed: OrderFeed
    _changes: GoodsChanges
    _hooks: Hooks
    _punctuality: Punctuality

    async def changes_since(self, cursor: str | None, limit: int) -> ChangePage:
        return await self._changes.since(cursor, limit)

    async def keep_webhooks(self, now: dt.datetime) -> MessageHealth:
        return await self._hooks.keep(now)

    def receive(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> Delivery:
        """Verify a message; how late it came is remembered."""
        if notices.is_notice(headers):
            plugin = self._settings.companion_secret
            told = None if plugin is None else plugin.get_secret_value()
            noticed = notices.received(self._id, told, headers, body, now)
            if noticed.threw:
                self._feed.look_into_trash()
            return noticed.delivery
        secret = self._settings.webhook_secret
        known = None if secret is None else secret.get_secret_value()
        heard = webhooks.received(self._id, known, headers, body, self._echoes.seems_ours)
        if heard.order is not None:
            self._punctuality.hear(heard.order, heard.modified_at, now)
        if headers.get("x-wc-webhook-topic") in _THROWN:
            self._feed.look_into_trash()
        return heard.delivery
