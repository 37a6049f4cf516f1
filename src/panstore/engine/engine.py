"""The engine as one object: started, stopped, woken, and asked by web and command line."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping

import sqlalchemy as sa

from panstore.engine import full_runs
from panstore.engine.batch import is_undo
from panstore.engine.context import A_PERSON, LINKS, ORDERS, Context, Route
from panstore.engine.contracts.judge import look_again
from panstore.engine.contracts.order_check import Acceptance, accept_prices
from panstore.engine.contracts.push_marks import begin_push
from panstore.engine.contracts.push_withdraw import keeps_anything, look_whether_kept
from panstore.engine.order_past import settle_past
from panstore.engine.outbox.desk import leave_message, retry_message
from panstore.engine.outbox.queue import take_up
from panstore.engine.outbox.receipts import hear, take_receipts
from panstore.engine.pipeline import preview
from panstore.engine.reservations import sweep_reservations
from panstore.engine.runs import run
from panstore.engine.signals import take_signals
from panstore.engine.stages.mark import mark_goods, mark_items, mark_order_key
from panstore.engine.suspects import WHOLE_RUN
from panstore.engine.sweep import forget, sweep
from panstore.engine.watch import Watch
from panstore.model.ids import ConnectionId, ExternalId, ModuleCode, RouteId
from panstore.model.plan import Plan
from panstore.sdk.errors import ForgedError, RemoteError
from panstore.sdk.message_roles import HearReceipts
from panstore.sdk.roles import ReceiveWebhooks
from panstore.store import brakes, orders, outbox, parked, suspects
from panstore.store.audit import Entry, append
from panstore.store.demand import ordered_variants
from panstore.store.full_runs import list_runs
from panstore.store.items import page_of_links
from panstore.store.shortages import try_again
from panstore.store.systems import take_message

__all__ = ["Engine"]

_FORGET_S = 3600.0


_DECIDED = {
    "retried": "what stood in its way is to be looked at again",
    "skipped": "what stood in its way is settled otherwise",
}


class Engine:
    """Keeps every route in step until it is stopped."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._watches = {name: Watch(context, name) for name in context.connectors}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to watch, run and sweep; returns at once."""
        await self.context.runner.start(self._run)
        await self.first_runs()
        for watch in self._watches.values():
            self._spawn(watch.run())
        for name, connector in self.context.connectors.items():
            if isinstance(connector, HearReceipts):
                self._spawn(hear(self.context, name, connector))
        self.every(self.context.options.sweep_s, lambda: sweep(self.context))
        self.every(_FORGET_S, lambda: forget(self.context))
        self.every(self.context.options.reservations_s, lambda: sweep_reservations(self.context))

    async def stop(self) -> None:
        """Stop taking work, let what runs reach its next stopping point."""
        self.context.stopping = True
        for task in self._tasks:
            task.cancel()
        # A task that had ended by a fault must not keep the rest from being stopped in order.
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self.context.runner.stop()
        await self.context.contracts.stop()
        for connector in self.context.connectors.values():
            await connector.close()

    def every(self, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        """Repeat `work` until the engine stops; a failure is logged and the next turn comes."""
        self._spawn(self._repeat(seconds, work))

    async def first_runs(self) -> None:
        """Look at everything once on a route, and again for a module that is new there.

        Orders from before web orders were on, or from a time in which they were off, are decided
        about before the first feed is read.
        """

        def work(connection: sa.Connection) -> None:
            known = {(r.route, r.module) for r in list_runs(connection)}
            for route in self.context.routes.values():
                for code in (LINKS, *route.state_modules):
                    if (route.id, code) not in known:
                        full_runs.begin(connection, self.context, route.id, code)
                if any((route.id, code) not in known for code in route.product_modules):
                    # Their own runs begin when both catalogues are known whole.
                    full_runs.begin(connection, self.context, route.id, LINKS)
                if route.contract is not None and (
                    (route.id, route.contract[0].code) not in known
                    or not keeps_anything(connection, route)
                ):
                    begin_push(connection, self.context, route)
                look_whether_kept(connection, self.context, route)
                take_up(connection, self.context, route)
                if route.flow_modules:
                    settle_past(connection, self.context, route)

        await self.context.store.write(work)

    async def full_run(self, route: RouteId, codes: list[ModuleCode]) -> None:
        """Look at everything on a route."""

        def work(connection: sa.Connection) -> None:
            for code in codes:
                full_runs.begin(connection, self.context, route, code)

        await self.context.store.write(work)

    async def receive(
        self, connection: ConnectionId, headers: Mapping[str, str], body: bytes
    ) -> bool:
        """Take a webhook: verify, mark, wake; nothing else happens here.

        Returns:
            False if the message had been taken before.

        Raises:
            ForgedError: it is not from that system.
            KeyError: there is no such connection.
        """
        connector = self.context.connectors[connection]
        if not isinstance(connector, ReceiveWebhooks):
            raise ForgedError(connection, "webhook", "this connection takes no messages")
        now = self.context.clock.now()
        delivery = connector.receive(headers, body, now)

        def work(connection_: sa.Connection) -> bool:
            if not take_message(connection_, connection, delivery.id, now=now):
                return False
            take_signals(connection_, self.context, connection, delivery.signals, cause="webhook")
            take_receipts(connection_, self.context, connection, delivery.receipts)
            return True

        if delivery.signals or delivery.receipts:
            fresh = await self.context.store.write(work)
        else:
            # A bare wake-up marks nothing, so there is nothing a replay could repeat.
            fresh = True
        if delivery.wake:
            self.wake(connection)
        return fresh

    def wake(self, connection: ConnectionId) -> None:
        """Read this connection's feeds now."""
        self._watches[connection].wake()

    async def look(self, connection: ConnectionId) -> int:
        """Read this connection's feeds now and wait for it."""
        return await self._watches[connection].look(woken=True)

    async def plan(self, route: Route, code: ModuleCode) -> Plan:
        """What a full run of a module would write, and why; writes nothing anywhere."""
        limit = self.context.options.batch
        after, parts = "", []
        while True:
            links = await self.context.store.read(
                lambda c, a=after: page_of_links(c, route.id, after=a, limit=limit)  # type: ignore[misc]
            )
            if links:
                page = {link.item: link for link in links}
                parts.append(await preview(self.context, route, code, page))
                after = links[-1].item
            if len(links) < limit:
                break
        return Plan(
            route=route.id,
            module=code,
            operations=tuple(o for p in parts for o in p.operations),
            unchanged=tuple(i for p in parts for i in p.unchanged),
            held=tuple(h for p in parts for h in p.held),
            due_again=tuple(d for p in parts for d in p.due_again),
        )

    async def retry(self, record: int) -> bool:
        """Work a parked record again; False if it is not (any more) parked."""

        def work(connection: sa.Connection) -> bool:
            found = parked.find(connection, record)
            if found is None or found.state != "open":
                return False
            self._close(connection, found, "retried")
            self._mark_again(connection, found)
            return True

        return await self.context.store.write(work)

    def _close(self, connection: sa.Connection, found: parked.Parked, state: str) -> None:
        """A person has decided; that is kept, for the record itself may be opened again."""
        now = self.context.clock.now()
        parked.close(connection, found.id, state, now=now)
        entry = Entry(
            at=now,
            route=found.route,
            module=found.module,
            key=found.key,
            label=found.label or found.key,
            cause=A_PERSON,
            outcome=state,
            reason=f"{_DECIDED[state]} ({found.code})",
        )
        append(connection, [entry])

    def _mark_again(self, connection: sa.Connection, found: parked.Parked) -> None:
        if found.key == WHOLE_RUN:
            # What rests goes on; the sweep asks for the runs.
            now = self.context.clock.now()
            suspects.wake_module(connection, found.route, found.module, now=now)
        elif found.module == ORDERS:
            orders.set_state(connection, found.route, found.key, "waiting")
            try_again(connection, found.route, found.key)
            mark_order_key(connection, self.context, found.route, found.key, cause="retry")
        elif found.module == LINKS:
            full_runs.begin(connection, self.context, found.route, LINKS)
        elif (priced := self._pricing(found)) is not None:
            look_again(connection, self.context, priced, found.key)
        elif (route := self._messaging(found)) is not None:
            retry_message(connection, self.context, route, found.key)
        else:
            mark_items(
                connection, self.context, found.route, found.module, [found.key], cause="retry"
            )

    async def retry_order(self, route: RouteId, order_id: str) -> bool:
        """Look at an order now, parked or not; one that was left alone is taken up.

        Returns:
            False if there is no such order.
        """
        return await self.context.store.write(lambda c: self._retry_order(c, route, order_id))

    async def accept_prices(
        self, route: RouteId, order_id: str, *, by: str, seen: dt.datetime | None = None
    ) -> Acceptance:
        """A person lets an order that waits because of its prices be booked as it was charged.

        Args:
            by: where it was said: the console, the API, the command line.
            seen: when the record that the person looked at was parked.
        """

        def work(connection: sa.Connection) -> Acceptance:
            chosen, order = self.context.routes[route], ExternalId(order_id)
            became = accept_prices(connection, self.context, chosen, order, by=by, seen=seen)
            if became == "accepted":
                self._retry_order(connection, route, order_id)
            return became

        return await self.context.store.write(work)

    def _retry_order(self, connection: sa.Connection, route: RouteId, order_id: str) -> bool:
        loaded = orders.load_order(connection, route, order_id)
        if loaded is None:
            return False
        record = parked.find_by_key(connection, route, ORDERS, order_id)
        if record is not None and record.state == "open":
            self._close(connection, record, "retried")
        if loaded[0].state in {"parked", *orders.LEFT_ALONE}:
            orders.set_state(connection, route, order_id, "waiting")
        try_again(connection, route, order_id)
        mark_order_key(connection, self.context, route, order_id, cause="retry")
        return True

    async def skip(self, record: int) -> bool:
        """Leave a parked record alone; an order's goods stay promised while the shop holds them."""

        def work(connection: sa.Connection) -> bool:
            found = parked.find(connection, record)
            if found is None or found.state != "open":
                return False
            self._close(connection, found, "skipped")
            if found.module == ORDERS:
                self._skip_order(connection, found)
            elif (row := outbox.find_message(connection, found.key)) is not None:
                leave_message(connection, self.context, row, "left by a person")
            return True

        return await self.context.store.write(work)

    def _pricing(self, found: parked.Parked) -> Route | None:
        """The route whose module for contract prices a record belongs to."""
        route = self.context.routes.get(found.route)
        contract = None if route is None else route.contract
        return route if contract is not None and contract[0].code == found.module else None

    def _messaging(self, found: parked.Parked) -> Route | None:
        """The route whose module with messages a record belongs to."""
        route = self.context.routes.get(found.route)
        return route if route is not None and found.module in route.message_modules else None

    def _skip_order(self, connection: sa.Connection, found: parked.Parked) -> None:
        orders.set_state(connection, found.route, found.key, "skipped")
        route = self.context.routes.get(found.route)
        if route is not None:
            goods = ordered_variants(connection, found.route, found.key)
            mark_goods(connection, self.context, route, goods, cause="skip", moved=False)

    async def decide(self, approval: int, state: str) -> bool:
        """Approve or stop a mass change; False if it was decided for good before.

        One of old values that are written back goes on when its plan is applied again.
        """

        def work(connection: sa.Connection) -> bool:
            if not brakes.decide(connection, approval, state, now=self.context.clock.now()):
                return False
            found = brakes.find_approval(connection, approval)
            if found is not None and state == "approved" and not is_undo(found.module):
                items = brakes.held_items(connection, approval)
                cause = f"approval {approval}"
                mark_items(connection, self.context, found.route, found.module, items, cause=cause)
            return True

        return await self.context.store.write(work)

    async def _run(self, route: RouteId, module: ModuleCode, shard: int) -> None:
        await run(self.context, route, module, shard)

    async def _repeat(self, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        while True:
            await self.context.clock.sleep(seconds)
            try:
                await work()
            except RemoteError as error:
                self.context.log.info("waits", why=str(error))
            except Exception:
                self.context.log.exception("a regular task failed")

    def _spawn(self, coroutine: Awaitable[None]) -> None:
        self._tasks.append(asyncio.ensure_future(coroutine))
