"""How a module makes itself known, what it is given, and what it may answer.

Modules are pure: they are given values and answer with values. The engine reads, guards, writes
and records. The same function serves real time, full run, preview and drift.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, Protocol, TypeVar, runtime_checkable

import msgspec

from panstore.model.change import SignalKind
from panstore.model.customer import FoundCustomer, MatchCriterion
from panstore.model.ids import ConnectionId, ExternalId, ModuleCode, RouteId
from panstore.model.link import Link
from panstore.model.order import ErpOrder, Order
from panstore.model.plan import Held, Plan
from panstore.model.price import PriceTarget, SalesPrice
from panstore.model.stock import StockLevel, StockTarget
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.connectors import Settings
from panstore.sdk.roles import NewProduct, PriceQuery

__all__ = [
    "CreateOrder",
    "CreateProduct",
    "Due",
    "Fact",
    "FindCustomer",
    "FlowModule",
    "OrderCase",
    "PriceItem",
    "RouteView",
    "StateModule",
    "StockItem",
    "StockQuery",
]


class RouteView(msgspec.Struct, frozen=True):
    """What a module may know of the route it works for.

    Attributes:
        now: aware UTC.
        zone: IANA name of the company's time zone, for business dates.
        erp, shop: declared traits of both sides.
    """

    route: RouteId
    erp_connection: ConnectionId
    shop_connection: ConnectionId
    now: dt.datetime
    zone: str
    erp: Capabilities
    shop: Capabilities


class StockItem(msgspec.Struct, frozen=True):
    """One item for S1.

    Attributes:
        levels: one per chosen warehouse, read after the shop orders; empty if the ERP has lost
            the variant.
        open_demand: stock units that shop orders hold and the ERP does not know yet.
        present: what the shop holds as far as we know; None if never written or read.
    """

    link: Link
    levels: tuple[StockLevel, ...]
    open_demand: Decimal
    present: StockTarget | None


class PriceItem(msgspec.Struct, frozen=True):
    """One item for S2.

    Attributes:
        price: the ERP's price per stock unit, None if the ERP has lost the variant.
        present: what the shop holds as far as we know; None if never written or read.
    """

    link: Link
    price: SalesPrice | None
    present: PriceTarget | None


class StockQuery(msgspec.Struct, frozen=True):
    """Which stock a module wants to see: codes of the chosen warehouses."""

    warehouses: tuple[str, ...]


ItemT_contra = TypeVar("ItemT_contra", StockItem, PriceItem, contravariant=True)


class StateModule(Protocol[ItemT_contra]):
    """A module that keeps values in step."""

    code: ClassVar[ModuleCode]
    title: ClassVar[str]
    settings_type: ClassVar[type[Settings]]
    interests: ClassVar[frozenset[SignalKind]]

    def query(self, settings: Settings, view: RouteView) -> StockQuery | PriceQuery:
        """What to read from the ERP for the items."""

    def plan(self, items: Sequence[ItemT_contra], settings: Settings, view: RouteView) -> Plan:
        """Differences to write, items in step and items to park; every item in exactly one."""


class Fact(msgspec.Struct, frozen=True):
    """Something that is done for an order and was recorded.

    Attributes:
        name: imported ...
        reference: id in the ERP; number: what people see.
    """

    name: str
    at: dt.datetime
    reference: str
    number: str = ""


class OrderCase(msgspec.Struct, frozen=True):
    """Everything known about one order, for modules to decide what is due.

    Attributes:
        facts: by name.
        links: by the shop's variant id, for the goods in the order.
        answers: what the ERP said to `FindCustomer` during this run.
    """

    view: RouteView
    order: Order
    facts: Mapping[str, Fact]
    links: Mapping[ExternalId, Link]
    answers: Mapping[MatchCriterion, tuple[FoundCustomer, ...]]


class FindCustomer(msgspec.Struct, frozen=True):
    """Ask the ERP who this is, then decide again."""

    criterion: MatchCriterion


class CreateProduct(msgspec.Struct, frozen=True):
    """Create a product in the ERP for a line of the order, link it, then decide again."""

    product: NewProduct
    shop_variant: ExternalId


class CreateOrder(msgspec.Struct, frozen=True):
    """Create the sale in the ERP; recorded as fact `imported`."""

    order: ErpOrder


Due = FindCustomer | CreateProduct | CreateOrder | Held | None
"""What a flow module wants next; `Held` parks the order, None means nothing is due."""


@runtime_checkable
class FlowModule(Protocol):
    """A module that takes an order one step further."""

    code: ClassVar[ModuleCode]
    title: ClassVar[str]
    settings_type: ClassVar[type[Settings]]

    def due(self, case: OrderCase, settings: Settings) -> Due:
        """The next step for this order, or None."""
