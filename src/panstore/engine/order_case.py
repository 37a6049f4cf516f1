"""What is known of one order, put together for the modules."""

from __future__ import annotations

from panstore.engine.context import Context, Route
from panstore.engine.feeds import take_order
from panstore.engine.limiter import Lane
from panstore.model.customer import FoundCustomer, MatchCriterion
from panstore.model.ids import ExternalId
from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.sdk.modules import Fact, OrderCase
from panstore.sdk.roles import ReadOrders
from panstore.store import facts as facts_table
from panstore.store import orders as table
from panstore.store.items import links_by_shop

__all__ = ["load_case"]


async def load_case(
    context: Context,
    route: Route,
    order_id: str,
    answers: dict[MatchCriterion, tuple[FoundCustomer, ...]],
) -> OrderCase | Held | None:
    """The order with its facts and links.

    Returns:
        None if it is left alone; a reason to park it if nobody has it any more.
    """
    stored = await context.store.read(lambda c: table.load_order(c, route.id, order_id))
    if stored is not None and stored[0].state in table.LEFT_ALONE:
        return None
    order = stored[1] if stored is not None else None
    if order is None:
        order = await _fetch(context, route, order_id)
    facts = await context.store.read(lambda c: facts_table.facts_of(c, route.id, order_id))
    if order is None:
        # What is in the ERP already needs nothing more of the shop.
        return None if facts else _gone(order_id)
    products = [line.product for line in order.lines if line.product is not None]
    return OrderCase(
        view=context.view(route),
        order=order,
        facts={f.name: Fact(f.name, f.at, f.reference, f.number) for f in facts},
        links=await context.store.read(lambda c: links_by_shop(c, route.id, products)),
        answers=answers,
    )


async def _fetch(context: Context, route: Route, order_id: str) -> Order | None:
    """An order whose payload is not here (unreadable once, or expired) is read again."""
    shop = context.connectors[route.shop]
    if not isinstance(shop, ReadOrders):
        return None
    found = await context.remote.call(
        route.shop, Lane.ORDERS, "read order", lambda: shop.orders([ExternalId(order_id)])
    )
    for order in found:
        await context.store.write(
            lambda c, o=order: take_order(c, context, route, o, cause="read again")  # type: ignore[misc]
        )
        return order
    return None


def _gone(order_id: str) -> Held:
    return Held(
        item=order_id,
        code="order.gone",
        reason=f"Order {order_id} is not in the shop any more, and PanStore has no copy of it. "
        "It was not taken over. Skip it if it was deleted on purpose; else enter it by hand.",
        sku=order_id,
    )
