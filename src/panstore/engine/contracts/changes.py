"""What a system's signals mean for prices under agreements."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from panstore.engine.context import LINKS, Context
from panstore.engine.contracts.push_marks import begin_push, push_routes
from panstore.model.change import Signal, SignalKind
from panstore.model.ids import ConnectionId, ModuleCode, RouteId
from panstore.store.buyer_ledger import doubt_buyers
from panstore.store.price_changes import EVERYTHING, PriceChangeKind, note_price_changes
from panstore.store.pushed_agreements import doubt_pushed

__all__ = ["note_missed", "note_signals", "note_whole_run"]

_KINDS: dict[SignalKind, PriceChangeKind] = {
    "price": "variant",
    "product": "variant",
    "price_list": "agreement",
    "customer": "party",
}


def note_signals(
    connection: sa.Connection, context: Context, system: ConnectionId, signals: Sequence[Signal]
) -> None:
    """Note what of these signals of an ERP may concern an agreed price, before any marks."""
    if _prices_by_contract(context, system):
        changes = [(_KINDS[s.kind], s.id) for s in signals if s.kind in _KINDS]
        note_price_changes(connection, system, changes, now=context.clock.now())


def note_missed(connection: sa.Connection, context: Context, system: ConnectionId) -> None:
    """Notices of a system were lost: no agreed price that was read before is certain."""
    if _prices_by_contract(context, system):
        note_price_changes(connection, system, EVERYTHING, now=context.clock.now())
        for route, _ in push_routes(context, system):
            begin_push(connection, context, route)


def note_whole_run(
    connection: sa.Connection, context: Context, route: RouteId, code: ModuleCode
) -> None:
    """The catalogues are read whole, because notices may have been lost: so may those of prices."""
    found = context.routes.get(route)
    if code == LINKS and found is not None and found.contract is not None:
        note_price_changes(connection, found.erp, EVERYTHING, now=context.clock.now())
    if found is not None and found.contract is not None and code == found.contract[0].code:
        doubt_pushed(connection, route)
        doubt_buyers(connection, route)


def _prices_by_contract(context: Context, system: ConnectionId) -> bool:
    routes = context.routes.values()
    return any(route.erp == system and route.contract is not None for route in routes)
