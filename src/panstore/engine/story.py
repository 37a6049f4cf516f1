"""One order's story: what happened, where it stands, what it waits for, what can be done.

Told from one place to the command line, the console and the API, without asking another system.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from panstore.engine.context import Context
from panstore.engine.outbox.shown import MessageTold
from panstore.engine.story_messages import told_happened
from panstore.engine.story_past import Happened, happened
from panstore.engine.story_record import OrderRecord, RuleTold, read_record
from panstore.engine.story_stands import Standing, headline, stands
from panstore.engine.story_waits import Wait, waits
from panstore.engine.story_ways import Way, ways
from panstore.model.ids import ExternalId, RouteId
from panstore.model.order import Order
from panstore.model.quantity import plain
from panstore.model.sale import BookedOrder
from panstore.store.audit import Entry
from panstore.store.facts import Intent
from panstore.store.orders import OrderRow, find_orders

__all__ = [
    "OrderStory",
    "StoryFact",
    "StoryLine",
    "find_order",
    "story_of",
    "tell_order",
]


class StoryLine(msgspec.Struct, frozen=True):
    """What was ordered: an article, or shipping and the like (then `sku` says which)."""

    sku: str
    title: str
    quantity: Decimal
    gross: Decimal


class StoryFact(msgspec.Struct, frozen=True):
    """Something that is done; see `panstore.sdk.modules.Fact`."""

    name: str
    revision: int
    at: dt.datetime
    key: str
    reference: str
    number: str


class OrderStory(msgspec.Struct, frozen=True):
    """All that is known of one order, without who ordered it.

    Attributes:
        id: the shop's id; number: what people see printed.
        state: waiting, imported, parked, skipped, earlier or closed.
        holds_stock: whether goods of it are promised of which the ERP does not know yet.
        zone: in which the texts tell times.
        headline: where it is, in a few words.
        sales: in the ERP, as it last showed them; `stands` says when that was.
        parked: number of the record that waits for a person, null if none does.
        calls: every call to another system that changes something, with its outcome.
        facts: what is done; audit: why.
        messages: to the buyer, in order of time.
    """

    id: ExternalId
    number: str
    route: RouteId
    state: str
    shop_status: str
    stage: str
    total: str
    currency: str
    placed_at: dt.datetime
    seen_at: dt.datetime
    holds_stock: bool
    zone: str
    headline: str
    happened: list[Happened]
    stands: list[Standing]
    waits: list[Wait]
    rules: list[RuleTold]
    can: list[Way]
    lines: list[StoryLine]
    sales: list[BookedOrder]
    parked: int | None
    facts: list[StoryFact]
    calls: list[Intent]
    audit: list[Entry]
    messages: list[MessageTold]


def tell_order(
    connection: sa.Connection, context: Context, route: RouteId, order_id: str
) -> OrderStory | None:
    """One order's story, or None if there is no such order."""
    record = read_record(connection, context, route, order_id)
    return None if record is None else story_of(record)


def find_order(
    connection: sa.Connection, routes: Sequence[RouteId], wanted: str, *, id_first: bool = False
) -> list[OrderRow]:
    """Orders that are meant by an id or a printed number; several if that is not clear.

    Args:
        id_first: an order with that id is meant rather than others with that number.
    """
    found = find_orders(connection, routes, wanted)
    exact = [row for row in found if row.order_id == wanted]
    return exact if id_first and exact else found


def story_of(record: OrderRecord) -> OrderStory:
    """The story of what was read."""
    row = record.row
    parked = record.open_record
    return OrderStory(
        id=row.order_id,
        number=row.number,
        route=row.route,
        state=row.state,
        shop_status=row.status,
        stage=row.stage,
        total=row.total,
        currency=row.currency,
        placed_at=row.placed_at,
        seen_at=row.seen_at,
        holds_stock=row.holds,
        zone=record.zone,
        headline=headline(record),
        happened=sorted(
            [*happened(record), *told_happened(record.messages)], key=lambda one: one.at
        ),
        stands=stands(record),
        waits=waits(record),
        rules=list(record.rules),
        can=ways(record),
        lines=[] if record.order is None else _lines(record.order),
        sales=[seen.sale for seen in record.seen.values()],
        parked=None if parked is None else parked.id,
        facts=[
            StoryFact(f.name, f.revision, f.at, f.key, f.reference, f.number) for f in record.facts
        ],
        calls=list(record.intents),
        audit=list(record.audit),
        messages=list(record.messages),
    )


def _lines(order: Order) -> list[StoryLine]:
    goods = [
        StoryLine(line.sku, line.title, Decimal(plain(line.quantity)), line.charged.gross)
        for line in order.lines
    ]
    charges = [
        StoryLine(one.kind, one.name, Decimal(1), one.charged.gross) for one in order.charges
    ]
    return goods + charges
