"""Links as people look them up and change them by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ConnectionId, ExternalId, ItemId, ModuleCode, RouteId
from panstore.model.link import Link
from panstore.store.tables import catalogue, ledger, links, marks, parked
from panstore.store.upsert import insert

__all__ = [
    "CatalogueRow",
    "LinkRow",
    "delete_link",
    "keep_apart",
    "kept_apart",
    "kept_apart_keys",
    "links_of_either",
    "list_links",
    "list_unlinked",
    "set_factor",
    "together_again",
    "variant_row",
]

_APART = "link.kept_apart"


class LinkRow(msgspec.Struct, frozen=True):
    """A link for people.

    Attributes:
        factor: stock units of the ERP in one sales unit of the shop; None while nobody said it.
        erp_unit, shop_unit: as the systems name them; None where they name none.
        title: in the ERP, else in the shop.
    """

    route: RouteId
    item: ItemId
    erp: ExternalId
    shop: ExternalId
    factor: Decimal | None
    sku: str
    erp_unit: str | None
    shop_unit: str | None
    title: str
    linked_at: dt.datetime


class CatalogueRow(msgspec.Struct, frozen=True):
    """A variant as its system last listed it."""

    side: Literal["erp", "shop"]
    variant: ExternalId
    sku: str
    title: str
    unit: str | None
    tracked: bool


def list_links(
    connection: sa.Connection,
    route: RouteId,
    erp: ConnectionId,
    shop: ConnectionId,
    *,
    text: str = "",
    without_factor: bool = False,
    limit: int = 200,
) -> list[LinkRow]:
    """Links of a route by code.

    Args:
        erp, shop: the route's connections.
        text: only those with it in code or title, or with this id; all if empty.
        without_factor: only those whose factor nobody has said.
    """
    here, there = catalogue.alias("here"), catalogue.alias("there")
    title = sa.func.coalesce(here.c.title, there.c.title, "")
    statement = (
        sa
        .select(
            links.c.route,
            links.c.item,
            links.c.erp,
            links.c.shop,
            links.c.factor,
            links.c.sku,
            here.c.unit.label("erp_unit"),
            there.c.unit.label("shop_unit"),
            title.label("title"),
            links.c.linked_at,
        )
        .outerjoin(here, sa.and_(here.c.connection == erp, here.c.variant == links.c.erp))
        .outerjoin(there, sa.and_(there.c.connection == shop, there.c.variant == links.c.shop))
        .where(links.c.route == route)
    )
    if text:
        found = sa.or_(
            links.c.sku.icontains(text, autoescape=True),
            title.icontains(text, autoescape=True),
            links.c.erp == text,
            links.c.shop == text,
        )
        statement = statement.where(found)
    if without_factor:
        statement = statement.where(links.c.factor.is_(None))
    rows = connection.execute(statement.order_by(links.c.sku, links.c.item).limit(limit))
    return [LinkRow(**{**row._mapping, "factor": _factor(row.factor)}) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name


def list_unlinked(
    connection: sa.Connection,
    route: RouteId,
    erp: ConnectionId,
    shop: ConnectionId,
    *,
    text: str = "",
    limit: int = 200,
) -> list[CatalogueRow]:
    """Variants of either side that are not linked, those of the ERP first, each by code."""
    found: list[CatalogueRow] = []
    sides: tuple[tuple[Literal["erp", "shop"], ConnectionId], ...] = (("erp", erp), ("shop", shop))
    for side, system in sides:
        taken = sa.exists().where(links.c.route == route, links.c[side] == catalogue.c.variant)
        statement = _variants(system).where(~taken)
        if side == "erp":
            statement = statement.where(catalogue.c.active)
        if text:
            statement = statement.where(
                catalogue.c.sku.icontains(text, autoescape=True)
                | catalogue.c.title.icontains(text, autoescape=True)
                | (catalogue.c.variant == text)
            )
        ordered = statement.order_by(catalogue.c.sku_key, catalogue.c.variant).limit(limit)
        found += [CatalogueRow(side, *row) for row in connection.execute(ordered)]
    return found[:limit]


def variant_row(
    connection: sa.Connection,
    side: Literal["erp", "shop"],
    system: ConnectionId,
    variant: ExternalId,
) -> CatalogueRow | None:
    """One variant as its system last listed it; None if it never did."""
    statement = _variants(system).where(catalogue.c.variant == variant)
    row = connection.execute(statement).one_or_none()
    return None if row is None else CatalogueRow(side, *row)


def _variants(system: ConnectionId) -> sa.Select[Any]:
    columns = ("variant", "sku", "title", "unit", "tracked")
    return sa.select(*(catalogue.c[name] for name in columns)).where(
        catalogue.c.connection == system
    )


def links_of_either(
    connection: sa.Connection, route: RouteId, erp: ExternalId, shop: ExternalId
) -> list[Link]:
    """Links that hold one of the two variants: none, the pair's own, or up to two others."""
    rows = connection.execute(
        sa
        .select(links)
        .where(links.c.route == route, (links.c.erp == erp) | (links.c.shop == shop))
        .order_by(links.c.item)
    )
    return [
        Link(
            item=row.item,
            route=row.route,
            erp=row.erp,
            shop=row.shop,
            factor=_factor(row.factor),
            sku=row.sku,
            tracked=row.tracked,
        )
        for row in rows
    ]


def set_factor(connection: sa.Connection, route: RouteId, item: ItemId, factor: Decimal) -> None:
    """Say how many stock units make one sales unit."""
    connection.execute(
        sa
        .update(links)
        .where(links.c.route == route, links.c.item == item)
        .values(factor=str(factor))
    )


def delete_link(connection: sa.Connection, route: RouteId, item: ItemId) -> None:
    """Forget a link and what was known and wanted through it."""
    for table, column in ((links, links.c.item), (ledger, ledger.c.item)):
        connection.execute(sa.delete(table).where(table.c.route == route, column == item))
    connection.execute(sa.delete(marks).where(marks.c.route == route, marks.c.key == item))


def keep_apart(
    connection: sa.Connection, module: ModuleCode, link: Link, *, now: dt.datetime
) -> None:
    """Remember that a person does not want these two linked, whatever their codes say.

    It is kept as a record that was left alone, which is what it is.
    """
    values = {
        "label": link.sku,
        "code": _APART,
        "reason": f"A person removed the link between {link.erp} in the ERP and {link.shop} in the "
        "shop. Their codes do not link them again; `panstore links set` does.",
        "state": "skipped",
        "parked_at": now,
        "closed_at": now,
    }
    connection.execute(
        insert(connection, parked)
        .values(route=link.route, module=module, key=_pair(link.erp, link.shop), **values)
        .on_conflict_do_update(index_elements=["route", "module", "key"], set_=values)
    )


def together_again(
    connection: sa.Connection, module: ModuleCode, link: Link, *, now: dt.datetime
) -> None:
    """A person linked them after all."""
    connection.execute(
        sa
        .update(parked)
        .where(
            parked.c.route == link.route,
            parked.c.module == module,
            parked.c.key == _pair(link.erp, link.shop),
            parked.c.code == _APART,
        )
        .values(state="solved", closed_at=now)
    )


def kept_apart(
    connection: sa.Connection, module: ModuleCode, proposed: Sequence[Link]
) -> list[Link]:
    """Those of the proposed links that a person does not want."""
    routes = {link.route for link in proposed}
    rows = connection.execute(
        sa.select(parked.c.route, parked.c.key).where(
            parked.c.route.in_(routes),
            parked.c.module == module,
            parked.c.code == _APART,
            parked.c.state == "skipped",
        )
    )
    unwanted = {(row.route, row.key) for row in rows}
    return [x for x in proposed if (x.route, _pair(x.erp, x.shop)) in unwanted]


def kept_apart_keys(connection: sa.Connection, module: ModuleCode, route: RouteId) -> set[str]:
    """All pairs of a route that a person does not want, as `erp id=shop id`."""
    rows = connection.execute(
        sa.select(parked.c.key).where(
            parked.c.route == route,
            parked.c.module == module,
            parked.c.code == _APART,
            parked.c.state == "skipped",
        )
    )
    return set(rows.scalars())


def _pair(erp: ExternalId, shop: ExternalId) -> str:
    return f"{erp}={shop}"


def _factor(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
