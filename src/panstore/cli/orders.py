"""`panstore orders`: what came from the shops and what was done for it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Literal

import msgspec

from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, USAGE, Flag, GivenDesk
from panstore.cli.output import document, line, number, table, zoned
from panstore.cli.routes import chosen_routes
from panstore.engine.context import ORDERS
from panstore.engine.story import OrderStory, find_order, tell_order
from panstore.model.ids import ExternalId
from panstore.store.order_list import listed_orders

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa

    from panstore.engine.context import Context
    from panstore.engine.engine import Engine
    from panstore.engine.story_record import RuleTold
    from panstore.store.order_list import ListedOrder
    from panstore.store.orders import OrderRow

__all__ = ["list_orders", "retry_orders", "show_orders"]

State = Literal["waiting", "imported", "parked", "skipped", "earlier", "closed"]


def list_orders(
    *,
    route: str | None = None,
    state: State | None = None,
    limit: int = 50,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """List orders, the newest first.

    Args:
        route: only this route.
        state: only orders in this state; `parked` are all that wait for a person, also those that
            are in the ERP.
        limit: at most so many.
        json: print one JSON document.
    """

    async def ask(engine: Engine) -> tuple[list[ListedOrder], str]:
        context = engine.context
        chosen = None if route is None else chosen_routes(context, route)[0].id
        rows = await context.store.read(
            lambda c: listed_orders(c, ORDERS, route=chosen, state=state, limit=limit)
        )
        return rows, context.zone

    rows, zone = desk.ask(ask)
    if json:
        document({"orders": [_row(row) | {"parked": row.parked} for row in rows]})
    elif not rows:
        line("No orders here.")
    else:
        table(
            ("order", "route", f"placed ({zone})", "total", "in the shop", "here"),
            [
                (
                    row.number,
                    row.route,
                    zoned(row.placed_at, zone),
                    f"{row.total} {row.currency}".strip(),
                    row.status or "unreadable",
                    _here(row),
                )
                for row in rows
            ],
        )
    return DONE


def show_orders(
    order: str,
    /,
    *,
    route: str | None = None,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Tell the story of one order.

    Args:
        order: the shop's id of the order, or its printed number.
        route: only look on this route; the shop's id then goes before numbers.
        json: print one JSON document.
    """

    async def ask(engine: Engine) -> tuple[OrderStory | list[OrderRow], str]:
        context, named = engine.context, route is not None
        routes = [one.id for one in chosen_routes(context, route)]
        told = await context.store.read(
            lambda c: _tell(c, context, find_order(c, routes, order, id_first=named))
        )
        return told, context.zone

    told, zone = desk.ask(ask)
    if isinstance(told, OrderStory):
        if json:
            document(msgspec.to_builtins(told))
        else:
            _print(told)
        return DONE
    if not told:
        raise _unknown(order)
    if json:
        document({"orders": [_row(row) for row in told]})
    else:
        line(f"Several orders are meant by {order!r} (times in {zone}); ask for one of them:")
        for row in told:
            line(
                f"  panstore orders show {shlex.quote(row.order_id)} --route "
                f"{shlex.quote(row.route)}   number {row.number}, placed "
                f"{zoned(row.placed_at, zone)}, {row.total} {row.currency}"
            )
    return USAGE


def retry_orders(
    order: str,
    /,
    *,
    route: str | None = None,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Look at an order again now.

    Args:
        order: the shop's id of the order, or its printed number.
        route: only look on this route; the shop's id then goes before numbers.
        json: print one JSON document.
    """

    async def work(engine: Engine) -> OrderRow:
        routes = [one.id for one in chosen_routes(engine.context, route)]
        found = await engine.context.store.read(
            lambda c: find_order(c, routes, order, id_first=route is not None)
        )
        if not found:
            raise _unknown(order)
        if len(found) > 1:
            raise RefusedError(
                f"{order!r} means several orders. Nothing was changed.",
                f"`panstore orders show {shlex.quote(order)}` lists them; name the route and the "
                "shop's id.",
                code=USAGE,
            )
        await engine.retry_order(found[0].route, found[0].order_id)
        return found[0]

    row = desk.ask(work)
    if json:
        document({"id": row.order_id, "route": row.route, "number": row.number})
    else:
        line(f"Order {row.number} on {row.route} is looked at again.")
    return DONE


def _tell(
    connection: sa.Connection, context: Context, found: list[OrderRow]
) -> OrderStory | list[OrderRow]:
    if len(found) != 1:
        return found
    return tell_order(connection, context, found[0].route, found[0].order_id) or []


def _unknown(order: str) -> RefusedError:
    return RefusedError(
        f"order {order!r} is not known. Nothing was changed.",
        "see `panstore orders list`; an order just placed takes a moment to arrive.",
    )


def _here(row: ListedOrder) -> str:
    """Where it has come to, and whether it waits for a person there."""
    return row.state if row.parked is None or row.state == "parked" else f"{row.state}, parked"


def _row(row: OrderRow) -> dict[str, object]:
    return {
        "id": ExternalId(row.order_id),
        "number": row.number,
        "route": row.route,
        "state": row.state,
        "shop_status": row.status,
        "stage": row.stage,
        "total": row.total,
        "currency": row.currency,
        "placed_at": row.placed_at,
        "seen_at": row.seen_at,
        "holds_stock": row.holds,
    }


def _print(told: OrderStory) -> None:
    total = f" ({told.total} {told.currency})" if told.total else ""
    line(f"Order {told.number} on {told.route}: {told.headline}{total}")
    line()
    line(f"What happened (times in {told.zone})")
    for event in told.happened:
        words = f"{event.title}. {event.text}" if event.text else f"{event.title}."
        line(f"  {zoned(event.at, told.zone)}  {words}")
    _section("Where it stands", [one.text for one in told.stands])
    _section("What it waits for", [one.text for one in told.waits] or ["Nothing."])
    _section("Rules", [_rule(one) for one in told.rules])
    _section(
        "What you can do",
        [f"{one.text}  `{one.command}`" if one.command else one.text for one in told.can],
    )
    if told.lines:
        line()
        table(
            ("article", "name", "quantity", "gross"),
            [(one.sku, one.title, number(one.quantity), f"{one.gross}") for one in told.lines],
        )


def _section(title: str, texts: Sequence[str]) -> None:
    if texts:
        line()
        line(title)
        for text in texts:
            line(f"  {text}")


def _rule(told: RuleTold) -> str:
    says = {True: "holds", False: "does not hold", None: "is in doubt"}[told.holds]
    why = f": {told.why}" if told.why else ""
    return f"{told.module} {told.title}, {told.setting} `{told.rule}` {says}{why}"
