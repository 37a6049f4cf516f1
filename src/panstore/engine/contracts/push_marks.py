"""Where contract prices that a shop keeps have to be looked at: made by whoever learns of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from panstore.model.change import Signal
from panstore.model.ids import ConnectionId, ExternalId, ItemId, ModuleCode, RouteId
from panstore.sdk.contract_roles import StoreContractPrices
from panstore.store import full_runs
from panstore.store.account_links import accounts_of_parties
from panstore.store.buyer_ledger import doubt_buyers
from panstore.store.items import items_of_erp
from panstore.store.marks import mark, want
from panstore.store.push_marks import BUYER, LIST, TIERS, mark_buyers_at
from panstore.store.pushed_agreements import doubt_pushed, list_pushed, pushed

if TYPE_CHECKING:
    from panstore.engine.context import Context, Route

__all__ = [
    "begin_push",
    "mark_again",
    "mark_buyers",
    "mark_list",
    "mark_priced",
    "mark_push_signals",
    "may_push",
    "push_routes",
    "tiers_key",
]

_ONE_BY_ONE = 2000
"""More articles than that at once are marked as whole lists."""


def may_push(context: Context, route: Route) -> bool:
    """Whether the shop keeps contract prices, or might: one that was never called has not said."""
    if route.contract is None:
        return False
    shop = context.connectors[route.shop]
    if not isinstance(shop, StoreContractPrices):
        return False
    return shop.capabilities.tiers_batch > 0 or not context.remote.is_open(route.shop)


def push_routes(
    context: Context, erp: ConnectionId | None = None
) -> list[tuple[Route, ModuleCode]]:
    """Routes whose shops keep contract prices, with the module that says them."""
    return [
        (route, route.contract[0].code)
        for route in context.routes.values()
        if route.contract is not None
        and (erp is None or route.erp == erp)
        and may_push(context, route)
    ]


def tiers_key(agreement: str, item: str) -> str:
    """Key of the mark of one article under one agreement."""
    return f"{TIERS}{agreement}:{item}"


def mark_push_signals(
    connection: sa.Connection,
    context: Context,
    system: ConnectionId,
    signals: Sequence[Signal],
    *,
    cause: str,
) -> int:
    """Mark what these signals of an ERP may concern in shops that keep prices; how much."""
    ids: dict[str, list[ExternalId]] = {}
    for signal in signals:
        ids.setdefault(signal.kind, []).append(signal.id)
    marked = 0
    for route, code in push_routes(context, system):
        now = context.clock.now()
        if parties := ids.get("customer"):
            accounts = accounts_of_parties(connection, route.id, parties)
            marked += mark_buyers(connection, context, route, accounts, cause=cause)
        if lists := ids.get("price_list"):
            kept = [one for one in set(lists) if pushed(connection, route.id, one) is not None]
            marked += mark_list(connection, context, route, kept, cause=cause)
            # Its name may be another one; or it is the default one now, or no more.
            at = sorted(set(lists))
            marked += mark_buyers_at(connection, route.id, code, at, now=now, cause=cause)
            _ask(connection, context, route.id, code)
        if variants := [*ids.get("price", ()), *ids.get("product", ())]:
            items = items_of_erp(connection, route.id, sorted(set(variants)))
            marked += mark_priced(connection, context, route, items, cause=cause)
    return marked


def mark_priced(
    connection: sa.Connection,
    context: Context,
    route: Route,
    items: Sequence[ItemId],
    *,
    cause: str,
) -> int:
    """Look at these articles under every agreement the shop keeps prices of; how many marks."""
    if not items or route.contract is None or not may_push(context, route):
        return 0
    kept = [one.agreement for one in list_pushed(connection, route.id)]
    if len(items) > _ONE_BY_ONE:
        return mark_list(connection, context, route, kept, cause=cause)
    code, now = route.contract[0].code, context.clock.now()
    marked = 0
    for agreement in kept:
        keys = [tiers_key(agreement, item) for item in items]
        marked += mark(connection, route.id, code, keys, now=now, cause=cause)
    if marked:
        _ask(connection, context, route.id, code)
    return marked


def mark_buyers(
    connection: sa.Connection,
    context: Context,
    route: Route,
    accounts: Iterable[ExternalId],
    *,
    cause: str,
) -> int:
    """Look at what these accounts buy at; how many."""
    return _mark(connection, context, route, [f"{BUYER}{one}" for one in accounts], cause=cause)


def mark_list(
    connection: sa.Connection,
    context: Context,
    route: Route,
    agreements: Iterable[ExternalId],
    *,
    cause: str,
) -> int:
    """Look at all prices of these agreements; how many agreements."""
    return _mark(connection, context, route, [f"{LIST}{one}" for one in agreements], cause=cause)


def mark_again(connection: sa.Connection, context: Context, route: Route, key: str) -> None:
    """A person has mended what stood in the way of a parked record, of either kind."""
    again = key if key.startswith(BUYER) else f"{TIERS}{key}"
    _mark(connection, context, route, [again], cause="retry")


def begin_push(connection: sa.Connection, context: Context, route: Route) -> None:
    """Look at everything once: what the shop keeps is believed no more."""
    if route.contract is None or not may_push(context, route):
        return
    code = route.contract[0].code
    doubt_pushed(connection, route.id)
    doubt_buyers(connection, route.id)
    full_runs.start(connection, route.id, code, now=context.clock.now())
    _ask(connection, context, route.id, code)


def _mark(
    connection: sa.Connection, context: Context, route: Route, keys: Sequence[str], *, cause: str
) -> int:
    if not keys or route.contract is None or not may_push(context, route):
        return 0
    code = route.contract[0].code
    marked = mark(connection, route.id, code, keys, now=context.clock.now(), cause=cause)
    _ask(connection, context, route.id, code)
    return marked


def _ask(connection: sa.Connection, context: Context, route: RouteId, code: ModuleCode) -> None:
    if want(connection, route, code, 0, now=context.clock.now()):
        context.runner.enqueue(connection, route, code, 0)
