"""The real engine in the simulated world: one object that can be cut, killed and started again."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import itertools
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from panstore.engine.context import BrakeLimits, Context, Options, Route
from panstore.engine.engine import Engine
from panstore.engine.ports import Work, no_probe
from panstore.engine.remote import Remote
from panstore.engine.sweep import sweep
from panstore.model.ids import ConnectionId, ExternalId, ItemId, ModuleCode, RouteId
from panstore.model.link import Link
from panstore.modules.p1_invoices.module import module as p1
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.modules.p2_reservations.module import module as p2
from panstore.modules.p2_reservations.settings import ReservationSettings
from panstore.modules.p3_documents.module import module as p3
from panstore.modules.p3_documents.settings import DocumentSettings
from panstore.modules.p4_sms.module import module as p4
from panstore.modules.p4_sms.settings import SmsSettings
from panstore.modules.s1_stock.module import module as s1
from panstore.modules.s1_stock.settings import StockSettings
from panstore.modules.s2_prices.module import module as s2
from panstore.modules.s2_prices.settings import PriceSettings
from panstore.modules.s4_orders.module import module as s4
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.errors import ForgedError, RemoteError
from panstore.sdk.roles import Connector
from panstore.store.database import Store
from panstore.store.items import page_of_links
from panstore.store.marks import backlog
from panstore.store.migrate import migrate
from panstore.store.orders import list_orders
from panstore.store.tables import wanted
from panstore.testing.world import Scene, SimClock
from panstore.testing.world.post import SimMailConnector, SimMailServer, SimPrinterConnector
from panstore.testing.world.sales import Sale
from panstore.testing.world.texts import SimSmsConnector, SimSmsProvider

__all__ = [
    "P1",
    "P2",
    "P3",
    "P4",
    "S1",
    "S2",
    "S4",
    "House",
    "InlineRunner",
    "Killed",
    "Post",
    "SleepingClock",
    "web_sales",
]

S1, S2, S4 = ModuleCode("S1"), ModuleCode("S2"), ModuleCode("S4")
P1, P2, P3 = ModuleCode("P1"), ModuleCode("P2"), ModuleCode("P3")
P4 = ModuleCode("P4")


def web_sales(scene: Scene) -> list[Sale]:
    """Sales in the simulated ERP that came from a shop."""
    orders = [o.order.id for shop in scene.shops.values() for o in shop.orders.all()]
    return [sale for order in orders for sale in scene.erp.sales.of_shop_order(order)]


class Killed(BaseException):
    """Stands for kill -9: nothing in the engine may catch it."""


class Post:
    """Who prints, mails and sends SMS in a scene; all go on while PanStore is down."""

    printer = ConnectionId("print")
    mail = ConnectionId("mail")
    sms = ConnectionId("sms")

    def __init__(self, scene: Scene) -> None:
        self.server = SimMailServer(scene.history)
        self.provider = SimSmsProvider(scene.history)
        self.mailer = SimMailConnector(self.mail, self.server, scene.faults)
        self.connectors: dict[ConnectionId, Connector] = {
            self.printer: SimPrinterConnector(self.printer, scene.history, scene.faults),
            self.mail: self.mailer,
            self.sms: SimSmsConnector(self.sms, self.provider, scene.faults),
        }


class SleepingClock:
    """The simulated clock as the engine wants it: whoever sleeps makes time pass."""

    def __init__(self, clock: SimClock) -> None:
        self._clock = clock
        self._off = dt.timedelta(0)

    def jump(self, by: dt.timedelta) -> None:
        """The wall clock of PanStore's machine is set; the other systems' clocks are right."""
        self._off += by

    def now(self) -> dt.datetime:
        return self._clock.now() + self._off

    def timer(self) -> float:
        return self._clock.now().timestamp()

    async def sleep(self, seconds: float) -> None:
        self._clock.advance(seconds)
        await asyncio.sleep(0)


class InlineRunner:
    """Runs what is wanted, in a fixed order, when it is told to; keeps nothing of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._work: Work | None = None

    def enqueue(
        self, connection: sa.Connection, route: RouteId, module: ModuleCode, shard: int
    ) -> None:
        """The wanted flag says it already, in the same transaction."""

    async def start(self, work: Work) -> None:
        self._work = work

    async def stop(self) -> None:
        self._work = None

    async def drain(self) -> int:
        """Run everything that is wanted until nothing is; the number of runs."""
        assert self._work is not None
        done = 0
        while True:
            rows = await self._store.read(_wanted)
            if not rows:
                return done
            for route, module, shard in rows:
                await self._work(RouteId(route), ModuleCode(module), shard)
                done += 1


def _wanted(connection: sa.Connection) -> list[tuple[str, str, int]]:
    columns = (wanted.c.route, wanted.c.module, wanted.c.shard)
    rows = connection.execute(
        sa.select(*columns).where(wanted.c.wanted.is_(True)).order_by(*columns)
    )
    return [tuple(row) for row in rows]


class House:
    """One PanStore over one `Scene`, on one store that survives kills."""

    def __init__(
        self,
        scene: Scene,
        url: str,
        *,
        brakes: BrakeLimits | None = None,
        options: Options | None = None,
        modules: frozenset[ModuleCode] = frozenset({S1, S2, S4}),
        s2_settings: PriceSettings | None = None,
        s4_settings: OrderSettings | None = None,
        p1_settings: InvoiceSettings | None = None,
        p2_settings: ReservationSettings | None = None,
        post: Post | None = None,
        p3_settings: DocumentSettings | None = None,
        p4_settings: SmsSettings | None = None,
        product_modules: Mapping[ModuleCode, tuple[Any, Any]] | None = None,
        links_by_code: bool = True,
        contract: tuple[Any, Any] | None = None,
        public_url: str = "",
    ) -> None:
        self.scene = scene
        self.url = url
        self.brakes = brakes or BrakeLimits(from_items=1_000_000)
        self.options = options or Options(batch=50)
        self.modules = modules
        self.s2_settings = s2_settings or PriceSettings()
        self.s4_settings = s4_settings or OrderSettings(warehouse="LJ", match=("email",))
        self.p1_settings = p1_settings or InvoiceSettings()
        self.p2_settings = p2_settings or ReservationSettings()
        self.post = post
        self.p3_settings = p3_settings or DocumentSettings()
        self.p4_settings = p4_settings or SmsSettings()
        self.product_modules = product_modules or {}
        self.links_by_code = links_by_code
        self.contract = contract
        self.public_url = public_url
        self.clock = SleepingClock(scene.clock)
        self.probe: Callable[[str], None] = no_probe
        self._ids = itertools.count(1)
        self.store: Store
        self.runner: InlineRunner
        self.engine: Engine

    async def open(self) -> None:
        """Start, or start again after a kill: nothing but the store and the world remains."""
        self.store = Store(self.url)
        await self.store.write(migrate)
        self.runner = InlineRunner(self.store)
        connectors: Mapping[ConnectionId, Connector] = {
            self.scene.erp_connector.id: self.scene.erp_connector,
            **self.scene.shop_connectors,
            **({} if self.post is None else self.post.connectors),
        }
        context = Context(
            store=self.store,
            clock=self.clock,
            new_id=lambda: f"id-{next(self._ids):06}",
            runner=self.runner,
            remote=Remote(self.store, self.clock, connectors, {}),
            connectors=connectors,
            routes={r.id: r for r in self._routes()},
            options=self.options,
            probe=self._at,
            public_url=self.public_url,
        )
        self.engine = Engine(context)
        await self.runner.start(self.engine._run)
        await self.engine.first_runs()

    async def close(self) -> None:
        await self.store.close()

    async def restart(self) -> None:
        """What a supervisor does after kill -9."""
        await self.close()
        self._ids = itertools.count(next(self._ids) + 1000)
        await self.open()

    def _at(self, step: str) -> None:
        """The probe may be changed while the house stands."""
        self.probe(step)

    def _routes(self) -> list[Route]:
        state: dict[ModuleCode, tuple[Any, Any]] = {
            S1: (s1, StockSettings(warehouses=("LJ",))),
            S2: (s2, self.s2_settings),
        }
        flow: dict[ModuleCode, tuple[Any, Any]] = {
            S4: (s4, self.s4_settings),
            P2: (p2, self.p2_settings),
            P1: (p1, self.p1_settings),
            P3: (p3, self.p3_settings),
            P4: (p4, self.p4_settings),
        }
        return [
            Route(
                id=RouteId(shop),
                erp=self.scene.erp_connector.id,
                shop=shop,
                zone="Europe/Ljubljana",
                state_modules={k: v for k, v in state.items() if k in self.modules},
                flow_modules={k: v for k, v in flow.items() if k in self.modules},
                product_modules=self.product_modules,
                links_by_code=self.links_by_code,
                contract=self.contract,
                brakes=self.brakes,
                printer=None if self.post is None else self.post.printer,
                mail=None if self.post is None else self.post.mail,
                sms=None if self.post is None else self.post.sms,
            )
            for shop in self.scene.shop_connectors
        ]

    async def link(self) -> None:
        """Bring the catalogues together, as the first run does."""
        await self.settle()

    async def deliver(self) -> None:
        """Bring what the systems have announced; what is too old is lost, as in real life."""
        systems = {self.scene.erp_connector.id: self.scene.erp.messages} | {
            id_: shop.messages for id_, shop in self.scene.shops.items()
        }
        for connection, sender in systems.items():
            for message in sender.take():
                with contextlib.suppress(ForgedError):
                    await self.engine.receive(connection, message.headers, message.body)

    async def look(self) -> None:
        """Read all feeds once; an outside system that fails is left for the next time."""
        for connection in self.engine.context.connectors:
            try:
                await self.engine.look(connection)
            except RemoteError:
                continue

    async def step(self, seconds: float = 1.0) -> int:
        """One turn of everything that goes on by itself; time passes."""
        await self.deliver()
        await self.look()
        await sweep(self.engine.context)
        done = await self.runner.drain()
        self.scene.clock.advance(seconds)
        return done

    async def settle(self, *, quiet: int = 3, most: int = 400, seconds: float = 1.0) -> None:
        """Turn until nothing has happened for a while."""
        still = 0
        for _ in range(most):
            still = 0 if await self.step(seconds) else still + 1
            if still >= quiet and not await self._waiting():
                return
        raise AssertionError(f"not quiet after {most} turns")

    async def _waiting(self) -> bool:
        now = self.clock.now()
        return bool(await self.store.read(lambda c: backlog(c, now=now)))

    async def links(self, shop: str = "shop") -> list[Link]:
        return await self.store.read(
            lambda c: page_of_links(c, RouteId(shop), after="", limit=100_000)
        )

    async def parked_orders(self) -> dict[ConnectionId, list[ExternalId]]:
        rows = await self.store.read(lambda c: list_orders(c, state="parked", limit=100_000))
        found: dict[ConnectionId, list[ExternalId]] = {}
        for row in rows:
            found.setdefault(ConnectionId(row.route), []).append(row.order_id)
        return found

    async def judge(self) -> list[str]:
        """Violations of what must never happen, with the engine's own links."""
        links = {ConnectionId(s): await self.links(s) for s in self.scene.shop_connectors}
        return self.scene.judge(parked=await self.parked_orders(), links=links)

    async def item(self, sku: str, shop: str = "shop") -> ItemId:
        return next(link.item for link in await self.links(shop) if link.sku == sku)
