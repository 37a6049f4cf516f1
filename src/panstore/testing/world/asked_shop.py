"""A shop that keeps no list of changes and can be asked what was modified."""

from __future__ import annotations

import json
from typing import cast

from panstore.model.change import Signal, SignalKind
from panstore.model.ids import ExternalId
from panstore.sdk.feed_roles import ChangePage
from panstore.testing.world.shop_connector import SimShopConnector

__all__ = ["SimAskedShopConnector"]


class SimAskedShopConnector(SimShopConnector):
    """Tells what the shop's messages were about, whether anybody received them or not."""

    async def changes_since(self, cursor: str | None, limit: int) -> ChangePage:
        """At most `limit` of the shop's messages; the cursor counts them."""
        return await self._session.call(
            "changes_since", f"after {cursor}", lambda: self._changes(cursor, limit)
        )

    def _changes(self, cursor: str | None, limit: int) -> ChangePage:
        told = self._messages.told
        start = len(told) if cursor is None else int(cursor)
        end = min(start + limit, len(told))
        signals: list[Signal] = []
        for message in told[start:end]:
            content = json.loads(message.body)
            kind = content["type"].partition(".")[0]
            if kind != "order":
                some = [Signal(cast("SignalKind", kind), ExternalId(id_)) for id_ in content["ids"]]
                signals += some
        return ChangePage(tuple(signals), str(end), end < len(told))
