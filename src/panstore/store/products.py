"""Products of a route under our own ids, and what both sides last agreed on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from panstore.model.ids import ConnectionId, ExternalId, ItemId, ModuleCode, RouteId
from panstore.model.product_plan import ProductBase, Side
from panstore.store.product_tables import products
from panstore.store.tables import catalogue, links, marks
from panstore.store.upsert import insert

__all__ = [
    "ProductRow",
    "add_pages",
    "count_products",
    "delete_product",
    "drop_marks",
    "forget_ids",
    "list_products",
    "page_of_products",
    "pages_of",
    "pages_that_belong_together",
    "pairs_of",
    "product_rows",
    "rows_of_pages",
    "save_base",
    "set_page",
    "variants_of",
]

_bases = msgspec.json.Decoder(ProductBase)
_AT_ONCE = 5000


class ProductRow(msgspec.Struct, frozen=True):
    """A product of a route.

    Attributes:
        item: our own id.
        erp, shop: ids of the product; None where it is not, as far as we know.
        base: the last common state, None if they never agreed.
        base_at: when they did.
    """

    route: RouteId
    item: ItemId
    erp: ExternalId | None
    shop: ExternalId | None
    label: str
    base: ProductBase | None
    base_at: dt.datetime | None = None

    def page(self, side: Side) -> ExternalId | None:
        """Id of the product on one side."""
        return self.erp if side == "erp" else self.shop


_COLUMNS = [products.c[name] for name in ProductRow.__struct_fields__]


def _row(row: Any) -> ProductRow:
    base = None if row.base is None else _bases.decode(row.base)
    return ProductRow(row.route, row.item, row.erp, row.shop, row.label, base, row.base_at)


def _parts(ids: Iterable[str]) -> Iterable[Sequence[str]]:
    some = sorted(set(ids))
    return (some[begin : begin + _AT_ONCE] for begin in range(0, len(some), _AT_ONCE))


def product_rows(
    connection: sa.Connection, route: RouteId, items: Sequence[str]
) -> dict[ItemId, ProductRow]:
    """Rows of these items; those that are gone are left out."""
    rows = connection.execute(
        sa.select(*_COLUMNS).where(products.c.route == route, products.c.item.in_(items))
    )
    return {ItemId(row.item): _row(row) for row in rows}


def rows_of_pages(
    connection: sa.Connection, route: RouteId, side: Side, pages: Iterable[str]
) -> dict[ExternalId, ProductRow]:
    """Rows by the id of the product on one side."""
    column = products.c[side]
    found: dict[ExternalId, ProductRow] = {}
    for some in _parts(pages):
        rows = connection.execute(
            sa.select(*_COLUMNS).where(products.c.route == route, column.in_(some))
        )
        found.update({ExternalId(getattr(row, side)): _row(row) for row in rows})
    return found


def page_of_products(
    connection: sa.Connection, route: RouteId, *, after: str, limit: int
) -> list[ProductRow]:
    """Products in order of item id, beginning after `after`; for runs over everything."""
    rows = connection.execute(
        sa
        .select(*_COLUMNS)
        .where(products.c.route == route, products.c.item > after)
        .order_by(products.c.item)
        .limit(limit)
    )
    return [_row(row) for row in rows]


def list_products(
    connection: sa.Connection,
    route: RouteId,
    *,
    text: str = "",
    unlinked: bool = False,
    limit: int = 200,
) -> list[ProductRow]:
    """Products by label; only those with `text` in it, or with this id, unless it is empty.

    Args:
        unlinked: only those that are on one side.
    """
    statement = sa.select(*_COLUMNS).where(products.c.route == route)
    if unlinked:
        statement = statement.where(products.c.erp.is_(None) | products.c.shop.is_(None))
    if text:
        statement = statement.where(
            products.c.label.icontains(text, autoescape=True)
            | (products.c.item == text)
            | (products.c.erp == text)
            | (products.c.shop == text)
        )
    rows = connection.execute(statement.order_by(products.c.label, products.c.item).limit(limit))
    return [_row(row) for row in rows]


def count_products(connection: sa.Connection, route: RouteId) -> int:
    """Number of products of a route, on one side or on both."""
    statement = sa.select(sa.func.count()).select_from(products).where(products.c.route == route)
    return connection.execute(statement).scalar_one()


def add_pages(
    connection: sa.Connection,
    route: RouteId,
    side: Side,
    pages: Mapping[ExternalId, str],
    *,
    new_id: Callable[[], str],
    now: dt.datetime,
) -> None:
    """Give each of these products that has none yet a row of its own.

    Args:
        pages: label for people, by the product's id on `side`.
    """
    there = rows_of_pages(connection, route, side, pages)
    rows = [
        {
            "route": route,
            "item": new_id(),
            "erp": page if side == "erp" else None,
            "shop": page if side == "shop" else None,
            "label": label,
            "base": None,
            "base_at": None,
            "seen_at": now,
        }
        for page, label in sorted(pages.items())
        if page not in there
    ]
    if rows:
        connection.execute(insert(connection, products).on_conflict_do_nothing(), rows)


def set_page(
    connection: sa.Connection,
    route: RouteId,
    item: ItemId,
    side: Side,
    page: ExternalId | None,
) -> None:
    """Say which product of a side an item is."""
    connection.execute(
        sa
        .update(products)
        .where(products.c.route == route, products.c.item == item)
        .values({side: page})
    )


def delete_product(connection: sa.Connection, route: RouteId, item: ItemId) -> None:
    """Forget a row: another one has taken its product in, or neither system has it any more."""
    connection.execute(
        sa.delete(products).where(products.c.route == route, products.c.item == item)
    )


def drop_marks(
    connection: sa.Connection, route: RouteId, modules: Iterable[ModuleCode], item: ItemId
) -> None:
    """A row that goes is not worked any more."""
    connection.execute(
        sa.delete(marks).where(
            marks.c.route == route, marks.c.module.in_(list(modules)), marks.c.key == item
        )
    )


def save_base(
    connection: sa.Connection,
    route: RouteId,
    bases: Iterable[tuple[ItemId, ProductBase | None, ProductBase, str]],
    *,
    now: dt.datetime,
) -> list[ItemId]:
    """Remember what both sides agree on now: item, state as it was read, new state and label.

    Returns:
        Items whose state another run has changed since it was read: nothing of them is kept, for
        it is made from what was before.
    """
    missed = []
    for item, old, base, label in sorted(bases, key=lambda one: one[0]):
        as_read = products.c.base.is_(None) if old is None else products.c.base == _text(old)
        done = connection.execute(
            sa
            .update(products)
            .where(products.c.route == route, products.c.item == item, as_read)
            .values(base=_text(base), base_at=now, label=label)
        )
        if done.rowcount != 1:
            missed.append(item)
    return missed


def _text(base: ProductBase) -> str:
    return msgspec.json.encode(base).decode()


_page = sa.func.coalesce(catalogue.c.parent, catalogue.c.variant)


def pages_of(
    connection: sa.Connection, system: ConnectionId, variants: Iterable[str]
) -> dict[ExternalId, tuple[ExternalId, str]]:
    """Product and code of these variants, as the system last listed them."""
    found: dict[ExternalId, tuple[ExternalId, str]] = {}
    for some in _parts(variants):
        rows = connection.execute(
            sa.select(catalogue.c.variant, _page.label("page"), catalogue.c.sku).where(
                catalogue.c.connection == system, catalogue.c.variant.in_(some)
            )
        )
        found.update({ExternalId(r.variant): (ExternalId(r.page), r.sku) for r in rows})
    return found


def variants_of(
    connection: sa.Connection, system: ConnectionId, pages: Iterable[str]
) -> dict[ExternalId, ExternalId]:
    """Variants that these products had when the system last listed them, with their product."""
    found: dict[ExternalId, ExternalId] = {}
    for some in _parts(pages):
        rows = connection.execute(
            sa.select(catalogue.c.variant, _page.label("page")).where(
                catalogue.c.connection == system,
                catalogue.c.parent.in_(some)
                | (catalogue.c.parent.is_(None) & catalogue.c.variant.in_(some)),
            )
        )
        found.update({ExternalId(r.variant): ExternalId(r.page) for r in rows})
    return found


def pairs_of(
    connection: sa.Connection, route: RouteId, erp: Iterable[str], shop: Iterable[str]
) -> list[tuple[ExternalId, ExternalId]]:
    """Linked variants of which at least one side is among these."""
    found: set[tuple[ExternalId, ExternalId]] = set()
    for column, ids in ((links.c.erp, erp), (links.c.shop, shop)):
        for some in _parts(ids):
            rows = connection.execute(
                sa.select(links.c.erp, links.c.shop).where(links.c.route == route, column.in_(some))
            )
            found.update((ExternalId(r.erp), ExternalId(r.shop)) for r in rows)
    return sorted(found)


def pages_that_belong_together(
    connection: sa.Connection,
    route: RouteId,
    systems: tuple[ConnectionId, ConnectionId],
    erp_pages: Iterable[str],
    shop_pages: Iterable[str],
) -> list[tuple[ExternalId, ExternalId]]:
    """Products of both sides whose variants are linked, each pair once.

    Args:
        systems: the route's ERP and shop.
        erp_pages, shop_pages: pairs with at least one of these.
    """
    here, there = catalogue.alias("here"), catalogue.alias("there")
    pages = [sa.func.coalesce(one.c.parent, one.c.variant) for one in (here, there)]
    statement = (
        sa
        .select(pages[0].label("erp"), pages[1].label("shop"))
        .select_from(links)
        .join(here, sa.and_(here.c.connection == systems[0], here.c.variant == links.c.erp))
        .join(there, sa.and_(there.c.connection == systems[1], there.c.variant == links.c.shop))
        .where(links.c.route == route)
        .distinct()
    )
    found: set[tuple[ExternalId, ExternalId]] = set()
    for alias, ids in ((here, erp_pages), (there, shop_pages)):
        for some in _parts(ids):
            mine = alias.c.parent.in_(some) | (alias.c.parent.is_(None) & alias.c.variant.in_(some))
            rows = connection.execute(statement.where(mine))
            found.update((ExternalId(r.erp), ExternalId(r.shop)) for r in rows)
    return sorted(found)


def forget_ids(connection: sa.Connection, system: ConnectionId, ids: Iterable[str]) -> None:
    """The system has no such variants any more."""
    for some in _parts(ids):
        connection.execute(
            sa.delete(catalogue).where(
                catalogue.c.connection == system, catalogue.c.variant.in_(some)
            )
        )
