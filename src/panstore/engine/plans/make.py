"""Makes a plan of all that a module would write now, and keeps it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

from panstore.engine.context import Context, Route
from panstore.engine.pipeline import preview
from panstore.engine.remote import Stopwatch, stopwatch
from panstore.model.ids import ItemId, ModuleCode
from panstore.model.link import Link
from panstore.model.stored_plan import value_lines
from panstore.store.items import page_of_links
from panstore.store.plans import add_lines, begin_plan, finish_making

__all__ = ["estimate", "make_plan", "pages"]


async def make_plan(context: Context, route: Route, code: ModuleCode) -> int:
    """Look at everything and keep what would be written; writes nothing outside.

    Returns:
        The plan's number.
    """
    now = context.clock.now()
    title = f"What {code} would write on {route.id}"
    number = await context.store.write(
        lambda c: begin_plan(c, route.id, code, "preview", title, now=now)
    )
    watch = Stopwatch()
    token = stopwatch.set(watch)
    line, looked_at, unchanged, writes = 1, 0, 0, 0
    try:
        async for page in pages(context, route):
            made = await preview(context, route, code, page)
            lines = value_lines(made, first=line)
            await context.store.write(lambda c, some=lines: add_lines(c, number, some))  # type: ignore[misc]
            line += len(lines)
            looked_at += len(page)
            unchanged += len(made.unchanged)
            writes += len(made.operations)
    finally:
        stopwatch.reset(token)
    calls, seconds = estimate(context, route, watch, writes)
    await context.store.write(
        lambda c: finish_making(
            c, number, looked_at=looked_at, unchanged=unchanged, calls=calls, seconds=seconds
        )
    )
    return number


async def pages(context: Context, route: Route) -> AsyncIterator[dict[ItemId, Link]]:
    """All links of a route, so many at a time."""
    limit, after = context.options.batch, ""
    while True:
        links = await context.store.read(
            lambda c, a=after: page_of_links(c, route.id, after=a, limit=limit)  # type: ignore[misc]
        )
        if links:
            yield {link.item: link for link in links}
            after = links[-1].item
        if len(links) < limit:
            return


def estimate(context: Context, route: Route, watch: Stopwatch, writes: int) -> tuple[int, int]:
    """How many calls applying takes, and how many seconds.

    Before a batch is written both systems are read anew. A call is taken to last as long as those
    that were made for the plan.

    Args:
        watch: the calls that were made for the plan.
    """
    erp, shop = (context.connectors[c].capabilities for c in (route.erp, route.shop))
    sizes = [erp.read_batch, shop.read_batch, max(shop.price_batch, shop.stock_batch)]
    calls = sum(-(-writes // max(1, size)) for size in sizes)
    each = watch.seconds / watch.calls if watch.calls else 0.0
    return calls, round(calls * each + dt.timedelta(milliseconds=500).total_seconds())
