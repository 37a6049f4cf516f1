"""A linked variant that its people deleted and made again under its code is the same article."""

from __future__ import annotations

from collections import Counter
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
from panstore.store.links import kept_apart
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
        for one in _sure(connection, route, side, find_remade(connection, route.id, side, systems)):
            move_link(connection, route.id, one.item, side, one.new, _factor(one))
            take_remade(connection, context, route, side, one)
            append(connection, [_entry(context, route, side, one)])
            moved.append(one.item)
    for code in route.state_modules:
        # What the one before had been given says nothing about the new one.
        make_stale(connection, route.id, code, moved)
    return list(links_by_item(connection, route.id, moved).values())


def _sure(
    connection: sa.Connection, route: Route, side: Side, found: Sequence[Remade]
) -> list[Remade]:
    """Those whose new variant is claimed by one link only, and not parted by a person."""
    claims = Counter(one.new for one in found)
    single = [one for one in found if claims[one.new] == 1]
    links = [
        Link(
            one.item,
            route.id,
            one.new if side == "erp" else one.other,
            one.other if side == "erp" else one.new,
        )
        for one in single
    ]
    unwanted = {link.item for link in kept_apart(connection, LINKS, links)} if links else set()
    return [one for one in single if one.item not in unwanted]


def _factor(one: Remade) -> Decimal | None:
    """One to one stays where nothing speaks against it; any other a person has to say anew."""
    same = one.other_unit is None or one.unit is None or one.unit == one.other_unit
    return one.factor if same and one.factor == 1 else None


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
