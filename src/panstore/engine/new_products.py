"""Articles first seen in a web order: created in the ERP once, linked, then sold."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.engine.contracts.push_marks import mark_priced
from panstore.engine.limiter import Lane
from panstore.engine.order_record import end_step
from panstore.engine.stages.mark import mark_items
from panstore.model.change import Mark
from panstore.model.ids import ItemId
from panstore.model.link import Link
from panstore.sdk.errors import RemoteError, UnsupportedError
from panstore.sdk.modules import CreateProduct
from panstore.sdk.roles import CreateProducts
from panstore.store.facts import NewIntent, begin_intent, end_intent
from panstore.store.items import add_links

__all__ = ["create_product"]


async def create_product(context: Context, route: Route, mark: Mark, due: CreateProduct) -> None:
    """Creating under a key twice gives back the first, so a lost reply is simply asked again."""
    erp = context.connectors[route.erp]
    if not isinstance(erp, CreateProducts):
        raise UnsupportedError(
            f"connection {route.erp} cannot create products: set unknown_product to park"
        )
    now = context.clock.now()
    key = due.product.key
    await context.store.write(
        lambda c: begin_intent(
            c, NewIntent(key, "product"), route=route.id, order_id=mark.key, now=now
        )
    )
    context.probe("product.intent")
    try:
        created = await context.remote.call(
            route.erp, Lane.ORDERS, "create product", lambda: erp.create_product(due.product)
        )
    except RemoteError as error:
        await end_step(context, key, error)
        raise
    context.probe("product.created")
    link = Link(
        item=ItemId(context.new_id()),
        route=route.id,
        erp=created,
        shop=due.shop_variant,
        sku=due.product.sku,
    )

    def work(connection: sa.Connection) -> None:
        at = context.clock.now()
        end_intent(connection, key, "done", now=at, reference=created)
        for new in add_links(connection, [link], now=at):
            for code in route.state_modules:
                mark_items(connection, context, route.id, code, [new.item], cause="linked")
            mark_priced(connection, context, route, [new.item], cause="linked")

    await context.store.write(work)
