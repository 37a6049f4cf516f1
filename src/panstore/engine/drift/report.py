"""A drift report: page by page, so that its size costs no memory; kept as its day's."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from panstore.engine.context import ORDERS, Context, Route
from panstore.engine.drift.orders import look_at_orders
from panstore.engine.drift.products import look_at_pages
from panstore.engine.drift.repair import Repaired, marked, repair
from panstore.engine.drift.values import look_at_values
from panstore.engine.engine import Engine
from panstore.model.drift import DriftKind, DriftRow
from panstore.model.ids import ModuleCode
from panstore.sdk.errors import PanstoreError
from panstore.sdk.modules import StockQuery
from panstore.store.drift import (
    DriftDay,
    count_orders,
    links_of_sku,
    note_repaired,
    orders_named,
    page_of_orders,
    products_named,
    save_day,
)
from panstore.store.items import count_links, page_of_links
from panstore.store.products import count_products, page_of_products

__all__ = ["Lane", "Part", "day_of", "lanes", "look", "look_at_page", "repair_page", "size_of"]

T = TypeVar("T")

_ORDERS_AT_ONCE = 50


@dataclass(frozen=True)
class Lane:
    """One kind of record on one route, and the module whose values are compared."""

    route: Route
    kind: DriftKind
    code: ModuleCode


class Part(msgspec.Struct, frozen=True):
    """A page of a report.

    Attributes:
        rows: all records looked at, in step or not; of a product one for each field that differs.
        repaired: what was done about those that differ, where that was asked for.
    """

    rows: list[DriftRow]
    repaired: list[Repaired]

    @property
    def looked_at(self) -> int:
        """How many records these are."""
        return len({row.item for row in self.rows})


Take = Callable[[Part], None]


@dataclass
class _Tally:
    looked_at: int = 0
    differ: int = 0
    repaired: int = 0
    movers: Counter[str] = field(default_factory=Counter)

    def add(self, part: Part) -> None:
        # A product is one record, however many of its fields differ.
        self.looked_at += part.looked_at
        self.differ += len({row.item for row in part.rows if row.differs})
        self.repaired += marked(part.repaired)
        self.movers.update(mover for _, mover in {(row.item, row.moved) for row in part.rows})


def lanes(context: Context, route: Route) -> list[Lane]:
    """What can be compared on a route: that of which the module is on."""
    found = []
    for code, (module, settings) in route.state_modules.items():
        query = module.query(settings, context.view(route))
        found.append(Lane(route, "stock" if isinstance(query, StockQuery) else "price", code))
    found += [Lane(route, "product", code) for code in route.product_modules]
    if route.flow_modules:
        found.append(Lane(route, "order", ORDERS))
    return found


async def size_of(context: Context, lane: Lane) -> int:
    """How many records a whole report looks at."""
    counts = {"order": count_orders, "product": count_products}
    count = counts.get(lane.kind, count_links)
    return await context.store.read(lambda c: count(c, lane.route.id))


async def look(
    engine: Engine,
    lane: Lane,
    take: Take,
    *,
    wanted: str | None = None,
    mend: bool = False,
) -> DriftDay:
    """Compare everything, or what is meant by a code or number; hand it over page by page.

    A report of everything is kept as its day's, one that something cuts short as such.

    Args:
        wanted: code of an article, number or id of an order.
        mend: mark what differs, so that it is worked as ever: read on both sides, then written
            through brakes.

    Raises:
        PanstoreError: a system did not let us, or a module cannot say what to read.
    """
    context, tally = engine.context, _Tally()
    whole = False
    try:
        async for rows in _pages(context, lane, wanted):
            differing = [row for row in rows if row.differs]
            part = Part(rows, await repair(engine, differing) if mend and differing else [])
            tally.add(part)
            take(part)
        whole = True
    finally:
        day = _day(context, lane, tally, whole=whole)
        if wanted is None and (whole or tally.looked_at):
            await context.store.write(lambda c: save_day(c, day))
        elif tally.repaired:
            await _note(context, lane, tally.repaired)
    return day


async def look_at_page(
    context: Context, lane: Lane, *, after: str = ""
) -> tuple[list[DriftRow], str]:
    """Compare the records that come after one of them; no more than a batch, so it ends soon.

    Returns:
        One row for each, in step or not, and the last one's id; empty if none comes after it.
    """
    route = lane.route
    if lane.kind == "order":
        limit = min(_ORDERS_AT_ONCE, context.options.batch)
        ids = await context.store.read(
            lambda c: page_of_orders(c, route.id, after=after, limit=limit)
        )
        rows = await look_at_orders(context, route, ids) if ids else []
        return rows, ids[-1] if len(ids) == limit else ""
    limit = context.options.batch
    if lane.kind == "product":
        pages = await context.store.read(
            lambda c: page_of_products(c, route.id, after=after, limit=limit)
        )
        rows = await look_at_pages(context, route, lane.code, pages) if pages else []
        return rows, pages[-1].item if len(pages) == limit else ""
    links = await context.store.read(lambda c: page_of_links(c, route.id, after=after, limit=limit))
    rows = await look_at_values(context, route, lane.code, lane.kind, links) if links else []
    return rows, links[-1].item if len(links) == limit else ""


async def repair_page(engine: Engine, lane: Lane, *, after: str = "") -> list[Repaired]:
    """Mark what differs among the records that come after one of them; the day counts it."""
    rows, _ = await look_at_page(engine.context, lane, after=after)
    repaired = await repair(engine, [row for row in rows if row.differs])
    await _note(engine.context, lane, marked(repaired))
    return repaired


async def _note(context: Context, lane: Lane, count: int) -> None:
    day = day_of(context, lane.route)
    await context.store.write(
        lambda c: note_repaired(c, lane.route.id, lane.kind, day, count=count)
    )


def day_of(context: Context, route: Route) -> str:
    """Today in the company's zone, ISO 8601."""
    return f"{context.clock.now().astimezone(ZoneInfo(route.zone)):%Y-%m-%d}"


def _day(context: Context, lane: Lane, tally: _Tally, *, whole: bool) -> DriftDay:
    movers = tally.movers
    return DriftDay(
        route=lane.route.id,
        kind=lane.kind,
        day=day_of(context, lane.route),
        at=context.clock.now(),
        looked_at=tally.looked_at,
        differ=tally.differ,
        by_shop=movers["shop"] + movers["both"],
        by_erp=movers["erp"] + movers["both"],
        by_us=movers["us"],
        by_unknown=movers["unknown"],
        repaired=tally.repaired,
        whole=whole,
    )


async def _pages(context: Context, lane: Lane, wanted: str | None) -> AsyncIterator[list[DriftRow]]:
    route = lane.route
    if lane.kind == "order":
        limit = min(_ORDERS_AT_ONCE, context.options.batch)
        async for ids in _chunks(
            context,
            lambda after: context.store.read(
                lambda c: (
                    page_of_orders(c, route.id, after=after, limit=limit)
                    if wanted is None
                    else orders_named(c, route.id, wanted)
                )
            ),
            str,
            limit if wanted is None else None,
        ):
            yield await look_at_orders(context, route, ids)
        return
    limit = context.options.batch
    if lane.kind == "product":
        async for pages in _chunks(
            context,
            lambda after: context.store.read(
                lambda c: (
                    page_of_products(c, route.id, after=after, limit=limit)
                    if wanted is None
                    else products_named(c, route.id, route.erp, route.shop, wanted)
                )
            ),
            lambda page: page.item,
            limit if wanted is None else None,
        ):
            yield await look_at_pages(context, route, lane.code, pages)
        return
    async for links in _chunks(
        context,
        lambda after: context.store.read(
            lambda c: (
                page_of_links(c, route.id, after=after, limit=limit)
                if wanted is None
                else links_of_sku(c, route.id, wanted)
            )
        ),
        lambda link: link.item,
        limit if wanted is None else None,
    ):
        yield await look_at_values(context, route, lane.code, lane.kind, links)


async def _chunks(
    context: Context,
    read: Callable[[str], Awaitable[Sequence[T]]],
    key: Callable[[T], str],
    limit: int | None,
) -> AsyncIterator[Sequence[T]]:
    """Pages until one is not full; a single one where there is no limit."""
    after = ""
    while not context.stopping:
        page = await read(after)
        if page:
            yield page
            after = key(page[-1])
        if limit is None or len(page) < limit:
            return
    raise PanstoreError("PanStore is being stopped; the report is not whole.")
