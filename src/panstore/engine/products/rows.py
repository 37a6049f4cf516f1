"""Rows of products: one per product, whichever system it is in, joined as its variants are linked.

A row knows the product's id on both sides. What belongs together is never guessed here: links of
variants say it, whoever made them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from msgspec.structs import replace

from panstore.engine.context import Context, Route
from panstore.engine.stages.mark import mark_items
from panstore.model.ids import ConnectionId, ExternalId, ItemId
from panstore.model.link import Link
from panstore.model.product import Product, ProductFields, ProductVariant, VariantFields
from panstore.model.product_plan import Side
from panstore.store import products as table
from panstore.store.parked import unpark
from panstore.store.product_conflicts import replace_conflicts
from panstore.store.remade import Remade

__all__ = [
    "join_linked",
    "mark_pages",
    "see_pages",
    "split_unlinked",
    "system_of",
    "take_page",
    "take_remade",
]


def system_of(route: Route, side: Side) -> ConnectionId:
    """The route's connection on that side."""
    return route.erp if side == "erp" else route.shop


def see_pages(
    connection: sa.Connection,
    context: Context,
    route: Route,
    seen: Mapping[Side, Iterable[ExternalId]],
    *,
    cause: str | None,
) -> None:
    """Products were seen or have changed: each gets a row, those that are linked get one row.

    Args:
        seen: ids of products by side; those of which no variant is known any more keep the row
            they have.
        cause: mark them for the modules; None leaves that to the full run.
    """
    now = context.clock.now()
    for side, pages in seen.items():
        system = system_of(route, side)
        variants = table.variants_of(connection, system, pages)
        codes = table.pages_of(connection, system, variants)
        labels: dict[ExternalId, str] = {}
        for variant, page in sorted(variants.items()):
            labels.setdefault(page, codes[variant][1] or str(page))
        table.add_pages(connection, route.id, side, labels, new_id=context.new_id, now=now)
    _join(connection, context, route, list(seen.get("erp", ())), list(seen.get("shop", ())))
    if cause is not None:
        mark_pages(connection, context, route, seen, cause=cause)


def mark_pages(
    connection: sa.Connection,
    context: Context,
    route: Route,
    seen: Mapping[Side, Iterable[ExternalId]],
    *,
    cause: str,
) -> None:
    """Mark the rows of these products for every module of the route that keeps products."""
    items: set[ItemId] = set()
    for side, pages in seen.items():
        rows = table.rows_of_pages(connection, route.id, side, pages)
        items.update(row.item for row in rows.values())
    for code in route.product_modules:
        mark_items(connection, context, route.id, code, sorted(items), cause=cause)


def join_linked(
    connection: sa.Connection, context: Context, route: Route, some: Sequence[Link], *, cause: str
) -> None:
    """Links were made: their products become one row, to be looked at."""
    if not route.product_modules or not some:
        return
    erp = table.pages_of(connection, route.erp, [link.erp for link in some])
    shop = table.pages_of(connection, route.shop, [link.shop for link in some])
    seen: dict[Side, list[ExternalId]] = {
        "erp": sorted({page for page, _ in erp.values()}),
        "shop": sorted({page for page, _ in shop.values()}),
    }
    see_pages(connection, context, route, seen, cause=cause)


def split_unlinked(connection: sa.Connection, context: Context, route: Route, link: Link) -> None:
    """A link was removed: products of which no variants are linked any more go their own ways."""
    erp = table.pages_of(connection, route.erp, [link.erp]).get(link.erp)
    shop = table.pages_of(connection, route.shop, [link.shop]).get(link.shop)
    if not route.product_modules or erp is None or shop is None:
        return
    here, there, systems = erp[0], shop[0], (route.erp, route.shop)
    row = table.rows_of_pages(connection, route.id, "erp", [here]).get(here)
    left = table.pages_that_belong_together(connection, route.id, systems, [here], [])
    if row is None or row.shop != there or (here, there) in left:
        return
    now = context.clock.now()
    _forget(connection, context, route, row.item)
    sides: tuple[tuple[Side, ExternalId, str], ...] = (
        ("erp", here, erp[1] or str(here)),
        ("shop", there, shop[1] or str(there)),
    )
    for side, page, label in sides:
        table.add_pages(connection, route.id, side, {page: label}, new_id=context.new_id, now=now)


def _forget(connection: sa.Connection, context: Context, route: Route, item: ItemId) -> None:
    now = context.clock.now()
    table.drop_marks(connection, route.id, route.product_modules, item)
    for code in route.product_modules:
        unpark(connection, route.id, code, [item], now=now)
    replace_conflicts(connection, route.id, [item], (), now=now)
    table.delete_product(connection, route.id, item)


def _join(
    connection: sa.Connection,
    context: Context,
    route: Route,
    erp_pages: Sequence[ExternalId],
    shop_pages: Sequence[ExternalId],
) -> None:
    """Join rows of products that belong together and to no other one.

    Where a product's variants are spread over several of the other side the rows stay apart, and
    their run says so.
    """
    systems = (route.erp, route.shop)
    pairs = table.pages_that_belong_together(connection, route.id, systems, erp_pages, shop_pages)
    # The partners may have others, which only a look from their side shows.
    pairs = table.pages_that_belong_together(
        connection, route.id, systems, [e for e, _ in pairs], [s for _, s in pairs]
    )
    of_erp: dict[ExternalId, set[ExternalId]] = {}
    of_shop: dict[ExternalId, set[ExternalId]] = {}
    for erp, shop in pairs:
        of_erp.setdefault(erp, set()).add(shop)
        of_shop.setdefault(shop, set()).add(erp)
    for erp, shop in pairs:
        if len(of_erp[erp]) == 1 and len(of_shop[shop]) == 1:
            _join_two(connection, context, route, erp, shop)


def _join_two(
    connection: sa.Connection, context: Context, route: Route, erp: ExternalId, shop: ExternalId
) -> None:
    now = context.clock.now()
    table.add_pages(connection, route.id, "erp", {erp: str(erp)}, new_id=context.new_id, now=now)
    kept = table.rows_of_pages(connection, route.id, "erp", [erp])[erp]
    if kept.shop != shop:
        take_page(connection, context, route, kept.item, "shop", shop)


def take_page(
    connection: sa.Connection,
    context: Context,
    route: Route,
    item: ItemId,
    side: Side,
    page: ExternalId,
) -> None:
    """An item is this product of a side; a row that had it by itself goes into it.

    The product that the item had there before gets a row of its own, if it is still listed: a
    single article may have become one of several, under another id.
    """
    now = context.clock.now()
    other = table.rows_of_pages(connection, route.id, side, [page]).get(page)
    if other is not None and other.item != item:
        table.set_page(connection, route.id, other.item, side, None)
        if other.page("shop" if side == "erp" else "erp") is None:
            _forget(connection, context, route, other.item)
    row = table.product_rows(connection, route.id, [item]).get(item)
    before = None if row is None else row.page(side)
    table.set_page(connection, route.id, item, side, page)
    if before is not None and before != page:
        system = system_of(route, side)
        if before in table.variants_of(connection, system, [before]).values():
            labels = {before: str(before)}
            table.add_pages(connection, route.id, side, labels, new_id=context.new_id, now=now)


def take_remade(
    connection: sa.Connection, context: Context, route: Route, side: Side, one: Remade
) -> None:
    """A variant was deleted and made again: its product goes on in the row that it had.

    Nothing is agreed about the new one but whether it was on sale, so that it comes back where it
    was hidden for being gone, and nothing is emptied because the new one says less.
    """
    there: Side = "shop" if side == "erp" else "erp"
    pages = table.pages_of(connection, system_of(route, there), [one.other])
    if one.other not in pages:
        return
    page = pages[one.other][0]
    row = table.rows_of_pages(connection, route.id, there, [page]).get(page)
    new = table.pages_of(connection, system_of(route, side), [one.new]).get(one.new)
    if row is None or new is None:
        return
    had = row.page(side)
    system = system_of(route, side)
    if had != new[0] and (had is None or not table.variants_of(connection, system, [had])):
        take_page(connection, context, route, row.item, side, new[0])
    if row.base is None:
        return
    base = _instead(row.base.erp if side == "erp" else row.base.shop, one, new[0])
    bases = replace(row.base, **{side: base})
    now = context.clock.now()
    table.save_base(connection, route.id, [(row.item, row.base, bases, row.label)], now=now)


def _instead(product: Product, one: Remade, page: ExternalId) -> Product:
    variants = tuple(
        ProductVariant(one.new, VariantFields(active=variant.fields.active))
        if variant.id == one.old
        else variant
        for variant in product.variants
    )
    if product.id == page:
        return replace(product, variants=variants)
    return replace(
        product, id=page, fields=ProductFields(active=product.fields.active), variants=variants
    )
