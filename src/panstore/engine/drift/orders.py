"""Drift of web orders: the shop's order as it is now against its sales as they stand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine.context import ORDERS, Context, Route
from panstore.engine.contracts.verdicts import present_verdict
from panstore.engine.decide import decide
from panstore.engine.limiter import Lane
from panstore.engine.order_case import own_sales, stored_case
from panstore.engine.reused_ids import id_in_shop
from panstore.model.agreed import as_agreed
from panstore.model.drift import DriftRow, OwnWork, own_work
from panstore.model.ids import ConnectionId, ExternalId, OrderKey
from panstore.model.order import Order
from panstore.model.order_drift import OrderSides, order_drift, sales_words
from panstore.model.sale import Booked, BookedOrder
from panstore.sdk.errors import UnsupportedError
from panstore.sdk.modules import OrderCase, QueueMessages, TellShop
from panstore.sdk.roles import CreateOrders, ReadOrders
from panstore.store.drift import own_works
from panstore.store.facts import FactRow, facts_of
from panstore.store.orders import OrderRow, load_order

__all__ = ["look_at_orders"]

T = TypeVar("T")
K = TypeVar("K")


class _Known(msgspec.Struct):
    """What is known here of one order."""

    row: OrderRow
    order: Order | None
    own: list[tuple[OrderKey, FactRow]]
    case: OrderCase | None


async def look_at_orders(
    context: Context, route: Route, ids: Sequence[ExternalId]
) -> list[DriftRow]:
    """One row for each of these orders, in step or not; writes nothing anywhere."""
    now = context.clock.now()

    def look(connection: sa.Connection) -> tuple[dict[str, _Known], dict[str, OwnWork]]:
        works = own_works(connection, route.id, ORDERS, ids, now=now)
        found = {id_: _known(connection, context, route, id_) for id_ in ids}
        return (
            {id_: one for id_, one in found.items() if one is not None},
            {id_: work for id_, (work, _) in works.items()},
        )

    known, works = await context.store.read(look)
    keys = [key for one in known.values() for key, _ in one.own]
    in_shop = await _orders_now(context, route, list(known))
    sales = await _sales_now(context, route, keys)
    return [
        _row(context, route, one, _present(one, in_shop), sales, works.get(id_, OwnWork()))
        for id_, one in known.items()
    ]


def _known(
    connection: sa.Connection, context: Context, route: Route, order_id: str
) -> _Known | None:
    stored = load_order(connection, route.id, order_id)
    if stored is None:
        return None
    facts = facts_of(connection, route.id, order_id)
    case = stored_case(connection, context, route, order_id)
    return _Known(*stored, own_sales(route, order_id, facts), case)


def _present(one: _Known, in_shop: Mapping[ExternalId, Order]) -> Order | None:
    """The order as the shop shows it now; another one under the same id is not it."""
    found = in_shop.get(id_in_shop(one.row.order_id))
    if found is None or (one.row.status and found.placed_at != one.row.placed_at):
        return None
    return found


def _row(
    context: Context,
    route: Route,
    one: _Known,
    order: Order | None,
    sales: Mapping[OrderKey, BookedOrder],
    work: OwnWork,
) -> DriftRow:
    standing = {key: sales[key] for key, _ in one.own if key in sales}
    charged, order = order, _booked(one, order)
    waits, waits_why = own_work(work)
    due = _due(context, route, one, order, standing)
    sides = OrderSides(
        owed=None if order is None else order.total - order.given_back,
        void=order is not None and order.is_void,
        currency=one.row.currency if order is None else order.currency,
        sales=tuple(standing.values()),
        lost=len(one.own) - len(standing),
        made=_made(one.own),
        waits=waits,
        waits_why=waits_why,
        due=due,
    )
    moved, waits, why = order_drift(sides)
    return DriftRow(
        route=route.id,
        module=ORDERS,
        kind="order",
        item=one.row.order_id,
        label=one.row.number,
        erp=sales_words(sides.sales),
        shop=_in_shop(charged, order),
        wrote=None if sides.made is None else f"{sides.made} {sides.currency}",
        wrote_at=max((fact.at for _, fact in one.own), default=None),
        moved=moved,
        why=why,
        waits=waits if moved == "us" else "",
        approval=work.approval,
        parked=work.parked,
    )


def _booked(one: _Known, order: Order | None) -> Order | None:
    """The order as it is to be booked, which is not as it was charged where that was corrected."""
    verdict = None if order is None or one.case is None else present_verdict(one.case.facts, order)
    return order if order is None or verdict is None else as_agreed(order, verdict)


def _in_shop(charged: Order | None, booked: Order | None) -> str | None:
    """What the shop is owed, for people; both sums where other prices had been agreed."""
    if charged is None or booked is None:
        return None
    owed, unit = booked.total - booked.given_back, booked.currency
    shown = charged.total - charged.given_back
    words = f"{owed} {unit}" if shown == owed else f"{shown} {unit}, as agreed {owed} {unit}"
    return f"{words}, {charged.status}"


def _due(
    context: Context,
    route: Route,
    one: _Known,
    order: Order | None,
    sales: Mapping[OrderKey, BookedOrder],
) -> str:
    """What the modules would do next, by the values of now; empty if nothing."""
    if one.case is None or order is None or len(sales) < len(one.own):
        return ""
    case = replace(one.case, order=replace(order, id=one.case.order.id), sales=dict(sales))
    try:
        decision = decide(route, case, {})
    except Exception as error:
        # A module that fails on one order must not end the report on the others.
        context.log.exception("modules cannot be asked", route=route.id, order=one.row.order_id)
        return f"its modules could not be asked ({type(error).__name__})"
    match decision.step:
        case None | QueueMessages():
            return " ".join(held.reason for held in decision.held)
        case TellShop(update=update) as step:
            if update.invoices:
                return f"the shop was not told of {', '.join(update.invoices)}"
            return step.reason
        case step:
            return getattr(step, "reason", "") or "taken over into the ERP"


def _made(own: Sequence[tuple[OrderKey, FactRow]]) -> Decimal | None:
    """Sum of what its sales were made from."""
    total = Decimal(0)
    for _, fact in own:
        try:
            total += msgspec.json.decode(fact.detail, type=Booked).total
        except msgspec.MsgspecError:
            return None  # by an earlier version, which did not write down from what
    return total if own else None


async def _orders_now(
    context: Context, route: Route, ids: Sequence[str]
) -> dict[ExternalId, Order]:
    shop = context.connectors[route.shop]
    if not isinstance(shop, ReadOrders):
        raise UnsupportedError(f"connection {route.shop} cannot read orders")
    wanted = sorted({id_in_shop(id_) for id_ in ids})
    found = await _asked(context, route.shop, "compare orders", wanted, shop.orders)
    return {order.id: order for order in found}


async def _sales_now(
    context: Context, route: Route, keys: Sequence[OrderKey]
) -> dict[OrderKey, BookedOrder]:
    erp = context.connectors[route.erp]
    if not isinstance(erp, CreateOrders):
        raise UnsupportedError(f"connection {route.erp} cannot create orders")
    found = await _asked(context, route.erp, "compare sales", keys, erp.booked_orders)
    return {sale.key: sale for sale in found}


async def _asked(
    context: Context,
    connection: ConnectionId,
    operation: str,
    ids: Sequence[K],
    do: Callable[[Sequence[K]], Awaitable[Sequence[T]]],
) -> list[T]:
    size = max(1, context.connectors[connection].capabilities.read_batch)
    found: list[T] = []
    for begin in range(0, len(ids), size):
        page = ids[begin : begin + size]

        async def ask(some: Sequence[K] = page) -> Sequence[T]:
            return await do(some)

        found += await context.remote.call(connection, Lane.FULL, operation, ask, reads=True)
    return found
