"""A linked variant that its people deleted and made again under its code is the same article."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa

from panstore.engine.context import LINKS, Context, Route
from panstore.engine.products.rows import system_of, take_remade
from panstore.model.ids import ItemId
from panstore.model.link import Link
from panstore.model.product_plan import Side
from panstore.store.audit import Entry, append
from panstore.store.items import links_by_item, make_stale
from panstore.store.remade import Remade, find_remade, move_link

__all__ = ["follow_remade"]

_CAUSE = "made again"


def follow_remade(connection: sa.Connection, context: Context, route: Route) -> Sequence[Link]:
    """Let links follow to the new variant; their values have to be written anew.

    Returns:
        Links that go to another variant now.
    """
    moved: list[ItemId] = []
    sides: tuple[tuple[Side, Side], ...] = (("erp", "shop"), ("shop", "erp"))
    for side, other in sides:
        systems = (system_of(route, side), system_of(route, other))
        for one in find_remade(connection, route.id, side, systems):
            move_link(connection, route.id, one.item, side, one.new, _factor(one))
            take_remade(connection, context, route, side, one)
            append(connection, [_entry(context, route, side, one)])
            moved.append(one.item)
    for code in route.state_modules:
        # What the one before had been given says nothing about the new one.
        make_stale(connection, route.id, code, moved)
    return list(links_by_item(connection, route.id, moved).values())


def _factor(one: Remade) -> Decimal | None:
    """As before; one to one counts no more where units of other names stand on both sides."""
    same = one.other_unit is None or one.unit is None or one.unit == one.other_unit
    return one.factor if same or one.factor != 1 else None


def _entry(context: Context, route: Route, side: Side, one: Remade) -> Entry:
    where = "the ERP" if side == "erp" else "the shop"
    return Entry(
        at=context.clock.now(),
        route=route.id,
        module=LINKS,
        key=one.item,
        label=one.sku,
        cause=_CAUSE,
        outcome="linked",
        reason=f"article {one.old} of {where} was deleted and made again as {one.new} under the "
        "same code: the link goes on with it, stock and price are written anew",
    )
