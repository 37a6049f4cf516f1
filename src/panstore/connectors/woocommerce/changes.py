"""Goods that were changed in the shop, found by asking what was modified."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import msgspec

from panstore.connectors.woocommerce.client import Call, WooClient
from panstore.connectors.woocommerce.gone_goods import GoneGoods
from panstore.connectors.woocommerce.map.changes import (
    LISTS,
    GoodsCursor,
    GoodsHead,
    decoded,
    encoded,
    signals,
)
from panstore.connectors.woocommerce.map.echo import FACT_FIELDS
from panstore.connectors.woocommerce.map.modified import Position
from panstore.connectors.woocommerce.memory import Echoes
from panstore.connectors.woocommerce.modified_list import Found, ModifiedList
from panstore.model.change import Signal
from panstore.model.ids import ConnectionId
from panstore.sdk.errors import UnavailableError
from panstore.sdk.feed_roles import ChangePage

__all__ = ["GoodsChanges"]

_HEAD = msgspec.json.Decoder(GoodsHead)
_FIELDS = f"{FACT_FIELDS},parent_id,date_modified_gmt"
_READ = "read changes"
_TRASH = "trash"
_TRASH_EVERY = dt.timedelta(minutes=1)
_PER_ROW = 3


class GoodsChanges:
    """Reads what was changed of products and variations.

    Once a minute the trash is looked into, and for what was deleted for good; a message brings what
    lands in the trash at once.

    Args:
        connection: for errors.
        client: asks.
        echoes: knows what our own writes left.
        gone: finds what was deleted for good.
        now: our clock, aware.
    """

    def __init__(
        self,
        connection: ConnectionId,
        client: WooClient,
        echoes: Echoes,
        gone: GoneGoods,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._connection = connection
        self._echoes = echoes
        self._gone = gone
        self._now = now
        self._trash_at: dt.datetime | None = None
        self._lists = {
            "products": self._list(client, "products", {}),
            "variations": self._list(client, "variations", {}),
            _TRASH: self._list(client, "products", {"status": "trash"}),
        }

    async def since(self, cursor: str | None, limit: int) -> ChangePage:
        """The next rows that were changed, each with all it may concern.

        Raises:
            RemoteError: nothing was read.
        """
        if cursor is None:
            begun = {name: await one.begin() for name, one in self._lists.items()}
            return ChangePage((), encoded(GoodsCursor(**begun)), more=False)
        state = decoded(cursor)
        left, more = max(1, limit // _PER_ROW), False
        told: list[Signal] = []
        for name in self._due(state):
            if left <= 0:
                more = True
                break
            position: Position = getattr(state, name)
            found = await self._lists[name].read(position, left)
            state = msgspec.structs.replace(state, **{name: found.position})
            told += self._signals(found, deleted=name == _TRASH)
            if name == _TRASH and not found.more:
                for number in await self._gone.look():
                    told += signals(number, 0, deleted=True)
                self._trash_at = self._now()
            left -= len(found.rows)
            more = more or found.more
        return ChangePage(tuple(dict.fromkeys(told)), encoded(state), more)

    def _due(self, state: GoodsCursor) -> tuple[str, ...]:
        seldom = self._trash_at is not None and self._now() - self._trash_at < _TRASH_EVERY
        if seldom and state.trash.crowd is None:
            return tuple(name for name in LISTS if name != _TRASH)
        return LISTS

    def _signals(self, found: Found, *, deleted: bool) -> list[Signal]:
        told: list[Signal] = []
        for raw in found.rows:
            head = self._head(raw)
            if deleted or not self._echoes.is_ours(raw):
                told += signals(head.id, head.parent_id, deleted=deleted)
        return told

    def _list(self, client: WooClient, path: str, query: dict[str, str]) -> ModifiedList:
        call = Call(_READ, path, {"_fields": _FIELDS, "context": "edit", **query})
        return ModifiedList(client, call, self._head, self._now)

    def _head(self, raw: msgspec.Raw) -> GoodsHead:
        try:
            return _HEAD.decode(raw)
        except msgspec.DecodeError as error:
            what = f"a product came that cannot be told apart ({error}); nothing was read"
            raise UnavailableError(self._connection, _READ, what) from error
