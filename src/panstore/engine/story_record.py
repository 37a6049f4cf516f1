"""Everything the store knows of one order, read at one moment; no other system is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from panstore.engine.context import ORDERS, Context, Route
from panstore.engine.decide import Decision, decide
from panstore.engine.order_case import sale_keys, stored_case
from panstore.engine.outbox.shown import MessageTold, messages_told
from panstore.model.ids import ConnectionId, ExternalId, ModuleCode, OrderKey, RouteId
from panstore.model.order import Order
from panstore.sdk.modules import Explains, OrderCase, RuleSaid
from panstore.store import facts as facts_table
from panstore.store.audit import Entry, story
from panstore.store.items import skus_of
from panstore.store.marks import WaitingMark, find_mark
from panstore.store.orders import LEFT_ALONE, OrderRow, load_order
from panstore.store.parked import Parked, find_by_key
from panstore.store.seen_sales import SeenSale, sales_seen
from panstore.store.shortages import Waiting, arrived, orders_before, place_of, shortages_of
from panstore.store.systems import ConnectionState, connection_states, live_executors

__all__ = ["Missing", "OrderRecord", "RuleTold", "day", "moment", "read_record"]


def day(at: dt.datetime, zone: str) -> str:
    """The day in the company's zone."""
    return f"{at.astimezone(ZoneInfo(zone)):%d %b %Y}"


def moment(at: dt.datetime, zone: str) -> str:
    """Day and time in the company's zone."""
    return f"{at.astimezone(ZoneInfo(zone)):%d %b %Y, %H:%M:%S}"


class Missing(msgspec.Struct, frozen=True):
    """Goods an order waits for.

    Attributes:
        quantity: stock units.
        before: orders that come first when some arrive.
        arrived: whether there may be some, and the order has yet to try.
    """

    sku: str
    quantity: Decimal
    before: int
    arrived: bool


class RuleTold(msgspec.Struct, frozen=True):
    """A rule, the module whose it is, and what it says of the order.

    Attributes:
        setting: where the rule stands in the module's settings; rule: its text there.
        holds: null if it could not be worked out.
        why: where it does not hold, which part did not, and with which values.
    """

    module: ModuleCode
    title: str
    setting: str
    rule: str
    holds: bool | None
    why: str


@dataclass(frozen=True)
class OrderRecord:
    """One order as it is known here.

    Attributes:
        zone: IANA name of the company's time zone, in which people read times.
        route: None if the settings have it no more.
        order: as the shop said it; None if it is not kept.
        agreed: as it is booked, where that is not at the prices the shop charged.
        living: keys of the sales that were made for it and not cancelled by us.
        seen: all its sales, cancelled ones too, as the ERP last showed them.
        decision: what the modules would want now; None where too little is known to ask them.
        running: whether any PanStore works at all.
        resting: connections of the route that are not called for a while.
        messages: to the buyer, in order of time.
    """

    at: dt.datetime
    zone: str
    route: Route | None
    row: OrderRow
    order: Order | None
    facts: Sequence[facts_table.FactRow]
    intents: Sequence[facts_table.Intent]
    audit: Sequence[Entry]
    parked: Parked | None
    mark: WaitingMark | None
    living: Sequence[OrderKey]
    seen: Mapping[OrderKey, SeenSale]
    missing: Sequence[Missing]
    rules: Sequence[RuleTold]
    decision: Decision | None
    running: bool
    resting: Sequence[ConnectionState]
    messages: Sequence[MessageTold]
    agreed: Order | None = None

    @property
    def open_record(self) -> Parked | None:
        """What waits for a person, None if nothing does."""
        return self.parked if self.parked is not None and self.parked.state == "open" else None

    @property
    def standing(self) -> list[SeenSale]:
        """The living sales as far as they were seen."""
        return [self.seen[key] for key in self.living if key in self.seen]


def read_record(
    connection: sa.Connection, context: Context, route_id: RouteId, order_id: str
) -> OrderRecord | None:
    """Read all of it, or None if there is no such order."""
    loaded = load_order(connection, route_id, order_id)
    if loaded is None:
        return None
    row, order = loaded
    route = context.routes.get(route_id)
    now = context.clock.now()
    facts = facts_table.facts_of(connection, route_id, order_id)
    seen = sales_seen(connection, route_id, order_id)
    living = [] if route is None else sale_keys(route, order_id, facts)
    case = None if route is None else stored_case(connection, context, route, order_id)
    # Of a sale nobody has seen the modules would say that the ERP has lost it.
    known = row.state not in LEFT_ALONE and all(key in seen for key in living)
    return OrderRecord(
        at=now,
        zone=context.zone if route is None else route.zone,
        route=route,
        row=row,
        order=order,
        facts=facts,
        intents=facts_table.intents_of(connection, route_id, order_id),
        audit=story(connection, route_id, ORDERS, order_id),
        parked=find_by_key(connection, route_id, ORDERS, order_id),
        mark=find_mark(connection, route_id, ORDERS, order_id),
        living=living,
        seen=seen,
        missing=[] if route is None else _missing(connection, context, route, order_id),
        rules=_rules(context, route, case) if route and case and _is_asked(row, case) else [],
        decision=_decision(context, route, case) if known and route and case else None,
        running=bool(live_executors(connection, now=now)),
        resting=[] if route is None else _resting(connection, route, now),
        messages=messages_told(
            connection, route=route_id, order_id=order_id, limit=None, newest=False
        ),
        agreed=None if case is None or case.as_charged is None else case.order,
    )


def _is_asked(row: OrderRow, case: OrderCase) -> bool:
    """Whether it still matters what the rules say."""
    return row.state not in LEFT_ALONE and not case.order.is_void


def _missing(
    connection: sa.Connection, context: Context, route: Route, order_id: str
) -> list[Missing]:
    me: Waiting | None = place_of(connection, route.id, order_id)
    if me is None:
        return []
    routes = [other.id for other in context.siblings(route)]
    may_come = arrived(connection, route.id, order_id)
    short = shortages_of(connection, route.id, order_id)
    skus = skus_of(connection, route.erp, list(short))
    return [
        Missing(
            sku=skus.get(variant) or _nameless(variant),
            quantity=quantity,
            before=orders_before(connection, routes, variant, me),
            arrived=may_come,
        )
        for variant, quantity in short.items()
    ]


def _nameless(variant: ExternalId) -> str:
    return f"article {variant} of the ERP"


def _rules(context: Context, route: Route, case: OrderCase) -> list[RuleTold]:
    told: list[RuleTold] = []
    for code, (module, settings) in sorted(
        route.flow_modules.items(), key=lambda item: item[1][0].place
    ):
        if not isinstance(module, Explains):
            continue
        try:
            said = module.explain(case, settings)
        except Exception as error:
            # A plugin that cannot explain itself must not hide what the others say.
            context.log.exception("module cannot explain itself", module=code)
            what = f"{type(error).__name__}: {error}"
            said = (RuleSaid("", "", None, f"could not be worked out: {what}"),)
        told += [
            RuleTold(code, module.title, one.setting, one.text, one.holds, one.why) for one in said
        ]
    return told


def _decision(context: Context, route: Route, case: OrderCase) -> Decision | None:
    try:
        return decide(route, case, {})
    except Exception:
        # What makes a run fail is told by the record it leaves; here it only leaves a gap.
        context.log.exception("modules cannot be asked", route=route.id, order=case.order.id)
        return None


def _resting(connection: sa.Connection, route: Route, now: dt.datetime) -> list[ConnectionState]:
    states = connection_states(connection)
    wanted: list[ConnectionId] = [route.erp, route.shop]
    return [
        state
        for name in wanted
        if (state := states.get(name)) is not None
        and state.paused_until is not None
        and state.paused_until > now
    ]
