"""Which routes and modules a command means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from panstore.cli.failures import RefusedError
from panstore.cli.host import USAGE

if TYPE_CHECKING:
    from panstore.engine.context import Context, Route
    from panstore.model.ids import ConnectionId, ModuleCode

__all__ = ["chosen_flows", "chosen_modules", "chosen_products", "chosen_routes", "chosen_shop"]


def chosen_routes(context: Context, wanted: str | None) -> list[Route]:
    """The named route, or all.

    Raises:
        RefusedError: there is no such route.
    """
    routes = list(context.routes.values())
    if wanted is None:
        return routes
    found = [r for r in routes if r.id == wanted]
    if not found:
        names = ", ".join(sorted(context.routes)) or "none"
        raise RefusedError(
            f"there is no route {wanted!r}. Nothing was done.",
            f"routes in the settings file: {names}.",
            code=USAGE,
        )
    return found


def chosen_shop(context: Context, wanted: str) -> ConnectionId:
    """The connection of that name, which must be the shop of a route.

    Raises:
        RefusedError: it is none.
    """
    shops = sorted({route.shop for route in context.routes.values()})
    for shop in shops:
        if shop == wanted:
            return shop
    raise RefusedError(
        f"{wanted!r} is no shop's connection. Nothing was done.",
        f"shops in the settings file: {', '.join(shops) or 'none'}.",
        code=USAGE,
    )


def chosen_flows(
    context: Context, name: str, wanted_route: str | None
) -> list[tuple[Route, ModuleCode]]:
    """Routes with the named module where it takes orders forward; none if it does not.

    Raises:
        RefusedError: no such route.
    """
    return [
        (route, code)
        for route in chosen_routes(context, wanted_route)
        for code in route.flow_modules
        if code.casefold() == name.casefold()
    ]


def chosen_products(
    context: Context, name: str, wanted_route: str | None
) -> list[tuple[Route, ModuleCode]]:
    """Routes on which the named module keeps products in step; none if it does not.

    Raises:
        RefusedError: no such route.
    """
    return [
        (route, code)
        for route in chosen_routes(context, wanted_route)
        for code in route.product_modules
        if code.casefold() == name.casefold()
    ]


def chosen_modules(
    context: Context, modules: Sequence[str], wanted_route: str | None
) -> list[tuple[Route, ModuleCode]]:
    """Routes with the named modules that keep values in step there; all if none is named.

    Raises:
        RefusedError: no such route, or a named module is on for none of the routes, or it takes
            orders forward and keeps no values.
    """
    routes = chosen_routes(context, wanted_route)
    if not modules:
        return [(route, code) for route in routes for code in route.state_modules]
    chosen = []
    for name in modules:
        found = [
            (route, code)
            for route in routes
            for code in route.state_modules
            if code.casefold() == name.casefold()
        ]
        if not found:
            raise _not_on(routes, name)
        chosen += found
    return chosen


def _not_on(routes: Sequence[Route], name: str) -> RefusedError:
    flows = {code.casefold() for route in routes for code in route.flow_modules}
    if name.casefold() in flows:
        return RefusedError(
            f"{name} takes orders forward one by one, it keeps no values in step. "
            "Nothing was done.",
            "see which orders wait with `panstore orders list --state waiting`.",
            code=USAGE,
        )
    agreed = {r.contract[0].code.casefold() for r in routes if r.contract is not None}
    if name.casefold() in agreed:
        return RefusedError(
            f"{name} makes no plan: a shop that asks for prices is written nothing, and one that "
            "keeps them is written by itself whenever one changes. Nothing was done.",
            "see what somebody pays with `panstore contracts quote ROUTE ACCOUNT CODE`; have a "
            f"shop that keeps prices compared whole with `panstore sync {name}`.",
            code=USAGE,
        )
    on = ", ".join(sorted({code for route in routes for code in route.state_modules})) or "none"
    return RefusedError(
        f"module {name} is not switched on. Nothing was done.",
        f"modules that keep values in step here: {on}.",
        code=USAGE,
    )
