"""Web orders as the shop said them, and the goods they hold."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ExternalId, ModuleCode, RouteId
from panstore.model.order import Order
from panstore.store.demand import refresh_holds
from panstore.store.tables import marks, order_lines, orders, payloads
from panstore.store.upsert import insert

__all__ = [
    "ERASED",
    "LEFT_ALONE",
    "OrderRow",
    "delete_expired",
    "expire_payloads",
    "find_orders",
    "has_waking",
    "left_waiting",
    "list_orders",
    "load_order",
    "set_state",
    "settle",
    "store_broken",
    "store_order",
    "take_waking",
]

LEFT_ALONE = frozenset({"skipped", "earlier"})
"""States of orders that are none of ours; they hold goods only while the shop holds them."""

ERASED = "erased"
"""Stands for the payload of an order whose buyer was erased: it gets none again."""

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Order)


class OrderRow(msgspec.Struct, frozen=True):
    """An order without personal data.

    Attributes:
        state: waiting, imported, parked, skipped, earlier (placed before orders are taken over)
            or closed (cancelled before it was imported).
        holds: its goods are promised or gone, and not yet known to the ERP.
        wake_at: when it is looked at again though nothing has happened to it, None for never.
    """

    route: RouteId
    order_id: ExternalId
    number: str
    status: str
    stage: str
    currency: str
    total: str
    placed_at: dt.datetime
    seen_at: dt.datetime
    payload: str
    state: str
    holds: bool
    wake_at: dt.datetime | None = None


_ORDER_COLUMNS = [orders.c[name] for name in OrderRow.__struct_fields__]


def store_order(
    connection: sa.Connection,
    route: RouteId,
    order: Order,
    *,
    payload: str,
    now: dt.datetime,
    imports: bool = True,
    state: str = "waiting",
) -> bool:
    """Insert or update an order as the shop now shows it.

    Args:
        payload: id for the payload if the order is new; an old order keeps its own.
        imports: whether web orders of this route are taken over. Then goods that have left the
            shop stay promised until the ERP knows of them; else it hears of them by other ways,
            and only the lines are kept, not the buyer.
        state: of the order if it is new; an old one keeps its own.

    Returns:
        True if anything about it is new; a repeated delivery changes nothing.
    """
    body = _encoder.encode(order)
    digest = hashlib.sha256(body).hexdigest()
    old = connection.execute(
        sa
        .select(orders.c.digest, orders.c.payload, orders.c.state)
        .where(orders.c.route == route, orders.c.order_id == order.id)
        .with_for_update()
    ).one_or_none()
    if old is not None and old.digest == digest:
        return False
    state = state if old is None else old.state
    # Where orders are not taken over nobody needs to know who the buyer is.
    kept = payload if imports and state != "earlier" else ""
    payload = old.payload if old is not None and old.payload else kept
    values: dict[str, Any] = {
        "number": order.number,
        "status": order.status,
        "stage": order.stage,
        "currency": order.currency,
        "total": str(order.total),
        "placed_at": order.placed_at,
        "seen_at": now,
        "payload": payload,
        "digest": digest,
    }
    connection.execute(
        insert(connection, orders)
        .values(route=route, order_id=order.id, state=state, holds=False, **values)
        .on_conflict_do_update(index_elements=["route", "order_id"], set_=values)
    )
    if payload and payload != ERASED:
        stored = insert(connection, payloads).values(id=payload, body=body, stored_at=now)
        connection.execute(
            stored.on_conflict_do_update(index_elements=["id"], set_={"body": stored.excluded.body})
        )
    _store_lines(connection, route, order)
    # What was to be taken over before that was switched off is not forgotten.
    refresh_holds(connection, route, order.id, imports=imports or bool(payload))
    return True


def store_broken(
    connection: sa.Connection,
    route: RouteId,
    order_id: str,
    holds: Iterable[tuple[ExternalId, Decimal]],
    *,
    now: dt.datetime,
    placed_at: dt.datetime | None = None,
    state: str = "parked",
) -> bool:
    """Remember an order that could not be read, so that its goods count as promised.

    Args:
        placed_at: as far as it could be read.
        state: `parked`, or `earlier` for one that is new and none of ours.

    Returns:
        False if nobody has to look at it: the ERP has it already, or it is left alone. One that
        is left alone goes on holding what can be read of it, nothing if it was deleted.
    """
    lines = [(str(i), variant, quantity) for i, (variant, quantity) in enumerate(holds)]
    values = {"stage": "open", "digest": "", "holds": True, "state": state, "seen_at": now}
    new: dict[str, Any] = {
        "number": order_id,
        "status": "",
        "currency": "",
        "total": "",
        "payload": "",
    }
    done = connection.execute(
        insert(connection, orders)
        .values(route=route, order_id=order_id, placed_at=placed_at or now, **new, **values)
        .on_conflict_do_update(
            index_elements=["route", "order_id"],
            set_=values,
            where=orders.c.state.not_in(("imported", *LEFT_ALONE)),
        )
        .returning(orders.c.order_id)
    )
    if done.first() is None:
        _hold_left_alone(connection, route, order_id, lines)
        return False
    _replace_lines(connection, route, order_id, lines)
    return True


def _hold_left_alone(
    connection: sa.Connection,
    route: RouteId,
    order_id: str,
    lines: Sequence[tuple[str, ExternalId, Decimal]],
) -> None:
    done = connection.execute(
        sa
        .update(orders)
        .where(
            orders.c.route == route,
            orders.c.order_id == order_id,
            orders.c.state.in_(LEFT_ALONE),
        )
        .values(digest="", holds=sa.and_(orders.c.stage == "open", sa.literal(bool(lines))))
        .returning(orders.c.order_id)
    )
    if done.first() is not None:
        _replace_lines(connection, route, order_id, lines)


def _store_lines(connection: sa.Connection, route: RouteId, order: Order) -> None:
    """What was given back is not wanted any more and holds nothing."""
    back: dict[ExternalId, Decimal] = {}
    for refund in order.refunds:
        for line in refund.lines:
            back[line.line] = back.get(line.line, Decimal(0)) + line.quantity
    lines = [
        (line.id, line.product, max(Decimal(0), line.quantity - back.get(line.id, Decimal(0))))
        for line in order.lines
        if line.product is not None
    ]
    _replace_lines(connection, route, order.id, lines)


def _replace_lines(
    connection: sa.Connection,
    route: RouteId,
    order_id: str,
    lines: Iterable[tuple[str, ExternalId, Decimal]],
) -> None:
    connection.execute(
        sa.delete(order_lines).where(
            order_lines.c.route == route, order_lines.c.order_id == order_id
        )
    )
    rows = [
        {
            "route": route,
            "order_id": order_id,
            "line_id": line_id,
            "variant": variant,
            "quantity": str(quantity),
        }
        for line_id, variant, quantity in lines
    ]
    if rows:
        connection.execute(sa.insert(order_lines), rows)


def load_order(
    connection: sa.Connection, route: RouteId, order_id: str
) -> tuple[OrderRow, Order | None] | None:
    """An order with its payload; None for the payload once it has expired.

    One that cannot be read (damaged, or kept by a version that knew less) counts as expired: the
    order is then read in the shop again.
    """
    row = connection.execute(
        sa.select(*_ORDER_COLUMNS).where(orders.c.route == route, orders.c.order_id == order_id)
    ).one_or_none()
    if row is None:
        return None
    body = connection.execute(
        sa.select(payloads.c.body).where(payloads.c.id == row.payload)
    ).scalar_one_or_none()
    return OrderRow(*row), None if body is None else _readable(body)


def _readable(body: bytes) -> Order | None:
    try:
        return _decoder.decode(body)
    except msgspec.MsgspecError:
        return None


def list_orders(
    connection: sa.Connection,
    *,
    route: RouteId | None = None,
    state: str | None = None,
    limit: int = 50,
) -> list[OrderRow]:
    """Orders, the newest first."""
    statement = sa.select(*_ORDER_COLUMNS)
    if route is not None:
        statement = statement.where(orders.c.route == route)
    if state is not None:
        statement = statement.where(orders.c.state == state)
    rows = connection.execute(statement.order_by(orders.c.placed_at.desc()).limit(limit))
    return [OrderRow(*row) for row in rows]


def find_orders(
    connection: sa.Connection, routes: Sequence[RouteId], wanted: str, *, limit: int = 20
) -> list[OrderRow]:
    """Orders with this id or this printed number, the newest first."""
    rows = connection.execute(
        sa
        .select(*_ORDER_COLUMNS)
        .where(
            orders.c.route.in_(routes),
            sa.or_(orders.c.order_id == wanted, orders.c.number == wanted),
        )
        .order_by(orders.c.placed_at.desc(), orders.c.route, orders.c.order_id)
        .limit(limit)
    )
    return [OrderRow(*row) for row in rows]


def set_state(connection: sa.Connection, route: RouteId, order_id: str, state: str) -> None:
    """Move an order to `state` by what a person said; one that is in the ERP stays imported.

    Goods of one that is left alone are promised only while the shop has them.
    """
    values: dict[str, Any] = {"state": state}
    if state in LEFT_ALONE:
        values["holds"] = sa.and_(orders.c.holds, orders.c.stage == "open")
    connection.execute(
        sa
        .update(orders)
        .where(
            orders.c.route == route,
            orders.c.order_id == order_id,
            orders.c.state != "imported",
        )
        .values(**values)
    )


def settle(
    connection: sa.Connection,
    route: RouteId,
    order_id: str,
    state: str,
    *,
    wake_at: dt.datetime | None = None,
) -> None:
    """Write down where an order has come to, and when it is looked at again by itself."""
    connection.execute(
        sa
        .update(orders)
        .where(orders.c.route == route, orders.c.order_id == order_id)
        .values(state=state, wake_at=wake_at)
    )


def take_waking(connection: sa.Connection, *, now: dt.datetime) -> list[tuple[RouteId, str]]:
    """Orders whose time has come; each is given out once."""
    rows = connection.execute(
        sa
        .update(orders)
        .where(orders.c.wake_at <= now)
        .values(wake_at=None)
        .returning(orders.c.route, orders.c.order_id)
    )
    return [(RouteId(row.route), row.order_id) for row in rows]


def has_waking(connection: sa.Connection, *, now: dt.datetime) -> bool:
    """Whether `take_waking` would find any."""
    found = connection.execute(sa.select(orders.c.route).where(orders.c.wake_at <= now).limit(1))
    return found.first() is not None


def left_waiting(connection: sa.Connection, route: RouteId, module: ModuleCode) -> list[OrderRow]:
    """Orders that wait and that no mark of `module` will take forward."""
    marked = sa.exists().where(
        marks.c.route == orders.c.route,
        marks.c.module == module,
        marks.c.key == orders.c.order_id,
    )
    rows = connection.execute(
        sa
        .select(*_ORDER_COLUMNS)
        .where(
            orders.c.route == route,
            orders.c.state == "waiting",
            ~marked,
        )
        .order_by(orders.c.placed_at)
    )
    return [OrderRow(*row) for row in rows]


def delete_expired(connection: sa.Connection, *, now: dt.datetime) -> int:
    """Delete payloads whose time is over; what refers to them stays, without personal data."""
    return connection.execute(sa.delete(payloads).where(payloads.c.expires_at <= now)).rowcount


def expire_payloads(
    connection: sa.Connection, states: Iterable[str], *, before: dt.datetime, now: dt.datetime
) -> int:
    """Let the payloads of finished orders, last seen before `before`, expire now.

    Finished is what is in one of these states, and what is not open in the shop any more, whatever
    it waits for: should it be looked at again, it is read from the shop.
    """
    finished = sa.or_(orders.c.state.in_(list(states)), orders.c.stage != "open")
    ids = sa.select(orders.c.payload).where(finished, orders.c.seen_at < before)
    return connection.execute(
        sa
        .update(payloads)
        .where(payloads.c.id.in_(ids), payloads.c.expires_at.is_(None))
        .values(expires_at=now)
    ).rowcount
