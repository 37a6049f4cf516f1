"""`panstore orders`: what came from the shops and what was done for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, Flag, GivenDesk
from panstore.cli.output import document, line, moment, number, table
from panstore.cli.routes import chosen_routes
from panstore.engine.context import ORDERS
from panstore.model.ids import ExternalId, RouteId
from panstore.model.order import Order
from panstore.store import facts as fact_store
from panstore.store import orders as order_store
from panstore.store.audit import Entry, story

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa

    from panstore.engine.context import Route
    from panstore.engine.engine import Engine

__all__ = ["list_orders", "show_orders"]

State = Literal["waiting", "imported", "parked", "skipped", "earlier", "closed"]
_SEARCHED = 10_000


class _Story(msgspec.Struct, frozen=True):
    """All that is known of one order, without who ordered it."""

    row: order_store.OrderRow
    lines: list[tuple[str, str, str, str]]
    facts: list[fact_store.FactRow]
    intents: list[fact_store.Intent]
    audit: list[Entry]


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
        state: only orders in this state.
        limit: at most so many.
        json: print one JSON document.
    """

    async def ask(engine: Engine) -> list[order_store.OrderRow]:
        chosen = None if route is None else chosen_routes(engine.context, route)[0].id
        return await engine.context.store.read(
            lambda c: order_store.list_orders(c, route=chosen, state=state, limit=limit)
        )

    rows = desk.ask(ask)
    if json:
        document({"orders": [_row(row) for row in rows]})
    elif not rows:
        line("No orders here.")
    else:
        table(
            ("order", "route", "placed", "total", "in the shop", "here"),
            [
                (
                    row.number,
                    row.route,
                    moment(row.placed_at),
                    f"{row.total} {row.currency}".strip(),
                    row.status or "unreadable",
                    row.state,
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
        order: the shop's id of the order, or its number.
        route: only look on this route.
        json: print one JSON document.
    """

    async def ask(engine: Engine) -> _Story:
        routes = chosen_routes(engine.context, route)
        found = await engine.context.store.read(lambda c: _find(c, routes, order))
        if found is None:
            raise RefusedError(
                f"order {order!r} is not known. Nothing was changed.",
                "see `panstore orders list`; an order just placed takes a moment to arrive.",
            )
        return found

    told = desk.ask(ask)
    if json:
        document(
            _row(told.row)
            | {
                "lines": [
                    {"sku": sku, "title": title, "quantity": quantity, "gross": gross}
                    for sku, title, quantity, gross in told.lines
                ],
                "facts": [msgspec.structs.asdict(fact) for fact in told.facts],
                "calls": [msgspec.structs.asdict(intent) for intent in told.intents],
                "audit": [msgspec.structs.asdict(entry) for entry in told.audit],
            }
        )
    else:
        _tell(told)
    return DONE


def _find(connection: sa.Connection, routes: Sequence[Route], wanted: str) -> _Story | None:
    for route in routes:
        if order_store.load_order(connection, route.id, wanted) is not None:
            return _story(connection, route.id, wanted)
    for route in routes:
        rows = order_store.list_orders(connection, route=route.id, limit=_SEARCHED)
        for row in rows:
            if row.number == wanted:
                return _story(connection, route.id, row.order_id)
    return None


def _story(connection: sa.Connection, route: RouteId, order_id: str) -> _Story | None:
    loaded = order_store.load_order(connection, route, order_id)
    if loaded is None:
        return None
    row, order = loaded
    return _Story(
        row=row,
        lines=[] if order is None else _lines(order),
        facts=fact_store.facts_of(connection, route, order_id),
        intents=fact_store.intents_of(connection, route, order_id),
        audit=story(connection, route, ORDERS, order_id),
    )


def _lines(order: Order) -> list[tuple[str, str, str, str]]:
    goods = [(n.sku, n.title, number(n.quantity), str(n.charged.gross)) for n in order.lines]
    return goods + [(c.kind, c.name, "1", str(c.charged.gross)) for c in order.charges]


def _row(row: order_store.OrderRow) -> dict[str, object]:
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


def _tell(told: _Story) -> None:
    row = told.row
    line(f"Order {row.number} on {row.route}: {row.state} ({row.total} {row.currency})")
    line(f"  {moment(row.placed_at)}  placed in the shop, there {row.status or 'unreadable'!r}")
    for fact in told.facts:
        line(f"  {moment(fact.at)}  {fact.name} as {fact.number or fact.reference}")
    for intent in told.intents:
        tries = "once" if intent.attempts == 1 else f"{intent.attempts} times"
        line(
            f"  {moment(intent.started_at)}  {intent.purpose}: {intent.state}, tried {tries} "
            f"{intent.message}".rstrip()
        )
    for entry in told.audit:
        line(f"  {moment(entry.at)}  {entry.outcome}: {entry.reason}")
    if told.lines:
        line()
        table(("article", "name", "quantity", "gross"), told.lines)
