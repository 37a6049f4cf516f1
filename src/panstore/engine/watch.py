"""Watches one connection's feeds: woken by events, and by the clock where events are lost."""

from __future__ import annotations

import asyncio

from panstore.engine.context import Context, Route
from panstore.engine.contracts.restored_accounts import doubt_accounts
from panstore.engine.feeds import note_gap, read_changes, read_orders, reread_orders
from panstore.engine.messages_kept import ask_for_changes, look_after_messages
from panstore.model.ids import ConnectionId
from panstore.sdk.errors import RemoteError, WentBackError
from panstore.sdk.feed_roles import KeepWebhooks, ReadChanges
from panstore.sdk.roles import ChangeFeed, ReadOrders

__all__ = ["Watch"]

_LATE_EVENT_S = 2.0


class Watch:
    """Reads what changed in one connection when it is woken, and at least every `poll_s`.

    What the clock found and no event announced, not even a little later, is a gap: the event was
    lost. Gaps are counted and shown.
    """

    def __init__(self, context: Context, connection: ConnectionId) -> None:
        self._context = context
        self._connection = connection
        self._event = asyncio.Event()
        self._unannounced = 0
        self._unannounced_at: float | None = None
        self._reread_at = context.clock.timer()
        self._looked_after_at: float | None = None
        self._asked_at: float | None = None

    def wake(self) -> None:
        """An event arrived: look now."""
        self._unannounced, self._unannounced_at = 0, None
        self._event.set()

    async def run(self) -> None:
        """Watch until cancelled."""
        woken = True
        while True:
            try:
                await self.look(woken=woken)
            except RemoteError as error:
                self._context.log.info("feed waits", feed=self._connection, why=str(error))
                await self._context.clock.sleep(min(1.0, self._context.options.poll_s))
            except Exception:
                # A full disk, a fault of a connector: whoever stops looking here looks never again.
                self._context.log.exception("feed failed", feed=self._connection)
                await self._context.clock.sleep(self._context.options.poll_s)
            woken = await self._wait()

    async def look(self, *, woken: bool) -> int:
        """Read all feeds of the connection once.

        Args:
            woken: whether an event asked for it; if not, what is found may be a gap.
        """
        context, connection = self._context, self._connection
        connector = context.connectors[connection]
        cause = "event" if woken else "poll"
        found = 0
        missed = await self._maybe_look_after()
        if isinstance(connector, ChangeFeed):
            found += await read_changes(context, connection, connector, cause=cause)
        try:
            for route in self._shop_routes():
                if isinstance(connector, ReadOrders):
                    found += await read_orders(context, route, connector, cause=cause)
                    await self._maybe_reread(route, connector, at_once=missed)
        except WentBackError:
            await doubt_accounts(context, connection)
            raise
        # Last, so that orders are read from a shop whose goods cannot be asked for just now.
        if isinstance(connector, ReadChanges) and (missed or self._asks_now(woken=woken)):
            found += await ask_for_changes(context, connection, connector, cause=cause)
        if not woken:
            await self._count_gap(found)
        return found

    def _shop_routes(self) -> list[Route]:
        return [r for r in self._context.routes.values() if r.shop == self._connection]

    def _asks_now(self, *, woken: bool) -> bool:
        """Whether the clock has come round, or the first look is made.

        An event says itself which goods changed; only what it left out has to be asked for. That is
        done in time also where one event follows the other.
        """
        moment, last = self._context.clock.timer(), self._asked_at
        if woken and last is not None and moment - last < self._context.options.poll_s:
            return False
        self._asked_at = moment
        return True

    async def _maybe_look_after(self) -> bool:
        """Whether the system's messages failed to come, so that all is to be read now."""
        context = self._context
        connector = context.connectors[self._connection]
        moment, last = context.clock.timer(), self._looked_after_at
        due = last is None or moment - last >= context.options.overlap_s
        if not (isinstance(connector, KeepWebhooks) and due):
            return False
        self._looked_after_at = moment
        try:
            return await look_after_messages(context, self._connection, connector)
        except RemoteError as error:
            # Its messages only make things quicker; what it can be asked goes on.
            context.log.info("messages not looked after", feed=self._connection, why=str(error))
            return False

    async def _maybe_reread(self, route: Route, shop: ReadOrders, *, at_once: bool) -> None:
        moment = self._context.clock.timer()
        if at_once or moment - self._reread_at >= self._context.options.overlap_s:
            self._reread_at = moment
            await reread_orders(self._context, route, shop)

    async def _count_gap(self, found: int) -> None:
        moment = self._context.clock.timer()
        if self._unannounced_at is not None and moment - self._unannounced_at >= _LATE_EVENT_S:
            await note_gap(self._context, self._connection, self._unannounced)
            self._unannounced, self._unannounced_at = 0, None
        if found:
            self._unannounced += found
            self._unannounced_at = self._unannounced_at or moment

    async def _wait(self) -> bool:
        """Wait for an event or the clock; True if it was an event."""
        sleeper = asyncio.ensure_future(self._context.clock.sleep(self._context.options.poll_s))
        waiter = asyncio.ensure_future(self._event.wait())
        try:
            await asyncio.wait({sleeper, waiter}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sleeper, waiter):
                task.cancel()
            # Not each of them: whoever ends this watch meanwhile must not be taken for one of them.
            await asyncio.wait({sleeper, waiter})
        woken = self._event.is_set()
        self._event.clear()
        return woken
