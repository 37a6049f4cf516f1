"""One order for the console: its story, and beside it what only people may see."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from panstore.engine.context import Context
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
    """

    story: OrderStory
    order: Order | None
    parked: Parked | None


def order_page(
    connection: sa.Connection, context: Context, route: RouteId, order_id: str
) -> OrderPage | None:
    """Read it, or None if there is no such order."""
    record = read_record(connection, context, route, order_id)
    if record is None:
        return None
    return OrderPage(story_of(record), record.order, record.open_record)
