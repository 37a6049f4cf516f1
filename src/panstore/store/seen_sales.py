"""Sales as the ERP last showed them: what people are told without asking the ERP again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec
import sqlalchemy as sa

from panstore.model.ids import OrderKey, RouteId
from panstore.model.sale import BookedOrder
from panstore.store.tables import seen_sales
from panstore.store.upsert import insert

__all__ = ["SeenSale", "forget_sales", "remember_sales", "sales_seen"]

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(BookedOrder)


class SeenSale(msgspec.Struct, frozen=True):
    """A sale, and when the ERP showed it so."""

    sale: BookedOrder
    at: dt.datetime


def remember_sales(
    connection: sa.Connection,
    route: RouteId,
    order_id: str,
    sales: Iterable[BookedOrder],
    *,
    now: dt.datetime,
) -> None:
    """Keep how these sales stand; others of the order keep what was seen of them before."""
    for sale in sales:
        values = {"body": _encoder.encode(sale).decode(), "seen_at": now}
        connection.execute(
            insert(connection, seen_sales)
            .values(key=sale.key, route=route, order_id=order_id, **values)
            .on_conflict_do_update(index_elements=["key"], set_=values)
        )


def forget_sales(connection: sa.Connection, keys: Sequence[OrderKey]) -> None:
    """The ERP has them no more."""
    if keys:
        connection.execute(sa.delete(seen_sales).where(seen_sales.c.key.in_(keys)))


def sales_seen(
    connection: sa.Connection, route: RouteId, order_id: str
) -> dict[OrderKey, SeenSale]:
    """All sales of an order that were ever seen, cancelled ones included."""
    rows = connection.execute(
        sa
        .select(seen_sales.c.key, seen_sales.c.body, seen_sales.c.seen_at)
        .where(seen_sales.c.route == route, seen_sales.c.order_id == order_id)
        .order_by(seen_sales.c.key)
    )
    return {OrderKey(row.key): SeenSale(_decoder.decode(row.body), row.seen_at) for row in rows}
