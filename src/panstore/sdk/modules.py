"""How a module makes itself known, what it is given, and what it may answer.

Modules are pure: they are given values and answer with values. The engine reads, guards, writes
and records. The same function serves real time, full run, preview and drift.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, Literal, Protocol, TypeVar, runtime_checkable

import msgspec

from panstore.model.change import SignalKind
from panstore.model.customer import FoundCustomer, MatchCriterion
from panstore.model.document import Language
from panstore.model.ids import (
    ConnectionId,
    ExternalId,
    ModuleCode,
    OrderKey,
    RouteId,
    order_key,
)
from panstore.model.invoice import CreditRequest, InvoiceRequest
from panstore.model.link import Link
from panstore.model.message import DocumentRef, Message, NewMessage
from panstore.model.order import Order
from panstore.model.plan import Held, Plan
from panstore.model.price import PriceTarget, SalesPrice
from panstore.model.sale import Booked, BookedOrder, ErpOrder
from panstore.model.stock import StockLevel, StockTarget
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.connectors import Settings
from panstore.sdk.order_roles import OrderUpdate
from panstore.sdk.roles import NewProduct, PriceQuery

__all__ = [
    "Act",
    "CancelOrder",
    "CreateOrder",
    "CreateProduct",
    "CreditInvoice",
    "Due",
    "Explains",
    "Fact",
    "FindCustomer",
    "FlowModule",
    "IssueInvoice",
    "OrderCase",
    "PriceItem",
    "QueueMessages",
    "Release",
    "Reserve",
    "RouteView",
    "RuleSaid",
    "StateModule",
    "StockItem",
    "StockQuery",
    "TellShop",
    "WaitUntil",
]


class RouteView(msgspec.Struct, frozen=True):
    """What a module may know of the route it works for.

    Attributes:
        now: aware UTC.
        zone: IANA name of the company's time zone, for business dates.
        erp, shop: declared traits of both sides.
        language: in which buyers are spoken to, None for what they are likely to understand.
        shop_listens: whether the shop can be told what became of an order.
        shop_links: whether it shows links to documents, and they would lead to a page.
    """

    route: RouteId
    erp_connection: ConnectionId
    shop_connection: ConnectionId
    now: dt.datetime
    zone: str
    erp: Capabilities
    shop: Capabilities
    language: Language | None = None
    shop_listens: bool = False
    shop_links: bool = False


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
        name: imported, cancelled, corrected, reserved, released, invoiced, credited, told, noted,
            priced (what was found about contract prices: `detail` is a `PriceVerdict`,
            `reference` the party with whose agreement it was compared, `number` where a person
            said so); and what the shop did by itself: withdrawn (it cancelled the order) and
            revived: `number` is then the shop's word, `detail` the revision of the last `told`
            before it, if any.
        revision: from 1, counted per order and name.
        key: our key of the document, or empty.
        reference: id in the ERP; number: what people see.
        detail: what the module that asked for it wants to know later, without personal data.
    """

    name: str
    revision: int
    at: dt.datetime
    key: str = ""
    reference: str = ""
    number: str = ""
    detail: str = ""


class OrderCase(msgspec.Struct, frozen=True):
    """Everything known about one order, for modules to decide what is due.

    Attributes:
        facts: in order of time.
        sales: as they stand in the ERP, by our key; none before the first is imported.
        links: by the shop's variant id, for the goods in the order.
        answers: what the ERP said to `FindCustomer` during this run.
        goods_arrived: goods this order waits for may be there now, or a person asked to try again.
        in_line_as: `Reserve.priority` under which the order waits for goods, empty if it does not.
        messages: in the outbox for this order, all channels, in order of time.
        party: the ERP's party for which a person has said that the buyer's account buys, if any.
        as_charged: the order as the shop charged it, where `order` has agreed prices instead.
        former_party: the one for which it bought when the order was placed, if that is another.
        since: when each flow module was first switched on for the route; what had happened before
            is not told to anybody now.
    """

    view: RouteView
    order: Order
    facts: tuple[Fact, ...]
    links: Mapping[ExternalId, Link]
    answers: Mapping[MatchCriterion, tuple[FoundCustomer, ...]]
    sales: Mapping[OrderKey, BookedOrder] = {}
    goods_arrived: bool = False
    in_line_as: str = ""
    messages: tuple[Message, ...] = ()
    since: Mapping[ModuleCode, dt.datetime] = {}
    party: ExternalId | None = None
    former_party: ExternalId | None = None
    as_charged: Order | None = None

    def all(self, name: str) -> tuple[Fact, ...]:
        """Facts of that name, in order of time."""
        return tuple(fact for fact in self.facts if fact.name == name)

    def last(self, name: str) -> Fact | None:
        """The latest fact of that name."""
        return next((fact for fact in reversed(self.facts) if fact.name == name), None)

    def key(self, purpose: str, revision: int) -> OrderKey:
        """Our key for a document of this order."""
        return order_key(self.view.shop_connection, self.order.id, purpose, revision)


class FindCustomer(msgspec.Struct, frozen=True):
    """Ask the ERP who this is, then decide again."""

    criterion: MatchCriterion


class CreateProduct(msgspec.Struct, frozen=True):
    """Create a product in the ERP for a line of the order, link it, then decide again."""

    product: NewProduct
    shop_variant: ExternalId


class CreateOrder(msgspec.Struct, frozen=True):
    """Create a sale in the ERP; recorded as fact `imported` or `corrected`.

    Attributes:
        revision: of the fact.
        booked: kept as the fact's detail.
        reason: why, for people.
    """

    order: ErpOrder
    fact: Literal["imported", "corrected"]
    revision: int
    booked: Booked
    reason: str = ""


class CancelOrder(msgspec.Struct, frozen=True):
    """Cancel a sale in the ERP; recorded as fact `cancelled` of the same revision.

    Attributes:
        sale: our key of it.
    """

    sale: OrderKey
    revision: int
    reason: str


class Reserve(msgspec.Struct, frozen=True):
    """Set aside the goods of a sale; recorded as fact `reserved`, whatever came of it.

    The engine keeps the order in line behind others that wait for the same goods, and sets
    `OrderCase.goods_arrived` when it is its turn; until then a new attempt is of no use.

    Attributes:
        whole: all of them or none.
        priority: text by which orders that wait for the same goods are sorted.
    """

    sale: OrderKey
    revision: int
    whole: bool
    priority: str
    reason: str


class Release(msgspec.Struct, frozen=True):
    """Give back what is set aside for a sale; recorded as fact `released`."""

    sale: OrderKey
    revision: int
    reason: str


class IssueInvoice(msgspec.Struct, frozen=True):
    """Issue an invoice; recorded as fact `invoiced`."""

    request: InvoiceRequest
    revision: int
    reason: str


class CreditInvoice(msgspec.Struct, frozen=True):
    """Issue a credit note; recorded as fact `credited`."""

    request: CreditRequest
    revision: int
    reason: str


class TellShop(msgspec.Struct, frozen=True):
    """Tell the shop; recorded as fact `fact`.

    An update that says nothing makes no call: the shop shows already what it would be told.

    Attributes:
        detail: what the shop knows after it, in the module's own words.
        fact: `told` how the order stands, or `noted` something about it in its history.
        papers: documents the shop shall link to; the engine knows where their pages are and puts
            the addresses into `update`.
    """

    update: OrderUpdate
    revision: int
    detail: str
    reason: str
    fact: Literal["told", "noted"] = "told"
    papers: tuple[DocumentRef, ...] = ()


class QueueMessages(msgspec.Struct, frozen=True):
    """Put messages into the outbox, each at most once; they are sent apart from the order's run."""

    messages: tuple[NewMessage, ...]
    reason: str


class WaitUntil(msgspec.Struct, frozen=True):
    """Nothing is due before `at`; then the order is looked at again."""

    at: dt.datetime
    reason: str


Act = CreateOrder | CancelOrder | Reserve | Release | IssueInvoice | CreditInvoice | TellShop
"""Steps that change another system: an intent is committed before, a fact after."""

Due = Act | FindCustomer | CreateProduct | QueueMessages | WaitUntil | Held | None
"""What a flow module wants next; `Held` parks the order, None means nothing is due."""


@runtime_checkable
class FlowModule(Protocol):
    """A module that takes an order one step further.

    The modules of a route are asked in order of `place`. The first that wants a step has it, then
    all are asked again. A module that holds the order does not stop the others.

    Attributes:
        needs: modules without which this one never has anything to do.
        erp_roles: what the route's ERP must be able to do.
    """

    code: ClassVar[ModuleCode]
    title: ClassVar[str]
    settings_type: ClassVar[type[Settings]]
    place: ClassVar[int]
    needs: ClassVar[frozenset[ModuleCode]]
    erp_roles: ClassVar[tuple[type, ...]]

    def due(self, case: OrderCase, settings: Settings) -> Due:
        """The next step for this order, or None."""

    def report(self, case: OrderCase, settings: Settings) -> Due:
        """What other systems shall hear, asked when no module has a step; mostly None."""


class RuleSaid(msgspec.Struct, frozen=True):
    """What a rule of a module's settings says of one order, for people.

    Attributes:
        setting: where the rule stands in the module's settings.
        text: as it is written there.
        holds: None if it could not be worked out.
        why: where it does not hold, what did not and with which values; no personal data.
    """

    setting: str
    text: str
    holds: bool | None
    why: str = ""


@runtime_checkable
class Explains(Protocol):
    """A flow module with rules, which can say of an order what each of them says."""

    def explain(self, case: OrderCase, settings: Settings) -> tuple[RuleSaid, ...]:
        """Every rule that matters for this order, in the order in which it is asked."""
