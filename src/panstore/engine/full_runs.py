"""A look at everything, page by page, behind all real-time work of the same route and module."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from panstore.engine.context import LINKS, Context, Route
from panstore.engine.contracts.changes import note_whole_run
from panstore.engine.contracts.push import push_page
from panstore.engine.linking import link_now, read_catalogue_page
from panstore.engine.pipeline import work_links
from panstore.engine.products.pipeline import (
    may_write,
    preview_products,
    start,
    work_products_page,
)
from panstore.engine.stages.mark import ask, mark_items
from panstore.engine.suspects import park_whole_run
from panstore.model.ids import ItemId, ModuleCode, RouteId
from panstore.model.link import Link
from panstore.model.product_plan import Side
from panstore.sdk.errors import PanstoreError, RemoteError
from panstore.store import full_runs as table
from panstore.store.items import forget_variants, make_stale, page_of_links
from panstore.store.products import ProductRow, page_of_products

__all__ = ["begin", "mark_page", "next_page"]

_PAUSE = dt.timedelta(seconds=15)
_SIDE_BY_SIDE = 2


def begin(connection: sa.Connection, context: Context, route: RouteId, code: ModuleCode) -> None:
    """Start a run over everything and ask for it to be taken up."""
    note_whole_run(connection, context, route, code)
    table.start(connection, route, code, now=context.clock.now())
    ask(connection, context, route, code)


async def next_page(context: Context, route: Route, code: ModuleCode) -> bool:
    """Work one page of the unfinished run.

    Returns:
        False if there is none, it is finished now, or it has to rest.
    """
    now = context.clock.now()
    run = await context.store.read(lambda c: table.current(c, route.id, code, now=now))
    if run is None:
        return False
    try:
        return await _page(context, route, code, run)
    except RemoteError as error:
        context.log.info("full run rests", route=route.id, module=code, why=str(error))
    except SQLAlchemyError:
        raise
    except PanstoreError as error:
        context.log.error("full run rests", route=route.id, module=code, why=str(error))  # noqa: TRY400
        await park_whole_run(context, route.id, code, error)
    except Exception:
        context.log.exception("page failed", route=route.id, module=code)
        if code in route.state_modules or code in route.product_modules:
            # Its records are worked as marks, where the one that fails is found and parked.
            await mark_page(context, route, code)
            return True
    await _rest(context, run)
    return False


async def _page(context: Context, route: Route, code: ModuleCode, run: table.FullRun) -> bool:
    if code == LINKS:
        return await _catalogue_page(context, route, run)
    if route.contract is not None and code == route.contract[0].code:
        return await push_page(context, route, run)
    if code in route.product_modules:
        return await _product_page(context, route, code, run)
    return await _value_page(context, route, code, run)


async def mark_page(context: Context, route: Route, code: ModuleCode) -> None:
    """Leave the next page of the unfinished run to be worked as marks."""
    now = context.clock.now()
    run = await context.store.read(lambda c: table.current(c, route.id, code, now=now))
    if run is None:
        return
    limit = context.options.batch

    def read(connection: sa.Connection) -> list[ItemId]:
        if code in route.product_modules:
            rows = page_of_products(connection, route.id, after=run.position, limit=limit)
            return [row.item for row in rows]
        links = page_of_links(connection, route.id, after=run.position, limit=limit)
        return [link.item for link in links]

    ids = await context.store.read(read)

    def work(connection: sa.Connection) -> None:
        last = len(ids) < limit
        position = ids[-1] if ids else run.position
        table.move(connection, run, position, checked=len(ids), now=now, finished=last)
        make_stale(connection, route.id, code, ids)
        mark_items(connection, context, route.id, code, ids, cause="full run")

    await context.store.write(work)


async def _rest(context: Context, run: table.FullRun) -> None:
    until = context.clock.now() + _PAUSE
    await context.store.write(lambda c: table.rest(c, run, until=until))


async def _value_page(context: Context, route: Route, code: ModuleCode, run: table.FullRun) -> bool:
    """Two batches side by side: while one waits for the ERP the other is worked here or written."""
    size = context.options.batch
    limit = size * _SIDE_BY_SIDE
    links = await context.store.read(
        lambda c: page_of_links(c, route.id, after=run.position, limit=limit)
    )
    batches = [links[begin : begin + size] for begin in range(0, len(links), size)]
    if not await _all_through(context, route, code, batches):
        await _rest(context, run)
        return False
    last = len(links) < limit
    position = links[-1].item if links else run.position
    now = context.clock.now()

    def work(connection: sa.Connection) -> None:
        done = len(links)
        if not table.move(connection, run, position, checked=done, now=now, finished=last):
            # Two processes did this page, or it began anew: nobody knows who wrote last.
            ids = [link.item for link in links]
            mark_items(connection, context, route.id, code, ids, cause="worked twice")

    await context.store.write(work)
    return not last


async def _product_page(
    context: Context, route: Route, code: ModuleCode, run: table.FullRun
) -> bool:
    limit = context.options.batch
    rows = await context.store.read(
        lambda c: page_of_products(c, route.id, after=run.position, limit=limit)
    )
    if not await may_write(context, route, code):
        return await _first_look(context, route, code, run, rows)
    if not await work_products_page(context, route, code, rows, cause="full run"):
        await _rest(context, run)
        return False
    last = len(rows) < limit
    position = rows[-1].item if rows else run.position
    now = context.clock.now()

    def work(connection: sa.Connection) -> None:
        done = len(rows)
        if not table.move(connection, run, position, checked=done, now=now, finished=last):
            ids = [row.item for row in rows]
            mark_items(connection, context, route.id, code, ids, cause="worked twice")

    await context.store.write(work)
    return not last


async def _first_look(
    context: Context,
    route: Route,
    code: ModuleCode,
    run: table.FullRun,
    rows: Sequence[ProductRow],
) -> bool:
    """Where nothing would be written nobody has to be asked: the module begins at once.

    The first page with something to write ends the run; a person decides about the plan then.
    """
    made = await preview_products(context, route, code, rows)
    last = len(rows) < context.options.batch
    finished = last or bool(made.changes)
    position = rows[-1].item if rows else run.position
    looked_at = run.checked + len(rows)
    now = context.clock.now()

    def work(connection: sa.Connection) -> None:
        done = len(rows)
        moved = table.move(connection, run, position, checked=done, now=now, finished=finished)
        # Catalogues that are not known whole, or that only a person links, show too little.
        whole = any(
            (one.route, one.module) == (route.id, LINKS) and one.finished_at is not None
            for one in table.list_runs(connection)
        )
        if moved and last and looked_at and not made.changes and whole and route.links_by_code:
            start(connection, context, route.id, code)

    await context.store.write(work)
    return not finished


async def _all_through(
    context: Context, route: Route, code: ModuleCode, batches: Sequence[Sequence[Link]]
) -> bool:
    """Work batches at the same time, each to its end; False if one was not let through.

    Raises:
        BaseException: the first that one of them has raised.
    """
    ends = await asyncio.gather(
        *(work_links(context, route, code, batch, cause="full run") for batch in batches),
        return_exceptions=True,
    )
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return all(ends)


async def _forget_unseen(context: Context, route: Route, run: table.FullRun) -> None:
    """What neither system listed in this run is gone and must not make a code doubtful."""
    systems = (route.erp, route.shop)
    await context.store.write(lambda c: forget_variants(c, systems, before=run.started_at))


async def _catalogue_page(context: Context, route: Route, run: table.FullRun) -> bool:
    """Positions: `erp:` + page, then `shop:` + page, then everything is linked."""
    word, _, after = (run.position or "erp:").partition(":")
    side: Side = "erp" if word == "erp" else "shop"
    following = await read_catalogue_page(context, route, side, after or None)
    finished = False
    if following is not None:
        position = f"{side}:{following}"
    elif side == "erp":
        position = "shop:"
    else:
        await _forget_unseen(context, route, run)
        await link_now(context, route)
        position, finished = "end:", True
    now = context.clock.now()

    def work(connection: sa.Connection) -> None:
        moved = table.move(connection, run, position, checked=1, now=now, finished=finished)
        if moved and finished:
            # Only what has no counterpart although both catalogues are known whole is new.
            for code in route.product_modules:
                begin(connection, context, route.id, code)

    await context.store.write(work)
    return not finished
