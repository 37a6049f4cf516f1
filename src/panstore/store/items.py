"""Links, the catalogue they are made from, and the ledger of last written values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ConnectionId, ExternalId, ItemId, ModuleCode, RouteId
from panstore.model.link import Link
from panstore.model.plan import Value, decode_value, encode_value
from panstore.model.product import Variant
from panstore.store.former import former_of
from panstore.store.tables import catalogue, ledger, links, marks
from panstore.store.upsert import insert

__all__ = [
    "LedgerEntry",
    "SkuPair",
    "add_links",
    "count_links",
    "decode_value",
    "doubt_marked",
    "encode_value",
    "forget_variants",
    "items_of_erp",
    "ledger_entries",
    "links_by_item",
    "links_by_shop",
    "make_stale",
    "page_of_links",
    "record_values",
    "remember_variants",
    "sku_key",
    "sku_pairs",
    "skus_of",
]


def sku_key(sku: str) -> str:
    """Form in which codes are compared for linking: no blanks around, no case."""
    return sku.strip().casefold()


class LedgerEntry(msgspec.Struct, frozen=True):
    """What the destination was last known to hold; `stale` means read it again first."""

    value: Value | None
    stale: bool


def _link(row: Any) -> Link:
    return Link(
        item=row.item,
        route=row.route,
        erp=row.erp,
        shop=row.shop,
        factor=None if row.factor is None else Decimal(row.factor),
        sku=row.sku,
        tracked=row.tracked,
    )


def links_by_item(
    connection: sa.Connection, route: RouteId, items: Sequence[str]
) -> dict[ItemId, Link]:
    """Links of these items; items whose link is gone are left out."""
    rows = connection.execute(
        sa.select(links).where(links.c.route == route, links.c.item.in_(items))
    )
    return {ItemId(row.item): _link(row) for row in rows}


def links_by_shop(
    connection: sa.Connection, route: RouteId, variants: Sequence[ExternalId]
) -> dict[ExternalId, Link]:
    """Links by the shop's variant id, those among them that a variant only had before."""
    rows = connection.execute(
        sa.select(links).where(links.c.route == route, links.c.shop.in_(variants))
    )
    found = {ExternalId(row.shop): _link(row) for row in rows}
    missing: list[str] = [one for one in variants if one not in found]
    if not missing:
        return found
    before = connection.execute(former_of(route, missing)).all()
    by_item = links_by_item(connection, route, [ItemId(row.item) for row in before])
    return found | {ExternalId(row.variant): by_item[ItemId(row.item)] for row in before}


def items_of_erp(
    connection: sa.Connection, route: RouteId, variants: Sequence[ExternalId]
) -> list[ItemId]:
    """Items linked to these variants of the ERP."""
    rows = connection.execute(
        sa.select(links.c.item).where(links.c.route == route, links.c.erp.in_(variants))
    )
    return [ItemId(item) for item in rows.scalars()]


def page_of_links(
    connection: sa.Connection, route: RouteId, *, after: str, limit: int
) -> list[Link]:
    """Links in order of item id, beginning after `after`; for runs over everything."""
    rows = connection.execute(
        sa
        .select(links)
        .where(links.c.route == route, links.c.item > after)
        .order_by(links.c.item)
        .limit(limit)
    )
    return [_link(row) for row in rows]


def count_links(connection: sa.Connection, route: RouteId) -> int:
    """Number of items on a route."""
    statement = sa.select(sa.func.count()).select_from(links).where(links.c.route == route)
    return connection.execute(statement).scalar_one()


def add_links(connection: sa.Connection, new: Iterable[Link], *, now: dt.datetime) -> list[Link]:
    """Add links; one whose variant is linked already, on either side, is left out.

    Returns:
        The links that were really added.
    """
    wished = list(new)
    rows = [
        {
            "route": link.route,
            "item": link.item,
            "erp": link.erp,
            "shop": link.shop,
            "factor": None if link.factor is None else str(link.factor),
            "sku": link.sku,
            "tracked": link.tracked,
            "linked_at": now,
        }
        for link in wished
    ]
    if not rows:
        return []
    statement = insert(connection, links).on_conflict_do_nothing()
    done = connection.execute(statement.returning(links.c.item, links.c.erp, links.c.shop), rows)
    there = {tuple(row) for row in done}
    return [link for link in wished if (link.item, link.erp, link.shop) in there]


def remember_variants(
    connection: sa.Connection,
    system: ConnectionId,
    variants: Iterable[Variant],
    *,
    now: dt.datetime,
) -> None:
    """Upsert what a system said of its variants."""
    rows = [
        {
            "connection": system,
            "variant": v.id,
            "parent": v.parent,
            "sku": v.sku,
            "sku_key": sku_key(v.sku),
            "title": v.title,
            "gtin": v.gtin,
            "unit": v.unit,
            "active": v.active,
            "tracked": v.tracked,
            "seen_at": now,
        }
        for v in sorted(variants, key=lambda v: v.id)
    ]
    if not rows:
        return
    statement = insert(connection, catalogue)
    changed = {
        name: statement.excluded[name]
        for name in (
            *("parent", "sku", "sku_key", "title", "gtin", "unit"),
            *("active", "tracked", "seen_at"),
        )
    }
    connection.execute(
        statement.on_conflict_do_update(index_elements=["connection", "variant"], set_=changed),
        rows,
    )


def forget_variants(
    connection: sa.Connection, systems: Sequence[ConnectionId], *, before: dt.datetime
) -> None:
    """Forget what these systems have not listed since `before`."""
    connection.execute(
        sa.delete(catalogue).where(
            catalogue.c.connection.in_(systems), catalogue.c.seen_at < before
        )
    )


class SkuPair(msgspec.Struct, frozen=True):
    """Two variants that carry the same code, and how many do on each side."""

    sku: str
    erp: ExternalId
    erp_unit: str | None
    shop: ExternalId
    shop_unit: str | None
    erp_count: int
    shop_count: int
    tracked: bool


def sku_pairs(
    connection: sa.Connection, route: RouteId, erp: ConnectionId, shop: ConnectionId
) -> list[SkuPair]:
    """Unlinked variants of both sides with the same code, one row per code.

    An article that is archived in the ERP is not for sale and links nothing; what is not yet
    published in the shop does.
    """
    free_erp = _unlinked(route, erp, links.c.erp).where(catalogue.c.active).subquery()
    free_shop = _unlinked(route, shop, links.c.shop).subquery()
    rows = connection.execute(
        sa
        .select(
            free_erp.c.sku,
            free_erp.c.variant.label("erp"),
            free_erp.c.unit.label("erp_unit"),
            free_shop.c.variant.label("shop"),
            free_shop.c.unit.label("shop_unit"),
            free_erp.c.many.label("erp_count"),
            free_shop.c.many.label("shop_count"),
            sa.and_(free_erp.c.kept == 1, free_shop.c.kept == 1).label("tracked"),
        )
        .join(free_shop, free_erp.c.sku_key == free_shop.c.sku_key)
        .order_by(free_erp.c.sku_key)
    )
    return [SkuPair(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name


def _unlinked(route: RouteId, system: ConnectionId, side: sa.ColumnElement[str]) -> sa.Select[Any]:
    taken = sa.exists().where(links.c.route == route, side == catalogue.c.variant)
    return (
        sa
        .select(
            catalogue.c.sku_key,
            sa.func.min(catalogue.c.sku).label("sku"),
            sa.func.min(catalogue.c.variant).label("variant"),
            sa.func.min(catalogue.c.unit).label("unit"),
            sa.func.count().label("many"),
            sa.func.min(sa.case((catalogue.c.tracked, 1), else_=0)).label("kept"),
        )
        .where(catalogue.c.connection == system, catalogue.c.sku_key != "", ~taken)
        .group_by(catalogue.c.sku_key)
    )


def skus_of(
    connection: sa.Connection, system: ConnectionId, variants: Sequence[ExternalId]
) -> dict[ExternalId, str]:
    """Codes of these variants as the system last listed them; unknown ones are left out."""
    rows = connection.execute(
        sa.select(catalogue.c.variant, catalogue.c.sku).where(
            catalogue.c.connection == system, catalogue.c.variant.in_(variants)
        )
    )
    return {ExternalId(row.variant): row.sku for row in rows if row.sku}


def ledger_entries(
    connection: sa.Connection, route: RouteId, module: ModuleCode, items: Sequence[str]
) -> dict[ItemId, LedgerEntry]:
    """Ledger of these items; never written ones are left out."""
    rows = connection.execute(
        sa.select(ledger.c.item, ledger.c.value, ledger.c.stale).where(
            ledger.c.route == route, ledger.c.module == module, ledger.c.item.in_(items)
        )
    )
    return {
        ItemId(row.item): LedgerEntry(
            None if row.value is None else decode_value(row.value), row.stale
        )
        for row in rows
    }


def record_values(
    connection: sa.Connection,
    route: RouteId,
    module: ModuleCode,
    values: Iterable[tuple[str, Value | None, bool]],
    *,
    now: dt.datetime,
) -> None:
    """Write (item, value, stale) into the ledger."""
    rows = [
        {
            "route": route,
            "module": module,
            "item": item,
            "value": None if value is None else encode_value(value),
            "stale": stale,
            "written_at": now,
        }
        for item, value, stale in sorted(values, key=lambda entry: entry[0])
    ]
    if not rows:
        return
    statement = insert(connection, ledger)
    changed = {name: statement.excluded[name] for name in ("value", "stale", "written_at")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["route", "module", "item"], set_=changed),
        rows,
    )


def make_stale(
    connection: sa.Connection, route: RouteId, module: ModuleCode, items: Sequence[str]
) -> None:
    """Say that the destination may hold something else than the ledger thinks."""
    connection.execute(
        sa
        .update(ledger)
        .where(ledger.c.route == route, ledger.c.module == module, ledger.c.item.in_(items))
        .values(stale=True)
    )


def doubt_marked(
    connection: sa.Connection, route: RouteId, module: ModuleCode, items: Sequence[str]
) -> None:
    """Make those of the items stale that are marked.

    Called after values are recorded and worked marks deleted: a mark that stands then was made
    while the value was on its way, perhaps because somebody changed it in the destination.
    """
    marked = sa.exists().where(
        marks.c.route == ledger.c.route,
        marks.c.module == ledger.c.module,
        marks.c.key == ledger.c.item,
    )
    connection.execute(
        sa
        .update(ledger)
        .where(
            ledger.c.route == route,
            ledger.c.module == module,
            ledger.c.item.in_(items),
            marked,
        )
        .values(stale=True)
    )
