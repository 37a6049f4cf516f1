"""`panstore links`: which article of the ERP is which of the shop."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, Flag, GivenDesk, Limit
from panstore.cli.output import document, line, number, table
from panstore.cli.routes import chosen_routes
from panstore.model.ids import ExternalId
from panstore.store import links as store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from panstore.engine.context import Context, Route
    from panstore.engine.engine import Engine
    from panstore.engine.hand_links import Linked

__all__ = ["list_links", "remove_links", "set_links"]


def list_links(
    *,
    route: str | None = None,
    find: str = "",
    no_factor: Flag = False,
    unlinked: Flag = False,
    limit: Limit = 200,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """List which article of the ERP is which of the shop.

    Args:
        route: only this route.
        find: only those with this text in code or title, or with this id.
        no_factor: only links whose unit factor nobody has said.
        unlinked: articles of either side that are not linked, instead of links.
        limit: at most so many per route.
        json: print one JSON document.
    """

    async def links(engine: Engine) -> list[store.LinkRow]:
        found = []
        for one in chosen_routes(engine.context, route):
            found += await engine.context.store.read(
                lambda c, r=one: store.list_links(  # type: ignore[misc]
                    c, r.id, r.erp, r.shop, text=find, without_factor=no_factor, limit=limit
                )
            )
        return found

    async def others(engine: Engine) -> list[tuple[str, store.CatalogueRow]]:
        found: list[tuple[str, store.CatalogueRow]] = []
        for one in chosen_routes(engine.context, route):
            rows = await engine.context.store.read(
                lambda c, r=one: store.list_unlinked(  # type: ignore[misc]
                    c, r.id, r.erp, r.shop, text=find, limit=limit
                )
            )
            found += [(one.id, row) for row in rows]
        return found

    if unlinked:
        _show_unlinked(desk.ask(others), json=json)
    else:
        _show_links(desk.ask(links), json=json)
    return DONE


def _show_links(rows: list[store.LinkRow], *, json: bool) -> None:
    if json:
        document({"links": [msgspec.structs.asdict(row) for row in rows]})
    elif not rows:
        line("No links here.")
    else:
        table(
            ("route", "code", "in the ERP", "in the shop", "factor", "title"),
            [(r.route, r.sku, r.erp, r.shop, _factor(r), r.title) for r in rows],
        )


def _factor(row: store.LinkRow) -> str:
    if row.factor is not None:
        return number(row.factor)
    return f"not said ({row.erp_unit or '?'} in the ERP, {row.shop_unit or '?'} in the shop)"


def _show_unlinked(rows: list[tuple[str, store.CatalogueRow]], *, json: bool) -> None:
    if json:
        plain = [{"route": route, **msgspec.structs.asdict(row)} for route, row in rows]
        document({"unlinked": plain})
    elif not rows:
        line("Everything here is linked.")
    else:
        sides = {"erp": "ERP", "shop": "shop"}
        table(
            ("route", "in the", "id", "code", "unit", "title"),
            [(route, sides[r.side], r.variant, r.sku, r.unit or "", r.title) for route, r in rows],
        )


def set_links(
    route: str,
    erp_id: str,
    shop_id: str,
    /,
    *,
    factor: Decimal | None = None,
    replace: Flag = False,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Say that two articles are the same, and how their units go together.

    Args:
        route: the route's name in the settings.
        erp_id: id of the article in the ERP.
        shop_id: id of the article in the shop.
        factor: stock units of the ERP in one sales unit of the shop, e.g. 6 for a box of six.
        replace: remove links that hold one of the two with another article.
        json: print one JSON document.
    """

    async def work(context: Context, chosen: Route) -> Linked:
        from panstore.engine.hand_links import set_link  # noqa: PLC0415 - slow to import

        ids = ExternalId(erp_id), ExternalId(shop_id)
        return await set_link(context, chosen, *ids, factor=factor, replace=replace)

    done = _work(desk, route, work)
    if json:
        _document(done)
        return DONE
    for old in done.removed:
        line(f"Removed: {old.erp} in the ERP is {old.shop} in the shop no more.")
    link = done.link
    how = "" if link.factor is None else f", one sales unit is {number(link.factor)} in the ERP"
    already = " It was so before." if done.change == "none" else " It is brought in step now."
    line(f"{link.sku or link.erp}: {link.erp} in the ERP is {link.shop} in the shop{how}.{already}")
    return DONE


def remove_links(
    route: str, erp_id: str, shop_id: str, /, *, json: Flag = False, desk: GivenDesk
) -> int:
    """Say that two articles are not the same.

    Args:
        route: the route's name in the settings.
        erp_id: id of the article in the ERP.
        shop_id: id of the article in the shop.
        json: print one JSON document.
    """

    async def work(context: Context, chosen: Route) -> Linked:
        from panstore.engine.hand_links import remove_link  # noqa: PLC0415 - slow to import

        return await remove_link(context, chosen, ExternalId(erp_id), ExternalId(shop_id))

    done = _work(desk, route, work)
    if json:
        _document(done)
    else:
        line(
            f"{done.link.sku or done.link.erp} is linked no more. The shop keeps what it offers "
            "now; their codes do not link the two again."
        )
    return DONE


def _work(desk: GivenDesk, route: str, do: Callable[[Context, Route], Awaitable[Linked]]) -> Linked:
    async def work(engine: Engine) -> Linked:
        from panstore.engine.hand_links import BadLinkError  # noqa: PLC0415 - slow to import

        [chosen] = chosen_routes(engine.context, route)
        try:
            return await do(engine.context, chosen)
        except BadLinkError as error:
            raise RefusedError(str(error), error.remedy) from error

    return desk.ask(work)


def _document(done: Linked) -> None:
    document({
        "change": done.change,
        "link": msgspec.structs.asdict(done.link),
        "removed": [msgspec.structs.asdict(link) for link in done.removed],
    })
