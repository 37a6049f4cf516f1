"""`panstore contracts`: who buys at which agreement, what he pays, and orders that charge else."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from panstore.cli.accounts import (
    link_contracts,
    list_contracts,
    propose_contracts,
    unlink_contracts,
)
from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, USAGE, Flag, GivenDesk
from panstore.cli.output import document, line
from panstore.cli.quote import quote_contracts
from panstore.cli.routes import chosen_routes
from panstore.engine.story import find_order

if TYPE_CHECKING:
    from panstore.engine.engine import Engine
    from panstore.store.orders import OrderRow

__all__ = [
    "accept_contracts",
    "link_contracts",
    "list_contracts",
    "propose_contracts",
    "quote_contracts",
    "unlink_contracts",
]


def accept_contracts(route: str, order: str, /, *, json: Flag = False, desk: GivenDesk) -> int:
    """Book an order at the prices it charged, though others had been agreed.

    Args:
        route: the order's route.
        order: the shop's id of the order, or its printed number.
        json: print one JSON document.
    """

    async def work(engine: Engine) -> OrderRow:
        chosen = chosen_routes(engine.context, route)[0].id
        found = await engine.context.store.read(
            lambda c: find_order(c, [chosen], order, id_first=True)
        )
        if len(found) != 1:
            raise _unclear(order, several=bool(found))
        became = await engine.accept_prices(chosen, found[0].order_id, by="the command line")
        if became == "changed":
            raise RefusedError(
                f"order {found[0].number} was changed, and its prices have yet to be compared "
                "again. Nothing was changed.",
                "look at what it waits for then, and say so again.",
            )
        if became != "accepted":
            raise RefusedError(
                f"order {found[0].number} does not wait because of its prices. "
                "Nothing was changed.",
                f"`panstore orders show {shlex.quote(found[0].order_id)} --route "
                f"{shlex.quote(chosen)}` tells what it waits for.",
            )
        return found[0]

    row = desk.ask(work)
    if json:
        document({"id": row.order_id, "route": row.route, "number": row.number})
    else:
        line(
            f"Order {row.number} on {row.route} is booked at the prices charged. If its lines are "
            "changed in the shop, they are compared again."
        )
    return DONE


def _unclear(order: str, *, several: bool) -> RefusedError:
    if several:
        return RefusedError(
            f"{order!r} means several orders. Nothing was changed.",
            f"`panstore orders show {shlex.quote(order)}` lists them; name the shop's id.",
            code=USAGE,
        )
    return RefusedError(
        f"order {order!r} is not known. Nothing was changed.",
        "see `panstore orders list`; an order just placed takes a moment to arrive.",
    )
