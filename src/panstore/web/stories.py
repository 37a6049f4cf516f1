"""One order for the console: its story, and beside it what only people may see."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from panstore.engine.context import Context
from panstore.engine.documents import Issued, seen_issued
from panstore.engine.story import OrderStory, story_of
from panstore.engine.story_record import read_record
from panstore.model.ids import RouteId
from panstore.model.order import Order
from panstore.store.parked import Parked

__all__ = ["OrderPage", "order_page"]


class OrderPage(msgspec.Struct, frozen=True):
    """What the page of one order shows.

    Attributes:
        order: what the shop said, with the buyer; None once that has expired.
        parked: the record a person has to decide on, if it waits for one.
        documents: what the ERP had issued when it was last seen.
        printer: whether pages can be made of them.
    """

    story: OrderStory
    order: Order | None
    parked: Parked | None
    documents: list[Issued]
    printer: bool


def order_page(
    connection: sa.Connection, context: Context, route: RouteId, order_id: str
) -> OrderPage | None:
    """Read it, or None if there is no such order."""
    record = read_record(connection, context, route, order_id)
    if record is None:
        return None
    return OrderPage(
        story=story_of(record),
        order=record.order,
        parked=record.open_record,
        documents=seen_issued(connection, context, route, order_id),
        printer=record.route is not None and record.route.printer is not None,
    )
