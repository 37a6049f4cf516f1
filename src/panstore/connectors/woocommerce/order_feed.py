"""Orders of the shop: what was placed or changed, those of given ids, and whether any are missing.

Source of what WooCommerce does here: WooCommerce 10.5, recorded 16-modified-after, 38-order-list,
41-order-delete.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from panstore.connectors.woocommerce.client import Call, WooClient
from panstore.connectors.woocommerce.map import orders as translate
from panstore.connectors.woocommerce.map.feed import (
    WITNESSES,
    Again,
    OrderCursor,
    decoded,
    encoded,
    looked_at,
    rewound,
    with_newest,
    with_open,
)
from panstore.connectors.woocommerce.map.order_words import DRAFTS, OrderWords
from panstore.connectors.woocommerce.modified_list import PAGE, ModifiedList, moment_of
from panstore.connectors.woocommerce.punctuality import Punctuality
from panstore.connectors.woocommerce.wire_orders import WireOrderHead
from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.order import Order
from panstore.sdk.errors import MappingError, NotFoundError, UnavailableError, WentBackError
from panstore.sdk.roles import BrokenOrder, OrderPage

__all__ = ["OrderFeed", "order_number"]

_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_ANY = msgspec.json.Decoder(msgspec.Raw)
_IDS = msgspec.json.Decoder(list[dict[str, Any]])
_NO_REFUNDS = msgspec.Raw(b"[]")
_DIGITS = 18
# Each may have refunds, which cost a call of their own; all of it must end in good time.
_AT_ONCE = 50
_WITNESSES_ASKED_S = 60.0
_AGAIN_PAGES = 20
_TRASH_EVERY = dt.timedelta(minutes=1)
_TRASH = {"status": "trash"}
_READ = "read orders"


def order_number(id_: ExternalId) -> int | None:
    """An id as WooCommerce counts, None for what is none of its."""
    plain = id_.isascii() and id_.isdigit() and len(id_) <= _DIGITS
    return int(id_) or None if plain else None


class OrderFeed:
    """Reads orders of one shop.

    Args:
        connection: for errors.
        client: asks.
        words: how orders are understood; known whole after `start`.
        punctuality: is told what was found.
        now: our clock, aware.
    """

    def __init__(
        self,
        connection: ConnectionId,
        client: WooClient,
        words: Callable[[], OrderWords],
        punctuality: Punctuality,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._connection = connection
        self._client = client
        self._words = words
        self._punctuality = punctuality
        self._now = now
        self._trash_at: dt.datetime | None = None
        live, trash = Call(_READ, "orders"), Call(_READ, "orders", _TRASH)
        self._live = ModifiedList(client, live, self._head, now, size=_AT_ONCE)
        self._trash = ModifiedList(client, trash, self._head, now, size=_AT_ONCE)
        self._witnessed: tuple[tuple[int, ...], dt.datetime | None] = ((), None)

    def look_into_trash(self) -> None:
        """A message says that something was thrown away or put back: do not wait for the minute."""
        self._trash_at = None

    async def since(self, cursor: str | None, limit: int) -> OrderPage:
        """The next orders that were placed or changed, by the time of their last change.

        Raises:
            WentBackError: the newest orders that were read are not there any more.
            RemoteError: nothing was read.
        """
        state = decoded(cursor)
        await self._ask_for_witnesses(state)
        live = await self._live.read(state.live, limit)
        state = msgspec.structs.replace(state, live=live.position)
        rows, more = list(live.rows), live.more
        due = not more and self._trash_is_due(state)
        more = more or (due and len(rows) == limit)
        if due and not more:
            trash = await self._trash.read(state.trash, limit - len(rows))
            state = msgspec.structs.replace(state, trash=trash.position)
            rows += trash.rows
            more = trash.more
            self._trash_at = None if more else self._now()
        gone: list[BrokenOrder] = []
        if not more and not rows and state.again is not None:
            if state.again.among == "open":
                gone, again = await self._gone(state, limit), None
            else:
                rows, again = await self._again(state.again, limit)
            state = msgspec.structs.replace(state, again=again)
        page = await self._page(state, rows, more=more or state.again is not None)
        return msgspec.structs.replace(page, broken=(*page.broken, *gone))

    def _trash_is_due(self, state: OrderCursor) -> bool:
        """The trash is looked into once a minute, and wherever a cursor was set back."""
        seldom = self._trash_at is not None and self._now() - self._trash_at < _TRASH_EVERY
        return not seldom or state.again is not None or state.trash.crowd is not None

    async def of(self, ids: Sequence[ExternalId]) -> list[Order]:
        """Those of `ids` that exist, in the trash or not; drafts are no orders.

        Raises:
            MappingError: one of them cannot be translated.
        """
        numbers = sorted({number for id_ in ids if (number := order_number(id_)) is not None})
        found: list[Order] = []
        for begin in range(0, len(numbers), PAGE):
            some = set(numbers[begin : begin + PAGE])
            rows = await self._rows({"include": _listed(some)})
            there = {self._head(raw).id for raw in rows}
            if some - there:
                rows += await self._rows({"include": _listed(some - there), **_TRASH})
                there |= {self._head(raw).id for raw in rows}
            alone = await asyncio.gather(*(self._alone(number) for number in sorted(some - there)))
            rows += [raw for raw in alone if raw is not None]
            for raw, given_back in await self._with_refunds(rows):
                found.append(translate.order(raw, self._words(), given_back))
        return found

    def rewind(self, cursor: str) -> str:
        """Fifteen minutes by the dates and half an hour by the numbers."""
        return encoded(rewound(decoded(cursor)))

    async def _page(
        self, state: OrderCursor, rows: Sequence[msgspec.Raw], *, more: bool
    ) -> OrderPage:
        orders: list[Order] = []
        broken: list[BrokenOrder] = []
        for raw, given_back in await self._with_refunds(rows):
            try:
                orders.append(translate.order(raw, self._words(), given_back))
            except MappingError as error:
                told = translate.broken_order(raw, error, self._words())
                if told is None:
                    raise self._nameless(str(error)) from error
                broken.append(told)
        now = self._now()
        heads = [self._head(raw) for raw in rows]
        for head in heads:
            modified_at = moment_of(head.date_modified_gmt)
            if modified_at is not None and head.status not in DRAFTS:
                self._punctuality.find(head.id, modified_at, now)
        # Drafts come and go: the shop deletes what no order became of.
        ids = [head.id for head in heads if head.status not in DRAFTS]
        holds = {int(order.id): order.stage == "open" for order in orders}
        holds |= {int(one.id): bool(one.holds) for one in broken}
        state = with_open(with_newest(state, ids, second=int(now.timestamp())), holds)
        # What was just read is there; only a cursor of an earlier time has to be doubted.
        self._witnessed = (state.newest, self._witnessed[1] or now)
        return OrderPage(tuple(orders), encoded(state), more, tuple(broken))

    async def _with_refunds(
        self, rows: Iterable[msgspec.Raw]
    ) -> list[tuple[msgspec.Raw, msgspec.Raw]]:
        """Orders with their refunds, which an order itself only counts; drafts left out."""
        wanted = [raw for raw in rows if self._head(raw).status not in DRAFTS]
        refunds = await asyncio.gather(*(self._refunds(self._head(raw)) for raw in wanted))
        return list(zip(wanted, refunds, strict=True))

    async def _refunds(self, head: WireOrderHead) -> msgspec.Raw:
        if not head.refunds:
            return _NO_REFUNDS
        call = Call("read refunds", f"orders/{head.id}/refunds", {"per_page": str(PAGE)})
        try:
            return await self._client.ask(call, _ANY)
        except NotFoundError:
            # Deleted since it was listed; it comes again as what it is then, or never.
            return _NO_REFUNDS

    async def _again(self, again: Again, limit: int) -> tuple[list[msgspec.Raw], Again | None]:
        """One more page by numbers, newest first, and what is left of them."""
        size = min(limit, _AT_ONCE)
        query = {"orderby": "id", "order": "desc", "page": str(again.page), "per_page": str(size)}
        rows = await self._rows({**query, **(_TRASH if again.among == "trash" else {})})
        wanted = [raw for raw in rows if self._head(raw).id > again.above]
        if len(wanted) == size and again.page < _AGAIN_PAGES:
            return wanted, Again(again.above, again.page + 1, again.among)
        return wanted, Again(again.above, 1, "open" if again.among == "trash" else "trash")

    async def _gone(self, state: OrderCursor, limit: int) -> list[BrokenOrder]:
        """Some of the orders that held goods, where they were deleted for good meanwhile.

        Nothing tells of that, no message and no list (WooCommerce 10.5, recorded 47).

        An order that is in no list may still be there (see `_alone`); then it holds what it held.
        """
        size = min(limit, PAGE)
        wanted = set(looked_at(state, size, second=int(self._now().timestamp())))
        for more in ({}, _TRASH):
            if wanted:
                query = {"include": _listed(wanted), "_fields": "id", "per_page": str(PAGE)}
                wanted -= set(await self._ids({**query, **more}))
        missing = sorted(wanted)
        alone = await asyncio.gather(*(self._alone(number) for number in missing))
        pairs = zip(missing, alone, strict=True)
        return [translate.gone_order(ExternalId(str(one))) for one, raw in pairs if raw is None]

    async def _alone(self, number: int) -> msgspec.Raw | None:
        """An order that no list shows, None if there is none.

        Lists show orders in the statuses the shop knows. One that a plugin brought, and that went
        when it was switched off, is none of them any more; its orders can be read one by one
        (WooCommerce 10.5, source: `sanitize_status` of OrdersTableQuery.php).
        """
        try:
            return await self._client.ask(Call(_READ, f"orders/{number}"), _ANY)
        except NotFoundError:
            return None

    async def _ask_for_witnesses(self, state: OrderCursor) -> None:
        """Whether the newest orders that were read are still there; asked once a minute.

        A single order may be deleted for good, and so may all that were placed to try the shop
        out. Where the five newest are gone and none has a number as high, the shop has forgotten
        them.

        Raises:
            WentBackError: it has.
        """
        known, asked = self._witnessed
        now = self._now()
        fresh = asked is not None and (now - asked).total_seconds() < _WITNESSES_ASKED_S
        if len(state.newest) < WITNESSES or (known == state.newest and fresh):
            return
        query = {"include": _listed(state.newest), "_fields": "id"}
        there = await self._ids(query) or await self._ids({**query, **_TRASH})
        if not there:
            newest = await self._ids({"orderby": "id", "per_page": "1", "_fields": "id"})
            if max(newest, default=0) < state.newest[0]:
                what = (
                    f"the newest orders that were read from it ({_listed(state.newest)}) are not"
                    f" there any more, its newest one now is {max(newest, default='none')}"
                )
                raise WentBackError(self._connection, _READ, what)
        self._witnessed = (state.newest, now)

    async def _rows(self, query: dict[str, str]) -> list[msgspec.Raw]:
        call = Call(_READ, "orders", {"per_page": str(PAGE), **query})
        return await self._client.ask(call, _ROWS)

    async def _ids(self, query: dict[str, str]) -> list[int]:
        rows = await self._client.ask(Call(_READ, "orders", query), _IDS)
        return [row["id"] for row in rows if isinstance(row.get("id"), int)]

    def _head(self, raw: msgspec.Raw) -> WireOrderHead:
        head = translate.head(raw)
        if head is None:
            raise self._nameless("its id, status or refunds cannot be read")
        return head

    def _nameless(self, what: str) -> UnavailableError:
        return UnavailableError(
            self._connection,
            _READ,
            f"an order came that cannot be told apart ({what}); nothing was read",
        )


def _listed(ids: Iterable[int]) -> str:
    return ",".join(map(str, sorted(ids)))
