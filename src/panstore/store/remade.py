"""Linked variants that their system has deleted and made again: same code, another id."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ConnectionId, ExternalId, ItemId, RouteId
from panstore.model.product_plan import Side
from panstore.store.product_tables import former_variants
from panstore.store.tables import catalogue, links

__all__ = ["Remade", "find_remade", "move_link"]


class Remade(msgspec.Struct, frozen=True):
    """A link whose variant on one side is gone, and the one that has its code now.

    Attributes:
        other: the variant of the other side, which is still there.
        factor: of the link; None while nobody has said it.
        unit, other_unit: of the new variant and of the one it is linked with.
    """

    item: ItemId
    sku: str
    old: ExternalId
    new: ExternalId
    other: ExternalId
    factor: Decimal | None
    unit: str | None
    other_unit: str | None


def find_remade(
    connection: sa.Connection,
    route: RouteId,
    side: Side,
    systems: tuple[ConnectionId, ConnectionId],
) -> list[Remade]:
    """Links of which one side is listed no more while one unlinked variant has its code.

    The code is the one that the other side carries now. A code that several have stands for none.

    Args:
        side: the one that has lost the variant.
        systems: that side's connection, and the other one.
    """
    mine, theirs = (links.c.erp, links.c.shop) if side == "erp" else (links.c.shop, links.c.erp)
    new, other, gone = (catalogue.alias(name) for name in ("new", "other", "gone"))
    taken = sa.exists().where(links.c.route == route, mine == new.c.variant).correlate(new)
    listed = sa.exists().where(gone.c.connection == systems[0], gone.c.variant == mine)
    rows = connection.execute(
        sa
        .select(
            links.c.item,
            links.c.sku,
            mine.label("old"),
            sa.func.min(new.c.variant).label("new"),
            theirs.label("other"),
            links.c.factor,
            sa.func.min(new.c.unit).label("unit"),
            sa.func.min(other.c.unit).label("other_unit"),
        )
        .select_from(new)
        .join(
            other,
            sa.and_(other.c.connection == systems[1], other.c.sku_key == new.c.sku_key),
        )
        .join(links, sa.and_(links.c.route == route, theirs == other.c.variant))
        .where(
            new.c.connection == systems[0],
            new.c.sku_key != "",
            new.c.active,
            ~taken,
            ~listed.correlate(links),
        )
        .group_by(links.c.item, links.c.sku, mine, theirs, links.c.factor, new.c.sku_key)
        .having(sa.func.count() == 1)
        .order_by(links.c.item)
    )
    return [
        Remade(
            ItemId(row.item),
            row.sku,
            ExternalId(row.old),
            ExternalId(row.new),
            ExternalId(row.other),
            None if row.factor is None else Decimal(row.factor),
            row.unit,
            row.other_unit,
        )
        for row in rows
    ]


def move_link(
    connection: sa.Connection,
    route: RouteId,
    item: ItemId,
    side: Side,
    new: ExternalId,
    factor: Decimal | None,
) -> None:
    """Say that a link goes to another variant of one side.

    Orders of the shop that name the one before are of the same goods: what they hold stays held.
    """
    where = sa.and_(links.c.route == route, links.c.item == item)
    if side == "shop":
        old = connection.execute(sa.select(links.c.shop).where(where)).scalar_one()
        known = (former_variants.c.route == route, former_variants.c.variant.in_([old, new]))
        connection.execute(sa.delete(former_variants).where(*known))
        row = {"route": route, "variant": old, "item": item}
        connection.execute(sa.insert(former_variants).values(row))
    values = {side: new, "factor": None if factor is None else str(factor)}
    connection.execute(sa.update(links).where(where).values(values))
