"""Everything the engine works with, put together once by the composition root."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

import structlog

from panstore.engine.contracts.state import Contracts
from panstore.engine.ports import Clock, NewId, Probe, Runner, no_probe
from panstore.engine.remote import Remote
from panstore.model.document import Language
from panstore.model.ids import ConnectionId, ModuleCode, RouteId
from panstore.model.message import Channel
from panstore.sdk.connectors import Settings
from panstore.sdk.contracts import ContractModule, ContractSettings
from panstore.sdk.messages import MessageModule, MessageSettings
from panstore.sdk.modules import FlowModule, RouteView, StateModule
from panstore.sdk.order_roles import UpdateOrders
from panstore.sdk.products import ProductModule, ProductSettings
from panstore.sdk.roles import Connector
from panstore.store.database import Store

__all__ = [
    "A_PERSON",
    "IMAGES",
    "LINKS",
    "ORDERS",
    "WITHDRAWAL",
    "BrakeLimits",
    "Context",
    "Options",
    "Route",
]

LINKS = ModuleCode("links")
"""Runs that bring the catalogues together; not a module a user switches on."""

ORDERS = ModuleCode("orders")
"""Runs that take orders forward with all flow modules of a route."""

IMAGES = ModuleCode("images")
"""Runs that move contents of images: they take long, and nothing shall wait for them."""

WITHDRAWAL = ModuleCode("withdrawal")
"""Runs that take contract prices out of a shop on whose route they are off."""

A_PERSON = "a person"
"""Cause of what somebody decided here about a parked record."""


@dataclass(frozen=True)
class BrakeLimits:
    """From where on a change is a mass change.

    Attributes:
        from_items: fewer risky items than this never brake.
        share: of all items of the route, 0 to 1.
        price_change: relative change of a price that counts as risky, e.g. 0.3 for 30 %.
        window_s: how long risky changes are counted together.
        fall_after_s: a braked fall of stock is applied after this time unless stopped, because
            holding it back would oversell.
    """

    from_items: int = 20
    share: Decimal = Decimal("0.2")
    price_change: Decimal = Decimal("0.3")
    window_s: float = 900.0
    fall_after_s: float = 300.0


@dataclass(frozen=True)
class Route:
    """A shop with its ERP and the modules that are on.

    Attributes:
        product_modules: keep products in step in both directions.
        printer: makes pages of documents; None if nothing does.
        mail, sms: hand messages for the buyer over; None if nothing does.
        language: of documents and messages; None for what their reader is likely to understand.
        links_by_code: whether variants whose code stands once on both sides are linked unasked.
        contract: what buyers with an agreement are shown and charged; None: as everybody.
    """

    id: RouteId
    erp: ConnectionId
    shop: ConnectionId
    zone: str
    state_modules: Mapping[ModuleCode, tuple[StateModule[Any], Settings]]
    flow_modules: Mapping[ModuleCode, tuple[FlowModule, Settings]]
    brakes: BrakeLimits = field(default_factory=BrakeLimits)
    printer: ConnectionId | None = None
    language: Language | None = None
    product_modules: Mapping[ModuleCode, tuple[ProductModule, ProductSettings]] = field(
        default_factory=dict
    )
    mail: ConnectionId | None = None
    sms: ConnectionId | None = None
    links_by_code: bool = True
    contract: tuple[ContractModule, ContractSettings] | None = None

    @cached_property
    def message_modules(self) -> Mapping[ModuleCode, tuple[MessageModule, MessageSettings]]:
        """Those of the flow modules that tell the buyer something."""
        return {
            code: (module, settings)
            for code, (module, settings) in self.flow_modules.items()
            if isinstance(module, MessageModule) and isinstance(settings, MessageSettings)
        }

    def line_for(self, channel: Channel) -> ConnectionId | None:
        """The connection that hands messages of a channel over."""
        return self.mail if channel == "mail" else self.sms


@dataclass(frozen=True)
class Options:
    """Pace of the engine, in seconds unless said otherwise.

    Attributes:
        poll_s: feeds are read at least this often, events or not.
        overlap_s: how often orders are read again from an earlier cursor.
        sweep_s: how often waiting work is looked for.
        batch: most items in one pass of the pipeline.
        order_shards: orders that may be taken forward side by side, per route.
        full_run_h: everything is looked at again after so many hours, whatever events say.
        reservations_s: how often reservations of closed orders are looked for.
        messages_at_once: messages to buyers that are made and handed over side by side.
        settle_s: an ERP without keys is asked this long after an unknown outcome.
    """

    poll_s: float = 5.0
    overlap_s: float = 300.0
    sweep_s: float = 0.5
    batch: int = 500
    order_shards: int = 4
    messages_at_once: int = 4
    full_run_h: float = 24.0
    settle_s: float = 60.0
    reservations_s: float = 3600.0
    audit_days: int = 90
    payload_days: int = 90
    message_days: int = 90


_GIVE_WAY_S = 1.0


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass
class Context:
    """The engine's world; stages get it as their first argument and keep nothing of it.

    Attributes:
        judging: held while the guard counts; batches of one run must not count past each other.
        alone: held while a record is worked that is suspected of ending the process.
        clock_seen: wall clock and timer at the last look, to notice that the clock was set.
        printing: held while a page is made, which takes a processor for itself; two at a time would
            make an order that comes meanwhile wait twice as long.
        hurried: runs that work orders, stock or prices now; quiet: there is none.
        contracts: what is remembered of contract prices.
        public_url: https address under which buyers reach this PanStore, without a slash at its
            end; empty: they do not, so nobody is told where a document can be seen.
        links_days: how long a link to a document works.
    """

    store: Store
    clock: Clock
    new_id: NewId
    runner: Runner
    remote: Remote
    connectors: Mapping[ConnectionId, Connector]
    routes: Mapping[RouteId, Route]
    options: Options = field(default_factory=Options)
    probe: Probe = no_probe
    stopping: bool = False
    judging: asyncio.Lock = field(default_factory=asyncio.Lock)
    alone: asyncio.Lock = field(default_factory=asyncio.Lock)
    clock_seen: tuple[dt.datetime, float] | None = None
    printing: asyncio.Lock = field(default_factory=asyncio.Lock)
    hurried: int = 0
    quiet: asyncio.Event = field(default_factory=_set)
    contracts: Contracts = field(default_factory=Contracts)
    public_url: str = ""
    links_days: int = 365
    log: Any = field(default_factory=lambda: structlog.get_logger("panstore"))

    @contextlib.contextmanager
    def hurry(self) -> Iterator[None]:
        """While orders, stock or prices are worked; whoever has time gives way."""
        self.hurried += 1
        self.quiet.clear()
        try:
            yield
        finally:
            self.hurried -= 1
            if not self.hurried:
                self.quiet.set()

    async def give_way(self) -> None:
        """Wait until nothing hurries, but not for ever: a backlog of hours must not stop mails."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.quiet.wait(), _GIVE_WAY_S)

    @property
    def zone(self) -> str:
        """IANA name of the company's time zone, in which people read times."""
        return next((route.zone for route in self.routes.values()), "UTC")

    def view(self, route: Route) -> RouteView:
        """What modules may know of a route, now."""
        shop = self.connectors[route.shop]
        listens = isinstance(shop, UpdateOrders)
        pages = bool(self.public_url) and route.printer is not None
        return RouteView(
            route=route.id,
            erp_connection=route.erp,
            shop_connection=route.shop,
            now=self.clock.now(),
            zone=route.zone,
            erp=self.connectors[route.erp].capabilities,
            shop=shop.capabilities,
            language=route.language,
            shop_listens=listens,
            shop_links=listens and pages and shop.capabilities.document_links,
        )

    def routes_of(self, connection: ConnectionId) -> list[Route]:
        """Routes on which a connection stands, on either side."""
        return [r for r in self.routes.values() if connection in (r.erp, r.shop)]

    def siblings(self, route: Route) -> list[Route]:
        """All routes of the same ERP, this one included: their shops sell the same goods."""
        return [r for r in self.routes.values() if r.erp == route.erp]
