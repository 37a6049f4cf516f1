"""What is known of one order, put together for the modules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.engine.contracts.verdicts import present_verdict
from panstore.engine.feeds import take_order
from panstore.engine.goods_line import may_try
from panstore.engine.limiter import Lane
from panstore.engine.reused_ids import as_known, id_in_shop
from panstore.model.agreed import as_agreed
from panstore.model.customer import FoundCustomer, MatchCriterion
from panstore.model.ids import ExternalId, OrderKey, order_key
from panstore.model.message import Message
from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.model.sale import BookedOrder
from panstore.sdk.errors import UnsupportedError
from panstore.sdk.modules import Fact, OrderCase
from panstore.sdk.roles import CreateOrders, ReadOrders
from panstore.store import facts as facts_table
from panstore.store import orders as table
from panstore.store.account_links import account_link, party_at
from panstore.store.facts import FactRow
from panstore.store.items import links_by_shop
from panstore.store.module_starts import starts_of
from panstore.store.outbox import messages_of
from panstore.store.seen_sales import forget_sales, remember_sales, sales_seen
from panstore.store.shortages import place_of

__all__ = [
    "ask_sales",
    "load_case",
    "load_sales",
    "note_sales",
    "own_sales",
    "read_again",
    "sale_keys",
    "stored_case",
]


async def load_case(
    context: Context,
    route: Route,
    order_id: str,
    answers: Mapping[MatchCriterion, tuple[FoundCustomer, ...]],
    sales: Mapping[OrderKey, BookedOrder],
) -> OrderCase | Held | None:
    """The order with its facts and links.

    Args:
        sales: as the ERP last said.

    Returns:
        None if it is left alone; a reason to park it if nobody has it any more.
    """
    stored = await context.store.read(lambda c: table.load_order(c, route.id, order_id))
    if stored is not None and stored[0].state in table.LEFT_ALONE:
        return None
    order = stored[1] if stored is not None else None
    if order is None:
        order = await read_again(context, route, order_id)
    if order is None:
        done = await context.store.read(lambda c: facts_table.is_begun(c, route.id, order_id))
        # What is in the ERP already needs nothing more of the shop.
        return None if done else _gone(order_id)
    return await context.store.read(lambda c: _case(c, context, route, order, answers, sales))


def stored_case(
    connection: sa.Connection, context: Context, route: Route, order_id: str
) -> OrderCase | None:
    """The order as far as it is known here; no other system is asked.

    Its sales are as the ERP last showed them. To be read and explained, never acted upon.

    Returns:
        None if the shop's order is not kept here.
    """
    stored = table.load_order(connection, route.id, order_id)
    order = None if stored is None else stored[1]
    if order is None:
        return None
    facts = facts_table.facts_of(connection, route.id, order_id)
    seen = sales_seen(connection, route.id, order_id)
    sales = {key: seen[key].sale for key in sale_keys(route, order_id, facts) if key in seen}
    return _case(connection, context, route, order, {}, sales)


def _case(
    connection: sa.Connection,
    context: Context,
    route: Route,
    order: Order,
    answers: Mapping[MatchCriterion, tuple[FoundCustomer, ...]],
    sales: Mapping[OrderKey, BookedOrder],
) -> OrderCase:
    products = [line.product for line in order.lines if line.product is not None]
    waits = place_of(connection, route.id, order.id)
    facts = tuple(map(_fact, facts_table.facts_of(connection, route.id, order.id)))
    verdict = present_verdict(facts, order)
    booked = order if verdict is None else as_agreed(order, verdict)
    return OrderCase(
        view=context.view(route),
        order=booked,
        facts=facts,
        links=links_by_shop(connection, route.id, products),
        answers=answers,
        sales=dict(sales),
        goods_arrived=may_try(connection, context, route, order.id),
        in_line_as="" if waits is None else waits.priority,
        messages=_messages(connection, route, order.id),
        since=starts_of(connection, route.id) if route.message_modules else {},
        party=_party(connection, route, order, facts),
        former_party=_former_party(connection, route, order),
        as_charged=None if booked is order else order,
    )


def _party(
    connection: sa.Connection, route: Route, order: Order, facts: Sequence[Fact]
) -> ExternalId | None:
    """For whom the buyer's account buys: who is linked now, also if the order was there before.

    A link made after the order was booked does not move it to another party.
    """
    account = order.customer.account
    if route.contract is None or not account:
        return None
    link = account_link(connection, route.id, account)
    if link is None:
        return None
    booked = next((fact.at for fact in facts if fact.name == "imported"), None)
    return link.party if booked is None or link.linked_at <= booked else None


def _former_party(connection: sa.Connection, route: Route, order: Order) -> ExternalId | None:
    """For whom the account bought when the order was placed, if it does not any more."""
    account = order.customer.account
    if route.contract is None or not account:
        return None
    then = party_at(connection, route.id, account, order.placed_at)
    now = account_link(connection, route.id, account)
    return None if now is not None and now.party == then else then


def _messages(connection: sa.Connection, route: Route, order_id: ExternalId) -> tuple[Message, ...]:
    if not route.message_modules:
        return ()
    return tuple(row.message for row in messages_of(connection, route.id, order_id))


async def load_sales(context: Context, route: Route, order_id: str) -> dict[OrderKey, BookedOrder]:
    """The order's sales that we have not cancelled, as they stand in the ERP."""
    facts = await context.store.read(lambda c: facts_table.facts_of(c, route.id, order_id))
    return await ask_sales(context, route, sale_keys(route, order_id, facts))


def sale_keys(route: Route, order_id: str, facts: Sequence[FactRow]) -> list[OrderKey]:
    """Keys of the sales that were made for an order and not cancelled by us."""
    return [key for key, _ in own_sales(route, order_id, facts)]


def own_sales(
    route: Route, order_id: str, facts: Sequence[FactRow]
) -> list[tuple[OrderKey, FactRow]]:
    """Sales that were made for an order and not cancelled by us, with the fact of their making.

    Which one was cancelled is told by its key: an order's returns and supplements may be
    cancelled too, and have revisions of their own.
    """
    cancelled = {fact.detail for fact in facts if fact.name == "cancelled"}
    made = [
        (
            OrderKey(fact.key)
            if fact.key
            else order_key(route.shop, ExternalId(order_id), "order", fact.revision),
            fact,
        )
        for fact in facts
        if fact.name in {"imported", "corrected"}
    ]
    return [(key, fact) for key, fact in made if key not in cancelled]


def note_sales(
    connection: sa.Connection,
    route: Route,
    order_id: str,
    sales: Mapping[OrderKey, BookedOrder],
    *,
    now: dt.datetime,
) -> None:
    """Keep how all sales of an order stand; one the ERP has no more is forgotten."""
    facts = facts_table.facts_of(connection, route.id, order_id)
    forget_sales(connection, [key for key in sale_keys(route, order_id, facts) if key not in sales])
    remember_sales(connection, route.id, order_id, sales.values(), now=now)


async def ask_sales(
    context: Context, route: Route, keys: Sequence[OrderKey]
) -> dict[OrderKey, BookedOrder]:
    """The sales of these keys as they stand in the ERP.

    Raises:
        UnsupportedError: the connection cannot create orders.
    """
    if not keys:
        return {}
    erp = context.connectors[route.erp]
    if not isinstance(erp, CreateOrders):
        raise UnsupportedError(f"connection {route.erp} cannot create orders")
    found = await context.remote.call(
        route.erp, Lane.ORDERS, "look at sales", lambda: erp.booked_orders(keys)
    )
    return {sale.key: sale for sale in found}


async def read_again(context: Context, route: Route, order_id: str) -> Order | None:
    """An order whose payload is not here (unreadable once, or expired) is read in the shop."""
    shop = context.connectors[route.shop]
    if not isinstance(shop, ReadOrders):
        return None
    found = await context.remote.call(
        route.shop, Lane.ORDERS, "read order", lambda: shop.orders([id_in_shop(order_id)])
    )

    def take(connection: sa.Connection) -> list[Order]:
        for order in found:
            take_order(connection, context, route, order, cause="read again")
        return [as_known(connection, route.id, order) for order in found]

    # What the shop shows under this id now may be another order.
    orders = await context.store.write(take)
    return next((order for order in orders if order.id == order_id), None)


def _fact(row: FactRow) -> Fact:
    return Fact(row.name, row.revision, row.at, row.key, row.reference, row.number, row.detail)


def _gone(order_id: str) -> Held:
    return Held(
        item=order_id,
        code="order.gone",
        reason=f"Order {order_id} is not in the shop any more, and PanStore has no copy of it. "
        "It was not taken over. Skip it if it was deleted on purpose; else enter it by hand.",
        sku=order_id,
    )
